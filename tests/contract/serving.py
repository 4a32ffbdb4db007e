"""The APIs over gRPC, served for tests."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import grpc

from api.management import methods as management
from api.rooms import methods as rooms
from api.rpc_server import RpcServer
from tests.contract.asking import BODY_LIMIT
from tests.fakes.services import Services


class Current:
    """The services of the test that runs, since a server outlives many tests."""

    def __init__(self) -> None:
        self.services = Services()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.services, name)


def serving(services: Any, *, threads: int = 2) -> contextlib.AbstractContextManager[RpcServer]:
    """The management API on a port of its own."""
    return _served(management.handlers(services), threads)


def serving_rooms(
    services: Any, *, threads: int = 2
) -> contextlib.AbstractContextManager[RpcServer]:
    """The rooms API on a port of its own."""
    return _served(rooms.handlers(services), threads)


@contextlib.contextmanager
def _served(handlers: Mapping[str, grpc.GenericRpcHandler], threads: int) -> Iterator[RpcServer]:
    server = RpcServer("127.0.0.1", 0, handlers, threads=threads, longest_request=BODY_LIMIT)
    server.start()
    try:
        yield server
    finally:
        server.stop(grace_s=0)


def channel_to(server: RpcServer) -> grpc.Channel:
    """A client's connection, to be closed."""
    return grpc.insecure_channel(f"127.0.0.1:{server.port}")
