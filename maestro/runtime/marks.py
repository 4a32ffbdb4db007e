"""The labels and annotations by which rooms are known (contract 4.9, decision 21). Pure."""

from maestro.domain.rooms import NewRoom
from maestro.domain.schedulers import Scheduler

HERITAGE = "heritage"
MAESTRO = "maestro"
INSTALLATION = "maestro-installation"
SCHEDULER = "maestro-scheduler"
VERSION = "version"

SCHEDULER_UID = "maestro-scheduler-uid"
OPERATION = "maestro-operation"
ATTEMPT = "maestro-attempt"
REQUEST = "maestro-request"
VALIDATION = "maestro-validation"
SAFE_TO_EVICT = "cluster-autoscaler.kubernetes.io/safe-to-evict"


def labels(room: NewRoom, scheduler: Scheduler, *, installation: str) -> dict[str, str]:
    """Those of a room: the user's, and ours, which nobody can override."""
    return dict(scheduler.labels) | {
        HERITAGE: MAESTRO,
        SCHEDULER: scheduler.name,
        VERSION: room.version,
        INSTALLATION: installation,
    }


def annotations(room: NewRoom, scheduler: Scheduler) -> dict[str, str]:
    """Those of a room: what users may override, the user's, and ours."""
    request = {REQUEST: room.request_id} if room.request_id else {}
    return {
        SAFE_TO_EVICT: "true",
        **scheduler.annotations,
        **request,
        OPERATION: room.operation,
        ATTEMPT: str(room.attempt),
        SCHEDULER_UID: scheduler.uid,
        VALIDATION: str(room.is_validation).lower(),
    }
