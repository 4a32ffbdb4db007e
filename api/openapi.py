"""The OpenAPI document at `/openapi.json`, and a page to read it at `/docs`, without any CDN."""

import importlib.resources
from collections.abc import Iterable
from typing import Any

import flask
import flask_smorest
import marshmallow
from marshmallow import fields

from api import arguments
from maestro.version import VERSION


class FieldViolationSchema(marshmallow.Schema):
    """One broken rule."""

    field = fields.String(metadata={"description": "JSON path", "example": "spec.containers[0]"})
    description = fields.String(metadata={"example": "is a required field"})


class BadRequestSchema(marshmallow.Schema):
    """Which fields are wrong."""

    type = fields.String(
        data_key="@type", metadata={"example": "type.googleapis.com/google.rpc.BadRequest"}
    )
    violations = fields.List(fields.Nested(FieldViolationSchema), data_key="fieldViolations")


class RefusalSchema(marshmallow.Schema):
    """The body of every error."""

    code = fields.Integer(required=True, metadata={"description": "Code of gRPC"})
    message = fields.String(required=True)
    details = fields.List(fields.Nested(BadRequestSchema), required=True)


class Api(flask_smorest.Api):
    """Describes the errors as we answer them; who answers them is `api.web`."""

    ERROR_SCHEMA = RefusalSchema

    def _register_error_handlers(self) -> None:
        pass


def publish(
    app: flask.Flask, blueprints: Iterable[arguments.Blueprint], *, title: str, about: str
) -> None:
    """Mount `blueprints`, the document that describes them, and the page."""
    app.config.from_mapping(_settings(title, about))
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    app.register_blueprint(_assets())


def _settings(title: str, about: str) -> dict[str, Any]:
    return {
        "API_TITLE": title,
        "API_VERSION": VERSION,
        "API_SPEC_OPTIONS": {"info": {"description": about}},
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/",
        "OPENAPI_JSON_PATH": "openapi.json",
        "OPENAPI_SWAGGER_UI_PATH": "docs",
        # Relative, so that it also works behind a proxy that adds a prefix.
        "OPENAPI_SWAGGER_UI_URL": "docs/assets/",
        "OPENAPI_SWAGGER_UI_CONFIG": {"validatorUrl": None, "tryItOutEnabled": True},
    }


def _assets() -> flask.Blueprint:
    """Swagger UI itself, from the package that ships it."""
    files = importlib.resources.files("flask_swagger_ui") / "dist"
    return flask.Blueprint(
        "docs_assets", __name__, static_folder=str(files), static_url_path="/docs/assets"
    )
