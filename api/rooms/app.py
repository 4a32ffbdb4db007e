"""The rooms API: what game rooms and matchmakers call."""

import flask

from api import web
from api.rooms import addresses, allocations, events, pings
from api.rooms.fast_pings import FastPings
from api.rooms.services import RoomsServices
from maestro.metrics.declaring import Module


def create_app(services: RoomsServices, *, body_limit: int, fast_pings: bool = True) -> flask.Flask:
    """The application, ready to be served. It gives the same answers without `fast_pings`."""
    app = web.make_app(
        __name__,
        services,
        (pings.blueprint, addresses.blueprint, events.blueprint, allocations.blueprint),
        service=Module.ROOMS_API,
        title="Maestro rooms API",
        about="What game rooms say of themselves, events, and rooms for matchmakers.",
        body_limit=body_limit,
    )
    if fast_pings:
        fast = FastPings(app.wsgi_app, app.extensions, body_limit=body_limit)
        app.wsgi_app = fast  # type: ignore[assignment, method-assign]
    return app
