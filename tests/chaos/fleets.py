"""The fleets of a storm: many small ones, and a few in which players play."""

import dataclasses
import random

#: Room ports; each fleet has twenty.
FIRST_PORT = 31000
WIDTH = 20
PROBES = 3
BUSY = 2
#: Of the rooms of a busy fleet so many are occupied all the time.
PLAYING = 2


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Fleet:
    """One scheduler to be asked for, and which numbers of rooms are asked of it."""

    name: str
    rooms: tuple[int, ...]
    index: int

    @property
    def is_busy(self) -> bool:
        return self.name.startswith("busy")

    def body(self, rooms: int) -> dict[str, object]:
        """As it is sent; its rooms do and say nothing: who plays in them is told for them."""
        size = {"memory": "16Mi", "cpu": "10m"}
        container = {
            "name": "room",
            "image": "idle",
            "imagePullPolicy": "IfNotPresent",
            "command": ["sleep", "100000"],
            "environment": [],
            "requests": size,
            "limits": size,
            "ports": [{"name": "game", "protocol": "udp", "port": 7777}],
        }
        first = FIRST_PORT + WIDTH * self.index
        return {
            "name": self.name,
            "game": "storm",
            "roomsReplicas": rooms,
            "maxSurge": "25%",
            "portRange": {"start": first, "end": first + WIDTH - 1},
            "spec": {"terminationGracePeriod": "2s", "containers": [container]},
            "forwarders": [],
        }


def fleets(amount: int) -> list[Fleet]:
    """So many, of which the first are busy, and some have no rooms at all."""
    rooms = [(PLAYING, 3, 4) if i < BUSY else ((0, 1, 2) if i % 2 else (0,)) for i in range(amount)]
    names = [f"busy-{i}" if i < BUSY else f"fleet-{i}" for i in range(amount)]
    return [
        Fleet(name=name, rooms=numbers, index=index)
        for index, (name, numbers) in enumerate(zip(names, rooms, strict=True))
    ]


def probes(amount: int) -> list[Fleet]:
    """Fleets without rooms, in which nothing happens but that it is found out whether it can."""
    return [Fleet(name=f"probe-{i}", rooms=(0,), index=amount + i) for i in range(PROBES)]


def share(all_fleets: list[Fleet], parts: int) -> list[list[Fleet]]:
    """Divide them among clients, each of which knows in which order it asked."""
    return [all_fleets[part::parts] for part in range(parts)]


def any_rooms(fleet: Fleet, chance: random.Random) -> int:
    """Some number of rooms that suits it."""
    return chance.choice(fleet.rooms)
