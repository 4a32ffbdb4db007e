"""
Every metric of Maestro. Names and labels are those of v10 where it had them (contract 6.4).

Recorded at the edges and in adapters, never in domain or services.
"""

from prometheus_client import Counter, Gauge

from maestro.domain.rooms import RoomStatus

_FLEET = ("game", "scheduler")

UNKNOWN_ROOMS = Gauge(
    "maestro_unknown_rooms", "Instances of schedulers or versions that do not exist."
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
