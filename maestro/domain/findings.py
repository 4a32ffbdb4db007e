"""What a check of an installation found, and what to do about it. Never holds a secret."""

import dataclasses
import enum
from collections.abc import Callable, Iterable


class Status(enum.StrEnum):
    """How bad it is."""

    OK = "ok"
    #: It works, and something may surprise.
    WARNING = "warning"
    #: It does not work, or will not for long.
    FAILURE = "failure"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One line of the report."""

    name: str
    status: Status
    found: str
    #: What to do; empty when it is fine.
    advice: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """Questions to one part. What is found before they end, or fail, counts."""

    #: Of the part, for when it says nothing.
    name: str
    ask: Callable[[], Iterable[Finding]]


def ok(name: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(name=name, status=Status.OK, found=found)


def warning(name: str, found: str, advice: str) -> Finding:
    """It works, but."""
    return Finding(name=name, status=Status.WARNING, found=found, advice=advice)


def failure(name: str, found: str, advice: str) -> Finding:
    """Maestro cannot work with this."""
    return Finding(name=name, status=Status.FAILURE, found=found, advice=advice)


def some_failed(findings: Iterable[Finding]) -> bool:
    """Whether there is anything that must be mended."""
    return any(finding.status is Status.FAILURE for finding in findings)
