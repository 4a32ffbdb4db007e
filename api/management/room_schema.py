"""Rooms on the wire, as operators see them."""

import dataclasses
from typing import Any

from api import fields
from api.messages import Message
from api.port_schema import PortSchema
from maestro.domain.rooms import RoomStatus
from maestro.errors import InvalidInput

DEFAULT_PER_PAGE = 50
MAX_PER_PAGE = 500


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomsQuery:
    """Which rooms of a scheduler."""

    status: RoomStatus | None
    version: str | None
    page: int
    per_page: int


class ListRoomsRequestSchema(Message):
    """Which rooms of a scheduler."""

    status = fields.String(about=f"One of {', '.join(RoomStatus)}; all when absent.")
    version = fields.String(about="All when absent.")
    page = fields.UInt32(optional=True, about="From 1.")
    per_page = fields.UInt32(
        optional=True, about=f"1 to {MAX_PER_PAGE}; {DEFAULT_PER_PAGE} when absent."
    )

    def make(self, **values: Any) -> RoomsQuery:
        """The query, with defaults."""
        page, per_page = values["page"], values["per_page"]
        if page == 0:
            raise InvalidInput.of("page", "must be greater than 0")
        if per_page is not None and not 1 <= per_page <= MAX_PER_PAGE:
            raise InvalidInput.of("perPage", f"must be between 1 and {MAX_PER_PAGE}")
        return RoomsQuery(
            status=_status(values["status"]),
            version=values["version"] or None,
            page=page or 1,
            per_page=per_page or DEFAULT_PER_PAGE,
        )


class InstanceStatusSchema(Message):
    """What the runtime said last."""

    type = fields.String(attribute="instance_status")
    description = fields.String(attribute="instance_description")


class RoomSchema(Message):
    """One game room."""

    id = fields.String()
    scheduler_name = fields.String(attribute="scheduler")
    version = fields.String()
    status = fields.String()
    ping_status = fields.String()
    instance_status = fields.Embedded(InstanceStatusSchema)
    host = fields.String()
    ports = fields.Repeated(fields.Embedded(PortSchema))
    running_matches = fields.Int64()
    metadata = fields.Struct()
    is_validation_room = fields.Boolean(attribute="is_validation")
    created_at = fields.Timestamp(nullable=True)
    last_ping_at = fields.Timestamp(nullable=True, about="Null until the first ping.")
    allocated_until = fields.Timestamp(optional=True)
    operation_id = fields.String(attribute="operation", about="What created it.")

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """A room holds the parts of its instance's status side by side."""
        return obj if attr == "instance_status" else super().get_attribute(obj, attr, default)


class ListRoomsResponseSchema(Message):
    """One page of rooms, by id."""

    rooms = fields.Repeated(fields.Embedded(RoomSchema))
    page = fields.UInt32()
    page_size = fields.UInt32()
    total = fields.UInt32()


class GetRoomResponseSchema(Message):
    """One room."""

    room = fields.Embedded(RoomSchema)


def _status(status: str) -> RoomStatus | None:
    if not status:
        return None
    if status not in list(RoomStatus):
        text = f"must be one of the following options: {', '.join(RoomStatus)}"
        raise InvalidInput.of("status", text)
    return RoomStatus(status)
