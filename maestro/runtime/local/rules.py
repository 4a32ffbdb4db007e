"""What of a scheduler cannot run as processes of this machine, pure."""

from collections.abc import Iterator

from maestro.domain.schedulers import Container, Scheduler
from maestro.errors import Violation
from maestro.runtime.local import environment

RESTARTING = ("Always", "OnFailure")


def violations(scheduler: Scheduler) -> Iterator[Violation]:
    """Everything that stands in the way, at the JSON path of the field."""
    if scheduler.spec.restart_policy in RESTARTING:
        yield Violation(
            field="spec.restartPolicy",
            description="the local runtime restarts no container, a room is over when one ends: "
            "use Never",
        )
    for index, container in enumerate(scheduler.spec.containers):
        yield from _container(f"spec.containers[{index}]", container)


def _container(path: str, container: Container) -> Iterator[Violation]:
    if not container.command:
        yield Violation(
            field=f"{path}.command",
            description="is required by the local runtime, which runs commands and no images",
        )
    for index, entry in enumerate(container.environment):
        field = entry.value_from and entry.value_from.field_ref
        if field and not environment.is_supported(field.field_path):
            yield Violation(
                field=f"{path}.environment[{index}].valueFrom.fieldRef.fieldPath",
                description=f"{field.field_path!r} is not known to the local runtime",
            )
