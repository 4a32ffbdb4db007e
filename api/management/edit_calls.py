"""What is called to edit a scheduler, over HTTP and over gRPC alike."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from api.management.services import ManagementServices
from maestro.domain.patches import SchedulerPatch
from maestro.domain.schedulers import Scheduler

Answer = Mapping[str, Any]


def new_scheduler_version(services: ManagementServices, scheduler: Scheduler, name: str) -> Answer:
    """The operation that adds a version and switches to it; the name beside it counts."""
    return {"operation_id": services.edits.new_version(dataclasses.replace(scheduler, name=name))}


def patch_scheduler(services: ManagementServices, patch: SchedulerPatch, name: str) -> Answer:
    """The operation that adds a version with some changes and switches to it."""
    return {"operation_id": services.edits.patch(name, patch)}


def switch_active_version(
    services: ManagementServices, request: Mapping[str, str], scheduler_name: str
) -> Answer:
    """The operation that makes another version the active one."""
    return {"operation_id": services.edits.switch(scheduler_name, request["version"])}
