"""The runtime of production, on whatever cluster a kubeconfig file leads to."""

import datetime
import pathlib
from typing import Any

from maestro.runtime.kubernetes.access import Access
from maestro.runtime.kubernetes.api import Api
from maestro.runtime.kubernetes.manifests import Setting
from maestro.runtime.kubernetes.pace import Pace
from maestro.runtime.kubernetes.runtime import SILENCE_S, KubernetesRuntime

TIMEOUT_S = 5.0


def api(kubeconfig: pathlib.Path, *, timeout_s: float = TIMEOUT_S) -> Api:
    """Requests, as fast as the cluster takes them."""
    pace = Pace(per_second=10_000, burst=10_000)
    return Api(Access(kubeconfig=str(kubeconfig)), pace, timeout_s=timeout_s)


def runtime(
    kubeconfig: pathlib.Path,
    *,
    installation: str = "ours",
    timeout_s: float = TIMEOUT_S,
    silence_s: float = SILENCE_S,
    **setting: Any,
) -> KubernetesRuntime:
    """The runtime of one installation; made again, as another process of it has it."""
    return KubernetesRuntime(
        api(kubeconfig, timeout_s=timeout_s),
        Setting(installation=installation, **setting),
        node_ttl_s=600,
        now=lambda: datetime.datetime.now(datetime.UTC),
        silence_s=silence_s,
    )
