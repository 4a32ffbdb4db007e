"""How views get their arguments: lenient JSON bodies, queries in both spellings, never a 422."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar, cast

import flask
import flask_smorest
import marshmallow
from webargs import flaskparser

from api import bodies, messages
from maestro.errors import TooLarge

View = TypeVar("View", bound=Callable[..., Any])


class Parser(flaskparser.FlaskParser):
    """Reads a request into what its schema makes of it; raises InvalidInput."""

    DEFAULT_VALIDATION_STATUS = HTTPStatus.BAD_REQUEST

    def load_json(self, req: flask.Request, schema: marshmallow.Schema) -> Any:
        """The body, whatever its Content-Type says."""
        return bodies.read(_body(req))

    def load_querystring(self, req: flask.Request, schema: marshmallow.Schema) -> Any:
        """The query; what is given more than once is a list, which no field accepts."""
        return {key: values[0] if len(values) == 1 else values for key, values in req.args.lists()}

    def handle_error(
        self,
        error: marshmallow.ValidationError,
        req: flask.Request,
        schema: marshmallow.Schema,
        *,
        error_status_code: int | None,
        error_headers: object,
    ) -> NoReturn:
        """Say what is wrong as every other refusal does, without the location it is in."""
        (complaints,) = error.messages_dict.values()
        raise messages.refusal(complaints) from error


class Blueprint(flask_smorest.Blueprint):
    """Routes of one kind of thing, described in the OpenAPI document."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[marshmallow.Schema], **options: Any) -> Callable[[View], View]:
        """Read arguments with one schema for all requests: building it costs more than using it."""
        return cast(Callable[[View], View], super().arguments(schema(), **options))

    def refuses(self, *statuses: HTTPStatus) -> Callable[[View], View]:
        """Describe with which statuses a view refuses requests."""

        def decorate(view: View) -> View:
            for status in statuses:
                view = self.alt_response(int(status), status.name)(view)
            return view

        return decorate


class GuardedBlueprint(Blueprint):
    """Routes that want a token, wherever one is set."""

    def response(self, *args: Any, **options: Any) -> Callable[[View], View]:
        """Describe an answer, and the refusal of who bears no token."""
        describe = super().response(*args, **options)

        def decorate(view: View) -> View:
            return self.refuses(HTTPStatus.UNAUTHORIZED)(cast(View, describe(view)))

        return decorate


def path_parameter(name: str, about: str) -> dict[str, Any]:
    """The description of one part of a path."""
    return {"in": "path", "name": name, "description": about}


SCHEDULER_NAME = path_parameter("scheduler_name", "Name of the scheduler.")
#: As rooms call themselves.
ROOM_NAME = path_parameter("room_name", "Id of the room, as its environment says.")


def _body(request: flask.Request) -> bytes:
    raw = request.get_data(cache=False)
    # Werkzeug cuts a body of unknown length off at the limit without a word.
    may_be_cut = request.content_length is None and len(raw) == request.max_content_length
    if may_be_cut and request.environ["wsgi.input"].read(1):
        raise TooLarge(HTTPStatus.REQUEST_ENTITY_TOO_LARGE.phrase)
    return raw
