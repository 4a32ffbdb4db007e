"""What both APIs share over HTTP: how an application is put together and how errors look."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import flask
from flask.json import provider
from werkzeug.exceptions import HTTPException

from api import bodies, errors, observing, openapi, request_ids
from api.arguments import Blueprint
from maestro.errors import MaestroError, NotFound, Unauthenticated

#: Where an application keeps the services that its views call.
EXTENSION = "maestro"

_HTTP_CODES = {
    HTTPStatus.NOT_FOUND: errors.Code.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED: errors.Code.UNIMPLEMENTED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: errors.Code.RESOURCE_EXHAUSTED,
}


class OrderedJson(provider.JSONProvider):
    """JSON with keys in the order of the schemas."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return bodies.write(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return bodies.read(s.encode() if isinstance(s, str) else s)


def make_app(
    name: str,
    services: object,
    blueprints: Iterable[Blueprint],
    *,
    service: str,
    title: str,
    about: str,
    body_limit: int,
) -> flask.Flask:
    """An application that serves `blueprints` and its own description."""
    app = flask.Flask(name, static_folder=None, template_folder=None)
    app.json = OrderedJson(app)
    app.config["MAX_CONTENT_LENGTH"] = body_limit
    # A path is as it is written: no redirect to a tidier one.
    app.url_map.merge_slashes = False
    app.extensions[EXTENSION] = services
    observing.observe(app, service)
    app.before_request(_refuse_names_with_nul)
    app.register_error_handler(MaestroError, _answer_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_error)
    openapi.publish(app, blueprints, title=title, about=about)
    app.wsgi_app = request_ids.OverHttp(app.wsgi_app)  # type: ignore[assignment, method-assign]
    return app


def _refuse_names_with_nul() -> None:
    """Nothing is called so, and PostgreSQL cannot even be asked for it."""
    if any("\0" in part for part in (flask.request.view_args or {}).values()):
        raise NotFound("Not Found")


def _answer_error(error: Exception) -> flask.Response:
    errors.report(error, method=flask.request.method, path=flask.request.path)
    answer = _json(errors.body(error), errors.face(error).status)
    if isinstance(error, Unauthenticated):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _answer_http_error(error: HTTPException) -> flask.Response:
    """An error that Flask found: its own status and headers, our body."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    server_failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    fallback = errors.Code.INTERNAL if server_failed else errors.Code.INVALID_ARGUMENT
    code = _HTTP_CODES.get(status, fallback)
    answer = _json({"code": code, "message": error.name, "details": []}, status)
    for name, value in error.get_headers():
        answer.headers.setdefault(name, value)
    return answer


def _json(body: dict[str, Any], status: HTTPStatus) -> flask.Response:
    return flask.Response(bodies.write(body), status, mimetype="application/json")
