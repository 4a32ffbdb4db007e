"""What a cluster must be like for us. Pure."""

import email.utils
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from maestro.domain import findings
from maestro.domain.clocks import Reading
from maestro.domain.findings import Finding
from maestro.runtime.kubernetes import nodes
from maestro.runtime.kubernetes.refusals import Meaning, Refusal
from maestro.runtime.kubernetes.rights import Need

NAME = "Kubernetes"
NODES = "Kubernetes nodes"
#: The first with `policy/v1`.
OLDEST = (1, 21)
GRANT = (
    "run: maestro doctor --cluster-role | kubectl apply -f - ; and bind that role to our account, "
    "for instance: kubectl create clusterrolebinding maestro --clusterrole=maestro "
    "--serviceaccount=NAMESPACE:NAME"
)
WAY_IN = "correct the kubeconfig file, or the way to the server it names; try: kubectl version"
CREDENTIALS = "renew the credentials of the kubeconfig file, or of the service account"


def refused(name: str, refusal: Refusal) -> Finding:
    """It answered no."""
    advice = {Meaning.UNAUTHENTICATED: CREDENTIALS, Meaning.NOT_ALLOWED: GRANT}
    found = f"{refusal} (HTTP {refusal.code})"
    return findings.failure(name, found, advice.get(refusal.meaning, WAY_IN))


def version(text: str) -> Finding:
    """Whether it is recent enough, by its `gitVersion`."""
    numbers = re.match(r"v(\d+)\.(\d+)", text)
    if numbers and tuple(map(int, numbers.groups())) < OLDEST:
        advice = "upgrade the cluster: disruption budgets that we can use came with 1.21"
        return findings.failure(NAME, f"answers, version {text} is too old", advice)
    return findings.ok(NAME, f"answers, version {text}")


def rights_on(need: Need) -> str:
    """The name of the check of one kind of object."""
    return f"Kubernetes rights: {need.resource}"


def right(need: Need, missing: Collection[str]) -> Finding:
    """Whether we may do all we do with one kind of object."""
    name = rights_on(need)
    if not missing:
        return findings.ok(name, ", ".join(need.verbs))
    return findings.failure(name, f"may not {', '.join(missing)}: {need.purpose}", GRANT)


def addresses(found: Sequence[Mapping[str, Any]]) -> Finding:
    """Whether players can reach rooms on these nodes."""
    kinds = [nodes.address_of(node)[0] for node in found]
    if not kinds:
        return findings.warning(NODES, "there are none", "add one: rooms wait until then")
    text = ", ".join(f"{kinds.count(kind)} with {kind or 'none'}" for kind in sorted({*kinds}))
    text = f"{len(kinds)}, by address: {text}"
    if not any(kinds):
        return findings.failure(NODES, text, "give them an address: rooms there get no match")
    if not all(kinds):
        return findings.warning(NODES, text, "give all an address: rooms elsewhere get no match")
    if not all(kind.startswith("External") for kind in kinds):
        advice = "give nodes external addresses, unless players are in the same network"
        return findings.warning(NODES, text, advice)
    return findings.ok(NODES, text)


def clock(date: str, *, before_s: float, after_s: float) -> Reading | None:
    """The time that a `Date` header tells; None when it tells none."""
    try:
        theirs_s = email.utils.parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None
    return Reading(before_s=before_s, theirs_s=theirs_s, after_s=after_s, step_s=1.0)
