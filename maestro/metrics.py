"""
Every metric of Maestro. Names and labels are those of v10 where it had them (contract 6.4).

Recorded at the edges and in adapters, never in domain or services.
"""

from prometheus_client import Counter, Gauge, Histogram

from maestro.domain.rooms import RoomStatus

_FLEET = ("game", "scheduler")

UNKNOWN_ROOMS = Gauge(
    "maestro_unknown_rooms",
    "Instances of schedulers or versions that do not exist.",
    multiprocess_mode="sum",
)

FAILED_INSTANCE_CONVERSIONS = Counter(
    "maestro_watcher_failed_instance_conversion_total",
    "What the runtime told of an instance and nobody could read.",
    ["scheduler"],
)

ROOMS = {
    status: Gauge(f"maestro_worker_gru_{status}", f"Rooms that are {status}.", _FLEET)
    for status in RoomStatus
    if status is not RoomStatus.TERMINATED
}

PING_FAILURES = Counter(
    "maestro_api_ping_handler_update_room_failures",
    "Pings that were not stored; those of a scheduler of which none ever was count under no name.",
    ("scheduler",),
)
PING_NEGATIVE_MATCHES = Counter(
    "maestro_api_ping_negative_matches", "Pings with a negative number of matches, taken as 0."
)
PING_METADATA_NOT_STORED = Counter(
    "maestro_api_ping_metadata_not_stored", "Pings whose metadata was too large or too deep."
)

# Events for forwarders

_FORWARDED = (*_FLEET, "code")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

#: Whether it was taken → counter.
ROOM_EVENTS = {
    True: Counter(
        "maestro_api_success_room_event_forwarding", "Events of rooms taken.", _FORWARDED
    ),
    False: Counter("maestro_api_failed_room_event_forwarding", "Attempts that failed.", _FORWARDED),
}
PLAYER_EVENTS = {
    True: Counter(
        "maestro_api_success_player_event_forwarding", "Events of players taken.", _FORWARDED
    ),
    False: Counter(
        "maestro_api_failed_player_event_forwarding", "Attempts that failed.", _FORWARDED
    ),
}
FAILED_PINGS = Counter(
    "maestro_api_failed_ping_forwarding", "Attempts to tell of a ping that failed.", ["scheduler"]
)
FORWARDING_LATENCY = Histogram(
    "maestro_worker_grpc_request_latency_seconds",
    "How long forwarders took to answer.",
    ("service", "method", "code"),
    buckets=_SECONDS,
)
OUTBOX_LAG = Histogram(
    "maestro_outbox_lag_seconds",
    "How old events were when they were delivered.",
    ["scheduler"],
    buckets=(*_SECONDS, 30, 60, 300, 900, 3600),
)

OUTBOXES_HELD = Gauge(
    "maestro_outboxes_held", "Outboxes that this process drains.", multiprocess_mode="sum"
)
OUTBOX_LENGTH = Gauge("maestro_outbox_length", "Events that wait for forwarders.", _FLEET)
OUTBOX_DROPPED = Gauge(
    "maestro_outbox_dropped_resyncs", "Resyncs that had to make room in the outbox.", _FLEET
)
DEAD_LETTERS = Gauge(
    "maestro_events_dead_letters", "Events that are kept because nobody took them.", ["scheduler"]
)


def forget_events(scheduler: str) -> None:
    """Show no more series of a scheduler whose outbox this process does not drain any more."""
    for metric in (*ROOM_EVENTS.values(), *PLAYER_EVENTS.values(), FAILED_PINGS, OUTBOX_LAG):
        metric.remove_by_labels({"scheduler": scheduler})
