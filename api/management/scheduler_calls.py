"""What is called about schedulers, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.management.services import ManagementServices
from maestro.domain.schedulers import Scheduler

Answer = Mapping[str, Any]


def list_schedulers(services: ManagementServices, query: Mapping[str, str]) -> Answer:
    """Those that match, in their active versions."""
    found = services.schedulers.find(
        name=query["name"] or None, game=query["game"] or None, version=query["version"] or None
    )
    return {"schedulers": found}


def create_scheduler(services: ManagementServices, scheduler: Scheduler) -> Answer:
    """The scheduler as it was created; its rooms follow."""
    return {"scheduler": services.schedulers.create(scheduler)}


def get_schedulers_info(services: ManagementServices, query: Mapping[str, str]) -> Answer:
    """How many rooms each scheduler of a game has."""
    return {"schedulers": services.schedulers.info(query["game"] or None)}


def get_scheduler(
    services: ManagementServices, query: Mapping[str, str], scheduler_name: str
) -> Answer:
    """A scheduler in its active version, or in the one given."""
    version = query["version"] or None
    return {"scheduler": services.schedulers.get(scheduler_name, version=version)}


def delete_scheduler(services: ManagementServices, scheduler_name: str) -> Answer:
    """The operation that deletes a scheduler and its rooms."""
    return {"operation_id": services.schedulers.delete(scheduler_name)}


def get_scheduler_versions(services: ManagementServices, scheduler_name: str) -> Answer:
    """The versions of a scheduler, newest first."""
    return {"versions": services.schedulers.versions(scheduler_name)}


def pause(services: ManagementServices, scheduler_name: str | None = None) -> Answer:
    """Leave the rooms of a scheduler alone, or with None those of all, of future ones too."""
    services.schedulers.pause(scheduler_name)
    return {}


def resume(services: ManagementServices, scheduler_name: str | None = None) -> Answer:
    """End the pause of a scheduler, or with None that of all; those paused one by one stay so."""
    services.schedulers.resume(scheduler_name)
    return {}
