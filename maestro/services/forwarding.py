"""
Events that rooms send themselves, told to the forwarders while the room waits; and dead letters.

Reads Redis only, as pings do: a match goes on while PostgreSQL is away.
"""

import queue
from collections.abc import Callable, Mapping, Sequence

import structlog

from maestro import errors
from maestro.domain.forwarding import answers, events, messages
from maestro.domain.forwarding.answers import Answer
from maestro.domain.forwarding.events import OF_PLAYERS, Event
from maestro.domain.schedulers import Forwarder
from maestro.ports.events import Audience, Call, DeadLetter, Forwarders, Outbox

log = structlog.get_logger(__name__)

#: Answers come within the timeouts of their forwarders; this is for a machine that was asleep.
_SLACK_S = 5.0

#: Makes the event, of a game.
MakeEvent = Callable[[str], Event]


class Forwarding:
    """Tells all forwarders of a scheduler at once, each within its own timeout."""

    def __init__(self, outbox: Outbox, forwarders: Callable[[], Forwarders]) -> None:
        self._outbox = outbox
        self._forwarders = forwarders

    def status(self, scheduler: str, room: str, said: str, metadata: Mapping[str, object]) -> str:
        """
        Tell a status; the room's own stays as it is.

        Returns why not everybody was told, or nothing. Raises NotFound for an unknown scheduler.
        """
        events.ping_status(said)
        return self._tell(scheduler, room, lambda game: events.status(room, game, said, metadata))

    def room_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str:
        """Tell of something in a room; returns and raises as `status` does."""
        return self._tell(
            scheduler, room, lambda game: events.room_event(room, game, name, metadata)
        )

    def player_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str:
        """Tell that a player came or left; returns and raises as `status` does."""
        return self._tell(
            scheduler, room, lambda game: events.player_event(room, game, name, metadata)
        )

    def _tell(self, scheduler: str, room: str, make: MakeEvent) -> str:
        audience = self._outbox.audience(scheduler, room)
        if not audience.forwarders:
            return ""
        event = _placed(make(audience.game), audience, scheduler)
        if event is None:
            return ""
        failures = self._deliver(scheduler, event, audience.forwarders)
        if failures:
            log.warning("event_not_forwarded", scheduler=scheduler, room=room, reasons=failures)
        return "; ".join(failures)

    def _deliver(
        self, scheduler: str, event: Event, forwarders: Sequence[Forwarder]
    ) -> Sequence[str]:
        """Tell them all; returns the failures, in the order of the forwarders."""
        outcomes: dict[str, str] = {}
        answered: queue.SimpleQueue[tuple[Forwarder, Answer]] = queue.SimpleQueue()
        called = []
        for forwarder in forwarders:
            try:
                message = messages.message(event, forwarder, scheduler=scheduler)
            except errors.NotForwarded as error:
                outcomes[forwarder.name] = str(error)
                continue
            call = Call(scheduler=scheduler, forwarder=forwarder, message=message)
            self._forwarders().begin(call, _putting(answered, forwarder))
            called.append(forwarder)
        longest_s = max((each.options.timeout_ms for each in called), default=0) / 1000
        for _ in called:
            try:
                forwarder, answer = answered.get(timeout=longest_s + _SLACK_S)
            except queue.Empty:
                break
            outcomes[forwarder.name] = (
                "" if answer.taken else answers.failure(forwarder.name, answer)
            )
        late = answers.Answer(code="DeadlineExceeded", reached=False)
        every = [outcomes.get(each.name, answers.failure(each.name, late)) for each in forwarders]
        return [failure for failure in every if failure]


def _putting(
    answered: "queue.SimpleQueue[tuple[Forwarder, Answer]]", forwarder: Forwarder
) -> Callable[[Answer], None]:
    return lambda answer: answered.put((forwarder, answer))


def _placed(event: Event, audience: Audience, scheduler: str) -> Event | None:
    """The event with the room's address; None when it is nobody's business."""
    room = audience.room
    if event.kind in OF_PLAYERS:
        return event
    if room is not None:
        return None if room.is_validation else event.at(room)
    if event.is_unreliable:
        return event.nowhere()
    raise errors.NotForwarded(f"room {event.room} not found in scheduler {scheduler}")


class DeadLetters:
    """Events that no forwarder took, for operators."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def of(self, scheduler: str) -> list[DeadLetter]:
        """Those of a scheduler, also of one that is gone, oldest first."""
        return self._outbox.letters(scheduler)

    def replay(self, letters: Sequence[DeadLetter]) -> None:
        """Have them all delivered again. Raises NotFound."""
        self._outbox.replay(letters)
