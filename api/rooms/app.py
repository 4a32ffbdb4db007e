"""The rooms API: what game rooms call."""

import flask

from api import web
from api.rooms import pings
from api.rooms.services import RoomsServices


def create_app(services: RoomsServices, *, body_limit: int) -> flask.Flask:
    """The application, ready to be served."""
    return web.make_app(
        __name__,
        services,
        (pings.blueprint,),
        title="Maestro rooms API",
        about="What game rooms say of themselves.",
        body_limit=body_limit,
    )
