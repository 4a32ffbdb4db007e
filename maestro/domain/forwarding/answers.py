"""
What forwarders answer, and what it means: the codes of HTTP in a message, those of gRPC around it.
"""

import dataclasses

#: The names of gRPC's codes, as v10 writes them.
OK = "OK"
UNKNOWN = "Unknown"
#: HTTP's codes that have a name of their own here (contract, 0.3).
_NAMES = {404: "NotFound", 406: "FailedPrecondition", 500: "Internal"}
_FIRST_FAILURE = 400


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How an event was taken."""

    #: The name of a code of gRPC.
    code: str
    #: Whether the forwarder itself said so; False: it could not be reached, or not in time.
    reached: bool = True

    @property
    def taken(self) -> bool:
        """Whether it need not be told again."""
        return self.code == OK


def answered(code: int) -> Answer:
    """The meaning of a response's code; whatever is below 400 is success."""
    if code < _FIRST_FAILURE:
        return Answer(code=OK)
    return Answer(code=_NAMES.get(code, UNKNOWN))


def failure(forwarder: str, answer: Answer) -> str:
    """How the failure is told to whoever sent the event."""
    return f'failed to forward event room at "{forwarder}" with code {answer.code}'
