"""
A Kubernetes cluster inside the test's own process, as far as Maestro can see one: over HTTP.

    with Cluster() as cluster:
        client = Client(cluster.url, cluster.token)
        cluster.hold_starts = True
        cluster.waiting("arena", "arena-1", "ImagePullBackOff")

It plays namespaces, pods, events, disruption budgets, nodes and access reviews, and below them a
scheduler (host ports, processor, memory, selectors, taints), kubelets and the controllers that
finish what others began. `tests/contract/test_fake_kubernetes.py` holds it against the recorded
answers of a real server and names every deliberate difference.

Time does not pass in it: steps that take seconds in a real cluster happen within the request that
causes them, each still as a change of its own, unless delays are given or the test holds them.

What is held (`hold_starts`, `hold_deletions`, `hold_service_accounts`) stays so when holding ends:
`start`, `finish_deletion` and `give_service_account` go on with it. The numbers of disruption
budgets are counted when somebody reads them or evicts.

It does not run containers, balance load, spread pods over zones, preempt, apply on the server's
side, encode tables or Protobuf, or speak TLS. What a real server offers and this one does not,
answers 501.
"""

from tests.fakes.kubernetes.cluster import Cluster

__all__ = ["Cluster"]
