"""Rooms on disk, as the core sees them; pure but for `present`."""

import datetime
import pathlib
from collections.abc import Iterable, Iterator

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


def present(schedulers: Iterable[pathlib.Path]) -> Iterator[tuple[records.Order, records.State]]:
    """The rooms that are there; one that is removed meanwhile may be missing."""
    for place in schedulers:
        for room in places.below(place):
            order, state = records.order_of(room), records.state_of(room)
            if order and state:
                yield order, state
