"""Pings over HTTP: where the call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import ROOM_NAME, SCHEDULER_NAME, Blueprint
from api.rooms import ping_calls, ping_schema
from api.rooms.services import services
from maestro.ports.storage import Ping

blueprint = Blueprint(
    "pings", __name__, url_prefix="/scheduler", description="Heartbeats of game rooms."
)

_EXAMPLE = {
    "status": "ready",
    "timestamp": "1700000000",
    "runningMatches": "0",
    "metadata": {"region": "eu"},
}


@blueprint.route("/<scheduler_name>/rooms/<room_name>/ping", parameters=[SCHEDULER_NAME, ROOM_NAME])
class Pings(MethodView):
    """What a room says of itself, every now and then."""

    @blueprint.doc(operationId="UpdateRoomWithPing")
    @blueprint.arguments(
        ping_schema.UpdateRoomWithPingRequestSchema, required=False, example=_EXAMPLE
    )
    @blueprint.response(200, ping_schema.UpdateRoomWithPingResponseSchema)
    @blueprint.refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def put(self, ping: Ping, scheduler_name: str, room_name: str) -> Mapping[str, Any]:
        """Store a ping."""
        return ping_calls.ping(services(), ping, scheduler_name, room_name)
