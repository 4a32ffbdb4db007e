"""
What the drawings of the architecture show. Whatever they name has to exist: a test looks for the
modules, sources, tasks and queues.
"""

from handbook.drawing import Arrow, Box, Drawing
from maestro.ports import tasks

OPERATORS = Box("operators", "people", 0, 0)
MATCHMAKERS = Box("matchmakers", "people", 2, 0)
ROOMS_API_CODE, FORWARDER_CODE = "api/rooms", "maestro/forwarding"

PARTS = Drawing(
    "Which processes there are, and who talks to whom",
    [
        OPERATORS,
        Box("game rooms", "people", 1, 0, "maestro/client.py"),
        MATCHMAKERS,
        Box("management-api", "process", 0, 1, "api/management"),
        Box("rooms-api", "process", 1, 1, ROOMS_API_CODE),
        Box("events-forwarder", "process", 2, 1, FORWARDER_CODE),
        Box("PostgreSQL", "store", 0, 2, "maestro/storage/postgres"),
        Box("Redis", "store", 1, 2, "maestro/storage/redis"),
        Box("metrics-reporter", "process", 2, 2, "tasks/reports.py"),
        Box("broker", "store", 0, 3, "maestro/queue"),
        Box("worker", "process", 1, 3, "tasks"),
        Box("runtime-watcher", "process", 2, 3, "maestro/watcher"),
        Box("beat", "process", 0, 4, "tasks/beat.py"),
        Box("flower", "process", 1, 4, "tasks"),
        Box("runtime", "runtime", 2, 4, "maestro/runtime"),
    ],
    [
        Arrow("operators", "management-api", "HTTP, gRPC"),
        Arrow("game rooms", "rooms-api", "pings"),
        Arrow("matchmakers", "rooms-api", "allocate", 0.4),
        Arrow("events-forwarder", "matchmakers", "events"),
        Arrow("management-api", "PostgreSQL", "schedulers, versions"),
        Arrow("management-api", "Redis", "operations", 0.4),
        Arrow("rooms-api", "Redis", "a script per ping"),
        Arrow("events-forwarder", "Redis", "outbox", 0.45),
        Arrow("metrics-reporter", "Redis", "gauges"),
        Arrow("worker", "PostgreSQL", "history", 0.5),
        Arrow("worker", "Redis", "leases, rooms"),
        Arrow("runtime-watcher", "Redis", "changes", 0.5),
        Arrow("beat", "broker", "ticks"),
        Arrow("flower", "broker", "what workers say", 0.4),
        Arrow("broker", "worker", "hints"),
        Arrow("worker", "runtime", "create, delete", 0.6),
        Arrow("runtime-watcher", "runtime", "list, watch"),
    ],
)

OPERATION = Drawing(
    "The way of an operation, from the request to the rooms",
    [
        OPERATORS,
        Box("management-api", "process", 1, 0, "maestro/services"),
        Box("PostgreSQL", "store", 2, 0, "maestro/storage/postgres"),
        Box("broker", "store", 1, 1, "maestro/queue"),
        Box("Redis", "store", 2, 1, "maestro/storage/redis/lua"),
        Box("worker", "process", 1, 2, "tasks/executors"),
        Box("runtime", "runtime", 2, 2, "maestro/runtime"),
    ],
    [
        Arrow("operators", "management-api", "1 ask"),
        Arrow("management-api", "PostgreSQL", "2 scheduler\nand promise"),
        Arrow("management-api", "Redis", "3 record, queue", 0.5),
        Arrow("management-api", "broker", f"4 hint {tasks.RUN_NEXT}", 0.35),
        Arrow("broker", "worker", f"5 on {tasks.operations('arena')}", 0.4),
        Arrow("worker", "Redis", "6 lease, 8 finish", 0.5),
        Arrow("worker", "runtime", "7 rooms"),
    ],
)

ROOMS = Drawing(
    "The ways of pings, of changes in the runtime, and of events",
    [
        Box("game rooms", "people", 0, 0, "maestro/client.py"),
        Box("rooms-api", "process", 1, 0, ROOMS_API_CODE),
        MATCHMAKERS._replace(column=3),
        Box("Redis", "store", 2, 1, "maestro/storage/redis/lua"),
        Box("events-forwarder", "process", 3, 1, FORWARDER_CODE),
        Box("runtime", "runtime", 0, 2, "maestro/runtime"),
        Box("runtime-watcher", "process", 1, 2, "maestro/watcher"),
        Box("worker", "process", 3, 2, "tasks/runtime_changes.py"),
    ],
    [
        Arrow("game rooms", "rooms-api", "ping"),
        Arrow("rooms-api", "Redis", "status, outbox:\none script"),
        Arrow("matchmakers", "rooms-api", "allocate"),
        Arrow("Redis", "events-forwarder", "outbox"),
        Arrow("events-forwarder", "matchmakers", "gRPC"),
        Arrow("runtime", "runtime-watcher", "list, watch"),
        Arrow("runtime-watcher", "Redis", "newest change\nof each room"),
        Arrow("Redis", "worker", tasks.APPLY_CHANGES),
    ],
)

#: Name of the file → what it shows.
DRAWINGS = {"parts": PARTS, "operation": OPERATION, "rooms": ROOMS}
