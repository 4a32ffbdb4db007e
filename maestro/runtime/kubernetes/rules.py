"""What of a scheduler no cluster would run, beyond the rules for all schedulers. Pure."""

import re
from collections.abc import Iterator

from maestro.domain.schedulers import Scheduler
from maestro.errors import Violation

_SPACE = re.compile(r"\s")


def violations(scheduler: Scheduler) -> Iterator[Violation]:
    """Everything that stands in the way, at the JSON path of the field."""
    for index, container in enumerate(scheduler.spec.containers):
        if _SPACE.search(container.image):
            yield Violation(
                field=f"spec.containers[{index}].image", description="must not contain white space"
            )
