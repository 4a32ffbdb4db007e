"""Schedulers on the wire."""

from typing import Any

from api import fields
from api.management.autoscaling_schema import AutoscalingInfoSchema, AutoscalingSchema
from api.management.container_schema import ContainerSchema, PortRangeSchema
from api.messages import Message
from maestro.domain import schedulers
from maestro.domain.rooms import RoomStatus


class SpecSchema(Message):
    """What one room is made of."""

    version = fields.String(dump_only=True)
    termination_grace_period = fields.Duration(attribute="termination_grace_period_ns")
    containers = fields.Repeated(fields.Embedded(ContainerSchema), most=50)
    toleration = fields.String()
    affinity = fields.String()
    restart_policy = fields.String(about="Never when absent.")

    def make(self, **values: Any) -> schedulers.Spec:
        """A spec without version: clients do not number versions."""
        values["restart_policy"] = values["restart_policy"] or "Never"
        return schedulers.Spec(version="", **values)


class ForwarderOptionsSchema(Message):
    """How a forwarder is called."""

    makes = schedulers.ForwarderOptions

    timeout = fields.Int64(attribute="timeout_ms", about="Milliseconds.")
    metadata = fields.Struct(about="Told to the forwarder with every event.")


class ForwarderSchema(Message):
    """A service that is told what happens to rooms."""

    makes = schedulers.Forwarder

    name = fields.String()
    enable = fields.Boolean(attribute="enabled")
    type = fields.String(attribute="forward_type", about="gRPC.")
    address = fields.String()
    options = fields.Embedded(
        ForwarderOptionsSchema, optional=True, load_default=schedulers.ForwarderOptions
    )


class MatchAllocationSchema(Message):
    """How many matches one room hosts at once."""

    makes = schedulers.MatchAllocation

    max_matches = fields.Int32()


class CreateSchedulerRequestSchema(Message):
    """A new scheduler."""

    makes = schedulers.Scheduler

    name = fields.String(about="RFC 1123; also the name of its namespace.")
    game = fields.String()
    spec = fields.Embedded(SpecSchema)
    port_range = fields.Embedded(PortRangeSchema, nullable=True)
    max_surge = fields.String(about="A number, or a percentage such as 25%.")
    rooms_replicas = fields.Int32(about="Wanted rooms, unless autoscaling is enabled.")
    autoscaling = fields.Embedded(AutoscalingSchema, optional=True)
    forwarders = fields.Repeated(fields.Embedded(ForwarderSchema), most=100)
    annotations = fields.StringMap()
    labels = fields.StringMap()
    match_allocation = fields.Embedded(
        MatchAllocationSchema, optional=True, load_default=schedulers.MatchAllocation
    )


class SchedulerSchema(Message):
    """A scheduler in one version."""

    name = fields.String()
    game = fields.String()
    state = fields.String(about="creating, terminating, in-sync or on-error.")
    port_range = fields.Embedded(PortRangeSchema, nullable=True)
    created_at = fields.Timestamp(nullable=True)
    max_surge = fields.String()
    rooms_replicas = fields.Int32()
    spec = fields.Embedded(SpecSchema)
    autoscaling = fields.Embedded(AutoscalingSchema, optional=True)
    forwarders = fields.Repeated(fields.Embedded(ForwarderSchema))
    annotations = fields.StringMap()
    labels = fields.StringMap()
    match_allocation = fields.Embedded(MatchAllocationSchema, optional=True)


class GetSchedulerResponseSchema(Message):
    """One scheduler."""

    scheduler = fields.Embedded(SchedulerSchema)


class CreateSchedulerResponseSchema(GetSchedulerResponseSchema):
    """The scheduler that was created."""


class GetSchedulerRequestSchema(Message):
    """Which version of a scheduler."""

    version = fields.String(about="The active one when absent.")


class ListSchedulersRequestSchema(Message):
    """Which schedulers; all that is given must match exactly."""

    name = fields.String()
    game = fields.String()
    version = fields.String(about="The active version.")


class SchedulerWithoutSpecSchema(Message):
    """One line of the list of schedulers."""

    name = fields.String()
    game = fields.String()
    state = fields.String()
    version = fields.String()
    port_range = fields.Embedded(PortRangeSchema, nullable=True)
    created_at = fields.Timestamp(nullable=True)
    max_surge = fields.String()
    rooms_replicas = fields.Int32()
    match_allocation = fields.Embedded(MatchAllocationSchema, optional=True)


class ListSchedulersResponseSchema(Message):
    """All schedulers that match."""

    schedulers = fields.Repeated(fields.Embedded(SchedulerWithoutSpecSchema))


class GetSchedulersInfoRequestSchema(Message):
    """Of which game; of all when absent."""

    game = fields.String()


class SchedulerInfoSchema(Message):
    """A scheduler and how many of its rooms are in which status."""

    name = fields.String(attribute="scheduler.name")
    game = fields.String(attribute="scheduler.game")
    state = fields.String(attribute="scheduler.state")
    rooms_replicas = fields.Int32(attribute="scheduler.rooms_replicas")
    rooms_ready = fields.Int32(attribute=f"rooms.{RoomStatus.READY}")
    rooms_occupied = fields.Int32(attribute=f"rooms.{RoomStatus.OCCUPIED}")
    rooms_pending = fields.Int32(attribute=f"rooms.{RoomStatus.PENDING}")
    rooms_terminating = fields.Int32(attribute=f"rooms.{RoomStatus.TERMINATING}")
    autoscaling = fields.Embedded(
        AutoscalingInfoSchema, nullable=True, attribute="scheduler.autoscaling"
    )
    rooms_active = fields.Int32(attribute=f"rooms.{RoomStatus.ACTIVE}")
    rooms_allocated = fields.Int32(attribute=f"rooms.{RoomStatus.ALLOCATED}")
    rooms_unready = fields.Int32(attribute=f"rooms.{RoomStatus.UNREADY}")
    rooms_error = fields.Int32(attribute=f"rooms.{RoomStatus.ERROR}")
    frozen_reason = fields.String(optional=True, about="Why silent rooms do not expire.")
    crash_loop_reason = fields.String(optional=True, about="Why no rooms are created.")
    paused = fields.Boolean(optional=True, about="Whether rooms are left alone.")


class GetSchedulersInfoResponseSchema(Message):
    """All schedulers of the game."""

    schedulers = fields.Repeated(fields.Embedded(SchedulerInfoSchema))


class SchedulerVersionSchema(Message):
    """One version."""

    version = fields.String()
    is_active = fields.Boolean()
    created_at = fields.Timestamp(nullable=True)


class GetSchedulerVersionsResponseSchema(Message):
    """All versions, newest first."""

    versions = fields.Repeated(fields.Embedded(SchedulerVersionSchema))


class PauseResponseSchema(Message):
    """Nothing more to say."""


class DeleteSchedulerResponseSchema(Message):
    """The operation that will do it."""

    operation_id = fields.String()
