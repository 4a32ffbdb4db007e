"""Names of tasks and queues: what those who hint and those who work agree upon."""

RUN_NEXT = "maestro.run_next"
APPLY_CHANGES = "maestro.apply_changes"
CHECK_HEALTH = "maestro.check_health"
CLEAN_UP = "maestro.clean_up"
REPORT_METRICS = "maestro.report_metrics"

#: How messages are written. Whoever gets one of a higher version drops it: what it hints at is
#: found by the sweep of a newer worker. Arguments that may be ignored are added without that.
VERSION = 1

#: Header of each message: when it was sent, in seconds since 1970.
SENT_AT = "maestro_sent_at"

SYSTEM = "system"
METRICS = "metrics"
#: What stands for the queues of all schedulers, and what their names begin with.
OPERATIONS = "operations"


def operations(scheduler: str) -> str:
    """The queue of one scheduler's operations."""
    return f"{OPERATIONS}.{scheduler}"


#: Consumed by workers before they know of any scheduler; nothing is sent there.
NO_SCHEDULER = operations("")


def scheduler(queue: str) -> str:
    """Whose queue of operations it is."""
    return queue.removeprefix(f"{OPERATIONS}.")


def kind(queue: str) -> str:
    """What queues of that kind are called together."""
    return OPERATIONS if queue.startswith(f"{OPERATIONS}.") else queue
