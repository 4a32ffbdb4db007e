"""Names of tasks and queues: what those who hint and those who work agree upon."""

RUN_NEXT = "maestro.run_next"
APPLY_CHANGES = "maestro.apply_changes"
CHECK_HEALTH = "maestro.check_health"
CLEAN_UP = "maestro.clean_up"
REPORT_METRICS = "maestro.report_metrics"

#: How messages are written. Whoever gets one of a higher version drops it: what it hints at is
#: found by the sweep of a newer worker. Arguments that may be ignored are added without that.
VERSION = 1

SYSTEM = "system"
METRICS = "metrics"


def operations(scheduler: str) -> str:
    """The queue of one scheduler's operations."""
    return f"operations.{scheduler}"


#: Consumed by workers before they know of any scheduler; nothing is sent there.
NO_SCHEDULER = operations("")
