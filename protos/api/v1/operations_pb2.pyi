from protos.api.v1 import messages_pb2 as _messages_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListOperationsRequest(_message.Message):
    __slots__ = ("scheduler_name", "order_by", "stage", "page", "per_page")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_FIELD_NUMBER: _ClassVar[int]
    PER_PAGE_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    order_by: str
    stage: str
    page: int
    per_page: int
    def __init__(self, scheduler_name: _Optional[str] = ..., order_by: _Optional[str] = ..., stage: _Optional[str] = ..., page: _Optional[int] = ..., per_page: _Optional[int] = ...) -> None: ...

class ListOperationsResponse(_message.Message):
    __slots__ = ("page", "page_size", "total", "operations")
    PAGE_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    page: int
    page_size: int
    total: int
    operations: _containers.RepeatedCompositeFieldContainer[_messages_pb2.ListOperationItem]
    def __init__(self, page: _Optional[int] = ..., page_size: _Optional[int] = ..., total: _Optional[int] = ..., operations: _Optional[_Iterable[_Union[_messages_pb2.ListOperationItem, _Mapping]]] = ...) -> None: ...

class CancelOperationRequest(_message.Message):
    __slots__ = ("scheduler_name", "operation_id")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    operation_id: str
    def __init__(self, scheduler_name: _Optional[str] = ..., operation_id: _Optional[str] = ...) -> None: ...

class CancelOperationResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetOperationRequest(_message.Message):
    __slots__ = ("scheduler_name", "operation_id")
    SCHEDULER_NAME_FIELD_NUMBER: _ClassVar[int]
    OPERATION_ID_FIELD_NUMBER: _ClassVar[int]
    scheduler_name: str
    operation_id: str
    def __init__(self, scheduler_name: _Optional[str] = ..., operation_id: _Optional[str] = ...) -> None: ...

class GetOperationResponse(_message.Message):
    __slots__ = ("operation",)
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    operation: _messages_pb2.Operation
    def __init__(self, operation: _Optional[_Union[_messages_pb2.Operation, _Mapping]] = ...) -> None: ...
