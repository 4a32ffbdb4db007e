"""
The internal port of a module: `/healthz`, `/readyz` and `/metrics` (contract 2.6).

Alive is a process that works; ready is one whose stores answer too.
"""

import concurrent.futures
import contextlib
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import prometheus_client
import structlog
from prometheus_client.registry import Collector

from maestro.metrics import shown

log = structlog.get_logger(__name__)

#: Longest that a part may take to say that it is ready.
CHECK_TIMEOUT_S = 2.0

#: Copied for each answer, as wsgiref adds the length of the answer to what it is given.
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


class InternalServer:
    """Serves from a thread of its own, for the length of a with-block."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        module: str,
        checks: Mapping[str, Callable[[], object]],
        schedulers: Callable[[], Collection[str]],
    ) -> None:
        """`schedulers` gives the names of those that exist, of which alone metrics are shown."""
        self._module = module
        self._checks = checks
        self._schedulers = schedulers
        #: Says why the module does not work any more; empty while it does.
        self.illness: Callable[[], str] = lambda: ""
        self._show(prometheus_client.REGISTRY)
        self._pool = concurrent.futures.ThreadPoolExecutor(4, thread_name_prefix="check")
        self._server = make_server(
            host, port, self._answer, server_class=_Server, handler_class=_SilentHandler
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, name="internal", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextlib.contextmanager
    def showing_metrics_of_children(self) -> Iterator[Mapping[str, str]]:
        """
        Show the metrics of the processes below this one instead of its own.

        Gives what they need to find in their environment.
        """
        with tempfile.TemporaryDirectory(prefix="maestro-metrics-") as folder:
            self._show(shown.Children(folder))
            yield {"PROMETHEUS_MULTIPROC_DIR": folder}

    def show_also(self, collector: Collector) -> None:
        """Show what this collector finds, too."""
        self._registry.register(collector)

    def _show(self, source: shown.Source) -> None:
        self._registry = prometheus_client.CollectorRegistry()
        self._registry.register(shown.Shown(source, self._module, self._existing))
        self._metrics = prometheus_client.make_wsgi_app(self._registry)

    def _existing(self) -> Collection[str] | None:
        """The schedulers there are; None when nobody says so soon."""
        asked = self._pool.submit(self._schedulers)
        try:
            return asked.result(CHECK_TIMEOUT_S)
        except Exception as error:
            # Checks need the threads.
            asked.cancel()
            log.warning("schedulers_not_known", reason=str(error) or type(error).__name__)
            return None

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return self._metrics(environ, start)  # type: ignore[no-any-return]
        if path in ("/health", "/healthz"):
            return _say(start, self.illness())
        if path == "/readyz":
            return _say(start, self.illness() or self._unready())
        start("404 Not Found", list(TEXT))
        return [b"Not Found"]

    def _unready(self) -> str:
        """Ask all parts at once, and name those that did not answer."""
        asked = {name: self._pool.submit(check) for name, check in self._checks.items()}
        done, _ = concurrent.futures.wait(asked.values(), timeout=CHECK_TIMEOUT_S)
        silent = [
            name for name, answer in asked.items() if answer not in done or answer.exception()
        ]
        return f"no answer from {', '.join(silent)}" if silent else ""


def _say(start: StartResponse, trouble: str) -> Iterable[bytes]:
    if not trouble:
        start("200 OK", list(TEXT))
        return [b"OK"]
    log.warning("not_ready", reason=trouble)
    start("503 Service Unavailable", list(TEXT))
    return [f"Service Unavailable: {trouble}".encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Probes come every few seconds and say nothing new."""
