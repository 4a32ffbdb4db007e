"""What rooms say of themselves, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.rooms.services import RoomsServices
from maestro import metrics
from maestro.errors import NotFound, Unavailable
from maestro.ports.storage import Ping

#: Schedulers of which a ping was stored: other names that are sent must not become labels.
_known: set[str] = set()


def ping(
    services: RoomsServices, ping: Ping, scheduler_name: str, room_name: str
) -> Mapping[str, Any]:
    """Store a ping. That it could not be stored is no error: the next one comes soon."""
    try:
        stored = services.rooms.ping(scheduler_name, room_name, ping)
    except (NotFound, Unavailable):
        stored = False
    if stored:
        _known.add(scheduler_name)
    else:
        known = scheduler_name if scheduler_name in _known else ""
        metrics.PING_FAILURES.labels(known).inc()
    return {"success": stored}
