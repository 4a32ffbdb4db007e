"""What the management API answers to which request, given two schedulers."""

import datetime
from typing import Any

from api.management import examples
from maestro.domain import operations
from maestro.domain.decisions import Decision
from maestro.domain.operations import OperationStatus
from maestro.domain.rollout_status import RolloutStatus, StatusCount
from maestro.domain.rooms import RoomStatus
from maestro.ports.storage import RoomCounts
from maestro.services.explanations import NO_ROLLOUT
from tests import make
from tests.fakes.services import Services

LATER = make.NOW + datetime.timedelta(seconds=1, milliseconds=500)


DECISION = Decision(
    at=LATER,
    policy="roomOccupancy",
    inputs={"matches": 35, "readyTarget": 0.3},
    formula="ceil(ceil(35 / (1 - 0.3)) / 1)",
    raw=50,
    desired=45,
    bounds=("lowered to max 45",),
    available=40,
    outcome="add 5 rooms",
    operation_id="waits",
)
ROLLOUT = RolloutStatus(
    in_progress=True,
    from_versions=["v1.0.0"],
    to_version="v2.0.0",
    rooms_done=2,
    rooms_to_do=8,
    statuses=[StatusCount(status=RoomStatus.OCCUPIED, done=2, to_do=8)],
    waits_for="matches in 8 older rooms to end",
    since=make.NOW,
    waiting_since=LATER,
    evicts_at=LATER,
)


def fleets() -> Services:
    """Two schedulers; `arena` has operations of every stage and rooms."""
    services = Services()
    services.schedulers.stored = {
        "arena": make.scheduler(created_at=make.NOW),
        "other": make.scheduler(
            name="other",
            game="other-game",
            port_range=None,
            created_at=None,
            autoscaling=make.autoscaling(),
        ),
    }
    counted = dict.fromkeys(RoomStatus, 1) | {RoomStatus.READY: 7}
    services.schedulers.counts["arena"] = RoomCounts(by_status=counted)
    services.operations.stored = [
        make.operation(
            id="waits",
            history=(operations.OperationEvent(created_at=make.NOW, event="Created"),),
        ),
        make.operation(
            operations.RemoveRooms(amount=2),
            id="runs",
            status=OperationStatus.IN_PROGRESS,
            lease_until=LATER,
            attempt=2,
            cancel_requested=True,
        ),
        make.operation(
            operations.TestOperation(sleep_seconds=1),
            id="failed",
            status=OperationStatus.ERROR,
            created_at=LATER,
        ),
        make.operation(operations.DeleteScheduler(), id="done", status=OperationStatus.FINISHED),
    ]
    services.explanations.told["arena"] = [DECISION]
    services.explanations.rollouts["arena"] = ROLLOUT
    services.rooms.stored = [
        make.room(),
        make.room(
            id="arena-2",
            status=RoomStatus.ALLOCATED,
            version="v2.0.0",
            running_matches=2**40,
            metadata={"a_b": [1]},
            is_validation=True,
            last_ping_at=LATER,
            allocated_until=LATER,
        ),
    ]
    return services


ARENA_LINE = {
    "name": "arena",
    "game": "arena-game",
    "state": "creating",
    "version": "v1.0.0",
    "portRange": {"start": 40000, "end": 40099},
    "createdAt": "2026-11-23T12:00:00Z",
    "maxSurge": "25%",
    "roomsReplicas": 3,
    "matchAllocation": {"maxMatches": 1},
}
OTHER_LINE = ARENA_LINE | {
    "name": "other",
    "game": "other-game",
    "portRange": None,
    "createdAt": None,
}
ARENA_INFO = {
    "name": "arena",
    "game": "arena-game",
    "state": "creating",
    "roomsReplicas": 3,
    "roomsReady": 7,
    "roomsOccupied": 1,
    "roomsPending": 1,
    "roomsTerminating": 1,
    "autoscaling": None,
    "roomsActive": 1,
    "roomsAllocated": 1,
    "roomsUnready": 1,
    "roomsError": 1,
}
OTHER_INFO = {
    "name": "other",
    "game": "other-game",
    "state": "creating",
    "roomsReplicas": 3,
    "roomsReady": 0,
    "roomsOccupied": 0,
    "roomsPending": 0,
    "roomsTerminating": 0,
    "autoscaling": {"enabled": True, "min": 1, "max": 10, "cooldown": 60},
    "roomsActive": 0,
    "roomsAllocated": 0,
    "roomsUnready": 0,
    "roomsError": 0,
}
WAITS = {
    "id": "waits",
    "status": "pending",
    "definitionName": "add_rooms",
    "schedulerName": "arena",
    "createdAt": "2026-11-23T12:00:00Z",
    "attempt": 0,
    "cancelRequested": False,
}
RUNS = {
    "id": "runs",
    "status": "in_progress",
    "definitionName": "remove_rooms",
    "lease": {"ttl": "2026-11-23T12:00:01Z"},
    "schedulerName": "arena",
    "createdAt": "2026-11-23T12:00:00Z",
    "attempt": 2,
    "cancelRequested": True,
}
FAILED = WAITS | {
    "id": "failed",
    "status": "error",
    "definitionName": "test_operation",
    "createdAt": "2026-11-23T12:00:01.500Z",
}
DONE = WAITS | {"id": "done", "status": "finished", "definitionName": "delete_scheduler"}
ROOM_1 = {
    "id": "arena-1",
    "schedulerName": "arena",
    "version": "v1.0.0",
    "status": "ready",
    "pingStatus": "ready",
    "instanceStatus": {"type": "ready", "description": ""},
    "host": "10.0.0.1",
    "ports": [{"name": "game", "protocol": "UDP", "port": 40000}],
    "runningMatches": "0",
    "metadata": {},
    "isValidationRoom": False,
    "createdAt": "2026-11-23T12:00:00Z",
    "lastPingAt": None,
    "operationId": "op-1",
}
ROOM_2 = ROOM_1 | {
    "id": "arena-2",
    "version": "v2.0.0",
    "status": "allocated",
    "runningMatches": "1099511627776",
    "metadata": {"a_b": [1]},
    "isValidationRoom": True,
    "lastPingAt": "2026-11-23T12:00:01.500Z",
    "allocatedUntil": "2026-11-23T12:00:01.500Z",
}


def page(items: str, *listed: Any, size: int, total: int, number: int = 1) -> dict[str, Any]:
    """One page of a list."""
    return {items: list(listed), "page": number, "pageSize": size, "total": total}


ARENA = {"schedulerName": "arena"}
NONE = {"schedulerName": "none"}

#: What is called with which request, and what is answered.
#: As the messages of edits name a scheduler.
NAMED = {"name": "arena"}

ANSWERS: list[tuple[str, dict[str, Any], Any]] = [
    ("ListSchedulers", {}, {"schedulers": [ARENA_LINE, OTHER_LINE]}),
    ("ListSchedulers", {"game": "other-game"}, {"schedulers": [OTHER_LINE]}),
    (
        "ListSchedulers",
        {"name": "arena", "game": "", "version": "v1.0.0"},
        {"schedulers": [ARENA_LINE]},
    ),
    ("ListSchedulers", {"name": "arena", "game": "other-game"}, {"schedulers": []}),
    ("GetSchedulersInfo", {}, {"schedulers": [ARENA_INFO, OTHER_INFO]}),
    ("GetSchedulersInfo", {"game": "other-game"}, {"schedulers": [OTHER_INFO]}),
    ("GetSchedulersInfo", {"game": "none"}, {"schedulers": []}),
    (
        "GetSchedulerVersions",
        ARENA,
        {
            "versions": [
                {"version": "v1.0.0", "isActive": True, "createdAt": "2026-01-02T03:04:05.678Z"}
            ]
        },
    ),
    ("DeleteScheduler", ARENA, {"operationId": "delete-arena"}),
    ("NewSchedulerVersion", examples.NEW_SCHEDULER | NAMED, {"operationId": "edit-arena"}),
    ("PatchScheduler", NAMED | {"maxSurge": "3"}, {"operationId": "edit-arena"}),
    ("PatchScheduler", NAMED | {"roomsReplicas": 0}, {"operationId": "edit-arena"}),
    ("PatchScheduler", NAMED | {"spec": {"toleration": "x"}}, {"operationId": "edit-arena"}),
    ("SwitchActiveVersion", ARENA | {"version": "v1.0.0"}, {"operationId": "edit-arena"}),
    ("CancelOperation", ARENA | {"operationId": "waits"}, {}),
    ("CancelOperation", ARENA | {"operationId": "runs"}, {}),
    ("PauseScheduler", ARENA, {}),
    ("ResumeScheduler", ARENA, {}),
    ("PauseAll", {}, {}),
    ("ResumeAll", {}, {}),
    (
        "ExplainAutoscaling",
        ARENA,
        {
            "decisions": [
                {
                    "at": "2026-11-23T12:00:01.500Z",
                    "policy": "roomOccupancy",
                    "inputs": {"matches": 35, "readyTarget": 0.3},
                    "formula": "ceil(ceil(35 / (1 - 0.3)) / 1)",
                    "raw": 50,
                    "desired": 45,
                    "bounds": ["lowered to max 45"],
                    "available": 40,
                    "outcome": "add 5 rooms",
                    "operationId": "waits",
                }
            ]
        },
    ),
    ("ExplainAutoscaling", {"schedulerName": "other"}, {"decisions": []}),
    (
        "GetRollout",
        ARENA,
        {
            "rollout": {
                "inProgress": True,
                "fromVersions": ["v1.0.0"],
                "toVersion": "v2.0.0",
                "roomsDone": 2,
                "roomsToDo": 8,
                "statuses": [{"status": "occupied", "done": 2, "toDo": 8}],
                "waitsFor": "matches in 8 older rooms to end",
                "since": "2026-11-23T12:00:00Z",
                "waitingSince": "2026-11-23T12:00:01.500Z",
                "evictsAt": "2026-11-23T12:00:01.500Z",
                "estimatedEnd": None,
            }
        },
    ),
    (
        "GetRollout",
        {"schedulerName": "other"},
        {
            "rollout": {
                "inProgress": False,
                "fromVersions": [],
                "toVersion": "v1.0.0",
                "roomsDone": 0,
                "roomsToDo": 0,
                "statuses": [],
                "waitsFor": NO_ROLLOUT,
                "since": None,
                "waitingSince": None,
                "evictsAt": None,
                "estimatedEnd": None,
            }
        },
    ),
    ("ListOperations", ARENA | {"stage": "pending"}, page("operations", WAITS, size=1, total=1)),
    ("ListOperations", ARENA | {"stage": "active"}, page("operations", RUNS, size=1, total=1)),
    (
        "ListOperations",
        ARENA | {"stage": "final"},
        page("operations", FAILED, DONE, size=15, total=2),
    ),
    (
        "ListOperations",
        ARENA | {"stage": "final", "orderBy": "createdAt"},
        page("operations", FAILED, DONE, size=15, total=2),
    ),
    (
        "ListOperations",
        ARENA | {"stage": "final", "orderBy": "createdAt asc"},
        page("operations", DONE, FAILED, size=15, total=2),
    ),
    (
        "ListOperations",
        ARENA | {"stage": "final", "perPage": 1, "page": 2},
        page("operations", DONE, size=1, total=2, number=2),
    ),
    (
        "ListOperations",
        ARENA | {"stage": "final", "perPage": 100, "page": 3},
        page("operations", size=100, total=2, number=3),
    ),
    ("ListOperations", NONE | {"stage": "final"}, page("operations", size=15, total=0)),
    ("ListOperations", NONE | {"stage": "active"}, page("operations", size=0, total=0)),
    (
        "GetOperation",
        ARENA | {"operationId": "waits"},
        {
            "operation": WAITS
            | {
                "input": {"amount": 1},
                "executionHistory": [{"createdAt": "2026-11-23T12:00:00Z", "event": "Created"}],
            }
        },
    ),
    ("ListRooms", ARENA, page("rooms", ROOM_1, ROOM_2, size=50, total=2)),
    ("ListRooms", ARENA | {"status": "ready"}, page("rooms", ROOM_1, size=50, total=1)),
    ("ListRooms", ARENA | {"version": "v2.0.0"}, page("rooms", ROOM_2, size=50, total=1)),
    (
        "ListRooms",
        ARENA | {"perPage": 1, "page": 2},
        page("rooms", ROOM_2, size=1, total=2, number=2),
    ),
    ("ListRooms", ARENA | {"perPage": 500}, page("rooms", ROOM_1, ROOM_2, size=500, total=2)),
    ("GetRoom", ARENA | {"roomName": "arena-2"}, {"room": ROOM_2}),
]

NOT_FOUND: list[tuple[str, dict[str, Any], str]] = [
    ("GetScheduler", NONE, "scheduler none not found"),
    ("GetScheduler", {"schedulerName": "ärena"}, "scheduler ärena not found"),
    ("GetScheduler", ARENA | {"version": "v9.0.0"}, "scheduler arena not found"),
    ("GetSchedulerVersions", NONE, "scheduler none not found"),
    ("DeleteScheduler", NONE, "scheduler none not found"),
    ("SwitchActiveVersion", ARENA | {"version": "v9.0.0"}, "scheduler arena not found"),
    ("SwitchActiveVersion", NONE | {"version": "v1.0.0"}, "scheduler none not found"),
    ("DeleteScheduler", {"schedulerName": "info"}, "scheduler info not found"),
    ("PauseScheduler", NONE, "scheduler none not found"),
    ("ResumeScheduler", NONE, "scheduler none not found"),
    (
        "GetOperation",
        ARENA | {"operationId": "none"},
        "operation none not found in scheduler arena",
    ),
    (
        "GetOperation",
        {"schedulerName": "other", "operationId": "waits"},
        "operation waits not found in scheduler other",
    ),
    ("ExplainAutoscaling", NONE, "scheduler none not found"),
    ("GetRollout", NONE, "scheduler none not found"),
    ("ListRooms", NONE, "scheduler none not found"),
    ("GetRoom", ARENA | {"roomName": "none"}, "room none not found in scheduler arena"),
    (
        "CancelOperation",
        ARENA | {"operationId": "none"},
        "operation none not found in scheduler arena",
    ),
    (
        "CancelOperation",
        {"schedulerName": "none", "operationId": "waits"},
        "operation waits not found in scheduler none",
    ),
]

STAGES = "there is no pagination filter implemented for"
#: Requests for operations, refused in the words of v10.
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "stage", "invalid stage filter: "),
    ({"stage": "all"}, "stage", "invalid stage filter: all"),
    ({"stage": "Final"}, "stage", "invalid stage filter: Final"),
    ({"orderBy": "createdAt asc x"}, "orderBy", "invalid sorting parameters number"),
    ({"orderBy": "status"}, "orderBy", "invalid sorting field: status"),
    ({"orderBy": "status up"}, "orderBy", "invalid sorting field: status"),
    ({"orderBy": "createdAt up"}, "orderBy", "invalid sorting order: up"),
    ({"orderBy": "x", "page": 0, "stage": "x"}, "orderBy", "invalid sorting field: x"),
    ({"stage": "final", "page": 0}, "page", "page must be greater than 0"),
    ({"page": 0, "perPage": 0, "stage": "x"}, "page", "page must be greater than 0"),
    ({"stage": "final", "perPage": 0}, "perPage", "page size must be between 0 and 100"),
    ({"stage": "x", "perPage": 101}, "perPage", "page size must be between 0 and 100"),
    ({"stage": "active", "page": 1}, "page", f"{STAGES} active stage"),
    ({"stage": "pending", "perPage": 1}, "perPage", f"{STAGES} pending stage"),
    ({"stage": "x", "page": 1}, "page", f"{STAGES} x stage"),
]

#: Other requests, refused in our words.
REFUSED_OTHERWISE: list[tuple[str, dict[str, Any], str]] = [
    ("ListRooms", ARENA | {"page": 0}, "page"),
    ("ListRooms", ARENA | {"perPage": 0}, "perPage"),
    ("ListRooms", ARENA | {"perPage": 501}, "perPage"),
    ("ListRooms", ARENA | {"status": "fine"}, "status"),
    ("ListSchedulers", {"game": "a\0"}, "game"),
    ("GetScheduler", ARENA | {"version": "\0"}, "version"),
    ("SwitchActiveVersion", ARENA, "version"),
    ("NewSchedulerVersion", examples.NEW_SCHEDULER | NAMED | {"maxSurge": ""}, "maxSurge"),
]

#: Edits, and how things are that forbid them: code and message.
FORBIDDEN: list[tuple[str, dict[str, Any], int, str]] = [
    ("PatchScheduler", NAMED, 6, "no change found to scheduler arena"),
    ("PatchScheduler", NAMED | {"spec": {}}, 6, "no change found to scheduler arena"),
    (
        "CancelOperation",
        ARENA | {"operationId": "done"},
        10,
        'cannot cancel operation since status "finished" is a final status',
    ),
    (
        "CancelOperation",
        ARENA | {"operationId": "failed"},
        10,
        'cannot cancel operation since status "error" is a final status',
    ),
]
#: What only one of may be open.
EDITS: list[tuple[str, dict[str, Any]]] = [
    ("NewSchedulerVersion", examples.NEW_SCHEDULER | NAMED),
    ("PatchScheduler", NAMED | {"maxSurge": "3"}),
    ("SwitchActiveVersion", ARENA | {"version": "v1.0.0"}),
]
