"""Addresses of rooms over HTTP: where the call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import ROOM_NAME, SCHEDULER_NAME, Blueprint
from api.rooms import address_calls
from api.rooms.address_schema import GetRoomAddressResponseSchema
from api.rooms.services import services

blueprint = Blueprint(
    "addresses", __name__, url_prefix="/scheduler", description="Where rooms are reached."
)


@blueprint.route(
    "/<scheduler_name>/rooms/<room_name>/address", parameters=[SCHEDULER_NAME, ROOM_NAME]
)
class Addresses(MethodView):
    """Where a room is reached."""

    @blueprint.doc(operationId="GetRoomAddress")
    @blueprint.response(200, GetRoomAddressResponseSchema)
    @blueprint.refuses(HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str, room_name: str) -> Mapping[str, Any]:
        """Show the host and the ports of a room, once it has them."""
        return address_calls.get_room_address(services(), scheduler_name, room_name)
