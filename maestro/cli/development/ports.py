"""Which ports the processes get: the usual ones, or others that then stay the same."""

import json
import pathlib
from collections.abc import Callable, Collection, Mapping

from maestro.diagnosis import listening

LAST = 65535
#: A taken 8080 becomes 9080: still recognised, and below the ports of outgoing connections.
STEP = 1000


def is_free(port: int) -> bool:
    """Whether a server could listen here; connections of the last one do not count."""
    return not listening.trouble("127.0.0.1", port)


def choose(
    defaults: Mapping[str, int],
    *,
    kept: Mapping[str, int],
    is_free: Callable[[int], bool] = is_free,
) -> dict[str, int]:
    """A free port for each name: the one of the last start, the default, or one like it."""
    chosen: dict[str, int] = {}
    for name, default in defaults.items():
        wanted = (kept.get(name, default), default, *range(default, LAST, STEP), *range(1024, LAST))
        taken = {*chosen.values(), *(set(defaults.values()) - {default})}
        chosen[name] = first_free(wanted, taken=taken, is_free=is_free)
    return chosen


def first_free(
    wanted: Collection[int], *, taken: Collection[int], is_free: Callable[[int], bool]
) -> int:
    """The first port that neither we nor others use."""
    for port in wanted:
        if port not in taken and is_free(port):
            return port
    raise OSError("no port of this machine is free")


def load(file: pathlib.Path) -> dict[str, int]:
    """The ports of the last start; none when there was none."""
    try:
        kept = json.loads(file.read_text()).items()
    except (OSError, ValueError, AttributeError):
        return {}
    return {name: port for name, port in kept if isinstance(port, int)}


def save(file: pathlib.Path, chosen: Mapping[str, int]) -> None:
    """Keep them for the next start, those of other processes included."""
    file.write_text(json.dumps({**load(file), **chosen}, indent=2) + "\n")
