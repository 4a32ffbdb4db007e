"""A server of HTTP: granian, which starts one worker process, and logs as all of Maestro does."""

import sys

import structlog
from granian import Granian
from granian.constants import Interfaces
from granian.errors import FatalError
from granian.http import HTTP1Settings, HTTP2Settings
from granian.log import LogLevels

from maestro import logs
from maestro.config import Settings

log = structlog.get_logger(__name__)

#: What it says goes up to the root logger, in the parent and, configured anew, in the worker.
_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"_granian": {"level": "WARNING", "propagate": True}},
}
KILL_S = 5


def serve(module: str, factory: str, *, host: str, port: int, settings: Settings) -> None:
    """Serve what `package:function` makes until told to stop; exits when that cannot be."""
    logs.configure(level=settings.log_level, style=settings.log_format, module=module)
    server = Granian(
        factory,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        blocking_threads=settings.api_threads,
        websockets=False,
        http1_settings=HTTP1Settings(),
        http2_settings=HTTP2Settings(),
        log_level=LogLevels.warning,
        log_dictconfig=_LOGGING,
        workers_kill_timeout=KILL_S,
    )
    try:
        server.serve()
    except FatalError:
        sys.exit(1)
    except OSError as error:
        log.error("cannot_listen", reason=str(error))
        sys.exit(1)
