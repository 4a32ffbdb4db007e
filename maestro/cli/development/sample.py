"""The scheduler `demo`, so that a newcomer sees rooms at once."""

import json
import pathlib
import sys
import urllib.error
import urllib.request
from typing import Any

from maestro.cli.development import asking

NAME = "demo"
TIMEOUT_S = 5
OK = 200


def make(management_api: str, *, made: pathlib.Path) -> str | None:
    """Create it unless it exists or once did: whoever deleted it does not want it back."""
    if made.exists():
        return None
    try:
        if status(f"{management_api}/schedulers/{NAME}") != OK:
            post(f"{management_api}/schedulers", scheduler())
    except urllib.error.HTTPError as error:
        with error:
            return f"The sample scheduler was refused: {error.read().decode(errors='replace')}"
    except OSError as error:
        return f"The sample scheduler could not be created: {error}"
    made.touch()
    return None


def scheduler() -> dict[str, Any]:
    """What is asked for."""
    size = {"memory": "64Mi", "cpu": "100m"}
    container = {
        "name": "room",
        "image": "maestro",
        "imagePullPolicy": "IfNotPresent",
        "command": [sys.executable, "-m", "maestro", "demo-room"],
        "environment": [],
        "requests": size,
        "limits": size,
        "ports": [{"name": "game", "protocol": "udp", "port": 7777}],
    }
    return {
        "name": NAME,
        "game": "sample",
        "roomsReplicas": 3,
        "maxSurge": "25%",
        "portRange": {"start": 20000, "end": 20099},
        "spec": {"terminationGracePeriod": "5s", "containers": [container]},
        "forwarders": [],
    }


def status(url: str) -> int:
    """The status of an answer."""
    try:
        request = asking.request(url)
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def post(url: str, body: dict[str, Any]) -> None:
    """Send JSON; a refusal raises."""
    request = asking.request(url, json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310
        pass
