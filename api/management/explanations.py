"""Why fleets are as they are, over HTTP: where each call is found, and what its page says of it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask.views import MethodView

from api.arguments import SCHEDULER_NAME, GuardedBlueprint
from api.management import examples, explanation_calls
from api.management import explanation_schema as messages
from api.management.services import services

blueprint = GuardedBlueprint(
    "explanations", __name__, url_prefix="/schedulers", description="Why fleets are as they are."
)


@blueprint.route("/<scheduler_name>/autoscaling/explain", parameters=[SCHEDULER_NAME])
class Explain(MethodView):
    """Decisions about the size of a fleet."""

    @blueprint.doc(operationId="ExplainAutoscaling")
    @blueprint.response(200, messages.ExplainAutoscalingResponseSchema, example=examples.DECISIONS)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str) -> Mapping[str, Any]:
        """Show the last decisions about the size of a fleet, newest first."""
        return explanation_calls.explain_autoscaling(services(), scheduler_name)


@blueprint.route("/<scheduler_name>/rollout", parameters=[SCHEDULER_NAME])
class Rollout(MethodView):
    """The replacement of rooms of older versions."""

    @blueprint.doc(operationId="GetRollout")
    @blueprint.response(200, messages.GetRolloutResponseSchema, example=examples.ROLLOUT)
    @blueprint.refuses(HTTPStatus.NOT_FOUND)
    def get(self, scheduler_name: str) -> Mapping[str, Any]:
        """Show how far a fleet is on its way to the active version."""
        return explanation_calls.get_rollout(services(), scheduler_name)
