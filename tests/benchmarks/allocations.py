"""Allocations per second, and how long one takes: alone, and with 64 callers at once, both ways."""

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator

import grpc
import redis

from protos.api.v1.rooms_pb2 import AllocateRoomRequest, AllocateRoomResponse
from tests.benchmarks import fleets
from tests.benchmarks.stand import Stand, connects, stand
from tests.waiting import eventually

READY = 100_000
CALLERS = 64
#: In all, whoever asks.
ALLOCATIONS = 4_000

Allocate = Callable[[], str]


def run() -> None:
    """Print the figures; every room may be given once."""
    with stand() as here, here.module("rooms-api"):
        ports = (here.settings.rooms_api_port, here.settings.rooms_api_grpc_port)
        eventually(lambda: all(map(connects, ports)), within_s=60, every_s=0.1)
        for way, caller in (("HTTP", _over_http), ("gRPC", _over_grpc)):
            for callers in (1, CALLERS):
                began = time.monotonic()
                fleets.fill(here.maestro, READY)
                filled = time.monotonic() - began
                print(f"{way}, {callers:>2} callers: {_measure(here, caller, callers)}", flush=True)
        print(f"with {READY} ready rooms, which took {filled:.0f} s to write")


def _measure(here: Stand, caller: Callable[[Stand], Iterator[Allocate]], callers: int) -> str:
    given: list[str] = []
    seconds: list[float] = []
    at_once = threading.Barrier(callers + 1)

    def ask() -> None:
        with contextlib.contextmanager(caller)(here) as allocate:
            allocate()
            at_once.wait()
            for _ in range(ALLOCATIONS // callers):
                began = time.monotonic()
                given.append(allocate())
                seconds.append(time.monotonic() - began)

    threads = [threading.Thread(target=ask) for _ in range(callers)]
    for thread in threads:
        thread.start()
    with redis.Redis.from_url(here.settings.redis_url, decode_responses=True) as client:
        at_once.wait()
        client.config_resetstat()
        began = time.monotonic()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        called = client.info("commandstats")["cmdstat_evalsha"]
    assert len(set(given)) == len(given), "no room is given twice"
    seconds.sort()
    p50, p99 = (seconds[int(len(seconds) * share)] * 1000 for share in (0.5, 0.99))
    in_redis = f"{called['usec_per_call']:.0f} us each in Redis, {called['calls']} calls"
    return f"{len(given) / took:.0f} per second, p50 {p50:.1f} ms, p99 {p99:.1f} ms, {in_redis}"


def _over_http(here: Stand) -> Iterator[Allocate]:
    connection = http.client.HTTPConnection("127.0.0.1", here.settings.rooms_api_port)

    def allocate() -> str:
        connection.request("POST", "/scheduler/arena/rooms/allocate", b"{}")
        return str(json.loads(connection.getresponse().read())["roomId"])

    with contextlib.closing(connection):
        yield allocate


def _over_grpc(here: Stand) -> Iterator[Allocate]:
    request = AllocateRoomRequest(scheduler_name="arena")
    with grpc.insecure_channel(f"127.0.0.1:{here.settings.rooms_api_grpc_port}") as channel:
        call = channel.unary_unary(
            "/api.v1.RoomsService/AllocateRoom",
            request_serializer=AllocateRoomRequest.SerializeToString,
            response_deserializer=AllocateRoomResponse.FromString,
        )
        yield lambda: str(call(request, timeout=30).room_id)
