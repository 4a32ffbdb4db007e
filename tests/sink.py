"""A forwarder that a test can have its way with: a real gRPC server on loopback."""

import concurrent.futures
import contextlib
import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from protos.eventforwarder import events_pb2
from tests import ports

_REQUESTS: dict[str, Any] = {
    "SendRoomStatus": events_pb2.RoomStatus,
    "SendRoomResync": events_pb2.RoomStatus,
    "SendRoomEvent": events_pb2.RoomEvent,
    "SendPlayerEvent": events_pb2.PlayerEvent,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """One message."""

    method: str
    room: str
    #: Of a status or a resync, such as `ready`; else the event.
    what: str
    message: Any
    at: float


class Sink:
    """Takes everything, unless told otherwise."""

    def __init__(self, *, threads: int = 32) -> None:
        self.port = ports.free_port()
        self.address = f"127.0.0.1:{self.port}"
        #: Everything that arrived, in order, whatever was answered.
        self.arrived: list[Told] = []
        #: What was taken.
        self.taken: list[Told] = []
        #: Room → code it answers with.
        self.codes: dict[str, int] = {}
        #: Rooms whose calls it does not answer until `release`.
        self.hanging: set[str] = set()
        #: Rooms whose calls fail with a status of gRPC.
        self.failing: dict[str, grpc.StatusCode] = {}
        self._released = threading.Event()
        self._threads = threads
        self._server: grpc.Server | None = None

    def start(self) -> None:
        """Listen, at the same address as before."""
        pool = concurrent.futures.ThreadPoolExecutor(self._threads)
        server = grpc.server(pool, options=[("grpc.so_reuseport", 0)])
        handlers = {name: _handler(name, self._answer) for name in _REQUESTS}
        service = "eventforwarder.GRPCForwarder"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        server.add_insecure_port(self.address)
        server.start()
        self._server = server

    def stop(self) -> None:
        """Be away; calls that run are cut."""
        self._released.set()
        if self._server:
            self._server.stop(0).wait()
        self._server = None
        self._released.clear()

    def release(self) -> None:
        """Hang no more."""
        self.hanging.clear()
        self._released.set()
        self._released = threading.Event()

    def of(self, room: str) -> list[str]:
        """What was taken about a room, in order."""
        return [told.what for told in self.taken if told.room == room]

    def _answer(self, name: str, message: Any, context: Any) -> Any:
        told = _told(name, message)
        self.arrived.append(told)
        if told.room in self.hanging:
            self._released.wait(30)
        if told.room in self.failing:
            context.abort(self.failing[told.room], "as the test wants it")
        code = self.codes.get(told.room, 200)
        if code < 400:
            self.taken.append(told)
        return events_pb2.Response(code=code, message="")


def _handler(name: str, answer: Callable[[str, Any, Any], Any]) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        lambda message, context: answer(name, message, context),
        request_deserializer=_REQUESTS[name].FromString,
        response_serializer=events_pb2.Response.SerializeToString,
    )


def _told(name: str, message: Any) -> Told:
    kinds = events_pb2.PlayerEvent.PlayerEventType
    if name == "SendPlayerEvent":
        what = kinds.Name(message.eventType)
    elif name == "SendRoomEvent":
        what = message.eventType
    else:
        what = events_pb2.RoomStatus.RoomStatusType.Name(message.statusType)
    return Told(name, message.room.roomId, what, message, time.monotonic())


@contextlib.contextmanager
def listening(**options: Any) -> Iterator[Sink]:
    """A sink that listens, and is gone with the block."""
    sink = Sink(**options)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()
