"""What operators send."""

import sys
from typing import Any


def fleet(
    name: str, rooms: int, *, first_port: int, misbehave: tuple[str, ...] = (), **overrides: Any
) -> dict[str, Any]:
    """A scheduler in the format of v10, of sample rooms that never play."""
    size = {"memory": "64Mi", "cpu": "100m"}
    command = [sys.executable, "-m", "maestro", "demo-room", "--no-matches"]
    command += [f"--misbehave={kind}" for kind in misbehave]
    container = {
        "name": "room",
        "image": "maestro",
        "imagePullPolicy": "IfNotPresent",
        "command": command,
        "environment": [],
        "requests": size,
        "limits": size,
        "ports": [{"name": "game", "protocol": "udp", "port": 7777}],
    }
    return {
        "name": name,
        "game": "sample",
        "roomsReplicas": rooms,
        "maxSurge": "25%",
        "portRange": {"start": first_port, "end": first_port + 99},
        "spec": {"terminationGracePeriod": "5s", "containers": [container]},
        "forwarders": [],
    } | overrides
