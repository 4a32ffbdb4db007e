"""The same call for many things at once."""

import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from maestro import errors

T = TypeVar("T")
R = TypeVar("R")

#: Threads of one batch; calls wait for the network, not for the processor.
MOST = 40


def for_each(
    things: Sequence[T], call: Callable[[T], R]
) -> list[tuple[T, R | errors.MaestroError]]:
    """
    Each thing with its answer, in order; an error of ours is an answer and disturbs no other.

    Anything else that is raised is a defect, and is raised here once all calls ended.
    """

    def answer(thing: T) -> R | errors.MaestroError:
        try:
            return call(thing)
        except errors.MaestroError as error:
            return error

    if not things:
        return []
    with ThreadPoolExecutor(min(MOST, len(things)), thread_name_prefix="each") as pool:
        # What is logged on the way belongs to whoever asked.
        contexts = [contextvars.copy_context() for _ in things]
        answers = pool.map(lambda context, thing: context.run(answer, thing), contexts, things)
        return list(zip(things, answers, strict=True))
