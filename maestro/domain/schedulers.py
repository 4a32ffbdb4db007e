"""
A scheduler: the recipe of one fleet of rooms.

Values only. What makes one acceptable stands in `scheduler_rules`, what makes a new version
major in `versions`, and how it is written down in `documents`.
"""

import dataclasses
import datetime
import enum
from collections.abc import Mapping
from decimal import Decimal


class SchedulerState(enum.StrEnum):
    """Where a scheduler stands, as operators see it."""

    CREATING = "creating"
    TERMINATING = "terminating"
    IN_SYNC = "in-sync"
    ON_ERROR = "on-error"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PortRange:
    """Host ports, both ends included."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many ports there are."""
        return self.end - self.start + 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ContainerPort:
    """A port that a container listens on, and where its host port comes from."""

    name: str
    protocol: str
    port: int
    host_port_range: PortRange | None = None
    #: Chosen when a room is created; has no meaning in a scheduler.
    host_port: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldRef:
    """A field of the room itself, such as `metadata.name`."""

    field_path: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SecretKeyRef:
    """One entry of a secret."""

    name: str
    key: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ValueFrom:
    """Where the value of an environment variable is read when the room starts."""

    field_ref: FieldRef | None = None
    secret_key_ref: SecretKeyRef | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """An environment variable; `value` counts when there is no `value_from`."""

    name: str
    value: str = ""
    value_from: ValueFrom | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """Kubernetes quantities, such as `64Mi` and `100m`."""

    memory: str
    cpu: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Container:
    """One program of a room."""

    name: str
    image: str
    image_pull_policy: str
    requests: Resources
    limits: Resources
    command: tuple[str, ...] = ()
    environment: tuple[Environment, ...] = ()
    ports: tuple[ContainerPort, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Spec:
    """What one room is made of."""

    version: str
    termination_grace_period_ns: int
    containers: tuple[Container, ...]
    toleration: str = ""
    affinity: str = ""
    restart_policy: str = "Never"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomOccupancy:
    """Keep this share of all match slots free."""

    ready_target: Decimal
    down_threshold: Decimal = Decimal("0.99")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FixedBuffer:
    """Keep this many rooms beyond those in use."""

    amount: int


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PolicyParameters:
    """One entry per kind of policy; the one that `type` names must be there."""

    room_occupancy: RoomOccupancy | None = None
    fixed_buffer: FixedBuffer | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How the wanted number of rooms follows demand."""

    type: str
    parameters: PolicyParameters


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Autoscaling:
    """Bounds and policy of automatic scaling; `max` -1 is no upper bound."""

    enabled: bool
    min: int
    max: int
    policy: Policy
    cooldown_s: int = 0


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ForwarderOptions:
    """How to call a forwarder, and what it gets told each time."""

    timeout_ms: int = 1000
    metadata: Mapping[str, object] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Forwarder:
    """A service that is told what happens to rooms."""

    name: str
    enabled: bool
    forward_type: str
    address: str
    options: ForwarderOptions = dataclasses.field(default_factory=ForwarderOptions)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MatchAllocation:
    """How many matches one room hosts at once."""

    max_matches: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Scheduler:
    """One version of the recipe of a fleet."""

    name: str
    game: str
    spec: Spec
    max_surge: str
    #: Tells this scheduler from an earlier one of the same name; never shown.
    uid: str = ""
    state: SchedulerState = SchedulerState.CREATING
    #: The version that was active before this one.
    rollback_version: str = ""
    #: Rooms are neither created nor removed automatically; not part of any version.
    paused: bool = False
    autoscaling: Autoscaling | None = None
    port_range: PortRange | None = None
    rooms_replicas: int = 0
    created_at: datetime.datetime | None = None
    last_downscale_at: datetime.datetime | None = None
    forwarders: tuple[Forwarder, ...] = ()
    annotations: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    match_allocation: MatchAllocation = MatchAllocation()

    @property
    def version(self) -> str:
        """Which version of the recipe this is, such as `v1.2.0`."""
        return self.spec.version

    @property
    def ports(self) -> tuple[ContainerPort, ...]:
        """The ports of all containers, in order."""
        return tuple(port for container in self.spec.containers for port in container.ports)

    @property
    def grace_period_s(self) -> int:
        """Whole seconds a room gets to end by itself."""
        return self.spec.termination_grace_period_ns // 1_000_000_000


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SchedulerVersion:
    """One line of a scheduler's list of versions."""

    version: str
    is_active: bool
    created_at: datetime.datetime
