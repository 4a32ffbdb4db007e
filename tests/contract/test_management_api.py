"""
The management API, over HTTP and over gRPC: every call but CreateScheduler, which has a file of
its own.
"""

from collections.abc import Callable
from typing import Any

import pytest

from api.management.methods import METHODS
from maestro import errors
from maestro.services.access import BearerToken
from tests.contract import calls, routes
from tests.contract.calls import Answer, Call
from tests.contract.management_cases import (
    ANSWERS,
    ARENA,
    EDITS,
    FORBIDDEN,
    NOT_FOUND,
    REFUSED,
    REFUSED_OTHERWISE,
    fleets,
)
from tests.fakes.services import Services

Calling = Callable[[Services], Call]


@pytest.fixture
def call(calling: Calling) -> Call:
    return calling(fleets())


def test_what_can_be_called_over_http_can_be_called_over_grpc() -> None:
    assert set(routes.MANAGEMENT) == set(METHODS)


@pytest.mark.parametrize(("name", "asked", "body"), ANSWERS)
def test_what_is_asked_for_is_answered_as_a_whole(
    call: Call, name: str, asked: dict[str, Any], body: Any
) -> None:
    assert call(name, asked) == Answer(body=calls.without_null(body))


@pytest.mark.parametrize(("name", "asked", "message"), NOT_FOUND)
def test_what_does_not_exist(call: Call, name: str, asked: dict[str, Any], message: str) -> None:
    assert call(name, asked) == Answer(code=5, message=message)


@pytest.mark.parametrize(("name", "asked", "code", "message"), FORBIDDEN)
def test_what_things_as_they_are_forbid(
    call: Call, name: str, asked: dict[str, Any], code: int, message: str
) -> None:
    assert call(name, asked) == Answer(code=code, message=message)


@pytest.mark.parametrize(("name", "asked"), EDITS)
def test_only_one_edit_may_be_open(call: Call, name: str, asked: dict[str, Any]) -> None:
    assert call(name, asked).code == 0

    answer = call(name, asked)

    assert answer.code == 9
    assert "(id: edit-arena)" in answer.message


@pytest.mark.parametrize(("query", "field", "message"), REFUSED)
def test_queries_of_operations_are_refused_in_the_words_that_clients_know(
    call: Call, query: dict[str, Any], field: str, message: str
) -> None:
    answer = call("ListOperations", ARENA | query)

    assert answer == Answer(code=3, message=message, fields=[field])


@pytest.mark.parametrize(("name", "asked", "field"), REFUSED_OTHERWISE)
def test_other_requests_are_refused_with_the_field(
    call: Call, name: str, asked: dict[str, Any], field: str
) -> None:
    answer = call(name, asked)

    assert (answer.code, answer.fields) == (3, [field])
    assert answer.message.startswith(f"Validation Error:\n{field}: ")


def test_pauses_reach_the_scheduler_and_all(calling: Calling) -> None:
    services = fleets()
    call = calling(services)

    call("PauseScheduler", ARENA)
    call("PauseAll", {})
    assert services.schedulers.paused == {"arena", None}

    paused = call("GetSchedulersInfo", {}).body["schedulers"]
    assert [line["paused"] for line in paused] == [True, True]

    call("ResumeAll", {})
    call("ResumeScheduler", ARENA)
    assert services.schedulers.paused == set()


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (errors.Unavailable("redis://secret@store"), 14, "temporarily unavailable, try again"),
        (errors.OperationFailed("secret"), 13, "internal error"),
        (ZeroDivisionError("secret"), 13, "internal error"),
    ],
)
def test_what_goes_wrong_in_here_is_told_without_details(
    calling: Calling, error: Exception, code: int, message: str
) -> None:
    services = fleets()
    services.rooms.error = error

    answer = calling(services)("GetRoom", ARENA | {"roomName": "arena-1"})

    assert answer == Answer(code=code, message=message)


@pytest.mark.parametrize(("name", "asked"), [("ListSchedulers", {}), *EDITS])
def test_who_does_not_bear_the_token_is_answered_nothing(
    calling: Calling, name: str, asked: dict[str, Any]
) -> None:
    services = fleets()
    services.access = BearerToken("secret")

    answer = calling(services)(name, asked)

    assert answer.code == 16
    assert "secret" not in answer.message
    assert services.edits.accepted == {}
