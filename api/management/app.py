"""The management API: what operators and their tools call."""

import flask

from api import web
from api.management import explanations, operations, pause, rooms, schedulers
from api.management.services import ManagementServices


def create_app(services: ManagementServices, *, body_limit: int) -> flask.Flask:
    """The application, ready to be served."""
    return web.make_app(
        __name__,
        services,
        (
            schedulers.blueprint,
            pause.blueprint,
            explanations.blueprint,
            operations.blueprint,
            rooms.blueprint,
        ),
        title="Maestro management API",
        about="Schedulers, their versions, operations and rooms.",
        body_limit=body_limit,
    )
