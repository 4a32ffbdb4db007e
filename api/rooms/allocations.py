"""Allocations over HTTP."""

from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint
from api.rooms import allocation_schema as messages
from api.rooms.services import services

blueprint = Blueprint(
    "allocations", __name__, url_prefix="/scheduler", description="Rooms for matchmakers."
)


@blueprint.route("/<scheduler_name>/rooms/allocate", parameters=[SCHEDULER_NAME])
class Allocations(MethodView):
    """Reserved rooms."""

    @blueprint.doc(operationId="AllocateRoom")
    @blueprint.arguments(messages.AllocateRoomRequestSchema, required=False)
    @blueprint.response(200, messages.AllocateRoomResponseSchema)
    @blueprint.refuses(
        HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )
    def post(self, _: object, scheduler_name: str) -> dict[str, Any]:
        """Reserve the room that has been ready for longest."""
        return messages.answer(services().allocations.allocate(scheduler_name))
