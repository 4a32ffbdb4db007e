"""The management API as a WSGI application, made once per server process."""

import flask

from api.management.app import create_app
from maestro import bootstrap
from maestro.config import Settings


def app() -> flask.Flask:
    """For `granian --factory`."""
    settings = Settings()
    services = bootstrap.management_services(settings)
    return create_app(services, body_limit=settings.body_limit_bytes)
