"""The rooms API: what game rooms and matchmakers call."""

import flask

from api import web
from api.rooms import allocations, events, pings
from api.rooms.services import RoomsServices


def create_app(services: RoomsServices, *, body_limit: int) -> flask.Flask:
    """The application, ready to be served."""
    return web.make_app(
        __name__,
        services,
        (pings.blueprint, events.blueprint, allocations.blueprint),
        title="Maestro rooms API",
        about="What game rooms say of themselves, events, and rooms for matchmakers.",
        body_limit=body_limit,
    )
