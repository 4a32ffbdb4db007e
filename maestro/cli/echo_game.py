"""A game with few rules: whatever a player sends comes back."""

import contextlib
import selectors
import socket
from collections.abc import Iterable
from typing import NamedTuple

HOST = "127.0.0.1"
_CHUNK = 2048


class Port(NamedTuple):
    """Where players reach the game."""

    name: str
    protocol: str
    number: int


class EchoGame:
    """Listens on all ports of the room; everything happens in `serve`."""

    def __init__(self, ports: Iterable[Port]) -> None:
        self._selector = selectors.DefaultSelector()
        for port in ports:
            tcp = port.protocol == "tcp"
            listener = socket.socket(type=socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
            if tcp:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, port.number))
            listener.setblocking(False)
            if tcp:
                listener.listen()
            self._listen(listener, self._accept if tcp else _return_datagram)

    def wake_on(self, reader: socket.socket) -> None:
        """Let `serve` return early when something comes from there."""
        self._selector.register(reader, selectors.EVENT_READ)

    def serve(self, seconds: float) -> None:
        """Play until something happened, or for this long."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            if key.data:
                # A player who is gone, or does not read, is no reason to end the game.
                with contextlib.suppress(OSError):
                    key.data(key.fileobj)
            else:
                key.fileobj.recv(_CHUNK)  # type: ignore[union-attr]
