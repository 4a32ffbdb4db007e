"""
Logs: one constant event name per line, data in keywords, ids and not objects.

JSON where a machine reads, aligned text where a person does. What libraries log, warn of, or let
die becomes such lines too; the ids of what is being worked for are on each (`docs/logs.md`).
"""

import logging
import sys
import threading
from types import TracebackType
from typing import Any

import orjson
import structlog

from maestro import request_ids

#: They speak up when something is wrong; what is right, we say ourselves.
LIBRARIES = (
    "_granian", "alembic", "celery", "flower", "grpc", "kombu", "tornado", "urllib3", "werkzeug",
)  # fmt: skip

log = structlog.get_logger(__name__)


def _name_request(_: object, __: str, event: structlog.typing.EventDict) -> Any:
    request_id = request_ids.current()
    return {"request_id": request_id, **event} if request_id else event


#: They add the ids of what is being worked for.
BOUND: tuple[structlog.typing.Processor, ...] = (
    _name_request,
    structlog.contextvars.merge_contextvars,
)


def configure(*, level: str, style: str, module: str) -> None:
    """Send what this process logs, and what its libraries log, to standard output."""
    as_json = style == "json" or (style == "auto" and not sys.stdout.isatty())

    def name_module(_: object, __: str, event: structlog.typing.EventDict) -> Any:
        return {"module": module, **event}

    shared: list[structlog.typing.Processor] = [
        name_module,
        *BOUND,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_dumps)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for library in LIBRARIES:
        logging.getLogger(library).setLevel("WARNING")
    logging.captureWarnings(True)
    sys.excepthook = _report_death
    threading.excepthook = _report_death_of_thread


def _report_death(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    log.critical("process_defect", exc_info=(kind, error, traceback))


def _report_death_of_thread(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is SystemExit or died.exc_value is None:
        return
    name = died.thread.name if died.thread else ""
    log.critical(
        "thread_died", thread=name, exc_info=(died.exc_type, died.exc_value, died.exc_traceback)
    )


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()
