"""What is called about why fleets are as they are, over HTTP and over gRPC alike."""

from collections.abc import Mapping
from typing import Any

from api.management.services import ManagementServices


def explain_autoscaling(services: ManagementServices, scheduler_name: str) -> Mapping[str, Any]:
    """The last decisions about the size of a fleet, newest first."""
    return {"decisions": services.explanations.decisions(scheduler_name)}


def get_rollout(services: ManagementServices, scheduler_name: str) -> Mapping[str, Any]:
    """How far a fleet is on its way to the active version."""
    return {"rollout": services.explanations.rollout(scheduler_name)}
