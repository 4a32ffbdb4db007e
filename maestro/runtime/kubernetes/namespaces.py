"""Where rooms live: one namespace per scheduler, ours only if its labels say so."""

import dataclasses
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from maestro.errors import Unavailable
from maestro.runtime import marks
from maestro.runtime.kubernetes import shape
from maestro.runtime.kubernetes.api import Api

PATH = "/api/v1/namespaces"
#: How long one that was seen to be ours is believed to be. Pods are refused by the cluster itself
#: in one that ended meanwhile.
BELIEVED_S = 10.0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Namespace:
    """What is known of one."""

    uid: str
    installation: str
    scheduler_uid: str
    is_ending: bool

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Namespace":
        """From its JSON. Raises Unavailable when it is none, as from something on the way."""
        metadata = shape.mapping(body.get("metadata"))
        if not metadata.get("uid"):
            raise Unavailable("Kubernetes answered something else than a namespace")
        labels = shape.mapping(metadata.get("labels"))
        return cls(
            uid=shape.text(metadata.get("uid")),
            installation=shape.text(labels.get(marks.INSTALLATION)),
            scheduler_uid=shape.text(labels.get(marks.SCHEDULER_UID)),
            is_ending=bool(metadata.get("deletionTimestamp")),
        )


class Namespaces:
    """Reads namespaces, and remembers them for a moment: no read per room."""

    def __init__(self, api: Api, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic
        self._guard = threading.Lock()
        self._seen: dict[str, tuple[Namespace, float]] = {}

    def recent(self, name: str, *, until: float | None = None) -> Namespace | None:
        """As it was a moment ago; None when there is none."""
        with self._guard:
            known, believed_until = self._seen.get(name, (None, 0.0))
        if known and believed_until > self._monotonic():
            return known
        return self.read(name, until=until)

    def read(self, name: str, *, until: float | None = None) -> Namespace | None:
        """As it is; None when there is none."""
        answer = self._api.find(f"{PATH}/{name}", until=until)
        if answer is None:
            self.forget(name)
            return None
        found = Namespace.of(answer)
        with self._guard:
            self._seen[name] = found, self._monotonic() + BELIEVED_S
        return found

    def forget(self, name: str) -> None:
        """It is about to change."""
        with self._guard:
            self._seen.pop(name, None)
