"""The server as a client meets it: HTTP/1.1, connections that stay open, chunked watches."""

import contextlib
import http.server
import socket
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from tests.fakes.kubernetes.api import Answer, Call
from tests.fakes.kubernetes.faults import Fault
from tests.fakes.kubernetes.refusals import Refusal

#: How often the accepting thread looks whether it is to stop.
_POLL_S = 0.02
#: How long an answer that drips is silent at a time.
_DRIP_S = 0.02


class Server(http.server.ThreadingHTTPServer):
    """Hands each request to `answer`, through whatever goes wrong on the way."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(
        self, answer: Callable[[Call], Answer], fault: Callable[[str, str], Fault | None]
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.fault = fault
        #: Every connection ends without a word.
        self.is_away = False
        #: How many connections clients have opened so far.
        self.accepted = 0
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(_POLL_S,), name="fake-kubernetes"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End all connections, and wait for whoever serves them."""
        self.stopping.set()
        self.shutdown()
        self.cut_connections()
        self.server_close()
        self._thread.join()

    @property
    def open_connections(self) -> int:
        with self._lock:
            return len(self._connections)

    def cut_connections(self) -> None:
        """Break off all connections that are open."""
        with self._lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def serving(self, connection: socket.socket) -> Iterator[None]:
        """Remember a connection while it is open."""
        with self._lock:
            self._connections.add(connection)
            self.accepted += 1
        try:
            yield
        finally:
            with self._lock:
                self._connections.discard(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients come and go as they like; anything else is a defect of the fake."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with self.server.serving(self.connection):
            super().handle()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Tests have better things to read."""

    def _serve(self) -> None:
        if self.server.is_away:
            self.close_connection = True
            return
        call = self._call()
        fault = self.server.fault(self.command, self.path)
        if fault and fault.loses_request:
            self.close_connection = True
            return
        answer, retry_after_s = self._answer(call, fault)
        if fault and self._is_swallowed(fault):
            self.close_connection = True
        elif fault and fault.stalls:
            self._stall(answer)
        elif fault and fault.drips:
            self._drip(answer)
        elif answer.pieces is not None:
            self._stream(answer.pieces)
        else:
            self._send(answer, retry_after_s)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _call(self) -> Call:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        return Call(
            method=self.command,
            path=urllib.parse.unquote(path),
            query=dict(urllib.parse.parse_qsl(query)),
            authorization=self.headers.get("Authorization", ""),
            content_type=self.headers.get("Content-Type", ""),
            body=self.rfile.read(length),
        )

    def _answer(self, call: Call, fault: Fault | None) -> tuple[Answer, int | None]:
        try:
            if fault and fault.refusal:
                raise fault.refusal
            if fault and fault.said:
                return Answer(*fault.said), None
            return self.server.answer(call), None
        except Refusal as refusal:
            return Answer(refusal.code, orjson.dumps(refusal.body())), refusal.retry_after_s

    def _is_swallowed(self, fault: Fault) -> bool:
        """Whether the answer never comes; waits for those that are late."""
        if fault.hangs_s is None:
            self.server.stopping.wait()
            return True
        if fault.hangs_s:
            self.server.stopping.wait(fault.hangs_s)
        return fault.loses_answer

    def _send(self, answer: Answer, retry_after_s: int | None) -> None:
        self._send_head(answer, retry_after_s)
        self.wfile.write(answer.body)

    def _drip(self, answer: Answer) -> None:
        """Never be quite silent, and never come to an end."""
        self._send_head(Answer(answer.code, bytes(1_000_000), answer.content_type), None)
        self.close_connection = True
        with contextlib.suppress(OSError):
            while not self.server.stopping.wait(_DRIP_S):
                self.wfile.write(b" ")

    def _stall(self, answer: Answer) -> None:
        """Send half of it, and nothing more while there is a server."""
        self._send_head(answer, None)
        self.wfile.write(answer.body[: len(answer.body) // 2])
        self.server.stopping.wait()
        self.close_connection = True

    def _send_head(self, answer: Answer, retry_after_s: int | None) -> None:
        self.send_response(answer.code)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for warning in answer.warnings:
            escaped = warning.replace('"', '\\"')
            self.send_header("Warning", f'299 - "{escaped}"')
        if retry_after_s is not None:
            self.send_header("Retry-After", str(retry_after_s))
        self.end_headers()

    def _stream(self, pieces: Iterator[bytes]) -> None:
        """Send until the watch ends; whoever cuts it leaves the last chunk out."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        except ConnectionAbortedError:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
