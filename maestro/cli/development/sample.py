"""The scheduler `demo`, so that a newcomer sees rooms at once."""

import pathlib
import sys
from typing import Any

from maestro.cli import exits
from maestro.cli.development import asking

NAME = "demo"
TIMEOUT_S = 5


def make(management_api: str, *, made: pathlib.Path) -> str | None:
    """Create it unless it exists or once did: whoever deleted it does not want it back."""
    if made.exists():
        return None
    api = asking.api(management_api, timeout_s=TIMEOUT_S)
    try:
        if api.find("schedulers", NAME) is None:
            api.send("POST", "schedulers", body=scheduler())
    except exits.Refused as refusal:
        return f"The sample scheduler was refused: {refusal.message}"
    except exits.Away as away:
        return f"The sample scheduler could not be created: {away.message}"
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
