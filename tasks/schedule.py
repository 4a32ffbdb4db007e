"""Beat: which task is asked for how often. Missed ticks are not made up for."""

from maestro.config import Settings
from maestro.ports import tasks as names
from maestro.services import clean_ups, health_checks


def schedule(settings: Settings) -> dict[str, dict[str, object]]:
    """The entries of beat; a tick that was not taken within its interval is dropped."""

    def every(seconds: float, task: str, queue: str) -> dict[str, object]:
        return {
            "task": task,
            "schedule": seconds,
            "kwargs": {"version": names.VERSION},
            "options": {"queue": queue, "expires": seconds, "ignore_result": True},
        }

    return {
        "check-health": every(
            settings.health_interval_s / health_checks.parts(settings.health_interval_s),
            names.CHECK_HEALTH,
            names.SYSTEM,
        ),
        "clean-up": every(
            clean_ups.tick_s(settings.clean_up_interval_s), names.CLEAN_UP, names.SYSTEM
        ),
        "report-metrics": every(settings.metrics_interval_s, names.REPORT_METRICS, names.METRICS),
    }
