"""
The runtime on a Kubernetes cluster.

A name alone makes nothing ours: namespaces and pods are touched only if they carry the id of this
installation, and deleted only by their uid. What a call did not hear the outcome of, it looks at
before it says that it failed.
"""

import contextlib
import datetime
import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import structlog

from maestro import metrics
from maestro.domain.operations import RemovalReason
from maestro.domain.rooms import Instance, NewRoom
from maestro.domain.schedulers import Scheduler
from maestro.errors import AlreadyExists, MaestroError, RuntimeRefused, Unavailable, Violation
from maestro.metrics import RUNTIME_FAILS, RUNTIME_SECONDS
from maestro.metrics.timing import timed
from maestro.ports.runtime import ChangeKind, InstanceChange, Listing
from maestro.runtime import marks
from maestro.runtime.kubernetes import (
    instances,
    manifests,
    namespaces,
    nodes,
    rules,
    shape,
    watching,
)
from maestro.runtime.kubernetes.api import Api, Stream
from maestro.runtime.kubernetes.refusals import Meaning, Refusal, error_of, translated

log = structlog.get_logger(__name__)

PODS = "/api/v1/pods"
PAGE = 500
#: How long a watch may say nothing; bookmarks come every minute.
SILENCE_S = 90.0
#: Of the time for a creation; the rest is for a look at what became of it.
CREATION_SHARE = 0.7
#: Of the time for a deletion; that it is told why matters less.
EVENT_SHARE = 0.3
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_VERSION = re.compile(r"[1-9][0-9]*")
_KINDS = {
    "ADDED": ChangeKind.PRESENT,
    "MODIFIED": ChangeKind.PRESENT,
    "DELETED": ChangeKind.GONE,
}


@timed(RUNTIME_SECONDS, RUNTIME_FAILS, "kubernetes", but={"violations", "watch_rooms"})
class KubernetesRuntime:
    """The rooms of one installation in a cluster that others use as well."""

    def __init__(
        self,
        api: Api,
        setting: manifests.Setting,
        *,
        node_ttl_s: float,
        now: Callable[[], datetime.datetime],
        silence_s: float = SILENCE_S,
    ) -> None:
        self._api = api
        self._silence_s = silence_s
        self._setting = setting
        self._now = now
        self._hosts = nodes.Hosts(api, ttl_s=node_ttl_s)
        self._namespaces = namespaces.Namespaces(api)
        self._selector = f"{marks.INSTALLATION}={setting.installation}"

    def violations(self, scheduler: Scheduler) -> list[Violation]:
        """What of `scheduler` no cluster would run."""
        return list(rules.violations(scheduler))

    # Schedulers

    def create_scheduler(self, scheduler: Scheduler) -> None:
        """Make the namespace, and a disruption budget that demands nothing yet."""
        with translated():
            try:
                self._create_namespace(scheduler)
            except Refusal as refusal:
                if refusal.meaning is not Meaning.EXISTS:
                    raise
                self._check_existing(scheduler)
        try:
            self.protect_rooms(scheduler.name, uid=scheduler.uid, at_least=0)
        except MaestroError as error:
            # Whoever maintains nodes may be rude until the watcher asks again.
            log.warning("rooms_not_protected", scheduler=scheduler.name, reason=str(error))

    def _create_namespace(self, scheduler: Scheduler) -> None:
        wanted = manifests.namespace(scheduler, installation=self._setting.installation)
        self._namespaces.forget(scheduler.name)
        self._api.post(namespaces.PATH, wanted)

    def _check_existing(self, scheduler: Scheduler) -> None:
        found = self._namespaces.read(scheduler.name)
        if found is None:
            raise Unavailable(f"namespace {scheduler.name} is being deleted")
        if found.installation != self._setting.installation:
            raise AlreadyExists(f"namespace {scheduler.name} is not of this installation")
        if found.is_ending:
            raise Unavailable(f"namespace {scheduler.name} is still being deleted")
        if found.scheduler_uid != scheduler.uid:
            raise AlreadyExists(f"namespace {scheduler.name} is of another scheduler of that name")

    def delete_scheduler(self, name: str, *, uid: str) -> None:
        """Delete the namespace, and with it all that is in it."""
        with translated():
            self._namespaces.forget(name)
            found = self._namespaces.read(name)
            if found is None or not self._is_ours(found, uid):
                return
            self._namespaces.forget(name)
            options = manifests.deletion(uid=found.uid)
            with self._however_it_ended(Meaning.MISSING, Meaning.CONFLICT):
                self._api.delete(f"{namespaces.PATH}/{name}", options)

    def protect_rooms(self, scheduler: str, *, uid: str, at_least: int) -> None:
        """Keep the disruption budget at what is wanted; make it when somebody removed it."""
        with translated():
            found = self._namespaces.recent(scheduler)
            if found is None or found.is_ending or not self._is_ours(found, uid):
                return
            with self._however_it_ended(Meaning.MISSING, Meaning.NAMESPACE_ENDING):
                self._set_budget(scheduler, at_least)

    def _set_budget(self, scheduler: str, at_least: int) -> None:
        path = f"/apis/policy/v1/namespaces/{scheduler}/poddisruptionbudgets"
        change = {"spec": {"minAvailable": at_least}}
        with self._however_it_ended(Meaning.MISSING):
            self._api.patch(f"{path}/{scheduler}", change)
            return
        wanted = manifests.disruption_budget(
            scheduler, installation=self._setting.installation, at_least=at_least
        )
        try:
            self._api.post(path, wanted)
        except Refusal as refusal:
            if refusal.meaning is not Meaning.EXISTS:
                raise
            # Somebody was faster.
            self._api.patch(f"{path}/{scheduler}", change)

    # Rooms

    def create_room(self, room: NewRoom, scheduler: Scheduler) -> Instance:
        """Create a pod: one request, unless something is unusual."""
        end, soon = self._api.deadline(), self._api.deadline(CREATION_SHARE)
        with translated():
            self._check_place(scheduler, until=soon)
            wanted = manifests.pod(room, scheduler, self._setting)
            try:
                pod = self._api.post(_pods(scheduler.name), wanted, until=soon)
            except Refusal as refusal:
                if refusal.meaning is Meaning.EXISTS:
                    pod = self._existing(room, until=end)
                elif refusal.meaning is Meaning.AWAY:
                    pod = self._after_silence(room, error_of(refusal), until=end)
                else:
                    raise
            except Unavailable as error:
                pod = self._after_silence(room, error, until=end)
        try:
            return instances.instance(pod, host="")
        except instances.Unreadable as error:
            raise Unavailable(f"Kubernetes answered something else than a pod: {error}") from error

    def _check_place(self, scheduler: Scheduler, *, until: float) -> None:
        found = self._namespaces.recent(scheduler.name, until=until)
        if found is None or not self._is_ours(found, scheduler.uid):
            raise RuntimeRefused(f"namespace {scheduler.name} is not that of this scheduler")

    def _existing(self, room: NewRoom, *, until: float) -> dict[str, Any]:
        """The pod of that name, if the same operation made it."""
        pod = self._pod(room.scheduler, room.id, until=until)
        if pod is None:
            raise Unavailable(f"pod {room.id} was there a moment ago, and is not any more")
        annotations = shape.mapping(shape.mapping(pod.get("metadata")).get("annotations"))
        if annotations.get(marks.OPERATION) != room.operation or not self._bears_our_mark(pod):
            raise AlreadyExists(f"pod {room.id} was not made by this operation")
        return pod

    def _pod(self, scheduler: str, room: str, *, until: float) -> dict[str, Any] | None:
        return self._api.find(f"{_pods(scheduler)}/{room}", until=until)

    def _after_silence(self, room: NewRoom, error: MaestroError, *, until: float) -> dict[str, Any]:
        """Look whether a creation happened of which nobody heard the outcome."""
        try:
            return self._existing(room, until=until)
        except (Refusal, MaestroError):
            raise error from None

    def delete_room(
        self,
        scheduler: str,
        room: str,
        *,
        uid: str,
        grace_period_s: int,
        reason: RemovalReason | str,
        force: bool = False,
    ) -> bool:
        """Delete a pod, and tell why in an event of Kubernetes."""
        if not _NAME.fullmatch(scheduler) or not _NAME.fullmatch(room):
            return False
        end, soon = self._api.deadline(), self._api.deadline(EVENT_SHARE)
        with translated():
            found = self._namespaces.recent(scheduler, until=soon)
            if found is None or found.installation != self._setting.installation:
                return False
            if not (uid := uid or self._uid_of_ours(scheduler, room, until=soon)):
                return False
            self._tell_why(scheduler, room, uid=uid, reason=str(reason), until=soon)
            # Without any grace period the pod is forgotten while its processes may go on.
            grace_s = 0 if force else max(1, grace_period_s)
            options = manifests.deletion(grace_period_s=grace_s, uid=uid)
            try:
                self._api.delete(f"{_pods(scheduler)}/{room}", options, until=end)
            except Refusal as refusal:
                # With a conflict another pod has that name now.
                if refusal.meaning not in (Meaning.MISSING, Meaning.CONFLICT):
                    raise
                return False
            return True

    def _uid_of_ours(self, scheduler: str, room: str, *, until: float) -> str:
        """Of whatever pod bears that name; empty when there is none, or it is somebody else's."""
        pod = self._pod(scheduler, room, until=until)
        if pod is None or not self._bears_our_mark(pod):
            return ""
        return shape.text(shape.mapping(pod.get("metadata")).get("uid"))

    def _tell_why(self, scheduler: str, room: str, *, uid: str, reason: str, until: float) -> None:
        event = manifests.deletion_event(scheduler, room, uid=uid, reason=reason, now=self._now())
        try:
            self._api.post(f"{namespaces.PATH}/{scheduler}/events", event, until=until)
        except (Refusal, Unavailable) as error:
            log.debug("deletion_not_told", room=room, reason=str(error))

    def ports_in_use(self) -> frozenset[tuple[str, int]]:
        """The scheduler of Kubernetes keeps pods apart that want the same host port."""
        return frozenset()

    # Looking

    def list_rooms(self) -> Listing:
        """All pods of this installation, page by page, in one consistent state."""
        found: list[Instance] = []
        version = ""
        with translated():
            for page in self._api.pages(PODS, limit=PAGE, labelSelector=self._selector):
                found += filter(None, self._instances(page.items))
                version = page.resource_version
        return Listing(instances=found, resource_version=version)

    def watch_rooms(
        self, resource_version: str, *, timeout_s: float
    ) -> Generator[Sequence[InstanceChange], None, None]:
        """One stream for all namespaces."""
        if not _VERSION.fullmatch(resource_version):
            # The server would begin anywhere.
            raise Unavailable(f"no watch can continue from {resource_version!r}")

        def open_stream(seconds: int) -> Stream:
            return self._api.stream(
                PODS,
                silence_s=self._silence_s,
                watch=True,
                allowWatchBookmarks=True,
                labelSelector=self._selector,
                resourceVersion=resource_version,
                timeoutSeconds=seconds,
            )

        batches = watching.events(open_stream, timeout_s=timeout_s)
        # Whoever stops listening ends the stream, and does not leave it to whoever collects it.
        with translated(), contextlib.closing(batches):
            for batch in batches:
                yield self._changes(batch)

    def _changes(self, batch: Sequence[watching.Event]) -> list[InstanceChange]:
        kinds = [_KINDS.get(kind) for kind, _ in batch]
        for kind, (told, pod) in zip(kinds, batch, strict=True):
            if not kind:
                _not_converted(pod, f"unknown kind of event {told[:50]!r}")
        found = self._instances([pod for _, pod in batch])
        return [
            InstanceChange(kind=kind, instance=instance)
            for kind, instance in zip(kinds, found, strict=True)
            if kind and instance
        ]

    def _instances(self, pods: Sequence[instances.Pod]) -> list[Instance | None]:
        """One for each pod; None for one that cannot be read: the others go on."""
        hosts = self._hosts.learn({instances.node_of(pod) for pod in pods})
        return [_converted(pod, hosts) for pod in pods]

    # Whose it is

    def _is_ours(self, found: namespaces.Namespace, uid: str) -> bool:
        return (found.installation, found.scheduler_uid) == (self._setting.installation, uid)

    def _bears_our_mark(self, pod: Mapping[str, Any]) -> bool:
        labels = shape.mapping(shape.mapping(pod.get("metadata")).get("labels"))
        return bool(labels.get(marks.INSTALLATION) == self._setting.installation)

    @staticmethod
    @contextlib.contextmanager
    def _however_it_ended(*meanings: Meaning) -> Iterator[None]:
        """What it was to be done to is not there any more, which is as well."""
        try:
            yield
        except Refusal as refusal:
            if refusal.meaning not in meanings:
                raise


def _converted(pod: instances.Pod, hosts: Mapping[str, str]) -> Instance | None:
    try:
        return instances.instance(pod, host=hosts.get(instances.node_of(pod), ""))
    except instances.Unreadable as error:
        _not_converted(pod, str(error))
        return None


def _not_converted(pod: instances.Pod, reason: str) -> None:
    scheduler = shape.text(shape.mapping(pod.get("metadata")).get("namespace"))
    log.error("instance_not_converted", scheduler=scheduler, reason=reason)
    metrics.FAILED_INSTANCE_CONVERSIONS.labels(scheduler=scheduler).inc()


def _pods(scheduler: str) -> str:
    return f"{namespaces.PATH}/{scheduler}/pods"
