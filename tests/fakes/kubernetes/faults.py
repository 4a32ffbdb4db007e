"""What goes wrong between the client and the server, as the test wishes."""

import dataclasses
import re
import threading

from tests.fakes.kubernetes.refusals import Refusal

ANY = ("", "")


@dataclasses.dataclass(kw_only=True)
class Fault:
    """Something that happens to the next requests that match."""

    method: str
    path: re.Pattern[str]
    times: int
    #: Answered instead of doing anything.
    refusal: Refusal | None = None
    #: Said instead by something on the way: status, body, content type.
    said: tuple[int, bytes, str] | None = None
    #: Never arrives: the connection is closed.
    loses_request: bool = False
    #: Done, and half of the answer arrives.
    stalls: bool = False
    #: Done, and the answer arrives byte by byte, without an end.
    drips: bool = False
    #: Done, and answered only after so long; None for never.
    hangs_s: float | None = 0
    #: Done, and the connection is closed instead of an answer.
    loses_answer: bool = False

    def concerns(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("", method) and bool(self.path.search(path))


class Faults:
    """The faults still to come, in the order in which they were asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        with self._lock:
            self._planned.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """What happens to this request; each time counts."""
        with self._lock:
            found = next((each for each in self._planned if each.concerns(method, path)), None)
            if found:
                found.times -= 1
            return found


def pattern(match: tuple[str, str]) -> tuple[str, re.Pattern[str]]:
    """A method, or none for all, and where in the path to look."""
    return match[0], re.compile(match[1])
