"""Operations over HTTP: where each call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, GuardedBlueprint, path_parameter
from api.management import examples, operation_calls
from api.management import operation_schema as messages
from api.management.services import services

blueprint = GuardedBlueprint(
    "operations", __name__, url_prefix="/schedulers", description="Changes to fleets."
)


@blueprint.route("/<scheduler_name>/operations", parameters=[SCHEDULER_NAME])
class Operations(MethodView):
    """The operations of a scheduler."""

    @blueprint.doc(operationId="ListOperations")
    @blueprint.arguments(messages.ListOperationsRequestSchema, location="query")
    @blueprint.response(200, messages.ListOperationsResponseSchema)
    def get(self, query: messages.OperationsQuery, scheduler_name: str) -> Mapping[str, Any]:
        """List operations of one stage."""
        return operation_calls.list_operations(services(), query, scheduler_name)


@blueprint.route(
    "/<scheduler_name>/operations/<operation_id>",
    parameters=[SCHEDULER_NAME, path_parameter("operation_id", "Id of the operation.")],
)
class OneOperation(MethodView):
    """One operation."""

    @blueprint.doc(operationId="GetOperation")
    @blueprint.response(
        200, messages.GetOperationResponseSchema, example={"operation": examples.OPERATION}
    )
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str, operation_id: str) -> Mapping[str, Any]:
        """Show an operation with its history."""
        return operation_calls.get_operation(services(), scheduler_name, operation_id)


@blueprint.route(
    "/<scheduler_name>/operations/<operation_id>/cancel",
    parameters=[SCHEDULER_NAME, path_parameter("operation_id", "Id of the operation.")],
)
class Cancellation(MethodView):
    """The end of an operation that is not wanted any more."""

    @blueprint.doc(operationId="CancelOperation")
    @blueprint.response(200, messages.CancelOperationResponseSchema)
    @blueprint.refuses(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
    def post(self, scheduler_name: str, operation_id: str) -> Mapping[str, Any]:
        """Cancel an operation; one that runs is rolled back, and ends as canceled."""
        return operation_calls.cancel_operation(services(), scheduler_name, operation_id)
