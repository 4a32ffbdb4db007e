"""
A real cluster, for tests that are run on one: `MAESTRO_TEST_KUBECONFIG` leads to it.

Only namespaces that bear an installation id of this very run are touched. `MAESTRO_TEST_IMAGE`
(`busybox` unless given) needs a shell; pods run wherever the cluster puts them, or where
`MAESTRO_TEST_AFFINITY` (a node label with the value "true") and `MAESTRO_TEST_TOLERATION` say.
"""

import contextlib
import os
import pathlib
import uuid
from collections.abc import Iterator
from typing import Any

from kubernetes import client, config, stream

from maestro.domain.schedulers import Resources, Scheduler
from maestro.ports.runtime import Runtime
from maestro.runtime import marks
from maestro.runtime.kubernetes.namespaces import PATH as NAMESPACES
from maestro.runtime.kubernetes.refusals import Refusal
from tests import kubernetes_rooms, make
from tests.waiting import eventually

KUBECONFIG = os.environ.get("MAESTRO_TEST_KUBECONFIG", "")
IMAGE = os.environ.get("MAESTRO_TEST_IMAGE", "busybox")

#: Waits for an exit code, and is ended by SIGTERM.
OBEDIENT = (
    "trap 'exit 0' TERM; mkfifo /tmp/end; cat /tmp/end > /tmp/code & wait $!; exit $(cat /tmp/code)"
)
#: Waits for an exit code, whatever else it is told.
STUBBORN = OBEDIENT.replace("trap 'exit 0' TERM", "trap '' TERM")


class RealCluster:
    """What a test may do to it, besides what Maestro does."""

    def __init__(self, kubeconfig: str) -> None:
        self.kubeconfig = pathlib.Path(kubeconfig)
        #: Tells this run from others, and from installations that live there.
        self.run = f"test-{uuid.uuid4().hex[:8]}"
        configuration = client.Configuration()
        config.load_kube_config(  # type: ignore[no-untyped-call]
            kubeconfig, client_configuration=configuration, persist_config=False
        )
        self._core = client.CoreV1Api(client.ApiClient(configuration))
        self._api = kubernetes_rooms.api(self.kubeconfig, timeout_s=30)
        self._installations: set[str] = set()

    def installation(self, name: str = "ours") -> str:
        """The id of one of this run's installations."""
        self._installations.add(f"{self.run}-{name}")
        return f"{self.run}-{name}"

    def runtime(self, installation: str = "ours") -> Runtime:
        """The runtime of one of them."""
        return kubernetes_rooms.runtime(
            self.kubeconfig, installation=self.installation(installation), timeout_s=10
        )

    def scheduler(self, *, stubborn: bool = False) -> Scheduler:
        """A scheduler `arena` whose rooms do as `end` says."""
        command = ("sh", "-c", STUBBORN if stubborn else OBEDIENT)
        size = Resources(memory="16Mi", cpu="10m")
        container = make.container(image=IMAGE, command=command, requests=size, limits=size)
        spec = make.spec(
            containers=(container,),
            affinity=os.environ.get("MAESTRO_TEST_AFFINITY", ""),
            toleration=os.environ.get("MAESTRO_TEST_TOLERATION", ""),
        )
        return make.scheduler(spec=spec)

    def end(self, scheduler: str, room: str, exit_code: int) -> None:
        """Have the program of a running room end."""
        stream.stream(
            self._core.connect_get_namespaced_pod_exec,
            room,
            scheduler,
            command=["sh", "-c", f"echo {exit_code} > /tmp/end"],
            stdout=True,
            stderr=True,
        )

    def delete_pod(self, scheduler: str, room: str) -> None:
        """As an operator does by hand."""
        self._api.delete(f"{NAMESPACES}/{scheduler}/pods/{room}", {"kind": "DeleteOptions"})

    def pods(self, scheduler: str) -> list[str]:
        """The names of the pods of a scheduler of this run that run."""
        found = self._found(f"{NAMESPACES}/{scheduler}/pods")
        return [pod["metadata"]["name"] for pod in found if pod["status"]["phase"] == "Running"]

    def has_namespace(self, name: str) -> bool:
        """Whether there is one of that name, whoever made it."""
        field = f"metadata.name={name}"
        return bool(self._api.get(NAMESPACES, fieldSelector=field)["items"])

    def adopt(self, installation: str) -> None:
        """Clean up after this one, too."""
        self._installations.add(installation)

    def clean(self) -> None:
        """Remove what this run made, and wait until it is gone."""
        for name in self._ours():
            with contextlib.suppress(Refusal):
                self._api.delete(f"{NAMESPACES}/{name}", {"kind": "DeleteOptions"})
        eventually(lambda: not self._ours(), every_s=0.5)

    def _ours(self) -> list[str]:
        return [each["metadata"]["name"] for each in self._found(NAMESPACES)]

    def _found(self, path: str) -> list[dict[str, Any]]:
        if not self._installations:
            return []
        selector = f"{marks.INSTALLATION} in ({','.join(sorted(self._installations))})"
        return list(self._api.get(path, labelSelector=selector)["items"])


@contextlib.contextmanager
def real() -> Iterator[RealCluster]:
    """The cluster, and nothing of ours in it afterwards."""
    cluster = RealCluster(KUBECONFIG)
    try:
        yield cluster
    finally:
        cluster.clean()
