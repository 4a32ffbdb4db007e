"""The runtime as it is put together: all that has to be imported to have one."""

import datetime
from collections.abc import Callable

from maestro.runtime.kubernetes.access import Access
from maestro.runtime.kubernetes.api import Api
from maestro.runtime.kubernetes.manifests import Setting, Spread
from maestro.runtime.kubernetes.pace import Pace
from maestro.runtime.kubernetes.runtime import KubernetesRuntime

__all__ = ["Access", "Pace", "Setting", "Spread", "runtime"]


def runtime(
    access: Access,
    setting: Setting,
    *,
    pace: Pace,
    timeout_s: float,
    node_ttl_s: float,
    now: Callable[[], datetime.datetime],
) -> KubernetesRuntime:
    """Rooms in the cluster that `access` leads to; each call takes at most `timeout_s`."""
    api = Api(access, pace, timeout_s=timeout_s)
    return KubernetesRuntime(api, setting, node_ttl_s=node_ttl_s, now=now)
