"""A game with few rules: whatever a player sends comes back."""

import contextlib
import selectors
import socket
from collections.abc import Iterable
from typing import NamedTuple

_CHUNK = 2048


class Port(NamedTuple):
    """Where players reach the game."""

    name: str
    protocol: str
    number: int


class EchoGame:
    """Listens on the ports of a room; everything happens in `serve`."""

    def __init__(self, host: str, ports: Iterable[Port]) -> None:
        self._selector = selectors.DefaultSelector()
        for port in ports:
            if port.protocol == "tcp":
                listener = socket.create_server((host, port.number))
                self._selector.register(listener, selectors.EVENT_READ, self._accept)
            else:
                listener = socket.socket(type=socket.SOCK_DGRAM)
                listener.bind((host, port.number))
                self._selector.register(listener, selectors.EVENT_READ, self._return_datagram)
            listener.setblocking(False)

    def serve(self, seconds: float) -> None:
        """Answer who comes first, or nobody in this time."""
        for key, _ in self._selector.select(max(0.0, seconds)):
            # A player who is gone, or does not read, is no reason to end the game.
            with contextlib.suppress(OSError):
                key.data(key.fileobj)

    def close(self) -> None:
        """The game is over."""
        for key in list(self._selector.get_map().values()):
            self._leave(key.fileobj)  # type: ignore[arg-type]
        self._selector.close()

    def _accept(self, listener: socket.socket) -> None:
        player, _ = listener.accept()
        player.setblocking(False)
        self._selector.register(player, selectors.EVENT_READ, self._return_stream)

    def _return_stream(self, player: socket.socket) -> None:
        try:
            data = player.recv(_CHUNK)
        except ConnectionError:
            data = b""
        if data:
            player.send(data)
        else:
            self._leave(player)

    def _return_datagram(self, listener: socket.socket) -> None:
        data, player = listener.recvfrom(_CHUNK)
        listener.sendto(data, player)

    def _leave(self, player: socket.socket) -> None:
        self._selector.unregister(player)
        player.close()
