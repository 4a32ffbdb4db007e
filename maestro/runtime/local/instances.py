"""Rooms on disk, as the core sees them; pure but for `present`."""

import datetime
import pathlib
from collections.abc import Iterator

from maestro.domain.rooms import HostPort, Instance, InstanceStatus
from maestro.runtime.local import places, records


def instance(order: records.Order, state: records.State) -> Instance:
    """One room."""
    return Instance(
        room=order.room,
        scheduler=order.scheduler,
        uid=order.uid,
        resource_version=str(state.version),
        status=InstanceStatus(state.status),
        description=state.description,
        host=order.host if state.children else "",
        ports=tuple(HostPort(**port) for port in order.ports),
        version=order.version,
        operation=order.operation,
        is_validation=order.is_validation,
        created_at=datetime.datetime.fromisoformat(order.created_at),
    )


def present(
    root: pathlib.Path, installation: str | None = None
) -> Iterator[tuple[records.Order, records.State]]:
    """Rooms of one installation, or of all; one that is removed meanwhile may be missing."""
    for place in places.below(root):
        for room in places.below(place):
            order, state = records.order_of(room), records.state_of(room)
            if order and state and installation in (None, order.installation):
                yield order, state
