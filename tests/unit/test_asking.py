"""All checks are heard, whatever one of them does."""

import threading
from collections.abc import Iterator

from maestro import errors
from maestro.diagnosis import asking
from maestro.domain import findings
from maestro.domain.findings import Check, Finding, Status

FINE = Check(name="fine", ask=lambda: [findings.ok("fine", "yes")])


def test_findings_keep_the_order_of_the_checks() -> None:
    first_may_end = threading.Event()

    def slow() -> Iterator[Finding]:
        first_may_end.wait(10)
        yield findings.ok("slow", "yes")

    def quick() -> Iterator[Finding]:
        yield findings.ok("quick", "yes")
        first_may_end.set()

    found = asking.ask([Check(name="slow", ask=slow), Check(name="quick", ask=quick)], timeout_s=20)

    assert [each.name for each in found] == ["slow", "quick"]


def test_what_a_check_said_before_it_hung_counts() -> None:
    never = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield findings.ok("door", "open")
        never.wait()

    try:
        found = list(asking.ask([Check(name="hangs", ask=hangs), FINE], timeout_s=0.3))
    finally:
        never.set()

    assert [(each.name, each.status) for each in found] == [
        ("door", Status.OK),
        ("hangs", Status.FAILURE),
        ("fine", Status.OK),
    ]
    assert "0.3 s" in found[1].found


def test_an_error_of_ours_is_told_and_any_other_is_only_named() -> None:
    def away() -> Iterator[Finding]:
        raise errors.Unavailable("gone fishing")

    def broken() -> Iterator[Finding]:
        raise ValueError("hunter2")

    checks = [Check(name="away", ask=away), Check(name="broken", ask=broken), FINE]

    found = list(asking.ask(checks, timeout_s=20))

    assert [each.found for each in found] == ["gone fishing", "ended by ValueError", "yes"]
    assert findings.some_failed(found)
    assert not findings.some_failed(found[2:])
