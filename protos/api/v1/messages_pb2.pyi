import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Container(_message.Message):
    __slots__ = ("name", "image", "image_pull_policy", "command", "environment", "requests", "limits", "ports")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_PULL_POLICY_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    image: str
    image_pull_policy: str
    command: _containers.RepeatedScalarFieldContainer[str]
    environment: _containers.RepeatedCompositeFieldContainer[ContainerEnvironment]
    requests: ContainerResources
    limits: ContainerResources
    ports: _containers.RepeatedCompositeFieldContainer[ContainerPort]
    def __init__(self, name: _Optional[str] = ..., image: _Optional[str] = ..., image_pull_policy: _Optional[str] = ..., command: _Optional[_Iterable[str]] = ..., environment: _Optional[_Iterable[_Union[ContainerEnvironment, _Mapping]]] = ..., requests: _Optional[_Union[ContainerResources, _Mapping]] = ..., limits: _Optional[_Union[ContainerResources, _Mapping]] = ..., ports: _Optional[_Iterable[_Union[ContainerPort, _Mapping]]] = ...) -> None: ...

class OptionalContainer(_message.Message):
    __slots__ = ("name", "image", "image_pull_policy", "command", "environment", "requests", "limits", "ports")
    NAME_FIELD_NUMBER: _ClassVar[int]
    IMAGE_FIELD_NUMBER: _ClassVar[int]
    IMAGE_PULL_POLICY_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    image: str
    image_pull_policy: str
    command: _containers.RepeatedScalarFieldContainer[str]
    environment: _containers.RepeatedCompositeFieldContainer[ContainerEnvironment]
    requests: ContainerResources
    limits: ContainerResources
    ports: _containers.RepeatedCompositeFieldContainer[ContainerPort]
    def __init__(self, name: _Optional[str] = ..., image: _Optional[str] = ..., image_pull_policy: _Optional[str] = ..., command: _Optional[_Iterable[str]] = ..., environment: _Optional[_Iterable[_Union[ContainerEnvironment, _Mapping]]] = ..., requests: _Optional[_Union[ContainerResources, _Mapping]] = ..., limits: _Optional[_Union[ContainerResources, _Mapping]] = ..., ports: _Optional[_Iterable[_Union[ContainerPort, _Mapping]]] = ...) -> None: ...

class ContainerEnvironment(_message.Message):
    __slots__ = ("name", "value", "value_from")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FROM_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: str
    value_from: ContainerEnvironmentValueFrom
    def __init__(self, name: _Optional[str] = ..., value: _Optional[str] = ..., value_from: _Optional[_Union[ContainerEnvironmentValueFrom, _Mapping]] = ...) -> None: ...

class ContainerEnvironmentValueFrom(_message.Message):
    __slots__ = ("field_ref", "secret_key_ref")
    FIELD_REF_FIELD_NUMBER: _ClassVar[int]
    SECRET_KEY_REF_FIELD_NUMBER: _ClassVar[int]
    field_ref: ContainerEnvironmentValueFromFieldRef
    secret_key_ref: ContainerEnvironmentValueFromSecretKeyRef
    def __init__(self, field_ref: _Optional[_Union[ContainerEnvironmentValueFromFieldRef, _Mapping]] = ..., secret_key_ref: _Optional[_Union[ContainerEnvironmentValueFromSecretKeyRef, _Mapping]] = ...) -> None: ...

class ContainerEnvironmentValueFromFieldRef(_message.Message):
    __slots__ = ("field_path",)
    FIELD_PATH_FIELD_NUMBER: _ClassVar[int]
    field_path: str
    def __init__(self, field_path: _Optional[str] = ...) -> None: ...

class ContainerEnvironmentValueFromSecretKeyRef(_message.Message):
    __slots__ = ("name", "key")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    name: str
    key: str
    def __init__(self, name: _Optional[str] = ..., key: _Optional[str] = ...) -> None: ...

class ContainerResources(_message.Message):
    __slots__ = ("memory", "cpu")
    MEMORY_FIELD_NUMBER: _ClassVar[int]
    CPU_FIELD_NUMBER: _ClassVar[int]
    memory: str
    cpu: str
    def __init__(self, memory: _Optional[str] = ..., cpu: _Optional[str] = ...) -> None: ...

class ContainerPort(_message.Message):
    __slots__ = ("name", "protocol", "port", "host_port", "host_port_range")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    HOST_PORT_FIELD_NUMBER: _ClassVar[int]
    HOST_PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    name: str
    protocol: str
    port: int
    host_port: int
    host_port_range: PortRange
    def __init__(self, name: _Optional[str] = ..., protocol: _Optional[str] = ..., port: _Optional[int] = ..., host_port: _Optional[int] = ..., host_port_range: _Optional[_Union[PortRange, _Mapping]] = ...) -> None: ...

class PortRange(_message.Message):
    __slots__ = ("start", "end")
    START_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    start: int
    end: int
    def __init__(self, start: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class MatchAllocation(_message.Message):
    __slots__ = ("max_matches",)
    MAX_MATCHES_FIELD_NUMBER: _ClassVar[int]
    max_matches: int
    def __init__(self, max_matches: _Optional[int] = ...) -> None: ...

class Spec(_message.Message):
    __slots__ = ("version", "termination_grace_period", "containers", "toleration", "affinity", "restart_policy")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TERMINATION_GRACE_PERIOD_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    TOLERATION_FIELD_NUMBER: _ClassVar[int]
    AFFINITY_FIELD_NUMBER: _ClassVar[int]
    RESTART_POLICY_FIELD_NUMBER: _ClassVar[int]
    version: str
    termination_grace_period: _duration_pb2.Duration
    containers: _containers.RepeatedCompositeFieldContainer[Container]
    toleration: str
    affinity: str
    restart_policy: str
    def __init__(self, version: _Optional[str] = ..., termination_grace_period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., containers: _Optional[_Iterable[_Union[Container, _Mapping]]] = ..., toleration: _Optional[str] = ..., affinity: _Optional[str] = ..., restart_policy: _Optional[str] = ...) -> None: ...

class OptionalSpec(_message.Message):
    __slots__ = ("termination_grace_period", "containers", "toleration", "affinity")
    TERMINATION_GRACE_PERIOD_FIELD_NUMBER: _ClassVar[int]
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    TOLERATION_FIELD_NUMBER: _ClassVar[int]
    AFFINITY_FIELD_NUMBER: _ClassVar[int]
    termination_grace_period: _duration_pb2.Duration
    containers: _containers.RepeatedCompositeFieldContainer[OptionalContainer]
    toleration: str
    affinity: str
    def __init__(self, termination_grace_period: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., containers: _Optional[_Iterable[_Union[OptionalContainer, _Mapping]]] = ..., toleration: _Optional[str] = ..., affinity: _Optional[str] = ...) -> None: ...

class Scheduler(_message.Message):
    __slots__ = ("name", "game", "state", "port_range", "created_at", "max_surge", "rooms_replicas", "spec", "autoscaling", "forwarders", "annotations", "labels", "match_allocation")
    class AnnotationsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    GAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    MAX_SURGE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    SPEC_FIELD_NUMBER: _ClassVar[int]
    AUTOSCALING_FIELD_NUMBER: _ClassVar[int]
    FORWARDERS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    state: str
    port_range: PortRange
    created_at: _timestamp_pb2.Timestamp
    max_surge: str
    rooms_replicas: int
    spec: Spec
    autoscaling: Autoscaling
    forwarders: _containers.RepeatedCompositeFieldContainer[Forwarder]
    annotations: _containers.ScalarMap[str, str]
    labels: _containers.ScalarMap[str, str]
    match_allocation: MatchAllocation
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., state: _Optional[str] = ..., port_range: _Optional[_Union[PortRange, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_surge: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., spec: _Optional[_Union[Spec, _Mapping]] = ..., autoscaling: _Optional[_Union[Autoscaling, _Mapping]] = ..., forwarders: _Optional[_Iterable[_Union[Forwarder, _Mapping]]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., match_allocation: _Optional[_Union[MatchAllocation, _Mapping]] = ...) -> None: ...

class SchedulerWithoutSpec(_message.Message):
    __slots__ = ("name", "game", "state", "version", "port_range", "created_at", "max_surge", "rooms_replicas", "match_allocation")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    MAX_SURGE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    state: str
    version: str
    port_range: PortRange
    created_at: _timestamp_pb2.Timestamp
    max_surge: str
    rooms_replicas: int
    match_allocation: MatchAllocation
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., state: _Optional[str] = ..., version: _Optional[str] = ..., port_range: _Optional[_Union[PortRange, _Mapping]] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_surge: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., match_allocation: _Optional[_Union[MatchAllocation, _Mapping]] = ...) -> None: ...

class ListOperationItem(_message.Message):
    __slots__ = ("id", "status", "definition_name", "lease", "scheduler_name", "created_at", "attempt", "cancel_requested")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_NAME_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    id: str
    status: str
    definition_name: str
    lease: Lease
    scheduler_name: str
    created_at: _timestamp_pb2.Timestamp
    attempt: int
    cancel_requested: bool
    def __init__(self, id: _Optional[str] = ..., status: _Optional[str] = ..., definition_name: _Optional[str] = ..., lease: _Optional[_Union[Lease, _Mapping]] = ..., scheduler_name: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., attempt: _Optional[int] = ..., cancel_requested: _Optional[bool] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("id", "status", "definition_name", "lease", "scheduler_name", "created_at", "input", "execution_history", "attempt", "cancel_requested")
    ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DEFINITION_NAME_FIELD_NUMBER: _ClassVar[int]
    LEASE_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_HISTORY_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    id: str
    status: str
    definition_name: str
    lease: Lease
    scheduler_name: str
    created_at: _timestamp_pb2.Timestamp
    input: _struct_pb2.Struct
    execution_history: _containers.RepeatedCompositeFieldContainer[OperationEvent]
    attempt: int
    cancel_requested: bool
    def __init__(self, id: _Optional[str] = ..., status: _Optional[str] = ..., definition_name: _Optional[str] = ..., lease: _Optional[_Union[Lease, _Mapping]] = ..., scheduler_name: _Optional[str] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., input: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., execution_history: _Optional[_Iterable[_Union[OperationEvent, _Mapping]]] = ..., attempt: _Optional[int] = ..., cancel_requested: _Optional[bool] = ...) -> None: ...

class OptionalAutoscaling(_message.Message):
    __slots__ = ("enabled", "min", "max", "policy", "cooldown")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    COOLDOWN_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    min: int
    max: int
    policy: AutoscalingPolicy
    cooldown: int
    def __init__(self, enabled: _Optional[bool] = ..., min: _Optional[int] = ..., max: _Optional[int] = ..., policy: _Optional[_Union[AutoscalingPolicy, _Mapping]] = ..., cooldown: _Optional[int] = ...) -> None: ...

class Autoscaling(_message.Message):
    __slots__ = ("enabled", "min", "max", "policy", "cooldown")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    COOLDOWN_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    min: int
    max: int
    policy: AutoscalingPolicy
    cooldown: int
    def __init__(self, enabled: _Optional[bool] = ..., min: _Optional[int] = ..., max: _Optional[int] = ..., policy: _Optional[_Union[AutoscalingPolicy, _Mapping]] = ..., cooldown: _Optional[int] = ...) -> None: ...

class AutoscalingPolicy(_message.Message):
    __slots__ = ("type", "parameters")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    type: str
    parameters: PolicyParameters
    def __init__(self, type: _Optional[str] = ..., parameters: _Optional[_Union[PolicyParameters, _Mapping]] = ...) -> None: ...

class PolicyParameters(_message.Message):
    __slots__ = ("room_occupancy", "fixed_buffer")
    ROOM_OCCUPANCY_FIELD_NUMBER: _ClassVar[int]
    FIXED_BUFFER_FIELD_NUMBER: _ClassVar[int]
    room_occupancy: RoomOccupancy
    fixed_buffer: FixedBuffer
    def __init__(self, room_occupancy: _Optional[_Union[RoomOccupancy, _Mapping]] = ..., fixed_buffer: _Optional[_Union[FixedBuffer, _Mapping]] = ...) -> None: ...

class FixedBuffer(_message.Message):
    __slots__ = ("amount",)
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    amount: int
    def __init__(self, amount: _Optional[int] = ...) -> None: ...

class RoomOccupancy(_message.Message):
    __slots__ = ("ready_target", "down_threshold")
    READY_TARGET_FIELD_NUMBER: _ClassVar[int]
    DOWN_THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    ready_target: float
    down_threshold: float
    def __init__(self, ready_target: _Optional[float] = ..., down_threshold: _Optional[float] = ...) -> None: ...

class Lease(_message.Message):
    __slots__ = ("ttl",)
    TTL_FIELD_NUMBER: _ClassVar[int]
    ttl: str
    def __init__(self, ttl: _Optional[str] = ...) -> None: ...

class OperationEvent(_message.Message):
    __slots__ = ("created_at", "event")
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    created_at: _timestamp_pb2.Timestamp
    event: str
    def __init__(self, created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event: _Optional[str] = ...) -> None: ...

class SchedulerVersion(_message.Message):
    __slots__ = ("version", "is_active", "created_at")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    version: str
    is_active: bool
    created_at: _timestamp_pb2.Timestamp
    def __init__(self, version: _Optional[str] = ..., is_active: _Optional[bool] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Forwarder(_message.Message):
    __slots__ = ("name", "enable", "type", "address", "options")
    NAME_FIELD_NUMBER: _ClassVar[int]
    ENABLE_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    enable: bool
    type: str
    address: str
    options: ForwarderOptions
    def __init__(self, name: _Optional[str] = ..., enable: _Optional[bool] = ..., type: _Optional[str] = ..., address: _Optional[str] = ..., options: _Optional[_Union[ForwarderOptions, _Mapping]] = ...) -> None: ...

class ForwarderOptions(_message.Message):
    __slots__ = ("timeout", "metadata")
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    timeout: int
    metadata: _struct_pb2.Struct
    def __init__(self, timeout: _Optional[int] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class AutoscalingInfo(_message.Message):
    __slots__ = ("enabled", "min", "max", "cooldown")
    ENABLED_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    COOLDOWN_FIELD_NUMBER: _ClassVar[int]
    enabled: bool
    min: int
    max: int
    cooldown: int
    def __init__(self, enabled: _Optional[bool] = ..., min: _Optional[int] = ..., max: _Optional[int] = ..., cooldown: _Optional[int] = ...) -> None: ...

class SchedulerInfo(_message.Message):
    __slots__ = ("name", "game", "state", "rooms_replicas", "rooms_ready", "rooms_occupied", "rooms_pending", "rooms_terminating", "autoscaling", "match_allocation", "rooms_active", "rooms_allocated", "rooms_unready", "rooms_error", "frozen_reason", "crash_loop_reason", "paused")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GAME_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    ROOMS_READY_FIELD_NUMBER: _ClassVar[int]
    ROOMS_OCCUPIED_FIELD_NUMBER: _ClassVar[int]
    ROOMS_PENDING_FIELD_NUMBER: _ClassVar[int]
    ROOMS_TERMINATING_FIELD_NUMBER: _ClassVar[int]
    AUTOSCALING_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    ROOMS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_ALLOCATED_FIELD_NUMBER: _ClassVar[int]
    ROOMS_UNREADY_FIELD_NUMBER: _ClassVar[int]
    ROOMS_ERROR_FIELD_NUMBER: _ClassVar[int]
    FROZEN_REASON_FIELD_NUMBER: _ClassVar[int]
    CRASH_LOOP_REASON_FIELD_NUMBER: _ClassVar[int]
    PAUSED_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    state: str
    rooms_replicas: int
    rooms_ready: int
    rooms_occupied: int
    rooms_pending: int
    rooms_terminating: int
    autoscaling: AutoscalingInfo
    match_allocation: MatchAllocation
    rooms_active: int
    rooms_allocated: int
    rooms_unready: int
    rooms_error: int
    frozen_reason: str
    crash_loop_reason: str
    paused: bool
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., state: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., rooms_ready: _Optional[int] = ..., rooms_occupied: _Optional[int] = ..., rooms_pending: _Optional[int] = ..., rooms_terminating: _Optional[int] = ..., autoscaling: _Optional[_Union[AutoscalingInfo, _Mapping]] = ..., match_allocation: _Optional[_Union[MatchAllocation, _Mapping]] = ..., rooms_active: _Optional[int] = ..., rooms_allocated: _Optional[int] = ..., rooms_unready: _Optional[int] = ..., rooms_error: _Optional[int] = ..., frozen_reason: _Optional[str] = ..., crash_loop_reason: _Optional[str] = ..., paused: _Optional[bool] = ...) -> None: ...
