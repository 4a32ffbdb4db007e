"""The scheduler `demo`, so that a newcomer sees rooms at once."""

import http
import pathlib
import sys
from typing import Any

from maestro.cli import exits
from maestro.cli.development import asking
from maestro.cli.remote.asking import Api

NAME = "demo"
TIMEOUT_S = 5


def make(management_api: str, *, made: pathlib.Path) -> str | None:
    """Create it unless it exists or once did: whoever deleted it does not want it back."""
    if made.exists():
        return None
    api = asking.api(management_api, timeout_s=TIMEOUT_S)
    try:
        if not exists(api):
            api.send("POST", "schedulers", body=scheduler())
    except exits.Refused as refusal:
        return f"The sample scheduler was refused: {refusal.message}"
    except exits.Away as away:
        return f"The sample scheduler could not be created: {away.message}"
    made.touch()
    return None


def exists(api: Api) -> bool:
    """Whether it is there."""
    try:
        api.get("schedulers", NAME)
    except exits.Refused as refusal:
        if refusal.status == http.HTTPStatus.NOT_FOUND:
            return False
        raise
    return True


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
