"""Orders of rooms: made from what the core asks for, and put where their keeper finds them."""

import datetime
import functools
import pathlib

import structlog

from maestro.errors import AlreadyExists, RuntimeRefused
from maestro.runtime.local import environment, ledger, places, records

log = structlog.get_logger(__name__)


def order(asked: environment.Surroundings, *, now: datetime.datetime) -> records.Order:
    """Everything a keeper needs to know."""
    room = asked.room
    if not places.is_name(room.id):
        raise RuntimeRefused(f"{room.id!r} cannot be the name of a folder")
    return records.Order(
        installation=asked.installation,
        scheduler=asked.scheduler.name,
        room=room.id,
        uid=asked.uid,
        version=room.version,
        operation=room.operation,
        is_validation=room.is_validation,
        created_at=now.isoformat(),
        host=asked.host,
        grace_s=asked.scheduler.spec.termination_grace_period_ns / 1e9,
        ports=[{"name": p.name, "protocol": p.protocol, "port": p.port} for p in room.ports],
        containers=asked.containers(),
        request_id=room.request_id,
    )


def check_place(place: pathlib.Path, *, installation: str, uid: str) -> None:
    """Refuse to put a room into a folder that is not the scheduler's."""
    known = records.scheduler_of(place)
    if known is None or (known.installation, known.uid) != (installation, uid):
        raise RuntimeRefused(f"scheduler {place.name!r} has no place for rooms")
    if known.is_deleted:
        raise RuntimeRefused(f"scheduler {place.name!r} is being deleted")


def put(
    turn: ledger.Turn, place: pathlib.Path, wanted: records.Order
) -> tuple[records.Order, records.State]:
    """Write an order down, unless the operation did before; returns what is there then."""
    room = place / wanted.room
    known, state = records.order_of(room), records.state_of(room)
    if known and state:
        if known.operation != wanted.operation:
            raise AlreadyExists(f"room {wanted.room!r} was made by another operation")
        return known, state
    # Under a hidden name first: nobody meets half a room.
    unborn = place / f".{wanted.room}"
    places.erase(unborn)
    unborn.mkdir(mode=0o700)
    records.write(unborn / records.ORDER, wanted._asdict())
    state = turn.save(unborn, records.State())
    unborn.rename(room)
    return wanted, state


@functools.cache
def warn_of_ignored_limits() -> None:
    """Say once per process what is different here."""
    log.warning("room_limits_ignored", reason="the local runtime does not limit memory and CPU")
