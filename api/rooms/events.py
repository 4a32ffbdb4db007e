"""Events over HTTP: told to forwarders while the room waits."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import ROOM_NAME, SCHEDULER_NAME, Blueprint
from api.rooms import event_calls as calls
from api.rooms import event_schema as messages
from api.rooms.services import services

blueprint = Blueprint(
    "events", __name__, url_prefix="/scheduler", description="Events for forwarders."
)

_ROOM = "/<scheduler_name>/rooms/<room_name>"
_PARAMETERS = [SCHEDULER_NAME, ROOM_NAME]
_STATUS = {"status": "ready", "timestamp": "1700000000", "metadata": {"region": "eu"}}
_ROOM_EVENT = {"event": "matchStarted", "timestamp": "1700000000", "metadata": {"map": "dust"}}
_PLAYER_EVENT = {
    "event": "playerJoin",
    "timestamp": "1700000000",
    "metadata": {"playerId": "player-1"},
}


@blueprint.route(f"{_ROOM}/status", parameters=_PARAMETERS)
class Statuses(MethodView):
    """Statuses as rooms of v9 tell them."""

    @blueprint.doc(operationId="UpdateRoomStatus", deprecated=True)
    @blueprint.arguments(messages.UpdateRoomStatusRequestSchema, required=False, example=_STATUS)
    @blueprint.response(200, messages.UpdateRoomStatusResponseSchema)
    @blueprint.refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def put(
        self, request: Mapping[str, Any], scheduler_name: str, room_name: str
    ) -> Mapping[str, Any]:
        """Tell forwarders a status; the room's own stays as it is."""
        return calls.update_room_status(services(), request, scheduler_name, room_name)


@blueprint.route(f"{_ROOM}/roomevent", parameters=_PARAMETERS)
class RoomEvents(MethodView):
    """What happens in rooms."""

    @blueprint.doc(operationId="ForwardRoomEvent")
    @blueprint.arguments(
        messages.ForwardRoomEventRequestSchema, required=False, example=_ROOM_EVENT
    )
    @blueprint.response(200, messages.ForwardRoomEventResponseSchema)
    @blueprint.refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def post(
        self, request: Mapping[str, Any], scheduler_name: str, room_name: str
    ) -> Mapping[str, Any]:
        """Tell forwarders of something in a room."""
        return calls.forward_room_event(services(), request, scheduler_name, room_name)


@blueprint.route(f"{_ROOM}/playerevent", parameters=_PARAMETERS)
class PlayerEvents(MethodView):
    """Players who come and go."""

    @blueprint.doc(operationId="ForwardPlayerEvent")
    @blueprint.arguments(
        messages.ForwardPlayerEventRequestSchema, required=False, example=_PLAYER_EVENT
    )
    @blueprint.response(200, messages.ForwardPlayerEventResponseSchema)
    @blueprint.refuses(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def post(
        self, request: Mapping[str, Any], scheduler_name: str, room_name: str
    ) -> Mapping[str, Any]:
        """Tell forwarders that a player joined or left."""
        return calls.forward_player_event(services(), request, scheduler_name, room_name)
