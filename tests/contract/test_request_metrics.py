"""Requests are counted under the pattern of their path, whichever way they take."""

import grpc
import prometheus_client
import pytest

from api.observing import pattern
from maestro.metrics import tally
from tests.contract import asking, calls, serving
from tests.fakes.services import Services
from tests.make import room, scheduler

PING = "/scheduler/:schedulerName/rooms/:roomID/ping"


def value(name: str, **labels: str) -> float:
    """What was counted so far."""
    tally.count_all()
    return prometheus_client.REGISTRY.get_sample_value(name, labels) or 0


def answered(service: str, handler: str, method: str, code: int) -> float:
    """How many requests were timed."""
    labels = {"service": service, "handler": handler, "method": method, "code": str(code)}
    seconds = value("http_request_duration_seconds_count", **labels)
    assert seconds == value("http_response_size_bytes_count", **labels)
    return seconds


@pytest.fixture
def services() -> Services:
    services = Services()
    services.schedulers.create(scheduler())
    services.rooms.stored = [room()]
    return services


@pytest.mark.parametrize(
    ("method", "path", "handler", "code"),
    [
        ("GET", "/schedulers/arena", "/schedulers/:schedulerName", 200),
        ("GET", "/schedulers/nobody", "/schedulers/:schedulerName", 404),
        ("GET", "/schedulers", "/schedulers", 200),
        ("POST", "/schedulers", "/schedulers", 400),
        ("GET", "/nowhere/else", "", 404),
        ("GET", "/nowhere/at/all", "", 404),
        ("BREW", "/schedulers/arena", "", 405),
    ],
)
def test_operators_are_counted(
    services: Services, method: str, path: str, handler: str, code: int
) -> None:
    counted = ("management-api", handler, method, code)
    before = answered(*counted)
    answer = asking.management(services).open(path, method=method, data=b"{}")
    assert answer.status_code == code
    assert answered(*counted) == before + 1
    assert value("http_requests_inflight", service="management-api", handler=handler) == 0


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
@pytest.mark.parametrize(("status", "code"), [("ready", 200), (7, 400)])
def test_pings_are_counted_once_on_either_way(
    services: Services, fast: bool, status: object, code: int
) -> None:
    counted = ("rooms-api", PING, "PUT", code)
    before = answered(*counted)
    client = asking.rooms(services, fast=fast)
    answer = client.put("/scheduler/arena/rooms/arena-1/ping", json={"status": status})
    assert answer.status_code == code
    assert answered(*counted) == before + 1
    assert value("http_requests_inflight", service="rooms-api", handler=PING) == 0


def test_calls_over_grpc_are_counted_with_their_code(services: Services) -> None:
    def counted(code: str) -> float:
        method = "api.v1.SchedulersService.GetScheduler"
        return value("grpc_request_duration_seconds_count", method=method, code=code)

    before = counted("OK"), counted("NOT_FOUND")
    with serving.serving(services) as server, serving.channel_to(server) as channel:
        grpc.channel_ready_future(channel).result(30)
        call = calls.over_grpc(channel)
        call("GetScheduler", {"schedulerName": "arena"})
        call("GetScheduler", {"schedulerName": "nobody"})
    assert (counted("OK"), counted("NOT_FOUND")) == (before[0] + 1, before[1] + 1)


def test_patterns_are_written_as_v10_shows_them() -> None:
    assert (
        pattern("/schedulers/<scheduler_name>/operations/<operation_id>/cancel")
        == "/schedulers/:schedulerName/operations/:operationID/cancel"
    )
    assert pattern("/schedulers/<string:version>") == "/schedulers/:version"
