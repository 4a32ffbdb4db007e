"""
Every metric of Maestro. Names and labels are those of v10 where it had them (contract 6.4).

Recorded at the edges and in adapters, never in domain or services.
"""

from prometheus_client import Counter, Gauge

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
