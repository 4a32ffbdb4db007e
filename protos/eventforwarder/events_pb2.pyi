from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RoomEvent(_message.Message):
    __slots__ = ("room", "eventType", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ROOM_FIELD_NUMBER: _ClassVar[int]
    EVENTTYPE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    room: Room
    eventType: str
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, room: _Optional[_Union[Room, _Mapping]] = ..., eventType: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RoomStatus(_message.Message):
    __slots__ = ("room", "statusType")
    class RoomStatusType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        ready: _ClassVar[RoomStatus.RoomStatusType]
        occupied: _ClassVar[RoomStatus.RoomStatusType]
        terminating: _ClassVar[RoomStatus.RoomStatusType]
        terminated: _ClassVar[RoomStatus.RoomStatusType]
    ready: RoomStatus.RoomStatusType
    occupied: RoomStatus.RoomStatusType
    terminating: RoomStatus.RoomStatusType
    terminated: RoomStatus.RoomStatusType
    ROOM_FIELD_NUMBER: _ClassVar[int]
    STATUSTYPE_FIELD_NUMBER: _ClassVar[int]
    room: Room
    statusType: RoomStatus.RoomStatusType
    def __init__(self, room: _Optional[_Union[Room, _Mapping]] = ..., statusType: _Optional[_Union[RoomStatus.RoomStatusType, str]] = ...) -> None: ...

class Room(_message.Message):
    __slots__ = ("game", "roomId", "host", "port", "metadata", "roomType")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    GAME_FIELD_NUMBER: _ClassVar[int]
    ROOMID_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PORT_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ROOMTYPE_FIELD_NUMBER: _ClassVar[int]
    game: str
    roomId: str
    host: str
    port: int
    metadata: _containers.ScalarMap[str, str]
    roomType: str
    def __init__(self, game: _Optional[str] = ..., roomId: _Optional[str] = ..., host: _Optional[str] = ..., port: _Optional[int] = ..., metadata: _Optional[_Mapping[str, str]] = ..., roomType: _Optional[str] = ...) -> None: ...

class PlayerEvent(_message.Message):
    __slots__ = ("playerId", "room", "eventType", "metadata")
    class PlayerEventType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PLAYER_JOINED: _ClassVar[PlayerEvent.PlayerEventType]
        PLAYER_LEFT: _ClassVar[PlayerEvent.PlayerEventType]
    PLAYER_JOINED: PlayerEvent.PlayerEventType
    PLAYER_LEFT: PlayerEvent.PlayerEventType
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    PLAYERID_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    EVENTTYPE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    playerId: str
    room: Room
    eventType: PlayerEvent.PlayerEventType
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, playerId: _Optional[str] = ..., room: _Optional[_Union[Room, _Mapping]] = ..., eventType: _Optional[_Union[PlayerEvent.PlayerEventType, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RoomInfo(_message.Message):
    __slots__ = ("roomType", "game", "numberOfTeams", "playersPerTeam", "minimumNumberOfPlayers", "matchmakingScript", "webhookUrl", "metadata", "tags")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class TagsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ROOMTYPE_FIELD_NUMBER: _ClassVar[int]
    GAME_FIELD_NUMBER: _ClassVar[int]
    NUMBEROFTEAMS_FIELD_NUMBER: _ClassVar[int]
    PLAYERSPERTEAM_FIELD_NUMBER: _ClassVar[int]
    MINIMUMNUMBEROFPLAYERS_FIELD_NUMBER: _ClassVar[int]
    MATCHMAKINGSCRIPT_FIELD_NUMBER: _ClassVar[int]
    WEBHOOKURL_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    TAGS_FIELD_NUMBER: _ClassVar[int]
    roomType: str
    game: str
    numberOfTeams: int
    playersPerTeam: int
    minimumNumberOfPlayers: int
    matchmakingScript: str
    webhookUrl: str
    metadata: _containers.ScalarMap[str, str]
    tags: _containers.ScalarMap[str, str]
    def __init__(self, roomType: _Optional[str] = ..., game: _Optional[str] = ..., numberOfTeams: _Optional[int] = ..., playersPerTeam: _Optional[int] = ..., minimumNumberOfPlayers: _Optional[int] = ..., matchmakingScript: _Optional[str] = ..., webhookUrl: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., tags: _Optional[_Mapping[str, str]] = ...) -> None: ...

class Response(_message.Message):
    __slots__ = ("code", "message")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ...) -> None: ...
