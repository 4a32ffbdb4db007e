"""Schedulers over HTTP: where each call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint
from api.management import examples, scheduler_calls
from api.management import scheduler_schema as messages
from api.management.services import services
from maestro.domain.schedulers import Scheduler

blueprint = Blueprint(
    "schedulers", __name__, url_prefix="/schedulers", description="Fleets and their recipes."
)


@blueprint.route("")
class Schedulers(MethodView):
    """All schedulers."""

    @blueprint.doc(operationId="ListSchedulers")
    @blueprint.arguments(messages.ListSchedulersRequestSchema, location="query")
    @blueprint.response(200, messages.ListSchedulersResponseSchema)
    def get(self, query: dict[str, str]) -> Mapping[str, Any]:
        """List schedulers in their active versions."""
        return scheduler_calls.list_schedulers(services(), query)

    @blueprint.doc(operationId="CreateScheduler")
    @blueprint.arguments(messages.CreateSchedulerRequestSchema, example=examples.NEW_SCHEDULER)
    @blueprint.response(
        200, messages.CreateSchedulerResponseSchema, example={"scheduler": examples.SCHEDULER}
    )
    @blueprint.refuses(HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    def post(self, scheduler: Scheduler) -> Mapping[str, Any]:
        """Create a scheduler; its rooms follow."""
        return scheduler_calls.create_scheduler(services(), scheduler)


@blueprint.route("/info")
class SchedulersInfo(MethodView):
    """All fleets in numbers."""

    @blueprint.doc(operationId="GetSchedulersInfo")
    @blueprint.arguments(messages.GetSchedulersInfoRequestSchema, location="query")
    @blueprint.response(200, messages.GetSchedulersInfoResponseSchema)
    def get(self, query: dict[str, str]) -> Mapping[str, Any]:
        """Show how many rooms each scheduler of a game has."""
        return scheduler_calls.get_schedulers_info(services(), query)


@blueprint.route("/<scheduler_name>", parameters=[SCHEDULER_NAME])
class OneScheduler(MethodView):
    """One scheduler."""

    @blueprint.doc(operationId="GetScheduler")
    @blueprint.arguments(messages.GetSchedulerRequestSchema, location="query")
    @blueprint.response(
        200, messages.GetSchedulerResponseSchema, example={"scheduler": examples.SCHEDULER}
    )
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, query: dict[str, str], scheduler_name: str) -> Mapping[str, Any]:
        """Show a scheduler in its active version, or in the one given."""
        return scheduler_calls.get_scheduler(services(), query, scheduler_name)

    @blueprint.doc(operationId="DeleteScheduler")
    @blueprint.response(200, messages.DeleteSchedulerResponseSchema)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def delete(self, scheduler_name: str) -> Mapping[str, Any]:
        """Delete a scheduler and its rooms."""
        return scheduler_calls.delete_scheduler(services(), scheduler_name)


@blueprint.route("/<scheduler_name>/versions", parameters=[SCHEDULER_NAME])
class SchedulerVersions(MethodView):
    """The versions of a scheduler."""

    @blueprint.doc(operationId="GetSchedulerVersions")
    @blueprint.response(200, messages.GetSchedulerVersionsResponseSchema)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str) -> Mapping[str, Any]:
        """List versions, newest first."""
        return scheduler_calls.get_scheduler_versions(services(), scheduler_name)
