"""Pings over HTTP: read the request, call one service, show the answer."""

from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint, path_parameter
from api.rooms import ping_schema
from api.rooms.services import services
from maestro.errors import NotFound, Unavailable
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


@blueprint.route(
    "/<scheduler_name>/rooms/<room_name>/ping",
    parameters=[
        SCHEDULER_NAME,
        path_parameter("room_name", "Id of the room, as its environment says."),
    ],
)
class Pings(MethodView):
    """What a room says of itself, every now and then."""

    @blueprint.doc(operationId="UpdateRoomWithPing")
    @blueprint.arguments(
        ping_schema.UpdateRoomWithPingRequestSchema, required=False, example=_EXAMPLE
    )
    @blueprint.response(200, ping_schema.UpdateRoomWithPingResponseSchema)
    @blueprint.refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def put(self, ping: Ping, scheduler_name: str, room_name: str) -> dict[str, Any]:
        """Store a ping."""
        try:
            stored = services().rooms.ping(scheduler_name, room_name, ping)
        except (NotFound, Unavailable):
            # The next ping comes soon; a room cannot do more about it than that.
            stored = False
        return {"success": stored}
