"""Operations on the wire."""

import dataclasses
import datetime
from typing import Any

import marshmallow

from api import errors, fields, times
from api.messages import Message
from maestro.domain import documents
from maestro.ports.storage import Stage

DEFAULT_PER_PAGE = 15
MAX_PER_PAGE = 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OperationsQuery:
    """Which operations, in which order."""

    stage: Stage
    descending: bool
    page: int
    #: None: all of them; only the final stage has pages.
    per_page: int | None


class ListOperationsRequestSchema(Message):
    """Which operations, in which order."""

    order_by = fields.String(about="createdAt, createdAt asc or createdAt desc (the default).")
    stage = fields.String(about="pending, active or final; must be given.")
    page = fields.UInt32(optional=True, about="From 1; only with stage final.")
    per_page = fields.UInt32(
        optional=True, about=f"1 to {MAX_PER_PAGE}; {DEFAULT_PER_PAGE} when absent."
    )

    def make(self, **values: Any) -> OperationsQuery:
        """The query; what is checked first is told first, as v10 did."""
        descending = _descending(values["order_by"])
        _check_pages(values["page"], values["per_page"], values["stage"])
        stage = _stage(values["stage"])
        per_page = (values["per_page"] or DEFAULT_PER_PAGE) if stage is Stage.FINAL else None
        return OperationsQuery(
            stage=stage, descending=descending, page=values["page"] or 1, per_page=per_page
        )


class LeaseSchema(Message):
    """Until when the operation belongs to the worker that executes it."""

    ttl = fields.String()

    @marshmallow.pre_dump
    def _tell(self, until: datetime.datetime, **_: object) -> dict[str, str]:
        return {"ttl": times.timestamp_text(until.replace(microsecond=0))}


class ListOperationItemSchema(Message):
    """One line of the list of operations."""

    id = fields.String()
    status = fields.String()
    definition_name = fields.String(attribute="definition.NAME")
    lease = fields.Embedded(LeaseSchema, optional=True, attribute="lease_until")
    scheduler_name = fields.String(attribute="scheduler")
    created_at = fields.Timestamp(nullable=True)
    attempt = fields.Int32(about="How often it was begun; above 1 means that a worker died.")
    cancel_requested = fields.Boolean(about="Whether somebody does not want it any more.")


class ListOperationsResponseSchema(Message):
    """One page of operations."""

    page = fields.UInt32(optional=True)
    page_size = fields.UInt32(optional=True)
    total = fields.UInt32(optional=True)
    operations = fields.Repeated(fields.Embedded(ListOperationItemSchema))


class OperationEventSchema(Message):
    """One line of an operation's history."""

    created_at = fields.Timestamp(nullable=True)
    event = fields.String()


class OperationSchema(Message):
    """One operation with its history."""

    id = fields.String()
    status = fields.String()
    definition_name = fields.String(attribute="definition.NAME")
    scheduler_name = fields.String(attribute="scheduler")
    created_at = fields.Timestamp(nullable=True)
    input = fields.Struct(nullable=True, attribute="definition")
    execution_history = fields.Repeated(fields.Embedded(OperationEventSchema), attribute="history")
    attempt = fields.Int32(about="How often it was begun; above 1 means that a worker died.")
    cancel_requested = fields.Boolean(about="Whether somebody does not want it any more.")

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """What an operation is to do is shown as the document that is stored of it."""
        found = super().get_attribute(obj, attr, default)
        return documents.operation_input(found) if attr == "definition" else found


class CancelOperationResponseSchema(Message):
    """Nothing more to say."""


class GetOperationResponseSchema(Message):
    """One operation."""

    operation = fields.Embedded(OperationSchema)


def _descending(order_by: str) -> bool:
    words = order_by.split()
    if len(words) > 2:
        raise errors.refused("orderBy", "invalid sorting parameters number")
    field, order = (*words, *("createdAt", "desc")[len(words) :])
    if field != "createdAt":
        raise errors.refused("orderBy", f"invalid sorting field: {field}")
    if order not in ("asc", "desc"):
        raise errors.refused("orderBy", f"invalid sorting order: {order}")
    return order == "desc"


def _check_pages(page: int | None, per_page: int | None, stage: str) -> None:
    if page is not None and page < 1:
        raise errors.refused("page", "page must be greater than 0")
    if per_page is not None and not 1 <= per_page <= MAX_PER_PAGE:
        raise errors.refused("perPage", f"page size must be between 0 and {MAX_PER_PAGE}")
    if stage != Stage.FINAL and (page is not None or per_page is not None):
        field = "page" if page is not None else "perPage"
        text = f"there is no pagination filter implemented for {stage} stage"
        raise errors.refused(field, text)


def _stage(stage: str) -> Stage:
    if stage not in list(Stage):
        raise errors.refused("stage", f"invalid stage filter: {stage}")
    return Stage(stage)
