"""The events-forwarder module."""

import signal
import threading

from maestro.bootstrap import Maestro
from maestro.internal import InternalServer


def events_forwarder(maestro: Maestro, internal: InternalServer) -> int:
    """Deliver events until told to stop."""
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    consumer = maestro.consumer
    internal.illness = lambda: "the consumer is stuck" if consumer.is_stuck() else ""
    # A little less than whoever waits for us, who kills what takes longer.
    consumer.run(stopping, stop_timeout_s=maestro.settings.stop_timeout_s * 0.8)
    return 0
