"""What happens to pods without Maestro's doing."""

import functools

from tests.fakes.kubernetes import deletion, kubelet
from tests.fakes.kubernetes.hands import Hands
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import EVENTS, PODS

#: What the kubelet says while it is trying, and the phase that the pod has meanwhile.
_STARTED_ONCE = ("CrashLoopBackOff", "RunContainerError")


class PodsByHand(Hands):
    """Every method names the namespace and the pod."""

    def start(self, namespace: str, pod: str) -> None:
        """The containers run, and are ready."""
        self._do(lambda: self._life.start((namespace, pod)))

    def set_ready(self, namespace: str, pod: str, ready: bool) -> None:
        """A readiness probe has changed its mind."""
        self._change(namespace, pod, functools.partial(kubelet.readiness, ready=ready))

    def end_container(
        self,
        namespace: str,
        pod: str,
        *,
        exit_code: int = 0,
        reason: str = "",
        container: str = "",
    ) -> None:
        """All containers end by themselves, or only one; OOMKilled and the like are reasons."""
        self._do(
            lambda: self._life.end_container(
                (namespace, pod), exit_code=exit_code, reason=reason, container=container
            )
        )

    def restart_container(self, namespace: str, pod: str) -> None:
        """What has ended runs again."""
        self._change(namespace, pod, kubelet.restarted)

    def waiting(self, namespace: str, pod: str, reason: str, message: str = "") -> None:
        """The containers cannot be started: ImagePullBackOff, CreateContainerConfigError, ..."""
        phase = "Running" if reason in _STARTED_ONCE else "Pending"
        step = functools.partial(kubelet.waiting, reason=reason, message=message, phase=phase)
        self._change(namespace, pod, step)

    def crash_loop(self, namespace: str, pod: str, *, exit_code: int = 1) -> None:
        """The containers end, are started again, end again, and now wait to be started."""
        self.end_container(namespace, pod, exit_code=exit_code)
        self.restart_container(namespace, pod)
        self.end_container(namespace, pod, exit_code=exit_code)
        message = f"back-off 10s restarting failed container pod={pod}_{namespace}"
        self.waiting(namespace, pod, "CrashLoopBackOff", message)

    def evict(self, namespace: str, pod: str) -> None:
        """Somebody drains the node; raises `Refusal` when a budget does not allow it."""
        self._do(lambda: self._api.evict_and_delete((namespace, pod)))

    def delete_pod(self, namespace: str, pod: str, *, grace_s: int | None = None) -> None:
        """Somebody else deletes a pod."""
        options = deletion.Options(grace_s=grace_s)
        self._do(lambda: deletion.delete_pod(self._state, self._life, (namespace, pod), options))

    def delete_namespace(self, name: str) -> None:
        """Somebody else deletes a namespace."""
        options = deletion.Options()
        self._do(lambda: deletion.delete_namespace(self._state, self._life, name, options))

    def finish_deletion(self, namespace: str, pod: str = "", *, exit_code: int = 0) -> None:
        """Let a deleted pod be gone, or a deleted namespace with all that is in it."""
        if pod:
            self._do(lambda: self._life.end((namespace, pod), exit_code=exit_code))
        else:
            self._do(lambda: self._empty(namespace))

    def add_event(
        self, namespace: str, pod: str, reason: str, message: str, *, type_: str = "Warning"
    ) -> None:
        """The scheduler or a kubelet says something about a pod."""
        found = self._state.get(PODS, (namespace, pod))
        about = {
            "kind": "Pod",
            "namespace": namespace,
            "name": pod,
            "uid": found["metadata"]["uid"],
        }
        body = {
            "metadata": {"generateName": f"{pod}."},
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "type": type_,
        }
        self._do(lambda: self._api.create(EVENTS, namespace, body))

    def set_label(self, namespace: str, pod: str, label: str, value: str) -> None:
        """Somebody labels a pod."""
        self._change(namespace, pod, lambda each, now: _labelled(each, label, value))

    def remove_finalizers(self, namespace: str, pod: str) -> None:
        """Whoever had to be waited for is done."""
        self._do(lambda: self._life.let_go((namespace, pod)))

    def remove_label(self, namespace: str, pod: str, label: str) -> None:
        """Somebody takes a label away."""
        self._change(namespace, pod, lambda each, now: _labelled(each, label, None))

    def _empty(self, namespace: str) -> None:
        """A namespace ends together with its pods, however things are held."""
        self._life.empty_namespace(
            namespace,
            lambda key: deletion.delete_pod(self._state, self._life, key, deletion.Options()),
        )
        for stored in self._state.all(PODS, namespace=namespace):
            self._life.end(stored.key)


def _labelled(pod: Json, label: str, value: str | None) -> Json:
    labels = {**(pod["metadata"].get("labels") or {}), label: value}
    labels = {key: each for key, each in labels.items() if each is not None}
    return {**pod, "metadata": {**pod["metadata"], "labels": labels}}
