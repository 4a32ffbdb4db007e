"""The rooms API as a WSGI application, made once per server process."""

import flask

from api.rooms import accepting
from api.rooms.app import create_app
from maestro import bootstrap, logs
from maestro.config import Settings


def app() -> flask.Flask:
    """For `granian --factory`."""
    settings = Settings()
    logs.configure(level=settings.log_level, style=settings.log_format, module="rooms-api")
    services = bootstrap.rooms_services(settings)
    accepting.keep_saying(services.rooms.accepting)
    return create_app(
        services, body_limit=settings.body_limit_bytes, fast_pings=settings.fast_pings
    )
