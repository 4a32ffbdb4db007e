"""
The environment of a room's containers (contract 4.9), pure.

There is no container network here: a room must listen on its host ports. It learns them from
`MAESTRO_PORT_<NAME>` and their protocols from `MAESTRO_PORT_<NAME>_PROTOCOL`, the name of the port
in upper case with `_` for `-`.
"""

import dataclasses
import pathlib
import platform
import re
from collections.abc import Iterator, Mapping

from maestro.domain.rooms import NewRoom
from maestro.domain.schedulers import Container, Environment, Scheduler
from maestro.runtime import marks
from maestro.runtime.local import records, survivors

_LABEL = re.compile(r"metadata\.labels\['([^']+)'\]")
_ANNOTATION = re.compile(r"metadata\.annotations\['([^']+)'\]")
_PLAIN = ("metadata.name", "metadata.namespace", "spec.nodeName", "status.hostIP", "status.podIP")


def is_supported(field_path: str) -> bool:
    """Whether a fieldRef can be read here."""
    return field_path in _PLAIN or bool(
        _LABEL.fullmatch(field_path) or _ANNOTATION.fullmatch(field_path)
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """What a room's environment is made from, besides the entries themselves."""

    installation: str
    room: NewRoom
    scheduler: Scheduler
    uid: str
    host: str
    rooms_api_url: str
    #: Where `<name>/<key>` of the scheduler's secrets are.
    secrets: pathlib.Path

    def containers(self) -> list[records.ContainerOrder]:
        """The containers as they are to be started."""
        return [self._container(container) for container in self.scheduler.spec.containers]

    def _container(self, container: Container) -> records.ContainerOrder:
        values: dict[str, str] = {}
        secrets: dict[str, str] = {}
        for entry in container.environment:
            values.pop(entry.name, None)
            secrets.pop(entry.name, None)
            secret = entry.value_from and entry.value_from.secret_key_ref
            if secret:
                secrets[entry.name] = str(self.secrets / secret.name / secret.key)
            else:
                values[entry.name] = self._value(entry)
        ours = dict(self._ours())
        return {
            "name": container.name,
            "command": list(container.command),
            "environment": values | ours,
            "secrets": {name: file for name, file in secrets.items() if name not in ours},
        }

    def _value(self, entry: Environment) -> str:
        field = entry.value_from and entry.value_from.field_ref
        return self._field(field.field_path) if field else entry.value

    def _field(self, path: str) -> str:
        if match := _LABEL.fullmatch(path):
            labels = marks.labels(self.room, self.scheduler, installation=self.installation)
            return labels.get(match[1], "")
        if match := _ANNOTATION.fullmatch(path):
            return marks.annotations(self.room, self.scheduler).get(match[1], "")
        fields: Mapping[str, str] = dict(
            zip(
                _PLAIN,
                (self.room.id, self.scheduler.name, platform.node(), self.host, self.host),
                strict=True,
            )
        )
        return fields.get(path, "")

    def _ours(self) -> Iterator[tuple[str, str]]:
        for port in self.room.ports:
            yield f"{variable(port.name)}_PROTOCOL", port.protocol.lower()
        # After the protocols: a port may be called `game-protocol`.
        for port in self.room.ports:
            yield variable(port.name), str(port.port)
        yield "MAESTRO_SCHEDULER_NAME", self.scheduler.name
        yield "MAESTRO_ROOM_ID", self.room.id
        yield survivors.MARK, self.uid
        if self.rooms_api_url:
            yield "MAESTRO_ROOMS_API_URL", self.rooms_api_url


def variable(port: str) -> str:
    """The variable that holds the number of a host port."""
    return f"MAESTRO_PORT_{port.upper().replace('-', '_')}"
