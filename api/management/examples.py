"""What the API page shows: a request that works as it stands, and answers to it."""

from typing import Any

_RESOURCES = {"memory": "64Mi", "cpu": "100m"}

_CONTAINER: dict[str, Any] = {
    "name": "game",
    "image": "registry.example.com/arena:1.0",
    "imagePullPolicy": "IfNotPresent",
    "command": ["./arena", "--map", "desert"],
    "environment": [
        {"name": "REGION", "value": "eu"},
        {"name": "ROOM", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "arena", "key": "api-key"}}},
    ],
    "requests": _RESOURCES,
    "limits": {"memory": "128Mi", "cpu": "200m"},
    "ports": [{"name": "game", "protocol": "udp", "port": 7777, "hostPort": 0}],
}

_AUTOSCALING = {
    "enabled": True,
    "min": 2,
    "max": 100,
    "policy": {
        "type": "roomOccupancy",
        "parameters": {"roomOccupancy": {"readyTarget": 0.3, "downThreshold": 0.99}},
    },
    "cooldown": 60,
}

_FORWARDERS = [
    {
        "name": "matchmaker",
        "enable": True,
        "type": "gRPC",
        "address": "matchmaker.example.com:8080",
        "options": {"timeout": "1000", "metadata": {"roomType": "arena"}},
    }
]

_SPEC: dict[str, Any] = {
    "terminationGracePeriod": "30s",
    "containers": [_CONTAINER],
    "toleration": "",
    "affinity": "",
    "restartPolicy": "Never",
}

_REST: dict[str, Any] = {
    "autoscaling": _AUTOSCALING,
    "forwarders": _FORWARDERS,
    "annotations": {"example.com/team": "arena"},
    "labels": {"tier": "gold"},
    "matchAllocation": {"maxMatches": 1},
}

NEW_SCHEDULER: dict[str, Any] = {
    "name": "arena",
    "game": "battle",
    "spec": _SPEC,
    "portRange": {"start": 40000, "end": 60000},
    "maxSurge": "25%",
    "roomsReplicas": 3,
    **_REST,
}

SCHEDULER: dict[str, Any] = {
    "name": "arena",
    "game": "battle",
    "state": "creating",
    "portRange": {"start": 40000, "end": 60000},
    "createdAt": "2026-01-02T03:04:05.678Z",
    "maxSurge": "25%",
    "roomsReplicas": 3,
    "spec": {"version": "v1.0.0", **_SPEC},
    **_REST,
}

PATCH: dict[str, Any] = {
    "spec": {"containers": [{"image": "registry.example.com/arena:1.1"}]},
    "maxSurge": "50%",
    "autoscaling": {"max": 200},
    "forwarders": [],
}

ACCEPTED = {"operationId": "0e0a2f7c-6f0f-4d53-8a53-5b0f7c9c4b21"}

OPERATION: dict[str, Any] = {
    "id": "8a9b1c52-3c7e-4f0e-9d53-0a4f1f4f6d11",
    "status": "finished",
    "definitionName": "add_rooms",
    "schedulerName": "arena",
    "createdAt": "2026-01-02T03:04:05.678Z",
    "input": {"amount": 3},
    "executionHistory": [
        {"createdAt": "2026-01-02T03:04:05.678Z", "event": "Created"},
        {"createdAt": "2026-01-02T03:04:05.702Z", "event": "Starting operation"},
        {"createdAt": "2026-01-02T03:04:05.981Z", "event": "added 3 rooms"},
        {"createdAt": "2026-01-02T03:04:05.981Z", "event": "Operation finished"},
    ],
    "attempt": 1,
    "cancelRequested": False,
}

ROOM: dict[str, Any] = {
    "id": "arena-bcdfghjklm",
    "schedulerName": "arena",
    "version": "v1.0.0",
    "status": "occupied",
    "pingStatus": "occupied",
    "instanceStatus": {"type": "ready", "description": ""},
    "host": "198.51.100.7",
    "ports": [{"name": "game", "protocol": "udp", "port": 40001}],
    "runningMatches": "1",
    "metadata": {"region": "eu"},
    "isValidationRoom": False,
    "createdAt": "2026-01-02T03:04:05.678Z",
    "lastPingAt": "2026-01-02T03:14:15Z",
    "operationId": "8a9b1c52-3c7e-4f0e-9d53-0a4f1f4f6d11",
}

DECISIONS: dict[str, Any] = {
    "decisions": [
        {
            "at": "2026-01-02T03:04:05.678Z",
            "policy": "roomOccupancy",
            "inputs": {"matches": 35, "maxMatches": 1, "readyTarget": 0.3, "freeSlots": 5},
            "formula": "ceil(ceil(35 / (1 - 0.3)) / 1)",
            "raw": 50,
            "desired": 45,
            "bounds": ["lowered to max 45"],
            "available": 40,
            "outcome": "add 5 rooms",
            "operationId": "8a9b1c52-3c7e-4f0e-9d53-0a4f1f4f6d11",
        }
    ]
}

ROLLOUT: dict[str, Any] = {
    "rollout": {
        "inProgress": True,
        "fromVersions": ["v1.1.0"],
        "toVersion": "v2.0.0",
        "roomsDone": 7,
        "roomsToDo": 6,
        "statuses": [
            {"status": "ready", "done": 5, "toDo": 2},
            {"status": "occupied", "done": 2, "toDo": 4},
        ],
        "waitsFor": "2 older rooms to be removed",
        "since": "2026-01-02T03:04:05.678Z",
        "waitingSince": None,
        "evictsAt": None,
        "estimatedEnd": "2026-01-02T03:05:15Z",
    }
}
