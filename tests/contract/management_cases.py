"""What the management API answers to which request, given two schedulers."""

import dataclasses
import datetime
from typing import Any

from maestro.domain import operations
from maestro.domain.operations import OperationStatus
from maestro.domain.rooms import InstanceStatus, PingStatus, Room, RoomStatus
from maestro.ports.storage import RoomCounts
from tests import make
from tests.fakes.services import Services

LATER = make.NOW + datetime.timedelta(seconds=1, milliseconds=500)


def room(**changes: Any) -> Room:
    """A room that waits for players."""
    ready = Room(
        id="arena-1",
        scheduler="arena",
        version="v1.0.0",
        status=RoomStatus.READY,
        ping_status=PingStatus.READY,
        instance_status=InstanceStatus.READY,
        instance_description="",
        uid="instance-1",
        host="10.0.0.1",
        ports=make.host_ports(),
        running_matches=0,
        metadata={},
        is_validation=False,
        operation="op-1",
        created_at=make.NOW,
        last_ping_at=None,
        allocated_until=None,
        terminating_since=None,
        deletion_accepted=False,
    )
    return dataclasses.replace(ready, **changes)


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
        ),
        make.operation(
            operations.TestOperation(sleep_seconds=1),
            id="failed",
            status=OperationStatus.ERROR,
            created_at=LATER,
        ),
        make.operation(operations.DeleteScheduler(), id="done", status=OperationStatus.FINISHED),
    ]
    services.rooms.stored = [
        room(),
        room(
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
}
RUNS = {
    "id": "runs",
    "status": "in_progress",
    "definitionName": "remove_rooms",
    "lease": {"ttl": "2026-11-23T12:00:01Z"},
    "schedulerName": "arena",
    "createdAt": "2026-11-23T12:00:00Z",
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


OPERATIONS = "/schedulers/arena/operations"
ROOMS = "/schedulers/arena/rooms"

ANSWERS: list[tuple[str, str, Any]] = [
    ("GET", "/schedulers", {"schedulers": [ARENA_LINE, OTHER_LINE]}),
    ("GET", "/schedulers?game=other-game", {"schedulers": [OTHER_LINE]}),
    ("GET", "/schedulers?name=arena&game=&version=v1.0.0", {"schedulers": [ARENA_LINE]}),
    ("GET", "/schedulers?name=arena&game=other-game", {"schedulers": []}),
    ("GET", "/schedulers?unknown=1", {"schedulers": [ARENA_LINE, OTHER_LINE]}),
    ("GET", "/schedulers/info", {"schedulers": [ARENA_INFO, OTHER_INFO]}),
    ("GET", "/schedulers/info?game=other-game", {"schedulers": [OTHER_INFO]}),
    ("GET", "/schedulers/info?game=none", {"schedulers": []}),
    (
        "GET",
        "/schedulers/arena/versions",
        {
            "versions": [
                {"version": "v1.0.0", "isActive": True, "createdAt": "2026-01-02T03:04:05.678Z"}
            ]
        },
    ),
    ("DELETE", "/schedulers/arena", {"operationId": "delete-arena"}),
    ("POST", f"{OPERATIONS}/waits/cancel", {}),
    ("POST", f"{OPERATIONS}/runs/cancel", {}),
    ("PUT", "/schedulers/arena/pause", {}),
    ("PUT", "/schedulers/arena/resume", {}),
    ("PUT", "/pause", {}),
    ("PUT", "/resume", {}),
    ("GET", f"{OPERATIONS}?stage=pending", page("operations", WAITS, size=1, total=1)),
    ("GET", f"{OPERATIONS}?stage=active", page("operations", RUNS, size=1, total=1)),
    ("GET", f"{OPERATIONS}?stage=final", page("operations", FAILED, DONE, size=15, total=2)),
    (
        "GET",
        f"{OPERATIONS}?stage=final&orderBy=createdAt",
        page("operations", FAILED, DONE, size=15, total=2),
    ),
    (
        "GET",
        f"{OPERATIONS}?stage=final&order_by=createdAt%20asc",
        page("operations", DONE, FAILED, size=15, total=2),
    ),
    (
        "GET",
        f"{OPERATIONS}?stage=final&perPage=1&page=2",
        page("operations", DONE, size=1, total=2, number=2),
    ),
    (
        "GET",
        f"{OPERATIONS}?stage=final&per_page=100&page=3",
        page("operations", size=100, total=2, number=3),
    ),
    ("GET", "/schedulers/none/operations?stage=final", page("operations", size=15, total=0)),
    ("GET", "/schedulers/none/operations?stage=active", page("operations", size=0, total=0)),
    (
        "GET",
        f"{OPERATIONS}/waits",
        {
            "operation": WAITS
            | {
                "input": {"amount": 1},
                "executionHistory": [{"createdAt": "2026-11-23T12:00:00Z", "event": "Created"}],
            }
        },
    ),
    ("GET", ROOMS, page("rooms", ROOM_1, ROOM_2, size=50, total=2)),
    ("GET", f"{ROOMS}?status=ready", page("rooms", ROOM_1, size=50, total=1)),
    ("GET", f"{ROOMS}?version=v2.0.0", page("rooms", ROOM_2, size=50, total=1)),
    ("GET", f"{ROOMS}?per_page=1&page=2", page("rooms", ROOM_2, size=1, total=2, number=2)),
    ("GET", f"{ROOMS}?perPage=500", page("rooms", ROOM_1, ROOM_2, size=500, total=2)),
    ("GET", f"{ROOMS}/arena-2", {"room": ROOM_2}),
]

NO_SUCH_OPERATION = "operation waits not found in scheduler none"
NOT_FOUND: list[tuple[str, str, str]] = [
    ("GET", "/schedulers/none", "scheduler none not found"),
    ("GET", "/schedulers/ärena", "scheduler ärena not found"),
    ("GET", "/schedulers/arena?version=v9.0.0", "scheduler arena not found"),
    ("GET", "/schedulers/none/versions", "scheduler none not found"),
    ("DELETE", "/schedulers/none", "scheduler none not found"),
    ("DELETE", "/schedulers/info", "scheduler info not found"),
    ("PUT", "/schedulers/none/pause", "scheduler none not found"),
    ("PUT", "/schedulers/none/resume", "scheduler none not found"),
    ("GET", f"{OPERATIONS}/none", "operation none not found in scheduler arena"),
    ("GET", "/schedulers/other/operations/waits", "operation waits not found in scheduler other"),
    ("POST", f"{OPERATIONS}/none/cancel", "operation none not found in scheduler arena"),
    ("POST", "/schedulers/none/operations/waits/cancel", NO_SUCH_OPERATION),
    ("GET", "/schedulers/none/rooms", "scheduler none not found"),
    ("GET", f"{ROOMS}/none", "room none not found in scheduler arena"),
    ("GET", "/", "Not Found"),
    ("GET", "/scheduler", "Not Found"),
    ("GET", "/schedulers/", "Not Found"),
    ("GET", "//schedulers", "Not Found"),
    ("GET", "/schedulers//rooms", "Not Found"),
    ("GET", "/schedulers/arena/", "Not Found"),
    ("GET", "/schedulers/a%00b", "Not Found"),
    ("GET", f"{ROOMS}/%00", "Not Found"),
    ("POST", "/", "Not Found"),
]

STAGES = "there is no pagination filter implemented for"
REFUSED: list[tuple[str, str, str]] = [
    (OPERATIONS, "stage", "invalid stage filter: "),
    (f"{OPERATIONS}?stage=all", "stage", "invalid stage filter: all"),
    (f"{OPERATIONS}?stage=Final", "stage", "invalid stage filter: Final"),
    (f"{OPERATIONS}?orderBy=createdAt%20asc%20x", "orderBy", "invalid sorting parameters number"),
    (f"{OPERATIONS}?orderBy=status", "orderBy", "invalid sorting field: status"),
    (f"{OPERATIONS}?orderBy=status%20up", "orderBy", "invalid sorting field: status"),
    (f"{OPERATIONS}?orderBy=createdAt%20up", "orderBy", "invalid sorting order: up"),
    (f"{OPERATIONS}?orderBy=x&page=0&stage=x", "orderBy", "invalid sorting field: x"),
    (f"{OPERATIONS}?stage=final&page=0", "page", "page must be greater than 0"),
    (f"{OPERATIONS}?page=0&perPage=0&stage=x", "page", "page must be greater than 0"),
    (f"{OPERATIONS}?stage=final&perPage=0", "perPage", "page size must be between 0 and 100"),
    (f"{OPERATIONS}?stage=x&perPage=101", "perPage", "page size must be between 0 and 100"),
    (f"{OPERATIONS}?stage=active&page=1", "page", f"{STAGES} active stage"),
    (f"{OPERATIONS}?stage=pending&perPage=1", "perPage", f"{STAGES} pending stage"),
    (f"{OPERATIONS}?stage=x&page=1", "page", f"{STAGES} x stage"),
]
