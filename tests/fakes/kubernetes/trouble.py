"""What goes wrong with the server, and on the way there."""

from typing import Any

from tests.fakes.kubernetes import faults
from tests.fakes.kubernetes.faults import ANY, Fault
from tests.fakes.kubernetes.hands import Hands
from tests.fakes.kubernetes.refusals import Refusal

#: What a server calls what it answers with these codes, unless the test says otherwise.
_REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


class Trouble(Hands):
    """Watches that break, requests that fail, answers that get lost."""

    def compact(self) -> None:
        """Forget the past: lists and watches from any version so far are too old."""
        self._do(self._state.compact)

    def bookmark(self) -> None:
        """Let the open watches say how far they are."""
        self._streams.bookmark()

    def cut_watches(self) -> None:
        """The open watches end in the middle, without the final chunk."""
        self._streams.cut()

    def freeze_watches(self) -> None:
        """The open watches stay open and silent for ever; new ones work."""
        self._streams.freeze()

    def thaw_watches(self) -> None:
        """The frozen watches tell what they missed."""
        self._streams.freeze(False)

    def cut_connections(self) -> None:
        """Every connection breaks, whatever it is used for."""
        self._streams.cut()
        self._server.cut_connections()

    def go_away(self) -> None:
        """No request is answered, and every connection breaks, until `come_back`."""
        self._server.is_away = True
        self.cut_connections()

    def come_back(self) -> None:
        self._server.is_away = False

    def fail_next(
        self,
        status: int,
        *,
        reason: str = "",
        message: str = "as the test wishes",
        retry_after_s: int | None = None,
        times: int = 1,
        match: tuple[str, str] = ANY,
    ) -> None:
        """
        Refuse the next requests, or those of a method whose path and query match a pattern:
        `match=("GET", "watch=true")`.
        """
        reason = reason or _REASONS.get(status, "")
        refusal = Refusal(status, reason, message, details={}, retry_after_s=retry_after_s)
        self._plan(match, times, refusal=refusal)

    def hang_next(
        self, seconds: float | None = None, *, times: int = 1, match: tuple[str, str] = ANY
    ) -> None:
        """Do what is asked and answer only after a while, or never."""
        self._plan(match, times, hangs_s=seconds)

    def lose_next_answer(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and close the connection instead of an answer."""
        self._plan(match, times, loses_answer=True)

    def lose_next_request(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Close the connection instead of doing what is asked."""
        self._plan(match, times, loses_request=True)

    def stall_next(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and send only half of the answer."""
        self._plan(match, times, stalls=True)

    def drip_next(self, *, times: int = 1, match: tuple[str, str] = ANY) -> None:
        """Do what is asked, and send an answer byte by byte that does not end."""
        self._plan(match, times, drips=True)

    def say_next(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = "text/html",
        times: int = 1,
        match: tuple[str, str] = ANY,
    ) -> None:
        """Have something on the way answer, and the server never hear of it."""
        self._plan(match, times, said=(status, body, content_type))

    def forget_faults(self) -> None:
        """Whatever was planned to go wrong and has not yet, goes well."""
        self._faults.clear()

    def _plan(self, match: tuple[str, str], times: int, **what: Any) -> None:
        method, path = faults.pattern(match)
        self._faults.plan(Fault(method=method, path=path, times=times, **what))
