"""Connections to forwarders, one per address, kept for as long as the process lives."""

import threading
from collections.abc import Callable
from typing import Any

import grpc

from maestro.domain.forwarding.messages import Method
from maestro.forwarding import wire
from protos.eventforwarder import events_pb2

#: Between attempts to connect: a forwarder that is back is found soon.
_RECONNECT_MS = (200, 2000)


class Channels:
    """Insecure connections that use all addresses of a name in turn, and notice when it is dead."""

    def __init__(self, *, keepalive_time_s: float, keepalive_timeout_s: float) -> None:
        self._options = [
            ("grpc.lb_policy_name", "round_robin"),
            ("grpc.keepalive_time_ms", round(keepalive_time_s * 1000)),
            ("grpc.keepalive_timeout_ms", round(keepalive_timeout_s * 1000)),
            ("grpc.initial_reconnect_backoff_ms", _RECONNECT_MS[0]),
            ("grpc.min_reconnect_backoff_ms", _RECONNECT_MS[0]),
            ("grpc.max_reconnect_backoff_ms", _RECONNECT_MS[1]),
            # Breaking one connection must not disturb others to the same address.
            ("grpc.use_local_subchannel_pool", 1),
        ]
        self._channels: dict[str, grpc.Channel] = {}
        self._methods: dict[tuple[str, Method], grpc.UnaryUnaryMultiCallable[Any, Any]] = {}
        self._guard = threading.Lock()

    def method(self, address: str, method: Method) -> "grpc.UnaryUnaryMultiCallable[Any, Any]":
        """A method of the forwarder at that address. Connects when it is called."""
        found = self._methods.get((address, method))
        if found is None:
            with self._guard:
                found = self._methods[address, method] = self._make(address, method)
        return found

    def _make(self, address: str, method: Method) -> "grpc.UnaryUnaryMultiCallable[Any, Any]":
        channel = self._channels.get(address)
        if channel is None:
            channel = self._channels[address] = grpc.insecure_channel(address, self._options)
        serialize: Callable[[Any], bytes] = _serialize
        return channel.unary_unary(
            f"/{wire.SERVICE}/{method}",
            request_serializer=serialize,
            response_deserializer=events_pb2.Response.FromString,
        )

    def close(self) -> None:
        """End all connections and what is called over them."""
        with self._guard:
            for channel in self._channels.values():
                channel.close()


def _serialize(message: Any) -> bytes:
    return bytes(message.SerializeToString())
