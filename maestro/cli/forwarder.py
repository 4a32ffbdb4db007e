"""The events-forwarder module."""

from maestro import processes
from maestro.bootstrap import Maestro
from maestro.internal import InternalServer


def events_forwarder(maestro: Maestro, internal: InternalServer) -> int:
    """Deliver events until told to stop."""
    stopping = processes.told_to_stop()
    consumer = maestro.consumer
    internal.illness = lambda: "the consumer is stuck" if consumer.is_stuck() else ""
    # A little less than whoever waits for us, who kills what takes longer.
    consumer.run(stopping, stop_timeout_s=maestro.settings.stop_timeout_s * 0.8)
    return 0
