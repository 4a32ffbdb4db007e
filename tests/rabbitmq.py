"""A RabbitMQ of our own, where its programs are installed (`apt install rabbitmq-server`)."""

import contextlib
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator

from tests import ports
from tests.waiting import eventually

#: Debian's own command insists on an account and a folder of its own.
SERVER = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


def is_installed() -> bool:
    """Whether one can be started here."""
    return SERVER.exists() and shutil.which("epmd") is not None


class Rabbit:
    """One broker; it may die and come back, without the messages that it had."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self.port, self._names_port, between = ports.free_ports(3)
        node = f"maestro-{secrets.token_hex(4)}@localhost"
        (folder / "enabled_plugins").write_text("[].")
        self._environment = os.environ | {
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self._names_port),
            "RABBITMQ_NODENAME": node,
            "RABBITMQ_MNESIA_BASE": str(folder),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(between),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }
        self._running: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """The broker of an installation."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        names = ["epmd", "-port", str(self._names_port), "-address", "127.0.0.1"]
        for command in (names, [str(SERVER)]):
            with (self._folder / "output").open("ab") as output:
                process = subprocess.Popen(
                    command,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self._running.append(process)
        eventually(self._listens, within_s=90, every_s=0.1, explain=self._said)

    def kill(self) -> None:
        """End it without a word."""
        for process in reversed(self._running):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _listens(self) -> bool:
        assert self._running[-1].poll() is None, self._said()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _said(self) -> str:
        return (self._folder / "output").read_text(errors="replace")


@contextlib.contextmanager
def running(folder: pathlib.Path) -> Iterator[Rabbit]:
    """A broker for the length of a block."""
    rabbit = Rabbit(folder)
    try:
        rabbit.start()
        yield rabbit
    finally:
        rabbit.kill()
