"""What the management API does over gRPC only: odd messages, health, reflection and its end."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import json_format
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from api import rpc_server
from api.management import examples
from maestro.domain.schedulers import Scheduler
from protos.api.v1.schedulers_pb2 import CreateSchedulerRequest, GetSchedulerRequest
from tests.contract import calls, serving
from tests.contract.asking import BODY_LIMIT
from tests.contract.calls import Answer, send
from tests.contract.management_cases import ARENA, fleets
from tests.fakes.services import Schedulers, Services
from tests.ports import free_port
from tests.waiting import eventually

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICES = {
    "api.v1.OperationsService",
    "api.v1.SchedulersService",
    "grpc.health.v1.Health",
    "grpc.reflection.v1alpha.ServerReflection",
}
GET_SCHEDULER = "/api.v1.SchedulersService/GetScheduler"
GET_ARENA = GetSchedulerRequest(scheduler_name="arena").SerializeToString()

Served = tuple[serving.Current, grpc.Channel]


@pytest.fixture
def channel(served: Served) -> grpc.Channel:
    current, channel = served
    current.services = fleets()
    return channel


def new_scheduler(**changes: Any) -> CreateSchedulerRequest:
    """The example with other top-level fields."""
    return json_format.ParseDict(examples.NEW_SCHEDULER | changes, CreateSchedulerRequest())


def with_metadata(value: Any) -> bytes:
    """A request that holds something in the metadata of a forwarder."""
    message = new_scheduler()
    message.forwarders[0].options.metadata.update({"key": value})
    return message.SerializeToString()


def nested(depth: int) -> Any:
    """An object in an object, and so on."""
    value: Any = 1
    for _ in range(depth):
        value = {"a": value}
    return value


# Odd messages


def odd_shares() -> bytes:
    message = new_scheduler()
    message.autoscaling.policy.parameters.room_occupancy.ready_target = float("nan")
    return message.SerializeToString()


def odd_period() -> bytes:
    message = new_scheduler()
    message.spec.termination_grace_period.seconds = 2**62
    return message.SerializeToString()


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("GetScheduler", b"\xff\xff\xff"),
        ("GetScheduler", GET_ARENA[:-1]),
        ("GetScheduler", b"\x0a\x02\xff\xfe"),
        ("CreateScheduler", odd_shares()),
        ("CreateScheduler", odd_period()),
        ("CreateScheduler", with_metadata(float("nan"))),
        ("CreateScheduler", with_metadata(float("inf"))),
        ("CreateScheduler", with_metadata("\0")),
    ],
)
def test_odd_messages_are_the_clients_mistake_and_change_nothing(
    served: Served, channel: grpc.Channel, name: str, raw: bytes
) -> None:
    answer = send(channel, name, raw)

    assert answer.code == 3
    assert answer.message.startswith(("malformed message: ", "Validation Error:\n"))
    assert set(served[0].schedulers.stored) == {"arena", "other"}


@pytest.mark.parametrize(
    ("name", "description"),
    [("", "is a required field"), ("a\0b", "must not contain a NUL character")],
)
def test_names_that_no_path_can_hold_are_refused(
    channel: grpc.Channel, name: str, description: str
) -> None:
    answer = calls.over_grpc(channel)("GetScheduler", {"schedulerName": name})

    assert answer == Answer(
        code=3,
        message=f"Validation Error:\nschedulerName: {description}",
        fields=["schedulerName"],
    )


@pytest.mark.parametrize(("depth", "code"), [(19, 0), (20, 3), (28, 3)])
def test_metadata_are_as_deep_as_over_http(
    calling: Callable[[Services], calls.Call], depth: int, code: int
) -> None:
    call = calling(Services())
    forwarder = examples.NEW_SCHEDULER["forwarders"][0]
    options = {"timeout": 1000, "metadata": {"key": nested(depth)}}
    body = examples.NEW_SCHEDULER | {"forwarders": [forwarder | {"options": options}]}

    assert call("CreateScheduler", body).code == code
    assert call("GetScheduler", ARENA).code == (5 if code else 0)


@settings(deadline=None)
@given(data=st.data())
def test_any_bytes_get_an_answer(served: Served, data: st.DataObject) -> None:
    current, channel = served
    current.services = Services()
    raw = bytearray(new_scheduler().SerializeToString())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))

    answer = send(channel, "CreateScheduler", bytes(raw))

    assert answer.code in {0, 3}
    assert len(current.schedulers.stored) == (answer.code == 0)


def test_the_longest_message_is_read_and_a_longer_one_is_not(channel: grpc.Channel) -> None:
    def request(length: int) -> bytes:
        message = GetSchedulerRequest(scheduler_name="none")
        rest = length - message.ByteSize() - len(b"\x12\x00\x00\x00")
        message.version = "v" * rest
        assert message.ByteSize() == length
        return message.SerializeToString()

    assert send(channel, "GetScheduler", request(BODY_LIMIT)).code == 5
    assert send(channel, "GetScheduler", request(BODY_LIMIT + 1)).code == 8


def test_what_is_too_long_only_when_unpacked_is_not_read_either(channel: grpc.Channel) -> None:
    raw = GetSchedulerRequest(scheduler_name="a" * 10 * BODY_LIMIT).SerializeToString()

    assert send(channel, "GetScheduler", raw, compression=grpc.Compression.Gzip).code == 8


@pytest.mark.parametrize("key", ["not a key", "k" * 200, "ä" * 500])
def test_refusals_fit_into_what_clients_take(channel: grpc.Channel, key: str) -> None:
    labels = {f"{key}{index}": "no value!" for index in range(100)}

    answer = send(channel, "CreateScheduler", new_scheduler(labels=labels).SerializeToString())

    assert answer.code == 3
    assert answer.message.startswith(f"Validation Error:\nlabels.{key[0]}")
    assert bool(answer.fields) == (len(key) < 500)
    assert all(field.startswith(f"labels.{key}") for field in answer.fields)


def test_a_long_name_is_not_found_in_few_words(channel: grpc.Channel) -> None:
    answer = calls.over_grpc(channel)("GetScheduler", {"schedulerName": "ä" * 60_000})

    assert answer.code == 5
    assert answer.message.startswith("scheduler ää")
    assert answer.message.endswith("ää…")


def test_what_is_described_but_not_served_is_unimplemented(channel: grpc.Channel) -> None:
    for path in ("/api.v1.RoomsService/AllocateRoom", "/api.v1.SchedulersService/Nothing"):
        with pytest.raises(grpc.RpcError) as refusal:
            calls.sender(channel, path)(b"", timeout=calls.DEADLINE_S)
        assert refusal.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_defect_is_logged_with_the_method(served: Served, channel: grpc.Channel) -> None:
    served[0].rooms.error = ZeroDivisionError("secret")

    with capture_logs() as logs:
        calls.over_grpc(channel)("GetRoom", ARENA | {"roomName": "arena-1"})

    (line,) = logs
    assert (line["event"], line["log_level"]) == ("request_failed", "error")
    assert line["rpc"] == "api.v1.SchedulersService.GetRoom"


# Health and reflection; their packages are typed incompletely


def health(channel: grpc.Channel) -> Any:
    return health_pb2_grpc.HealthStub(channel)


def reflection(channel: grpc.Channel) -> Any:
    return reflection_pb2_grpc.ServerReflectionStub(channel)


@pytest.mark.parametrize("service", ["", *sorted(SERVICES)])
def test_every_service_is_healthy(channel: grpc.Channel, service: str) -> None:
    request = health_pb2.HealthCheckRequest(service=service)

    answer = health(channel).Check(request, timeout=calls.DEADLINE_S)

    assert answer.status == SERVING


def test_the_health_of_an_unknown_service_is_not_known(channel: grpc.Channel) -> None:
    request = health_pb2.HealthCheckRequest(service="api.v1.RoomsService")

    with pytest.raises(grpc.RpcError) as refusal:
        health(channel).Check(request, timeout=calls.DEADLINE_S)

    assert refusal.value.code() is grpc.StatusCode.NOT_FOUND


def reflected(channel: grpc.Channel, **question: str) -> Any:
    """What reflection answers to one question."""
    message: Any = reflection_pb2.ServerReflectionRequest
    stub = reflection(channel)
    (answer,) = stub.ServerReflectionInfo(iter([message(**question)]), timeout=calls.DEADLINE_S)
    return answer


def test_reflection_tells_the_services_and_their_files(channel: grpc.Channel) -> None:
    listed = reflected(channel, list_services="").list_services_response.service
    described = reflected(channel, file_containing_symbol="api.v1.SchedulersService")

    assert {service.name for service in listed} == SERVICES
    assert described.file_descriptor_response.file_descriptor_proto


def test_clients_that_never_stop_asking_what_there_is_leave_threads_for_calls() -> None:
    over = threading.Event()

    def one_question_and_no_end() -> Iterator[Any]:
        yield reflection_pb2.ServerReflectionRequest(list_services="")
        over.wait()

    with serving.serving(fleets(), threads=1) as server, serving.channel_to(server) as channel:
        stub = reflection(channel)
        holding = [
            stub.ServerReflectionInfo(one_question_and_no_end())
            for _ in range(rpc_server.MOST_REFLECTIONS)
        ]
        for each in holding:
            next(each)

        with pytest.raises(grpc.RpcError) as refusal:
            reflected(channel, list_services="")
        answer = send(channel, "GetScheduler", GET_ARENA)

        over.set()
    assert refusal.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert answer.code == 0


# The end


class Slow(Schedulers):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.may_end = threading.Event()

    def get(self, name: str, *, version: str | None = None) -> Scheduler:
        self.begun.set()
        assert self.may_end.wait(calls.DEADLINE_S)
        return super().get(name, version=version)


def slow() -> tuple[Services, Slow]:
    """Services whose answers take their time."""
    services, schedulers = fleets(), Slow()
    schedulers.stored = services.schedulers.stored
    services.schedulers = schedulers
    return services, schedulers


def test_a_call_that_runs_is_answered_while_no_other_is_taken_any_more() -> None:
    services, schedulers = slow()
    with serving.serving(services) as server, serving.channel_to(server) as channel:
        # Given a call that runs, and a client that watches
        watching = health(channel).Watch(health_pb2.HealthCheckRequest())
        assert next(watching).status == SERVING
        call = calls.sender(channel, GET_SCHEDULER).future(GET_ARENA)
        assert schedulers.begun.wait(calls.DEADLINE_S)

        # When the server is told to stop
        stopping = threading.Thread(target=server.stop, kwargs={"grace_s": calls.DEADLINE_S})
        stopping.start()

        # Then the client that watches hears so, once, and no other call is taken
        assert [answer.status for answer in watching] == [NOT_SERVING]
        eventually(lambda: send(channel, "ListSchedulers", b"").code == 14)

        # And the one that runs is answered
        schedulers.may_end.set()
        assert call.result(calls.DEADLINE_S)
        stopping.join(calls.DEADLINE_S)
        assert not stopping.is_alive()


def test_a_call_that_takes_longer_than_the_grace_is_cut_off() -> None:
    services, schedulers = slow()
    with serving.serving(services) as server, serving.channel_to(server) as channel:
        call = calls.sender(channel, GET_SCHEDULER).future(GET_ARENA)
        assert schedulers.begun.wait(calls.DEADLINE_S)

        server.stop(grace_s=0)

        assert call.code() is grpc.StatusCode.UNAVAILABLE
        schedulers.may_end.set()


def test_a_taken_port_is_told() -> None:
    with serving.serving(fleets()) as server, pytest.raises(OSError, match="cannot listen on"):
        rpc_server.RpcServer("127.0.0.1", server.port, {}, threads=1, longest_request=BODY_LIMIT)


def test_addresses_of_version_6_work_too() -> None:
    port = free_port()

    server = rpc_server.RpcServer("::1", port, {}, threads=1, longest_request=BODY_LIMIT)

    assert server.port == port
    server.stop(grace_s=0)
