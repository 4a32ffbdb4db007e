"""
Asks all parts at once. What one does not answer, or how it breaks, keeps no other from being heard.
"""

import queue
import threading
import time
from collections.abc import Iterator, Sequence

from maestro import errors
from maestro.domain import findings
from maestro.domain.findings import Check, Finding

LATE = "find out what holds it up: a firewall, a proxy, an overloaded machine"
BROKEN = "this is a defect of the check: please report it, with the versions of both sides"


def ask(checks: Sequence[Check], *, timeout_s: float) -> Iterator[Finding]:
    """All findings, in the order of the checks; those that take too long are left behind."""
    deadline = time.monotonic() + timeout_s
    for asked in [_Asked(check) for check in checks]:
        yield from asked.findings(deadline, timeout_s=timeout_s)


class _Asked:
    """One check in a thread of its own, which nobody waits for at the end."""

    def __init__(self, check: Check) -> None:
        self._check = check
        #: None: there is no more to come.
        self._found: queue.SimpleQueue[Finding | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name=f"check {check.name}", daemon=True).start()

    def findings(self, deadline: float, *, timeout_s: float) -> Iterator[Finding]:
        """What is found until then."""
        try:
            while finding := self._found.get(timeout=max(0.0, deadline - time.monotonic())):
                yield finding
        except queue.Empty:
            yield findings.failure(self._check.name, f"no answer within {timeout_s:g} s", LATE)

    def _run(self) -> None:
        try:
            for finding in self._check.ask():
                self._found.put(finding)
        except errors.MaestroError as error:
            self._found.put(findings.failure(self._check.name, str(error), LATE))
        except Exception as error:
            # Its text may hold anything, a password included.
            kind = type(error).__name__
            self._found.put(findings.failure(self._check.name, f"ended by {kind}", BROKEN))
        finally:
            self._found.put(None)
