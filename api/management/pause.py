"""Pausing over HTTP: rooms are neither created nor removed automatically until a resume."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, GuardedBlueprint
from api.management import scheduler_calls
from api.management import scheduler_schema as messages
from api.management.services import services

blueprint = GuardedBlueprint("pause", __name__, description="Leaving fleets alone for a while.")

_ANSWER = messages.PauseResponseSchema


@blueprint.route("/schedulers/<scheduler_name>/pause", parameters=[SCHEDULER_NAME])
class Pause(MethodView):
    """One fleet."""

    @blueprint.doc(operationId="PauseScheduler")
    @blueprint.response(200, _ANSWER)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def put(self, scheduler_name: str) -> Mapping[str, Any]:
        """Leave the rooms of a scheduler alone; pings and manual operations go on."""
        return scheduler_calls.pause(services(), scheduler_name)


@blueprint.route("/schedulers/<scheduler_name>/resume", parameters=[SCHEDULER_NAME])
class Resume(MethodView):
    """One fleet."""

    @blueprint.doc(operationId="ResumeScheduler")
    @blueprint.response(200, _ANSWER)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def put(self, scheduler_name: str) -> Mapping[str, Any]:
        """End the pause of a scheduler, and try again what kept crashing."""
        return scheduler_calls.resume(services(), scheduler_name)


@blueprint.route("/pause")
class PauseAll(MethodView):
    """All fleets."""

    @blueprint.doc(operationId="PauseAll")
    @blueprint.response(200, _ANSWER)
    def put(self) -> Mapping[str, Any]:
        """Leave the rooms of all schedulers alone, of future ones too."""
        return scheduler_calls.pause(services())


@blueprint.route("/resume")
class ResumeAll(MethodView):
    """All fleets."""

    @blueprint.doc(operationId="ResumeAll")
    @blueprint.response(200, _ANSWER)
    def put(self) -> Mapping[str, Any]:
        """End the pause of all; those paused one by one stay paused."""
        return scheduler_calls.resume(services())
