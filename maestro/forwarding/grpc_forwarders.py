"""Calls forwarders over gRPC, without waiting for their answers."""

import time
from collections.abc import Callable
from typing import Any

import grpc
import structlog

from maestro import metrics
from maestro.domain.forwarding import answers
from maestro.domain.forwarding.answers import Answer
from maestro.domain.forwarding.messages import Method
from maestro.forwarding import wire
from maestro.forwarding.channels import Channels
from maestro.ports.events import Call

log = structlog.get_logger(__name__)

#: Go writes these differently.
_SPELLED = {grpc.StatusCode.OK: answers.OK, grpc.StatusCode.CANCELLED: "Canceled"}


class GrpcForwarders:
    """The Forwarders of production."""

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def begin(self, call: Call, then: Callable[[Answer], None]) -> None:
        began = time.perf_counter()

        def conclude(answer: Answer) -> None:
            _count(call, answer, time.perf_counter() - began)
            then(answer)

        try:
            method = self._channels.method(call.forwarder.address, call.message.method)
            future = method.future(
                wire.request(call.message), timeout=call.forwarder.options.timeout_ms / 1000
            )
        except Exception as error:
            # An address that is none, or a process that ends: the same to whoever waits.
            log.warning("forwarder_not_called", forwarder=call.forwarder.name, reason=str(error))
            conclude(Answer(code="Unavailable", reached=False))
            return
        future.add_done_callback(lambda done: conclude(_answer(done)))

    def close(self) -> None:
        self._channels.close()


def _answer(future: Any) -> Answer:
    if future.cancelled():
        return Answer(code="Canceled", reached=False)
    code = future.code()
    if code is grpc.StatusCode.OK:
        return answers.answered(future.result().code)
    return Answer(code=_name(code), reached=False)


def _name(code: grpc.StatusCode) -> str:
    return _SPELLED.get(code) or "".join(part.capitalize() for part in code.name.split("_"))


def _count(call: Call, answer: Answer, seconds: float) -> None:
    method = call.message.method
    latency = metrics.FORWARDING_LATENCY.labels("GRPCForwarder", method, answer.code)
    latency.observe(seconds)
    of_players = method is Method.PLAYER_EVENT
    counters = metrics.PLAYER_EVENTS if of_players else metrics.ROOM_EVENTS
    game = call.message.room.game
    counters[answer.taken].labels(game, call.scheduler, answer.code).inc()
    if method is Method.RESYNC and not answer.taken:
        metrics.FAILED_PINGS.labels(call.scheduler).inc()
