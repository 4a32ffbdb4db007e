"""
A forwarder in a process of its own: `python -m tests.benchmarks.event_sink PORT FILE`.

When told to stop it writes what it was told into the file: number, and how late each one was.
"""

import concurrent.futures
import json
import pathlib
import signal
import sys
import threading
import time
from typing import Any

import grpc

from protos.eventforwarder import events_pb2

_TAKEN = events_pb2.Response(code=200).SerializeToString()


def main(port: int, file: pathlib.Path) -> None:
    """Take everything until told to stop."""
    lags: list[float] = []
    rooms: set[str] = set()

    def take(status: Any, _: object) -> bytes:
        at = status.room.metadata.get("at")
        lags.append(time.time() - float(at) if at else 0.0)
        rooms.add(status.room.roomId)
        return _TAKEN

    handler: Any = grpc.unary_unary_rpc_method_handler(
        take, request_deserializer=events_pb2.RoomStatus.FromString
    )
    methods = {"SendRoomStatus": handler, "SendRoomResync": handler}
    server = grpc.server(
        concurrent.futures.ThreadPoolExecutor(8), options=[("grpc.so_reuseport", 0)]
    )
    service = "eventforwarder.GRPCForwarder"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, methods),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server.start()
    stopping.wait()
    server.stop(0).wait()
    file.write_text(json.dumps({"taken": len(lags), "rooms": sorted(rooms), "lags": lags}))


if __name__ == "__main__":
    main(int(sys.argv[1]), pathlib.Path(sys.argv[2]))
