"""
Logs: one constant event name per line, data in keywords, ids and not objects.

JSON where a machine reads, aligned text where a person does.
"""

import logging
import sys
from typing import Any

import orjson
import structlog


def configure(*, level: str, style: str, module: str) -> None:
    """Send what this process logs, and what its libraries log, to standard output."""
    as_json = style == "json" or (style == "auto" and not sys.stdout.isatty())

    def name_module(_: object, __: str, event: structlog.typing.EventDict) -> Any:
        return {"module": module, **event}

    shared: list[structlog.typing.Processor] = [
        name_module,
        structlog.contextvars.merge_contextvars,
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
    # Libraries speak up when something is wrong; what is right, we say ourselves.
    for library in ("celery", "kombu", "alembic", "granian", "werkzeug", "urllib3"):
        logging.getLogger(library).setLevel("WARNING")


def _dumps(value: object, **_: object) -> str:
    return orjson.dumps(value, default=str).decode()
