"""
Following what was asked for until it is done: each of these yields how far it is, once per look,
and raises EndedBadly when it did not become what was asked for. Several are followed side by side.
"""

import http
import threading
import time
from collections.abc import Callable, Generator, Mapping
from typing import Any, Protocol

from maestro.cli import exits
from maestro.cli.remote import progress
from maestro.cli.remote.asking import Api
from maestro.cli.remote.progress import Body, Progress

EVERY_S = 0.5
#: An API that starts anew meanwhile is waited for.
PATIENCE_S = 20.0
STAGES = ("pending", "active", "final")
CREATE = "create_scheduler"
GOES_ON = "what was begun goes on; `maestro operations list` shows it"

Steps = Generator[Progress, None, None]
Asking = Generator[Progress, None, Any]


class Display(Protocol):
    """Where progress is shown."""

    def show(self, name: str, shown: Progress) -> None:
        """Show how far something is now."""


def operation(api: Api, scheduler: str, operation_id: str) -> Steps:
    """One operation until it ends, and then those that go on with it."""
    following: str | None = operation_id
    while following:
        found = yield from _of_operation(api, scheduler, following)
        if told := progress.failure(found):
            raise exits.EndedBadly(told)
        following = progress.followed_by(found)


def listed(api: Api, scheduler: str, operation_id: str) -> Steps:
    """One that was there a moment ago; health checks that did nothing leave no record."""
    try:
        yield from operation(api, scheduler, operation_id)
    except exits.Refused as refusal:
        if refusal.status != http.HTTPStatus.NOT_FOUND:
            raise


def edit(api: Api, scheduler: str, operation_id: str) -> Steps:
    """A change of a scheduler, until all of its rooms show it."""
    yield from operation(api, scheduler, operation_id)
    if not (yield from _info(api, scheduler)).get("paused"):
        path = ("schedulers", scheduler, "rollout")
        yield from _until(api, progress.of_rollout, *path, item="rollout")
    yield from fleet(api, scheduler)


def creation(api: Api, scheduler: str) -> Steps:
    """A new scheduler, until its rooms are there."""
    found = None
    while found is None:
        found = yield from _created_by(api, scheduler)
        if found is None:
            yield Progress(text="waits for its operation")
    yield from operation(api, scheduler, found)
    yield from fleet(api, scheduler)


def fleet(api: Api, scheduler: str) -> Steps:
    """The rooms of a scheduler, until as many as wanted are ready or in use."""
    is_over = False
    while not is_over:
        shown = progress.of_fleet((yield from _info(api, scheduler)))
        yield shown
        is_over = shown.is_over


def _info(api: Api, scheduler: str) -> Asking:
    """The fleet in numbers, which the API tells by games."""
    game = (yield from _ask(api, "schedulers", scheduler))["scheduler"]["game"]
    for info in (yield from _ask(api, "schedulers", "info", game=game))["schedulers"]:
        if info["name"] == scheduler:
            return info
    raise exits.EndedBadly(f"scheduler {scheduler} was deleted meanwhile")


def _of_operation(api: Api, scheduler: str, operation_id: str) -> Asking:
    path = ("schedulers", scheduler, "operations", operation_id)
    return (yield from _until(api, progress.of_operation, *path, item="operation"))


def _until(api: Api, look: Callable[[Body], Progress], *path: str, item: str) -> Asking:
    """Ask until it is over; returns the last answer."""
    while True:
        answer = (yield from _ask(api, *path))[item]
        shown = look(answer)
        yield shown
        if shown.is_over:
            return answer


def _created_by(api: Api, scheduler: str) -> Asking:
    """The newest operation that created a scheduler of that name."""
    for stage in STAGES:
        answer = yield from _ask(api, "schedulers", scheduler, "operations", stage=stage)
        for each in answer["operations"]:
            if each["definitionName"] == CREATE:
                return each["id"]
    return None


def _ask(api: Api, *path: str, **query: str) -> Asking:
    """Ask, and ask again while nobody answers."""
    since = time.monotonic()
    while True:
        try:
            return api.get(*path, **query)
        except exits.Away as away:
            if time.monotonic() - since > PATIENCE_S:
                raise
            yield Progress(text=away.message)


def follow(
    everything: Mapping[str, Steps],
    display: Display,
    *,
    timeout_s: float,
    pause: Callable[[float], object] | None = None,
) -> dict[str, exits.Trouble]:
    """
    Follow all, by name, until each is over; returns what became of those that did not end well.

    What is not over within the time, or at Ctrl-C, goes on: of it NotYet or Left is returned.
    """
    pause = pause or threading.Event().wait
    open_ones, troubles = dict(everything), dict[str, exits.Trouble]()
    deadline = time.monotonic() + timeout_s
    try:
        while open_ones:
            for name, steps in list(open_ones.items()):
                try:
                    display.show(name, next(steps))
                except StopIteration:
                    del open_ones[name]
                except exits.Trouble as trouble:
                    troubles[name] = trouble
                    del open_ones[name]
            if open_ones and time.monotonic() >= deadline:
                late = exits.NotYet(f"not over after {timeout_s:g} s", hint=GOES_ON)
                return troubles | dict.fromkeys(open_ones, late)
            if open_ones:
                pause(EVERY_S)
    except KeyboardInterrupt:
        return troubles | dict.fromkeys(open_ones, exits.Left("no longer followed", hint=GOES_ON))
    return troubles
