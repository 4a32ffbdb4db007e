"""Decisions and rollouts on the wire."""

from api import fields
from api.messages import Message


class AutoscalingDecisionSchema(Message):
    """One look at the size of a fleet, and what followed from it."""

    at = fields.Timestamp(nullable=True, about="Of equal decisions in a row, the last time.")
    policy = fields.String(about="roomOccupancy, fixedBuffer, or roomsReplicas.")
    inputs = fields.Struct(about="What the formula was computed from.")
    formula = fields.String()
    raw = fields.Int32(about="What the formula gives.")
    desired = fields.Int32(about="Rooms wanted, within min and max.")
    bounds = fields.Repeated(
        fields.String(), about="What changed or held up the outcome, in words."
    )
    available = fields.Int32(about="Rooms that count.")
    outcome = fields.String()
    operation_id = fields.String(about="What was enqueued; empty when nothing was.")


class ExplainAutoscalingResponseSchema(Message):
    """The last decisions, newest first."""

    decisions = fields.Repeated(fields.Embedded(AutoscalingDecisionSchema))


class RolloutStatusCountSchema(Message):
    """Rooms of one status."""

    status = fields.String()
    done = fields.Int32(about="Of the active version, or one that differs little.")
    to_do = fields.Int32(about="To be replaced.")


class RolloutSchema(Message):
    """How far a fleet is on its way to the active version."""

    in_progress = fields.Boolean()
    from_versions = fields.Repeated(fields.String(), about="Versions of rooms to be replaced.")
    to_version = fields.String(about="The active version.")
    rooms_done = fields.Int32(about="Rooms of the active version that are ready or in use.")
    rooms_to_do = fields.Int32(about="Rooms to be replaced.")
    statuses = fields.Repeated(fields.Embedded(RolloutStatusCountSchema))
    waits_for = fields.String(about="What comes next; or that there is no rollout.")
    since = fields.Timestamp(nullable=True)
    waiting_since = fields.Timestamp(
        nullable=True, about="Since when only matches in older rooms are in the way."
    )
    evicts_at = fields.Timestamp(
        nullable=True, about="When older rooms are removed although players are in them."
    )
    estimated_end = fields.Timestamp(nullable=True, about="Null when nothing tells.")


class GetRolloutResponseSchema(Message):
    """The rollout, or that there is none."""

    rollout = fields.Embedded(RolloutSchema)
