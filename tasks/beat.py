"""
The beat that ticks while it leads; any number of them may run, and all others wait.

A tick that was missed is not made up for, and one that nobody took in time is dropped.
"""

from typing import Any

from celery.beat import Scheduler

from maestro import metrics
from tasks.app import maestro


class LeadingScheduler(Scheduler):
    """Celery's scheduler, which remembers in memory what was asked when."""

    def tick(self, *args: Any, **options: Any) -> float:
        leadership = maestro().beat_leadership
        leads = leadership.keep()
        metrics.BEAT_LEADS.set(leads)
        if not leads:
            return leadership.renewal_s
        return min(float(super().tick(*args, **options)), leadership.renewal_s)

    def apply_async(self, *args: Any, **options: Any) -> Any:
        # It may have been frozen since it asked.
        if maestro().beat_leadership.is_ours:
            metrics.BEAT_TICKS.labels(args[0].task).inc()
            return super().apply_async(*args, **options)
        return None

    def close(self) -> None:
        """Called at the end: another beat need not wait for the lease to expire."""
        super().close()
        maestro().beat_leadership.resign()
