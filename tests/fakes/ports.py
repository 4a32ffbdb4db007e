"""Host ports in memory: always the lowest one that is free."""

from collections.abc import Collection, Mapping, Sequence

from maestro.domain.rooms import HostPort
from maestro.domain.schedulers import ContainerPort, PortRange, Scheduler
from maestro.ports.storage import Grant
from tests.fakes.world import Fleet, World


class FakePorts:
    """The PortRegistry of tests."""

    def __init__(self, world: World) -> None:
        self._world = world

    def reserve(
        self,
        grant: Grant,
        rooms: Sequence[str],
        scheduler: Scheduler,
        *,
        taken: Collection[tuple[str, int]] = (),
    ) -> Mapping[str, tuple[HostPort, ...] | str]:
        with self._world.granted(grant) as fleet:
            return {room: _reserve(fleet, room, scheduler, set(taken)) for room in rooms}


def _reserve(
    fleet: Fleet, room: str, scheduler: Scheduler, taken: set[tuple[str, int]]
) -> tuple[HostPort, ...] | str:
    held = {name: number for (_, number), (who, name) in fleet.ports.items() if who == room}
    chosen: list[HostPort] = []
    for port, ends in _wishes(scheduler):
        mine = {each.port for each in chosen}
        numbers = range(ends.start, ends.end + 1)
        unused = [
            number for number in numbers if (port.protocol, number) not in taken.union(fleet.ports)
        ]
        free = [number for number in unused if number not in mine]
        if port.name not in held and not free:
            need = sum(other == ends for _, other in _wishes(scheduler))
            return (
                f"not enough ports to allocate: need {need}, free {len(unused)} "
                f"in {ends.start}-{ends.end}"
            )
        number = held.get(port.name) or free[0]
        chosen.append(HostPort(name=port.name, protocol=port.protocol, port=number))
    for each in chosen:
        fleet.ports[each.protocol, each.port] = (room, each.name)
    return tuple(chosen)


def _wishes(scheduler: Scheduler) -> list[tuple[ContainerPort, PortRange]]:
    ranges = [(port, port.host_port_range or scheduler.port_range) for port in scheduler.ports]
    return [(port, ends) for port, ends in ranges if ends]
