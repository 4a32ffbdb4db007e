"""Rooms over HTTP: where each call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, GuardedBlueprint, path_parameter
from api.management import examples, room_calls
from api.management import room_schema as messages
from api.management.services import services

blueprint = GuardedBlueprint("rooms", __name__, url_prefix="/schedulers", description="Game rooms.")


@blueprint.route("/<scheduler_name>/rooms", parameters=[SCHEDULER_NAME])
class Rooms(MethodView):
    """The rooms of a scheduler."""

    @blueprint.doc(operationId="ListRooms")
    @blueprint.arguments(messages.ListRoomsRequestSchema, location="query")
    @blueprint.response(200, messages.ListRoomsResponseSchema)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, query: messages.RoomsQuery, scheduler_name: str) -> Mapping[str, Any]:
        """List rooms by id, validation rooms included."""
        return room_calls.list_rooms(services(), query, scheduler_name)


@blueprint.route(
    "/<scheduler_name>/rooms/<room_name>",
    parameters=[SCHEDULER_NAME, path_parameter("room_name", "Id of the room.")],
)
class OneRoom(MethodView):
    """One room."""

    @blueprint.doc(operationId="GetRoom")
    @blueprint.response(200, messages.GetRoomResponseSchema, example={"room": examples.ROOM})
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str, room_name: str) -> Mapping[str, Any]:
        """Show a room."""
        return room_calls.get_room(services(), scheduler_name, room_name)
