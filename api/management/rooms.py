"""Rooms over HTTP: read the request, call one service, show the answer."""

from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint, path_parameter
from api.management import examples
from api.management import room_schema as messages
from api.management.services import services

blueprint = Blueprint("rooms", __name__, url_prefix="/schedulers", description="Game rooms.")


@blueprint.route("/<scheduler_name>/rooms", parameters=[SCHEDULER_NAME])
class Rooms(MethodView):
    """The rooms of a scheduler."""

    @blueprint.doc(operationId="ListRooms")
    @blueprint.arguments(messages.ListRoomsRequestSchema, location="query")
    @blueprint.response(200, messages.ListRoomsResponseSchema)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, query: messages.RoomsQuery, scheduler_name: str) -> dict[str, Any]:
        """List rooms by id, validation rooms included."""
        found, total = services().rooms.page(
            scheduler_name,
            status=query.status,
            version=query.version,
            page=query.page,
            per_page=query.per_page,
        )
        return {"rooms": found, "page": query.page, "page_size": query.per_page, "total": total}


@blueprint.route(
    "/<scheduler_name>/rooms/<room_name>",
    parameters=[SCHEDULER_NAME, path_parameter("room_name", "Id of the room.")],
)
class OneRoom(MethodView):
    """One room."""

    @blueprint.doc(operationId="GetRoom")
    @blueprint.response(200, messages.GetRoomResponseSchema, example={"room": examples.ROOM})
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str, room_name: str) -> dict[str, Any]:
        """Show a room."""
        return {"room": services().rooms.get(scheduler_name, room_name)}
