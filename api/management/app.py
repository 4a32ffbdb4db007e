"""The management API: what operators and their tools call."""

import flask

from api import web
from api.management import audit, explanations, operations, pause, rooms, schedulers
from api.management.services import ManagementServices, permit
from api.management.services import services as current
from maestro.metrics.declaring import Module

BLUEPRINTS = (
    schedulers.blueprint,
    pause.blueprint,
    explanations.blueprint,
    operations.blueprint,
    rooms.blueprint,
)


def create_app(services: ManagementServices, *, body_limit: int) -> flask.Flask:
    """The application, ready to be served."""
    app = web.make_app(
        __name__,
        services,
        BLUEPRINTS,
        service=Module.MANAGEMENT_API,
        title="Maestro management API",
        about="Schedulers, their versions, operations and rooms.",
        body_limit=body_limit,
    )
    app.before_request(_permit)
    app.after_request(audit.over_http)
    return app


def _permit() -> None:
    """Who may not call learns nothing but that; the description of the API is for everybody."""
    if flask.request.blueprint in {blueprint.name for blueprint in BLUEPRINTS}:
        permit(current(), flask.request.headers.get("Authorization", ""))
