"""What this API needs of the core, and how its views reach it."""

from collections.abc import Sequence
from typing import Protocol, cast

import flask

from api import web
from maestro.domain.decisions import Decision
from maestro.domain.operations import Operation
from maestro.domain.patches import SchedulerPatch
from maestro.domain.rollout_status import RolloutStatus
from maestro.domain.rooms import Room, RoomStatus
from maestro.domain.schedulers import Scheduler, SchedulerVersion
from maestro.ports.storage import RoomCounts, Stage


class SchedulerInfo(Protocol):
    """A scheduler and its fleet in numbers."""

    @property
    def scheduler(self) -> Scheduler: ...

    @property
    def rooms(self) -> RoomCounts: ...


class Schedulers(Protocol):
    """Use cases around schedulers and their versions."""

    def create(self, scheduler: Scheduler) -> Scheduler: ...

    def get(self, name: str, *, version: str | None = None) -> Scheduler: ...

    def find(
        self, *, name: str | None = None, game: str | None = None, version: str | None = None
    ) -> list[Scheduler]: ...

    def versions(self, name: str) -> list[SchedulerVersion]: ...

    def delete(self, name: str) -> str: ...

    def pause(self, name: str | None) -> None: ...

    def resume(self, name: str | None) -> None: ...

    def info(self, game: str | None) -> Sequence[SchedulerInfo]: ...


class Edits(Protocol):
    """Use cases that change schedulers; each returns the id of an operation."""

    def new_version(self, scheduler: Scheduler) -> str: ...

    def patch(self, name: str, patch: SchedulerPatch) -> str: ...

    def switch(self, name: str, version: str) -> str: ...


class Operations(Protocol):
    """Use cases around operations."""

    def page(
        self, scheduler: str, stage: Stage, *, descending: bool, page: int, per_page: int | None
    ) -> tuple[list[Operation], int]: ...

    def get(self, scheduler: str, operation_id: str) -> Operation: ...

    def cancel(self, scheduler: str, operation_id: str) -> None: ...


class Rooms(Protocol):
    """Use cases around rooms, as operators see them."""

    def page(
        self,
        scheduler: str,
        *,
        status: RoomStatus | None,
        version: str | None,
        page: int,
        per_page: int,
    ) -> tuple[list[Room], int]: ...

    def get(self, scheduler: str, room: str) -> Room: ...


class Access(Protocol):
    """Who may call."""

    def check(self, authorization: str) -> None: ...


class Explanations(Protocol):
    """Why fleets are as they are."""

    def decisions(self, name: str) -> Sequence[Decision]: ...

    def rollout(self, name: str) -> RolloutStatus: ...


class ManagementServices(Protocol):
    """All of them."""

    @property
    def schedulers(self) -> Schedulers: ...

    @property
    def edits(self) -> Edits: ...

    @property
    def operations(self) -> Operations: ...

    @property
    def rooms(self) -> Rooms: ...

    @property
    def explanations(self) -> Explanations: ...

    @property
    def access(self) -> Access: ...


def permit(services: ManagementServices, authorization: str) -> None:
    """Raises Unauthenticated unless that header of a request allows to call."""
    services.access.check(authorization)


def services() -> ManagementServices:
    """Those of the application that answers this request."""
    return cast(ManagementServices, flask.current_app.extensions[web.EXTENSION])
