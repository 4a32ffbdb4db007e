"""
A small real game room, and the example of how a room talks to Maestro. It needs to do four things:

1. listen on its ports (the local runtime names them in `MAESTRO_PORT_<NAME>`; on Kubernetes the
   scheduler's environment may, as they are those of the container);
2. ping: `ready` when players may come, `occupied` while a match runs (`maestro.client`);
3. go on when the pings are not heard;
4. on SIGTERM, ping `terminating` and end within the grace period.
"""

import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

import click

from maestro import client
from maestro.cli import misbehaviour
from maestro.cli.echo_game import EchoGame, Port
from maestro.client import RoomClient

PORT, PROTOCOL = "MAESTRO_PORT_", "_PROTOCOL"
#: Who it is when nobody started it.
ALONE = {
    "MAESTRO_ROOMS_API_URL": "http://127.0.0.1:8070",
    "MAESTRO_SCHEDULER_NAME": "demo",
    "MAESTRO_ROOM_ID": "demo-room",
}

_seconds = click.FloatRange(min=0)


@click.command()
@click.option("--ping-interval", type=click.FloatRange(min=0.01), default=1, show_default=True)
@click.option("--startup", type=_seconds, default=0.5, show_default=True, help="Until it is ready.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where the game listens; in a container 0.0.0.0.",
)
@click.option(
    "--match-every",
    type=_seconds,
    default=30,
    show_default=True,
    help="About how long it waits for the next match; 0: for ever.",
)
@click.option(
    "--match-length", type=_seconds, default=10, show_default=True, help="How long a match takes."
)
@click.option("--no-matches", is_flag=True, help="Nobody ever plays.")
@click.option(
    "--misbehave", multiple=True, type=misbehaviour.MisbehaviourType(), help=misbehaviour.HELP
)
def demo_room(
    ping_interval: float,
    startup: float,
    host: str,
    match_every: float,
    match_length: float,
    no_matches: bool,
    misbehave: Sequence[misbehaviour.Misbehaviour],
) -> None:
    """
    Play a small real game room: an echo game that is occupied now and then.

    All options are in seconds. It is started by Maestro, as the command of a container, and
    learns from its environment who it is.
    """
    # Raised where we wait, so that whatever we are doing, `finally` is what comes next.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kind = misbehaviour.BadRoomClient if misbehave else RoomClient
    room = kind.from_environment(ALONE | os.environ, interval_s=ping_interval, complain=say)
    with contextlib.closing(EchoGame(host, ports(os.environ))) as game, room:
        if isinstance(room, misbehaviour.BadRoomClient):
            misbehaviour.arrange(misbehave, room)
        try:
            serve(game, startup)
            matches = plan(0 if no_matches else match_every, match_length)
            play(game, room, misbehaviour.plan(misbehave) or matches)
        finally:
            say(client.TERMINATING)


def play(game: EchoGame, room: RoomClient, matches_to_come: Iterable[tuple[int, float]]) -> None:
    """Tell how we are, and let players play; for ever."""
    for matches, seconds in matches_to_come:
        status = client.OCCUPIED if matches else client.READY
        say(f"{status} for {seconds:.0f} s")
        room.say(status, matches=matches, metadata={"game": "echo"})
        serve(game, seconds)


def plan(match_every: float, match_length: float) -> Iterator[tuple[int, float]]:
    """How many matches run, and for how many seconds; rooms of one fleet must not all agree."""
    while not match_every:
        yield 0, 3600
    while True:
        yield 0, random.uniform(0.5, 1.5) * match_every  # noqa: S311 - nothing depends on it
        yield 1, match_length


def serve(game: EchoGame, seconds: float) -> None:
    """Let players play for so long."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        game.serve(left)


def ports(environment: Mapping[str, str]) -> list[Port]:
    """The host ports that this room holds; nobody else on this machine does."""
    return [
        Port(name.removeprefix(PORT).lower(), environment.get(name + PROTOCOL, "udp"), int(number))
        for name, number in environment.items()
        if name.startswith(PORT) and number.isdigit()
    ]


def say(text: str) -> None:
    """Into the room's log; at once, as it may be killed."""
    click.echo(f"{time.strftime('%H:%M:%S')} {text}")
