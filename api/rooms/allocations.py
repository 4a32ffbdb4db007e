"""Allocations over HTTP: where the call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import flask
from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint
from api.rooms import allocation_calls
from api.rooms import allocation_schema as messages
from api.rooms.services import services

blueprint = Blueprint(
    "allocations", __name__, url_prefix="/scheduler", description="Rooms for matchmakers."
)


@blueprint.before_request
def _permit() -> None:
    """Whoever may not allocate does not learn either what is wrong with the request."""
    allocation_calls.permit(services(), flask.request.headers.get("Authorization", ""))


@blueprint.route("/<scheduler_name>/rooms/allocate", parameters=[SCHEDULER_NAME])
class Allocations(MethodView):
    """Reserved rooms."""

    @blueprint.doc(operationId="AllocateRoom")
    @blueprint.arguments(messages.AllocateRoomRequestSchema, required=False)
    @blueprint.response(200, messages.AllocateRoomResponseSchema)
    @blueprint.refuses(
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    )
    def post(self, request: object, scheduler_name: str) -> Mapping[str, Any]:
        """Reserve a room that is ready."""
        return allocation_calls.allocate_room(services(), request, scheduler_name)
