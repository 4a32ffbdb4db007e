"""Which node a pod goes to, and why none: host ports, room left, selectors, taints."""

import collections
import dataclasses
from collections.abc import Iterable
from decimal import Decimal

from tests.fakes.kubernetes import quantities, selectors
from tests.fakes.kubernetes.refusals import Json

NO_PORTS = "node(s) didn't have free ports for the requested pod ports"
NO_MATCH = "node(s) didn't match Pod's node affinity/selector"
NO_HELP = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
#: A taint that only asks.
_SOFT = "PreferNoSchedule"
_MEASURED = ("cpu", "memory")


@dataclasses.dataclass(frozen=True)
class Needs:
    """What a pod takes from its node."""

    ports: frozenset[tuple[str, int]]
    amounts: dict[str, Decimal]


@dataclasses.dataclass
class Load:
    """What is taken of one node."""

    ports: collections.Counter[tuple[str, int]] = dataclasses.field(
        default_factory=collections.Counter
    )
    amounts: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)


class Placement:
    """Remembers which pods are where."""

    def __init__(self) -> None:
        self._loads: dict[str, Load] = collections.defaultdict(Load)
        self._placed: dict[str, tuple[str, Needs]] = {}

    def choose(self, pod: Json, nodes: Iterable[Json]) -> tuple[str, str]:
        """The name of the node with the fewest pods that will do, or why there is none."""
        needs = needs_of(pod)
        refusals = {node["metadata"]["name"]: self._refusal(pod, needs, node) for node in nodes}
        fitting = [name for name, why in refusals.items() if not why]
        if fitting:
            return min(fitting, key=lambda name: self._loads[name].amounts["pods"]), ""
        return "", _in_words(collections.Counter(refusals.values()))

    def take(self, pod: Json, node: str) -> None:
        """Count a pod on its node."""
        needs = needs_of(pod)
        self._placed[pod["metadata"]["uid"]] = node, needs
        load = self._loads[node]
        load.ports.update(needs.ports)
        load.amounts.update(needs.amounts)

    def free(self, uid: str) -> bool:
        """Count a pod no more; whether it was counted."""
        node, needs = self._placed.pop(uid, ("", None))
        if needs:
            self._loads[node].ports.subtract(needs.ports)
            self._loads[node].amounts.subtract(needs.amounts)
        return needs is not None

    def has_port_taken(self, pod: Json, node: str) -> bool:
        """Whether another pod on the node has a host port that this one wants."""
        return any(self._loads[node].ports[port] > 0 for port in needs_of(pod).ports)

    def _refusal(self, pod: Json, needs: Needs, node: Json) -> str:
        load = self._loads[node["metadata"]["name"]]
        if node["spec"].get("unschedulable"):
            return "node(s) were unschedulable"
        if not _tolerates_all(pod, node):
            return "node(s) had untolerated taint(s)"
        if not _is_selected(pod, node):
            return NO_MATCH
        if any(load.ports[port] > 0 for port in needs.ports):
            return NO_PORTS
        return _lack(needs, load, node["status"]["allocatable"])


def needs_of(pod: Json) -> Needs:
    """Host ports by protocol and number, and what is requested."""
    containers = pod["spec"]["containers"]
    ports = frozenset(
        (port["protocol"], port["hostPort"])
        for container in containers
        for port in container.get("ports") or []
        if port.get("hostPort")
    )
    amounts = {name: _requested(containers, name) for name in _MEASURED}
    return Needs(ports, {**amounts, "pods": Decimal(1)})


def _requested(containers: list[Json], name: str) -> Decimal:
    asked = (each["resources"].get("requests", {}).get(name, 0) for each in containers)
    return sum((quantities.value(amount) or Decimal(0) for amount in asked), Decimal(0))


def _lack(needs: Needs, load: Load, allocatable: Json) -> str:
    for name, amount in needs.amounts.items():
        most = quantities.value(allocatable.get(name, 0)) or Decimal(0)
        if load.amounts[name] + amount > most:
            return "Too many pods" if name == "pods" else f"Insufficient {name}"
    return ""


def _is_selected(pod: Json, node: Json) -> bool:
    labels = node["metadata"].get("labels") or {}
    wanted = pod["spec"].get("nodeSelector") or {}
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    terms = required.get("nodeSelectorTerms") or []
    return not terms or any(_fits(term, labels) for term in terms)


def _fits(term: Json, labels: dict[str, str]) -> bool:
    return all(selectors.expression(each)(labels) for each in term.get("matchExpressions") or [])


def _tolerates_all(pod: Json, node: Json) -> bool:
    tolerations = pod["spec"].get("tolerations") or []
    hard = [each for each in node["spec"].get("taints") or [] if each["effect"] != _SOFT]
    return all(any(_tolerates(each, taint) for each in tolerations) for taint in hard)


def _tolerates(toleration: Json, taint: Json) -> bool:
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint["key"])
    same_key = toleration.get("key") == taint["key"]
    return bool(same_key and toleration.get("value", "") == taint.get("value", ""))


def _in_words(reasons: collections.Counter[str]) -> str:
    total = sum(reasons.values())
    if not total:
        return "no nodes available to schedule pods"
    nodes = ", ".join(sorted(f"{count} {why}" for why, count in reasons.items()))
    helps: collections.Counter[str] = collections.Counter()
    for why, count in reasons.items():
        helps[NO_VICTIMS if why == NO_PORTS else NO_HELP] += count
    victims = ", ".join(sorted(f"{count} {why}" for why, count in helps.items()))
    available = f"0/{total} nodes are available"
    return f"{available}: {nodes}. no new claims to deallocate, preemption: {available}: {victims}."
