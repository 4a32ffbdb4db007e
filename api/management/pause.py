"""Pausing over HTTP: rooms are neither created nor removed automatically until a resume."""

from http import HTTPStatus

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, Blueprint
from api.management import scheduler_schema as messages
from api.management.services import services

blueprint = Blueprint("pause", __name__, description="Leaving fleets alone for a while.")

_ANSWER = messages.PauseResponseSchema


@blueprint.route("/schedulers/<scheduler_name>/pause", parameters=[SCHEDULER_NAME])
class Pause(MethodView):
    """One fleet."""

    @blueprint.doc(operationId="PauseScheduler")
    @blueprint.response(200, _ANSWER)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def put(self, scheduler_name: str) -> dict[str, str]:
        """Leave the rooms of a scheduler alone; pings and manual operations go on."""
        services().schedulers.pause(scheduler_name)
        return {}


@blueprint.route("/schedulers/<scheduler_name>/resume", parameters=[SCHEDULER_NAME])
class Resume(MethodView):
    """One fleet."""

    @blueprint.doc(operationId="ResumeScheduler")
    @blueprint.response(200, _ANSWER)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def put(self, scheduler_name: str) -> dict[str, str]:
        """End the pause of a scheduler, and try again what kept crashing."""
        services().schedulers.resume(scheduler_name)
        return {}


@blueprint.route("/pause")
class PauseAll(MethodView):
    """All fleets."""

    @blueprint.doc(operationId="PauseAll")
    @blueprint.response(200, _ANSWER)
    def put(self) -> dict[str, str]:
        """Leave the rooms of all schedulers alone, of future ones too."""
        services().schedulers.pause(None)
        return {}


@blueprint.route("/resume")
class ResumeAll(MethodView):
    """All fleets."""

    @blueprint.doc(operationId="ResumeAll")
    @blueprint.response(200, _ANSWER)
    def put(self) -> dict[str, str]:
        """End the pause of all; those paused one by one stay paused."""
        services().schedulers.resume(None)
        return {}
