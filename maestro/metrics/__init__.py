"""
Every metric of Maestro. Names and labels are those of v10 where it had them (contract 6.4).

Recorded at the edges and in adapters, never in domain or services. Labels have few values, or one
per scheduler or game: never an id of an operation or a room.
"""

from maestro.domain.rooms import InstanceStatus, RoomStatus
from maestro.metrics.declaring import (
    ALL,
    APIS,
    BYTES,
    LONG_SECONDS,
    Module,
    counter,
    fleet_gauge,
    gauge,
    histogram,
)

_FLEET = ("game", "scheduler")
_WORKER = (Module.WORKER,)

# Fleets: what beat has reported, the same from every metrics reporter

FLEETS = fleet_gauge("maestro_fleets", "Fleets in the report; absent when there is none.")
ROOMS = {
    status: fleet_gauge(f"maestro_worker_gru_{status}", f"Rooms that are {status}.", _FLEET)
    for status in RoomStatus
    if status is not RoomStatus.TERMINATED
}
INSTANCES = {
    status: fleet_gauge(
        f"maestro_worker_instance_{status}", f"Rooms whose instance is {status}.", _FLEET
    )
    for status in InstanceStatus
}
RUNNING_MATCHES = fleet_gauge("maestro_worker_running_matches", "Matches in all rooms.", _FLEET)
MAX_MATCHES = fleet_gauge("maestro_worker_max_matches", "Matches that one room hosts.", _FLEET)
READY_TARGET = fleet_gauge(
    "maestro_worker_ready_target", "Share of slots to keep free, of roomOccupancy.", _FLEET
)
FIXED_BUFFER = fleet_gauge(
    "maestro_worker_fixed_buffer", "Rooms to keep free, of fixedBuffer.", _FLEET
)
DESIRED_ROOMS = fleet_gauge("maestro_worker_desired_rooms", "Rooms that are wanted.", _FLEET)
CURRENT_ROOMS = fleet_gauge("maestro_worker_current_rooms", "Rooms that count.", _FLEET)
TERMINATION_TIMEOUTS = fleet_gauge(
    "maestro_worker_rooms_with_termination_timeout", "Rooms that should be gone by now.", _FLEET
)
PROPERLY_TERMINATED = fleet_gauge(
    "maestro_worker_rooms_properly_terminated", "Rooms that end, and are within their time.", _FLEET
)
OUTBOX_LENGTH = fleet_gauge("maestro_outbox_length", "Events that wait for forwarders.", _FLEET)
OUTBOX_DROPPED = fleet_gauge(
    "maestro_outbox_dropped_resyncs", "Resyncs that had to make room in the outbox.", _FLEET
)
DEAD_LETTERS = fleet_gauge(
    "maestro_events_dead_letters", "Events that are kept because nobody took them.", ["scheduler"]
)
HINTS = fleet_gauge("maestro_broker_hints", "Messages that wait, by kind of queue.", ["queue"])
OLDEST_HINT = fleet_gauge(
    "maestro_broker_oldest_hint_age_seconds",
    "How long the oldest message waits, by kind of queue; 0 when none does.",
    ["queue"],
)

# Requests

_HTTP = ("service", "handler", "method", "code")
HTTP_SECONDS = histogram(
    "http_request_duration_seconds", "How long requests took.", _HTTP, shown_by=APIS
)
HTTP_BYTES = histogram(
    "http_response_size_bytes", "How long answers were.", _HTTP, shown_by=APIS, buckets=BYTES
)
HTTP_INFLIGHT = gauge(
    "http_requests_inflight", "Requests being answered.", ("service", "handler"), shown_by=APIS
)
GRPC_SECONDS = histogram(
    "grpc_request_duration_seconds",
    "How long calls over gRPC took.",
    ("method", "code"),
    shown_by=APIS,
)

# Pings

PING_FAILURES = counter(
    "maestro_api_ping_handler_update_room_failures_total",
    "Pings that were not stored; those of a scheduler of which none ever was count under no name.",
    ("scheduler",),
    shown_by=[Module.ROOMS_API],
)
PING_NEGATIVE_MATCHES = counter(
    "maestro_api_ping_negative_matches_total",
    "Pings with a negative number of matches, taken as 0.",
    shown_by=[Module.ROOMS_API],
)
PING_METADATA_NOT_STORED = counter(
    "maestro_api_ping_metadata_not_stored_total",
    "Pings whose metadata was too large or too deep.",
    shown_by=[Module.ROOMS_API],
)

# Stores and the runtime

_STORE = ("storage", "operation")
REDIS_SECONDS = histogram(
    "maestro_worker_redis_operation_latency_seconds",
    "How long Redis took to do what was asked of a store.",
    _STORE,
    shown_by=ALL,
)
REDIS_FAILS = counter(
    "maestro_worker_redis_fails_total", "What Redis did not do.", _STORE, shown_by=ALL
)
POSTGRES_SECONDS = histogram(
    "maestro_worker_postgres_operation_latency_seconds",
    "How long PostgreSQL took to do what was asked of a store.",
    _STORE,
    shown_by=ALL,
)
POSTGRES_FAILS = counter(
    "maestro_worker_postgres_fails_total", "What PostgreSQL did not do.", _STORE, shown_by=ALL
)
_RUNTIME_USERS = (Module.WORKER, Module.RUNTIME_WATCHER, Module.MANAGEMENT_API)
RUNTIME_SECONDS = histogram(
    "maestro_runtime_operation_latency_seconds",
    "How long the runtime took, `kubernetes` or `local`.",
    ("runtime", "operation"),
    shown_by=_RUNTIME_USERS,
)
RUNTIME_FAILS = counter(
    "maestro_runtime_fails_total",
    "What the runtime did not do.",
    ("runtime", "operation"),
    shown_by=_RUNTIME_USERS,
)
KUBERNETES_SECONDS = histogram(
    "maestro_kubernetes_request_duration_seconds",
    "How long the API server took to begin its answer; `code` 0: there was none.",
    ("method", "resource", "code"),
    shown_by=_RUNTIME_USERS,
)

# Operations

_OPERATION = (*_FLEET, "operation")
EXECUTION_SECONDS = histogram(
    "maestro_worker_operation_execution_latency_seconds",
    "How long a worker executed an operation to its end; after a pause, from there.",
    (*_OPERATION, "success"),
    shown_by=_WORKER,
    buckets=LONG_SECONDS,
)
ROLLBACK_SECONDS = histogram(
    "maestro_worker_operation_rollback_latency_seconds",
    "How long a worker undid an operation.",
    (*_OPERATION, "success"),
    shown_by=_WORKER,
    buckets=LONG_SECONDS,
)
OPERATIONS_ENDED = counter(
    "maestro_worker_operations_ended_total",
    "Operations that are over, by how they ended.",
    (*_OPERATION, "status"),
    shown_by=_WORKER,
)
EVICTED = counter(
    "maestro_worker_operation_evicted_total",
    "Operations that nobody knows how to execute.",
    (*_OPERATION, "reason"),
    shown_by=_WORKER,
)
EXECUTION_WORKER_FAILED = counter(
    "maestro_worker_operation_execution_worker_failed_total",
    "Times that a worker could not take the next operation, or write how it ended.",
    (*_FLEET, "reason"),
    shown_by=_WORKER,
)
ADD_ROOMS_FAILED = counter(
    "maestro_worker_add_rooms_operation_execution_failed_total",
    "Operations that could not add their rooms.",
    ("scheduler", "operation"),
    shown_by=_WORKER,
)
REMOVE_ROOMS_FAILED = counter(
    "maestro_worker_remove_rooms_operation_deletion_failed_total",
    "Operations that could not remove their rooms.",
    ("scheduler",),
    shown_by=_WORKER,
)
CURRENT_WORKERS = gauge(
    "maestro_current_workers",
    "Workers that would execute operations of the scheduler.",
    ("scheduler", "maestro_component"),
    shown_by=_WORKER,
)
WORKERS_SYNC = counter(
    "maestro_workers_sync_total",
    "Times that workers compared what they consume with the schedulers there are.",
    shown_by=_WORKER,
)
HINT_DELAY = histogram(
    "maestro_worker_hint_delay_seconds",
    "How long a message waited for a worker, by kind of queue.",
    ["queue"],
    shown_by=[Module.WORKER, Module.METRICS_REPORTER],
    buckets=LONG_SECONDS,
)

# Beat

BEAT_LEADS = gauge(
    "maestro_beat_leads", "1 while this beat is the one that ticks.", shown_by=[Module.BEAT]
)
BEAT_TICKS = counter(
    "maestro_beat_ticks_total", "What beat asked for.", ["task"], shown_by=[Module.BEAT]
)

# The watcher

_WATCHER = (Module.RUNTIME_WATCHER,)
WATCHER_LEADS = gauge(
    "maestro_watcher_leads", "1 while this watcher is the one that works.", shown_by=_WATCHER
)
WATCHER_EVENTS = counter(
    "maestro_watcher_number_of_events_processed_total",
    "What the watch told of instances, `updated` or `deleted`, and whether it could be passed on.",
    ("scheduler", "instanceEventType", "success"),
    shown_by=_WATCHER,
)
WATCHER_LISTS = counter(
    "maestro_watcher_lists_total", "Full lists of the runtime.", shown_by=_WATCHER
)
UNKNOWN_ROOMS = gauge(
    "maestro_unknown_rooms",
    "Instances of schedulers or versions that do not exist.",
    shown_by=_WATCHER,
)
FAILED_INSTANCE_CONVERSIONS = counter(
    "maestro_watcher_failed_instance_conversion_total",
    "What the runtime told of an instance and nobody could read.",
    ["scheduler"],
    shown_by=_WATCHER,
)

# Events for forwarders

_FORWARDED = (*_FLEET, "code")
_FORWARDER = (Module.EVENTS_FORWARDER,)
_CALLERS = (Module.EVENTS_FORWARDER, Module.ROOMS_API)
#: Whether it was taken → counter.
ROOM_EVENTS = {
    True: counter(
        "maestro_api_success_room_event_forwarding_total",
        "Events of rooms taken.",
        _FORWARDED,
        shown_by=_CALLERS,
    ),
    False: counter(
        "maestro_api_failed_room_event_forwarding_total",
        "Attempts to tell of a room that failed.",
        _FORWARDED,
        shown_by=_CALLERS,
    ),
}
PLAYER_EVENTS = {
    True: counter(
        "maestro_api_success_player_event_forwarding_total",
        "Events of players taken.",
        _FORWARDED,
        shown_by=_CALLERS,
    ),
    False: counter(
        "maestro_api_failed_player_event_forwarding_total",
        "Attempts to tell of a player that failed.",
        _FORWARDED,
        shown_by=_CALLERS,
    ),
}
FAILED_PINGS = counter(
    "maestro_api_failed_ping_forwarding_total",
    "Attempts to tell of a ping that failed.",
    ["scheduler"],
    shown_by=_CALLERS,
)
FORWARDING_LATENCY = histogram(
    "maestro_worker_grpc_request_latency_seconds",
    "How long forwarders took to answer.",
    ("service", "method", "code"),
    shown_by=_CALLERS,
)
OUTBOX_LAG = histogram(
    "maestro_outbox_lag_seconds",
    "How old events were when they were delivered.",
    ["scheduler"],
    shown_by=_FORWARDER,
    buckets=LONG_SECONDS,
)
OUTBOXES_HELD = gauge(
    "maestro_outboxes_held", "Outboxes that this process drains.", shown_by=_FORWARDER
)


def forget_events(scheduler: str) -> None:
    """Show no more series of a scheduler whose outbox this process does not drain any more."""
    for metric in (*ROOM_EVENTS.values(), *PLAYER_EVENTS.values(), FAILED_PINGS, OUTBOX_LAG):
        metric.remove_by_labels({"scheduler": scheduler})
