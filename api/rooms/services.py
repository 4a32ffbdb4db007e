"""What this API needs of the core, and how its views reach it."""

from collections.abc import Mapping
from typing import Protocol, cast

import flask

from api import web
from maestro.domain.rooms import Room
from maestro.ports.storage import Ping


class Rooms(Protocol):
    """Use cases around rooms, as rooms themselves call them."""

    def ping(self, scheduler: str, room: str, ping: Ping) -> bool: ...


class Allocations(Protocol):
    """Use cases around rooms, as matchmakers call them."""

    def allocate(self, scheduler: str) -> Room: ...


class AllocationAccess(Protocol):
    """Who may allocate."""

    def check(self, authorization: str) -> None: ...


class Addresses(Protocol):
    """Where rooms are reached."""

    def find(self, scheduler: str, room: str) -> Room: ...


class Forwarding(Protocol):
    """Use cases around events; each returns why not everybody was told, or nothing."""

    def status(
        self, scheduler: str, room: str, said: str, metadata: Mapping[str, object]
    ) -> str: ...

    def room_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str: ...

    def player_event(
        self, scheduler: str, room: str, name: str, metadata: Mapping[str, object]
    ) -> str: ...


class RoomsServices(Protocol):
    """All of them."""

    @property
    def addresses(self) -> Addresses: ...

    @property
    def allocation_access(self) -> AllocationAccess: ...

    @property
    def forwarding(self) -> Forwarding: ...

    @property
    def allocations(self) -> Allocations: ...

    @property
    def rooms(self) -> Rooms: ...


def services() -> RoomsServices:
    """Those of the application that answers this request."""
    return cast(RoomsServices, flask.current_app.extensions[web.EXTENSION])
