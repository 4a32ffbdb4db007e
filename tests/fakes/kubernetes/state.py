"""
What is stored: objects, one counter of versions over all of them, and what changed since when.

Objects are never changed in place: whoever changes one stores another. So the past stays true.
"""

import collections
import dataclasses
import functools
import random
import threading
import uuid
from collections.abc import Callable

import orjson

from tests.fakes.kubernetes import refusals, resources
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import Resource

Key = tuple[str, str]
_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"


@dataclasses.dataclass(frozen=True)
class Stored:
    """One version of an object; encoded once, however many look at it."""

    resource: Resource
    body: Json

    @functools.cached_property
    def as_item(self) -> bytes:
        """As lists show it: without its kind."""
        return orjson.dumps(self.body)

    @functools.cached_property
    def as_object(self) -> bytes:
        """As it is shown on its own."""
        kind = f'{{"kind":"{self.resource.kind}","apiVersion":"{self.resource.api_version}",'
        return kind.encode() + self.as_item[1:]

    @property
    def key(self) -> Key:
        metadata = self.body["metadata"]
        return metadata.get("namespace", ""), metadata["name"]

    def at_version(self, version: int) -> "Stored":
        """The same content under another version."""
        metadata = {**self.body["metadata"], "resourceVersion": str(version)}
        return Stored(self.resource, {**self.body, "metadata": metadata})


@dataclasses.dataclass(frozen=True)
class Change:
    """What happened to one object."""

    version: int
    before: Stored | None
    after: Stored | None


class State:
    """Everything that is stored. `changed` guards it, and wakes who waits for changes."""

    def __init__(self, now: Callable[[], str]) -> None:
        self.now = now
        self.changed = threading.Condition(threading.RLock())
        self.version = 1000
        #: Nothing older than this is remembered.
        self.floor = self.version
        self._objects: dict[Resource, dict[Key, Stored]] = {each: {} for each in resources.STORED}
        self._counts = {each: collections.Counter[str]() for each in resources.STORED}
        self.history: dict[Resource, list[Change]] = {each: [] for each in resources.STORED}

    def find(self, resource: Resource, key: Key) -> Json | None:
        """An object as it is, if it exists."""
        stored = self._objects[resource].get(key)
        return stored.body if stored else None

    def get(self, resource: Resource, key: Key) -> Json:
        """An object as it is; raises `Refusal`."""
        return self.stored(resource, key).body

    def stored(self, resource: Resource, key: Key) -> Stored:
        """An object with its encoding; raises `Refusal`."""
        stored = self._objects[resource].get(key)
        if stored is None:
            raise refusals.not_found(resource.group, resource.plural, key[1])
        return stored

    def all(self, resource: Resource, *, namespace: str = "") -> list[Stored]:
        """What exists now, in the order of the store, which is that of the keys."""
        return _ordered(self._objects[resource], namespace)

    def count(self, resource: Resource, namespace: str) -> int:
        """How many there are in a namespace."""
        return self._counts[resource][namespace]

    def all_at(self, resource: Resource, version: int, namespace: str = "") -> list[Stored]:
        """What existed at a version that is still remembered."""
        objects = dict(self._objects[resource])
        for change in reversed(self.history[resource]):
            if change.version <= version:
                break
            _undo(objects, change)
        return _ordered(objects, namespace)

    def create(self, resource: Resource, body: Json) -> Json:
        """Store something new, with everything that only the store can give it."""
        with self.changed:
            body = self.begun(body)
            stored = Stored(resource, body)
            if found := self.find(resource, stored.key):
                raise refusals.already_exists(
                    resource.group,
                    resource.plural,
                    body["metadata"]["name"],
                    is_being_deleted="deletionTimestamp" in found["metadata"],
                )
            return self._store(stored).body

    def begun(self, body: Json) -> Json:
        """An object with the uid and the time of its creation."""
        metadata = dict(body["metadata"])
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = self.now()
        return {**body, "metadata": metadata}

    def replace(self, resource: Resource, body: Json) -> Json:
        """Store another version, unless nothing is different."""
        with self.changed:
            stored = Stored(resource, body)
            known = self.stored(resource, stored.key)
            return known.body if known.body == body else self._store(stored).body

    def remove(self, resource: Resource, key: Key) -> Json:
        """Let something be gone; returns how it was last seen."""
        with self.changed:
            last = self._objects[resource].pop(key)
            self._counts[resource][key[0]] -= 1
            self.version += 1
            self._tell(resource, Change(self.version, last, None))
            return last.body

    def compact(self) -> None:
        """Forget the past."""
        with self.changed:
            self.version += 1
            self.floor = self.version

    def _store(self, stored: Stored) -> Stored:
        self.version += 1
        stored = stored.at_version(self.version)
        before = self._objects[stored.resource].get(stored.key)
        self._counts[stored.resource][stored.key[0]] += before is None
        self._objects[stored.resource][stored.key] = stored
        self._tell(stored.resource, Change(self.version, before, stored))
        return stored

    def _tell(self, resource: Resource, change: Change) -> None:
        self.history[resource].append(change)
        self.changed.notify_all()


def named(body: Json) -> Json:
    """An object with a name, if it only said how that was to begin."""
    metadata = body.get("metadata") or {}
    beginning = metadata.get("generateName")
    if metadata.get("name") or not beginning:
        return body
    ending = "".join(random.choices(_NAME_LETTERS, k=5))
    return {**body, "metadata": {**metadata, "name": beginning + ending}}


def _ordered(objects: dict[Key, Stored], namespace: str) -> list[Stored]:
    keys = sorted(key for key in objects if not namespace or key[0] == namespace)
    return [objects[key] for key in keys]


def _undo(objects: dict[Key, Stored], change: Change) -> None:
    if change.before:
        objects[change.before.key] = change.before
    elif change.after:
        del objects[change.after.key]
