"""
From what the runtime shows to what changed. Pure.

A list shows what is there; what is on record and not there is gone, as far as the list can tell.
"""

import datetime
from collections.abc import Mapping, Sequence

from maestro.domain.rooms import Instance
from maestro.ports.runtime import ChangeKind, InstanceChange, Listing
from maestro.ports.storage import Change


def of_listing(
    listing: Listing,
    *,
    known: Mapping[str, Sequence[str]],
    epoch: int,
    listed_at: datetime.datetime,
) -> list[Change]:
    """Every instance as it is, and the absence of every known room that has none."""
    present = [_present(instance, epoch) for instance in listing.instances]
    shown = {(change.scheduler, change.room) for change in present}
    absent = [
        Change(scheduler=scheduler, room=room, epoch=epoch, listed_at=listed_at)
        for scheduler, rooms in known.items()
        for room in rooms
        if (scheduler, room) not in shown
    ]
    return present + absent


def are_known(listing: Listing, *, known: Mapping[str, Sequence[str]]) -> bool:
    """Whether each room that runs was on record before."""
    recorded = {scheduler: set(rooms) for scheduler, rooms in known.items()}
    return all(
        instance.room in recorded.get(instance.scheduler, ()) for instance in listing.instances
    )


def of_watch(change: InstanceChange, *, epoch: int) -> Change:
    """What a watch told after the list of that epoch."""
    instance = change.instance
    if change.kind is ChangeKind.PRESENT:
        return _present(instance, epoch)
    return Change(
        scheduler=instance.scheduler,
        room=instance.room,
        epoch=epoch,
        uid=instance.uid,
        resource_version=instance.resource_version,
    )


def _present(instance: Instance, epoch: int) -> Change:
    return Change(
        scheduler=instance.scheduler,
        room=instance.room,
        epoch=epoch,
        uid=instance.uid,
        resource_version=instance.resource_version,
        instance=instance,
    )
