import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from protos.api.v1 import messages_pb2 as _messages_pb2
from protos.api.v1 import rooms_pb2 as _rooms_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListSchedulersRequest(_message.Message):
    __slots__ = ("name", "game", "version")
    NAME_FIELD_NUMBER: _ClassVar[int]
    GAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    version: str
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class ListSchedulersResponse(_message.Message):
    __slots__ = ("schedulers",)
    SCHEDULERS_FIELD_NUMBER: _ClassVar[int]
    schedulers: _containers.RepeatedCompositeFieldContainer[_messages_pb2.SchedulerWithoutSpec]
    def __init__(self, schedulers: _Optional[_Iterable[_Union[_messages_pb2.SchedulerWithoutSpec, _Mapping]]] = ...) -> None: ...

class CreateSchedulerResponse(_message.Message):
    __slots__ = ("scheduler",)
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    scheduler: _messages_pb2.Scheduler
    def __init__(self, scheduler: _Optional[_Union[_messages_pb2.Scheduler, _Mapping]] = ...) -> None: ...

class CreateSchedulerRequest(_message.Message):
    __slots__ = ("name", "game", "spec", "port_range", "max_surge", "rooms_replicas", "autoscaling", "forwarders", "annotations", "labels", "match_allocation")
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
    SPEC_FIELD_NUMBER: _ClassVar[int]
    PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    MAX_SURGE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    AUTOSCALING_FIELD_NUMBER: _ClassVar[int]
    FORWARDERS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    spec: _messages_pb2.Spec
    port_range: _messages_pb2.PortRange
    max_surge: str
    rooms_replicas: int
    autoscaling: _messages_pb2.Autoscaling
    forwarders: _containers.RepeatedCompositeFieldContainer[_messages_pb2.Forwarder]
    annotations: _containers.ScalarMap[str, str]
    labels: _containers.ScalarMap[str, str]
    match_allocation: _messages_pb2.MatchAllocation
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., spec: _Optional[_Union[_messages_pb2.Spec, _Mapping]] = ..., port_range: _Optional[_Union[_messages_pb2.PortRange, _Mapping]] = ..., max_surge: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., autoscaling: _Optional[_Union[_messages_pb2.Autoscaling, _Mapping]] = ..., forwarders: _Optional[_Iterable[_Union[_messages_pb2.Forwarder, _Mapping]]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., match_allocation: _Optional[_Union[_messages_pb2.MatchAllocation, _Mapping]] = ...) -> None: ...

class GetSchedulerRequest(_message.Message):
    __slots__ = ("scheduler_name", "version")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    version: str
    def __init__(self, scheduler_name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class GetSchedulerResponse(_message.Message):
    __slots__ = ("scheduler",)
    SCHEDULER_FIELD_NUMBER: _ClassVar[int]
    scheduler: _messages_pb2.Scheduler
    def __init__(self, scheduler: _Optional[_Union[_messages_pb2.Scheduler, _Mapping]] = ...) -> None: ...

class NewSchedulerVersionRequest(_message.Message):
    __slots__ = ("name", "game", "spec", "port_range", "max_surge", "rooms_replicas", "autoscaling", "forwarders", "annotations", "labels", "match_allocation")
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
    SPEC_FIELD_NUMBER: _ClassVar[int]
    PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    MAX_SURGE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    AUTOSCALING_FIELD_NUMBER: _ClassVar[int]
    FORWARDERS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    game: str
    spec: _messages_pb2.Spec
    port_range: _messages_pb2.PortRange
    max_surge: str
    rooms_replicas: int
    autoscaling: _messages_pb2.Autoscaling
    forwarders: _containers.RepeatedCompositeFieldContainer[_messages_pb2.Forwarder]
    annotations: _containers.ScalarMap[str, str]
    labels: _containers.ScalarMap[str, str]
    match_allocation: _messages_pb2.MatchAllocation
    def __init__(self, name: _Optional[str] = ..., game: _Optional[str] = ..., spec: _Optional[_Union[_messages_pb2.Spec, _Mapping]] = ..., port_range: _Optional[_Union[_messages_pb2.PortRange, _Mapping]] = ..., max_surge: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., autoscaling: _Optional[_Union[_messages_pb2.Autoscaling, _Mapping]] = ..., forwarders: _Optional[_Iterable[_Union[_messages_pb2.Forwarder, _Mapping]]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., match_allocation: _Optional[_Union[_messages_pb2.MatchAllocation, _Mapping]] = ...) -> None: ...

class NewSchedulerVersionResponse(_message.Message):
    __slots__ = ("operation_id",)
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    def __init__(self, operation_id: _Optional[str] = ...) -> None: ...

class PatchSchedulerRequest(_message.Message):
    __slots__ = ("name", "spec", "port_range", "max_surge", "rooms_replicas", "autoscaling", "forwarders", "annotations", "labels", "match_allocation")
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
    SPEC_FIELD_NUMBER: _ClassVar[int]
    PORT_RANGE_FIELD_NUMBER: _ClassVar[int]
    MAX_SURGE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_REPLICAS_FIELD_NUMBER: _ClassVar[int]
    AUTOSCALING_FIELD_NUMBER: _ClassVar[int]
    FORWARDERS_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    MATCH_ALLOCATION_FIELD_NUMBER: _ClassVar[int]
    name: str
    spec: _messages_pb2.OptionalSpec
    port_range: _messages_pb2.PortRange
    max_surge: str
    rooms_replicas: int
    autoscaling: _messages_pb2.OptionalAutoscaling
    forwarders: _containers.RepeatedCompositeFieldContainer[_messages_pb2.Forwarder]
    annotations: _containers.ScalarMap[str, str]
    labels: _containers.ScalarMap[str, str]
    match_allocation: _messages_pb2.MatchAllocation
    def __init__(self, name: _Optional[str] = ..., spec: _Optional[_Union[_messages_pb2.OptionalSpec, _Mapping]] = ..., port_range: _Optional[_Union[_messages_pb2.PortRange, _Mapping]] = ..., max_surge: _Optional[str] = ..., rooms_replicas: _Optional[int] = ..., autoscaling: _Optional[_Union[_messages_pb2.OptionalAutoscaling, _Mapping]] = ..., forwarders: _Optional[_Iterable[_Union[_messages_pb2.Forwarder, _Mapping]]] = ..., annotations: _Optional[_Mapping[str, str]] = ..., labels: _Optional[_Mapping[str, str]] = ..., match_allocation: _Optional[_Union[_messages_pb2.MatchAllocation, _Mapping]] = ...) -> None: ...

class PatchSchedulerResponse(_message.Message):
    __slots__ = ("operation_id",)
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    def __init__(self, operation_id: _Optional[str] = ...) -> None: ...

class GetSchedulerVersionsRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class GetSchedulerVersionsResponse(_message.Message):
    __slots__ = ("versions",)
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[_messages_pb2.SchedulerVersion]
    def __init__(self, versions: _Optional[_Iterable[_Union[_messages_pb2.SchedulerVersion, _Mapping]]] = ...) -> None: ...

class SwitchActiveVersionRequest(_message.Message):
    __slots__ = ("scheduler_name", "version")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    version: str
    def __init__(self, scheduler_name: _Optional[str] = ..., version: _Optional[str] = ...) -> None: ...

class SwitchActiveVersionResponse(_message.Message):
    __slots__ = ("operation_id",)
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    def __init__(self, operation_id: _Optional[str] = ...) -> None: ...

class GetSchedulersInfoRequest(_message.Message):
    __slots__ = ("game",)
    GAME_FIELD_NUMBER: _ClassVar[int]
    game: str
    def __init__(self, game: _Optional[str] = ...) -> None: ...

class GetSchedulersInfoResponse(_message.Message):
    __slots__ = ("schedulers",)
    SCHEDULERS_FIELD_NUMBER: _ClassVar[int]
    schedulers: _containers.RepeatedCompositeFieldContainer[_messages_pb2.SchedulerInfo]
    def __init__(self, schedulers: _Optional[_Iterable[_Union[_messages_pb2.SchedulerInfo, _Mapping]]] = ...) -> None: ...

class DeleteSchedulerRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class DeleteSchedulerResponse(_message.Message):
    __slots__ = ("operation_id",)
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    operation_id: str
    def __init__(self, operation_id: _Optional[str] = ...) -> None: ...

class ListRoomsRequest(_message.Message):
    __slots__ = ("scheduler_name", "status", "version", "page", "per_page")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    PER_PAGE_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    status: str
    version: str
    page: int
    per_page: int
    def __init__(self, scheduler_name: _Optional[str] = ..., status: _Optional[str] = ..., version: _Optional[str] = ..., page: _Optional[int] = ..., per_page: _Optional[int] = ...) -> None: ...

class ListRoomsResponse(_message.Message):
    __slots__ = ("rooms", "page", "page_size", "total")
    ROOMS_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    rooms: _containers.RepeatedCompositeFieldContainer[Room]
    page: int
    page_size: int
    total: int
    def __init__(self, rooms: _Optional[_Iterable[_Union[Room, _Mapping]]] = ..., page: _Optional[int] = ..., page_size: _Optional[int] = ..., total: _Optional[int] = ...) -> None: ...

class GetRoomRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ...) -> None: ...

class GetRoomResponse(_message.Message):
    __slots__ = ("room",)
    ROOM_FIELD_NUMBER: _ClassVar[int]
    room: Room
    def __init__(self, room: _Optional[_Union[Room, _Mapping]] = ...) -> None: ...

class Room(_message.Message):
    __slots__ = ("id", "scheduler_name", "version", "status", "ping_status", "instance_status", "host", "ports", "running_matches", "metadata", "is_validation_room", "created_at", "last_ping_at", "allocated_until", "operation_id")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PING_STATUS_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_STATUS_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    RUNNING_MATCHES_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    IS_VALIDATION_ROOM_FIELD_NUMBER: _ClassVar[int]
    CREATED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_PING_AT_FIELD_NUMBER: _ClassVar[int]
    ALLOCATED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    id: str
    scheduler_name: str
    version: str
    status: str
    ping_status: str
    instance_status: InstanceStatus
    host: str
    ports: _containers.RepeatedCompositeFieldContainer[_rooms_pb2.Port]
    running_matches: int
    metadata: _struct_pb2.Struct
    is_validation_room: bool
    created_at: _timestamp_pb2.Timestamp
    last_ping_at: _timestamp_pb2.Timestamp
    allocated_until: _timestamp_pb2.Timestamp
    operation_id: str
    def __init__(self, id: _Optional[str] = ..., scheduler_name: _Optional[str] = ..., version: _Optional[str] = ..., status: _Optional[str] = ..., ping_status: _Optional[str] = ..., instance_status: _Optional[_Union[InstanceStatus, _Mapping]] = ..., host: _Optional[str] = ..., ports: _Optional[_Iterable[_Union[_rooms_pb2.Port, _Mapping]]] = ..., running_matches: _Optional[int] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., is_validation_room: _Optional[bool] = ..., created_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_ping_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., allocated_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., operation_id: _Optional[str] = ...) -> None: ...

class InstanceStatus(_message.Message):
    __slots__ = ("type", "description")
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    type: str
    description: str
    def __init__(self, type: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class PauseSchedulerRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class PauseSchedulerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeSchedulerRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class ResumeSchedulerResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PauseAllRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PauseAllResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeAllRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ResumeAllResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ExplainAutoscalingRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class ExplainAutoscalingResponse(_message.Message):
    __slots__ = ("decisions",)
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[AutoscalingDecision]
    def __init__(self, decisions: _Optional[_Iterable[_Union[AutoscalingDecision, _Mapping]]] = ...) -> None: ...

class AutoscalingDecision(_message.Message):
    __slots__ = ("at", "policy", "inputs", "formula", "raw", "desired", "bounds", "available", "outcome", "operation_id")
    AT_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    FORMULA_FIELD_NUMBER: _ClassVar[int]
    RAW_FIELD_NUMBER: _ClassVar[int]
    DESIRED_FIELD_NUMBER: _ClassVar[int]
    BOUNDS_FIELD_NUMBER: _ClassVar[int]
    AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    policy: str
    inputs: _struct_pb2.Struct
    formula: str
    raw: int
    desired: int
    bounds: _containers.RepeatedScalarFieldContainer[str]
    available: int
    outcome: str
    operation_id: str
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., policy: _Optional[str] = ..., inputs: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., formula: _Optional[str] = ..., raw: _Optional[int] = ..., desired: _Optional[int] = ..., bounds: _Optional[_Iterable[str]] = ..., available: _Optional[int] = ..., outcome: _Optional[str] = ..., operation_id: _Optional[str] = ...) -> None: ...

class GetRolloutRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class GetRolloutResponse(_message.Message):
    __slots__ = ("rollout",)
    ROLLOUT_FIELD_NUMBER: _ClassVar[int]
    rollout: Rollout
    def __init__(self, rollout: _Optional[_Union[Rollout, _Mapping]] = ...) -> None: ...

class Rollout(_message.Message):
    __slots__ = ("in_progress", "from_versions", "to_version", "rooms_done", "rooms_to_do", "statuses", "waits_for", "since", "waiting_since", "evicts_at", "estimated_end")
    IN_PROGRESS_FIELD_NUMBER: _ClassVar[int]
    FROM_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    TO_VERSION_FIELD_NUMBER: _ClassVar[int]
    ROOMS_DONE_FIELD_NUMBER: _ClassVar[int]
    ROOMS_TO_DO_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    WAITS_FOR_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    WAITING_SINCE_FIELD_NUMBER: _ClassVar[int]
    EVICTS_AT_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_END_FIELD_NUMBER: _ClassVar[int]
    in_progress: bool
    from_versions: _containers.RepeatedScalarFieldContainer[str]
    to_version: str
    rooms_done: int
    rooms_to_do: int
    statuses: _containers.RepeatedCompositeFieldContainer[RolloutStatusCount]
    waits_for: str
    since: _timestamp_pb2.Timestamp
    waiting_since: _timestamp_pb2.Timestamp
    evicts_at: _timestamp_pb2.Timestamp
    estimated_end: _timestamp_pb2.Timestamp
    def __init__(self, in_progress: _Optional[bool] = ..., from_versions: _Optional[_Iterable[str]] = ..., to_version: _Optional[str] = ..., rooms_done: _Optional[int] = ..., rooms_to_do: _Optional[int] = ..., statuses: _Optional[_Iterable[_Union[RolloutStatusCount, _Mapping]]] = ..., waits_for: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., waiting_since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., evicts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., estimated_end: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class RolloutStatusCount(_message.Message):
    __slots__ = ("status", "done", "to_do")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    DONE_FIELD_NUMBER: _ClassVar[int]
    TO_DO_FIELD_NUMBER: _ClassVar[int]
    status: str
    done: int
    to_do: int
    def __init__(self, status: _Optional[str] = ..., done: _Optional[int] = ..., to_do: _Optional[int] = ...) -> None: ...
