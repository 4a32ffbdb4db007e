"""Every answer tells the id of its request: what the caller named it, or what it is named here."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message

from api.request_ids import METADATA
from maestro.request_ids import HEADER
from protos.api.v1.schedulers_pb2 import GetSchedulerRequest, ListSchedulersRequest
from tests.contract import asking, calls
from tests.contract.management_cases import fleets

USABLE = ["7", "a" * 128, "0f8e-1.2_3:4/5+6=", "Root=1-67891233-abcdef012345678912345678"]
OF_NO_USE = ["", "a" * 129, "two words", 'quo"ted', "{}", "<b>", "a;b"]

#: Sends a request under a name, or without one; returns the id that the answer tells.
Asking = Callable[[str | None], str]

#: Ways in which a request may end.
WAYS = ["answered", "refused", "lost", "ping", "bad ping", "grpc answered", "grpc refused"]

PING = ("PUT", "/scheduler/arena/rooms/arena-1/ping")


def http(api: str, verb: str, path: str, **body: Any) -> Asking:
    def ask(name: str | None) -> str:
        services = fleets()
        client = asking.rooms(services) if api == "rooms" else asking.management(services)
        headers = {} if name is None else {HEADER: name}
        return asking.ask(client, verb, path, headers=headers, **body).headers.get(HEADER, "")

    return ask


def over_grpc(channel: grpc.Channel, method: str, message: Message) -> Asking:
    call = calls.sender(channel, f"/api.v1.SchedulersService/{method}")

    def ask(name: str | None) -> str:
        sent = () if name is None else ((METADATA, name),)
        try:
            _, answer = call.with_call(message.SerializeToString(), metadata=sent, timeout=30)
        except grpc.RpcError as refusal:
            answer = refusal  # type: ignore[assignment]
        return str(dict(answer.initial_metadata())[METADATA])

    return ask


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest) -> Asking:
    """A way to ask, and a way in which that may end."""
    kind = request.param
    if kind.startswith("grpc"):
        current, channel = request.getfixturevalue("served")
        current.services = fleets()
        if kind.endswith("refused"):
            nobody = GetSchedulerRequest(scheduler_name="nobody")
            return over_grpc(channel, "GetScheduler", nobody)
        return over_grpc(channel, "ListSchedulers", ListSchedulersRequest())
    return {
        "answered": http("management", "GET", "/schedulers"),
        "refused": http("management", "GET", "/schedulers/nobody"),
        "lost": http("management", "GET", "/nowhere"),
        "ping": http("rooms", *PING, json={"status": "ready", "timestamp": "1"}),
        "bad ping": http("rooms", *PING, json={"status": 1}),
    }[kind]


@pytest.mark.parametrize("name", USABLE)
def test_the_callers_own_name_is_kept(ask: Asking, name: str) -> None:
    assert ask(name) == name


@pytest.mark.parametrize("name", OF_NO_USE)
def test_instead_of_one_of_no_use_there_is_a_new_one_each_time(ask: Asking, name: str) -> None:
    first, second = ask(name), ask(name)
    assert first != second
    assert name not in (first, second)
    assert first.isalnum()


@pytest.mark.parametrize("ask", [way for way in WAYS if way != "ping"], indirect=True)
def test_without_one_there_is_a_new_one_each_time(ask: Asking) -> None:
    first, second = ask(None), ask(None)
    assert first != second
    assert first.isalnum()


def test_pings_that_bring_none_are_not_held_up_by_one() -> None:
    ping = http("rooms", *PING, json={"status": "ready", "timestamp": "1"})
    assert ping(None) == ""
