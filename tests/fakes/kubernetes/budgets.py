"""What a disruption budget allows at the moment, given the pods it covers."""

import math
from collections.abc import Iterable

from tests.fakes.kubernetes import selectors
from tests.fakes.kubernetes.refusals import Json


def covers(budget: Json, pod: Json) -> bool:
    """Whether this pod counts in this budget."""
    return selectors.label_object(budget["spec"].get("selector"))(pod)


def counted(budget: Json, pods: Iterable[Json], now: str) -> Json:
    """The budget with the status that its controller would give it."""
    covered = [pod for pod in pods if covers(budget, pod)]
    healthy = sum(_is_healthy(pod) for pod in covered)
    wanted = _wanted(budget["spec"], len(covered))
    allowed = max(0, healthy - wanted)
    generation = budget["metadata"]["generation"]
    condition = {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "observedGeneration": generation,
        "lastTransitionTime": _since(budget, "True" if allowed else "False") or now,
        "reason": "SufficientPods" if allowed else "InsufficientPods",
        "message": "",
    }
    status = {
        "observedGeneration": generation,
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": wanted,
        "expectedPods": len(covered),
        "conditions": [condition],
    }
    return {**budget, "status": status}


def _wanted(spec: Json, expected: int) -> int:
    if (least := spec.get("minAvailable")) is not None:
        return _share(least, expected)
    if (most_away := spec.get("maxUnavailable")) is not None:
        return max(0, expected - _share(most_away, expected))
    return 0


def _share(amount: int | str, expected: int) -> int:
    if isinstance(amount, int):
        return amount
    return math.ceil(expected * int(amount.rstrip("%")) / 100)


def _is_healthy(pod: Json) -> bool:
    is_ready = any(
        each["type"] == "Ready" and each["status"] == "True"
        for each in pod["status"].get("conditions", [])
    )
    return is_ready and "deletionTimestamp" not in pod["metadata"]


def _since(budget: Json, status: str) -> str:
    conditions = budget["status"].get("conditions") or []
    return next((each["lastTransitionTime"] for each in conditions if each["status"] == status), "")
