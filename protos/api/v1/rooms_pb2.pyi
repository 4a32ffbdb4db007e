from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetRoomAddressRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ...) -> None: ...

class GetRoomAddressResponse(_message.Message):
    __slots__ = ("ports", "host", "ipv6_label")
    PORTS_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    IPV6_LABEL_FIELD_NUMBER: _ClassVar[int]
    ports: _containers.RepeatedCompositeFieldContainer[Port]
    host: str
    ipv6_label: str
    def __init__(self, ports: _Optional[_Iterable[_Union[Port, _Mapping]]] = ..., host: _Optional[str] = ..., ipv6_label: _Optional[str] = ...) -> None: ...

class Port(_message.Message):
    __slots__ = ("name", "protocol", "port")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PROTOCOL_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    name: str
    protocol: str
    port: int
    def __init__(self, name: _Optional[str] = ..., protocol: _Optional[str] = ..., port: _Optional[int] = ...) -> None: ...

class UpdateRoomStatusRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name", "metadata", "status", "timestamp", "running_matches")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    RUNNING_MATCHES_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    metadata: _struct_pb2.Struct
    status: str
    timestamp: int
    running_matches: int
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., status: _Optional[str] = ..., timestamp: _Optional[int] = ..., running_matches: _Optional[int] = ...) -> None: ...

class UpdateRoomStatusResponse(_message.Message):
    __slots__ = ("success",)
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    success: bool
    def __init__(self, success: _Optional[bool] = ...) -> None: ...

class ForwardPlayerEventRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name", "metadata", "event", "timestamp")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    metadata: _struct_pb2.Struct
    event: str
    timestamp: int
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., event: _Optional[str] = ..., timestamp: _Optional[int] = ...) -> None: ...

class ForwardPlayerEventResponse(_message.Message):
    __slots__ = ("success", "message")
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    success: bool
    message: str
    def __init__(self, success: _Optional[bool] = ..., message: _Optional[str] = ...) -> None: ...

class ForwardRoomEventRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name", "metadata", "event", "timestamp")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    metadata: _struct_pb2.Struct
    event: str
    timestamp: int
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., event: _Optional[str] = ..., timestamp: _Optional[int] = ...) -> None: ...

class ForwardRoomEventResponse(_message.Message):
    __slots__ = ("success", "message")
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    success: bool
    message: str
    def __init__(self, success: _Optional[bool] = ..., message: _Optional[str] = ...) -> None: ...

class UpdateRoomWithPingRequest(_message.Message):
    __slots__ = ("scheduler_name", "room_name", "metadata", "status", "timestamp", "running_matches")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ROOM_NAME_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    RUNNING_MATCHES_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    room_name: str
    metadata: _struct_pb2.Struct
    status: str
    timestamp: int
    running_matches: int
    def __init__(self, scheduler_name: _Optional[str] = ..., room_name: _Optional[str] = ..., metadata: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., status: _Optional[str] = ..., timestamp: _Optional[int] = ..., running_matches: _Optional[int] = ...) -> None: ...

class UpdateRoomWithPingResponse(_message.Message):
    __slots__ = ("success",)
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    success: bool
    def __init__(self, success: _Optional[bool] = ...) -> None: ...

class AllocateRoomRequest(_message.Message):
    __slots__ = ("scheduler_name",)
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    def __init__(self, scheduler_name: _Optional[str] = ...) -> None: ...

class AllocateRoomResponse(_message.Message):
    __slots__ = ("room_id", "success", "message", "ports", "host")
    ROOM_ID_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    room_id: str
    success: bool
    message: str
    ports: _containers.RepeatedCompositeFieldContainer[Port]
    host: str
    def __init__(self, room_id: _Optional[str] = ..., success: _Optional[bool] = ..., message: _Optional[str] = ..., ports: _Optional[_Iterable[_Union[Port, _Mapping]]] = ..., host: _Optional[str] = ...) -> None: ...
