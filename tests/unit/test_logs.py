"""Whoever logs in a process, and however it dies: each line is one JSON document."""

import json
import subprocess
import sys
import textwrap
from typing import Any

LIBRARIES = [
    "_granian", "alembic.runtime.migration", "celery.worker", "flower.command", "grpc._server",
    "kombu.connection", "sqlalchemy.pool", "tornado.general", "urllib3.connectionpool",
]  # fmt: skip
BEGIN = """
import logging, threading, warnings
import structlog
from maestro import logs, request_ids
logs.configure(level="info", style="auto", module="worker")
"""


def lines(program: str, *, code: int = 0) -> list[dict[str, Any]]:
    """What a process with these lines logs."""
    ran = subprocess.run(
        [sys.executable, "-W", "always", "-c", BEGIN + textwrap.dedent(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (code, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_line_has_its_fields() -> None:
    (line,) = lines("structlog.get_logger('x').info('rooms_added', amount=3)")

    assert line.pop("timestamp").endswith("Z")
    assert line == {"module": "worker", "event": "rooms_added", "level": "info", "amount": 3}


def test_it_tells_the_request_it_is_about() -> None:
    inside, outside = lines(
        """
        log = structlog.get_logger('x')
        with request_ids.bound('request-1'):
            log.info('inside')
        log.info('outside')
        """
    )

    assert inside["request_id"] == "request-1"
    assert "request_id" not in outside


def test_libraries_say_what_is_wrong_and_with_what_traceback() -> None:
    found = lines(
        f"""
        for library in {LIBRARIES!r}:
            try:
                1 / 0
            except ZeroDivisionError:
                logging.getLogger(library).exception('it failed with %s', 'style')
        """
    )

    assert [line["logger"] for line in found] == LIBRARIES
    for line in found:
        assert (line["event"], line["level"]) == ("it failed with style", "error")
        assert line["exception"].startswith("Traceback")
        assert line["exception"].endswith("ZeroDivisionError: division by zero")


def test_a_warning_is_a_line() -> None:
    (line,) = lines("warnings.warn('it is getting late')")

    assert "it is getting late" in line["event"]
    assert line["level"] == "warning"


def test_what_kills_the_process_is_a_line() -> None:
    (line,) = lines("raise ValueError('seven')", code=1)

    assert (line["event"], line["level"]) == ("process_defect", "critical")
    assert line["exception"].endswith("ValueError: seven")


def test_what_kills_a_thread_is_a_line() -> None:
    (line,) = lines(
        """
        thread = threading.Thread(target=lambda: 1 / 0, name='sweep')
        thread.start()
        thread.join()
        """
    )

    assert (line["event"], line["thread"]) == ("thread_died", "sweep")
    assert line["exception"].endswith("ZeroDivisionError: division by zero")
