"""
A server of gRPC with health and reflection.

Told to stop, it says so to whoever watches its health, takes no more calls, and lets those end
that it has begun.
"""

import concurrent.futures
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc

from maestro import processes

log = structlog.get_logger(__name__)

#: Each holds a thread for as long as its client likes, so these are threads of their own.
MOST_REFLECTIONS = 2
#: A parent that waits as long as calls may take must not have to kill the rest.
CLOSING_S = 1.0
PARENT_CHECK_S = 1.0


class RpcServer:
    """Answers the calls of some services until it is stopped."""

    def __init__(
        self,
        host: str,
        port: int,
        handlers: Mapping[str, grpc.GenericRpcHandler],
        *,
        threads: int,
        longest_request: int,
    ) -> None:
        """Listen, on a free port when it is 0; OSError when that cannot be."""
        self._server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(threads + MOST_REFLECTIONS, "rpc"),
            handlers=list(handlers.values()),
            options=[
                ("grpc.max_receive_message_length", longest_request),
                # Two servers on one port would each get some of the calls.
                ("grpc.so_reuseport", 0),
            ],
        )
        self._health = _Health()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = (*handlers, health.SERVICE_NAME, reflection.SERVICE_NAME)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(  # type: ignore[no-untyped-call]
            _Reflection(names), self._server
        )
        for name in (health.OVERALL_HEALTH, *names):
            self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        #: Where it listens.
        self.port = _listen(self._server, host, port)

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self, *, grace_s: float) -> None:
        """Take no more calls; those that run are cancelled after the grace."""
        self._health.end()
        self._server.stop(grace_s).wait()


def serve(server: RpcServer, *, stop_timeout_s: float) -> None:
    """
    Answer until this process is told to stop, or its parent is gone: a successor needs the port.

    Must be called from the main thread.
    """
    stopping, parent = processes.told_to_stop(), os.getppid()
    server.start()
    while not stopping.wait(PARENT_CHECK_S) and os.getppid() == parent:
        pass
    server.stop(grace_s=max(stop_timeout_s - CLOSING_S, 0))


class _Health(health.HealthServicer):
    """Tells whoever watches of the end, and lets go of them, as they would hold it up."""

    def __init__(self) -> None:
        super().__init__()
        self._watching: set[Callable[[Any], None]] = set()

    def Watch(  # noqa: N802
        self, request: Any, context: Any, send_response_callback: Any = None
    ) -> Any:
        self._watching.add(send_response_callback)
        context.add_callback(lambda: self._watching.discard(send_response_callback))
        return super().Watch(request, context, send_response_callback)

    def end(self) -> None:
        """Say that nothing is served any more."""
        self.enter_graceful_shutdown()
        for tell in tuple(self._watching):
            tell(None)


class _Reflection(reflection.ReflectionServicer):
    """Says which services there are, to a few clients at a time."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self._places = threading.Semaphore(MOST_REFLECTIONS)

    def ServerReflectionInfo(  # noqa: N802
        self, request_iterator: Iterable[Any], context: Any
    ) -> Iterator[Any]:
        if not self._places.acquire(blocking=False):
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "others are asking; try again")
        try:
            yield from super().ServerReflectionInfo(request_iterator, context)
        finally:
            self._places.release()


def _listen(server: grpc.Server, host: str, port: int) -> int:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        return server.add_insecure_port(address)
    except RuntimeError as error:
        raise OSError(f"cannot listen on {address}: {error}") from error
