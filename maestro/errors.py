"""
Every error that may leave a part of Maestro.

    MaestroError
    ├── Refused                 asking again, unchanged, gets the same answer
    │   ├── InvalidInput        names each offending field
    │   ├── NotFound
    │   ├── AlreadyExists
    │   ├── EditInProgress      the scheduler is being changed or deleted already
    │   ├── NotCancellable      the operation ended, or has no way back any more
    │   ├── NoReadyRoom         every room of the fleet is taken, or not ready yet
    │   ├── NoAddress           the room cannot be reached yet
    │   ├── Unauthenticated     the request does not say who asks, or nobody we know
    │   ├── NotForwarded        an event lacks what forwarders have to be told
    │   └── TooLarge            the request is larger than we read
    ├── Unavailable             a store or the runtime did not answer: asking again helps
    ├── RuntimeRefused          the runtime answered no to this one room or namespace
    ├── OperationFailed         an operation ends as `error`, for this reason
    └── Interrupted             an executor must stop at once
        ├── Cancelled           somebody cancelled the operation
        ├── LeaseLost           another worker may be executing it
        └── Stopping            this worker shuts down; another one resumes it

Adapters translate what their vendors raise into these; `api.errors` translates them into answers.
"""

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One broken rule, at the JSON path of the field that broke it."""

    field: str
    description: str

    def __str__(self) -> str:
        return f"{self.field}: {self.description}"


class MaestroError(Exception):
    """The base of all of them."""


class Refused(MaestroError):
    """The request cannot be fulfilled as it is."""


class InvalidInput(Refused):
    """The request breaks one rule or several."""

    def __init__(self, violations: Sequence[Violation] = (), *, message: str = "") -> None:
        self.violations = tuple(violations)
        lines = [message or "Validation Error:", *map(str, self.violations)]
        super().__init__("\n".join(lines))

    @classmethod
    def of(cls, field: str, description: str) -> "InvalidInput":
        """The refusal of one field."""
        return cls([Violation(field=field, description=description)])


class NotFound(Refused):
    """What the request names does not exist."""


class AlreadyExists(Refused):
    """What the request wants to create exists."""


class EditInProgress(Refused):
    """The scheduler is being changed or deleted; edits go one after the other."""


class NotCancellable(Refused):
    """The operation ended, or what it did cannot be undone any more."""


class NoReadyRoom(Refused):
    """No room can be allocated now; the fleet may soon have one."""


class NoAddress(Refused):
    """The runtime did not tell yet where the room is reached."""


class Unauthenticated(Refused):
    """What is asked for is not for everybody, and the request does not bear the token."""


class NotForwarded(Refused):
    """An event cannot be told to forwarders as it is."""


class TooLarge(Refused):
    """The request's body is larger than we read."""


class Unavailable(MaestroError):
    """A store or the runtime could not be reached, or asks for patience."""


class RuntimeRefused(MaestroError):
    """The runtime answered that it will not do this."""


class OperationFailed(MaestroError):
    """The operation cannot be done; the text is the reason shown to operators."""


class Interrupted(MaestroError):
    """Execution ends here, without an outcome of its own."""


class Cancelled(Interrupted):
    """The operation was cancelled."""


class LeaseLost(Interrupted):
    """The lease of the scheduler is no longer ours; nothing may be written any more."""


class Stopping(Interrupted):
    """This worker is shutting down."""
