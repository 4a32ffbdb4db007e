"""Edits of schedulers on the wire."""

from api import fields
from api.management.autoscaling_schema import OptionalAutoscalingSchema
from api.management.container_schema import OptionalContainerSchema, PortRangeSchema
from api.management.scheduler_schema import (
    CreateSchedulerRequestSchema,
    ForwarderSchema,
    MatchAllocationSchema,
)
from api.messages import Message
from maestro.domain import patches


class NewSchedulerVersionRequestSchema(CreateSchedulerRequestSchema):
    """All of a scheduler, in place of what it is now; the name in the path counts."""


class OptionalSpecSchema(Message):
    """Changes of what one room is made of."""

    makes = patches.SpecPatch

    termination_grace_period = fields.Duration(
        optional=True, attribute="termination_grace_period_ns"
    )
    containers = fields.Repeated(
        fields.Embedded(OptionalContainerSchema),
        most=50,
        about="Each changes the container at its place; more of them are added.",
    )
    toleration = fields.String(optional=True)
    affinity = fields.String(optional=True)


class PatchSchedulerRequestSchema(Message):
    """Changes of a scheduler: what is absent stays, what is empty is cleared."""

    makes = patches.SchedulerPatch

    spec = fields.Embedded(OptionalSpecSchema, optional=True)
    port_range = fields.Embedded(PortRangeSchema, optional=True)
    max_surge = fields.String(optional=True, about="A number, or a percentage such as 25%.")
    rooms_replicas = fields.Int32(optional=True)
    autoscaling = fields.Embedded(OptionalAutoscalingSchema, optional=True)
    forwarders = fields.Repeated(fields.Embedded(ForwarderSchema), optional=True, most=100)
    annotations = fields.StringMap(optional=True)
    labels = fields.StringMap(optional=True)
    match_allocation = fields.Embedded(MatchAllocationSchema, optional=True)


class SwitchActiveVersionRequestSchema(Message):
    """Which version is to be the active one."""

    version = fields.String(about="Must be given.")


class NewSchedulerVersionResponseSchema(Message):
    """The operation that will do it."""

    operation_id = fields.String()


class PatchSchedulerResponseSchema(NewSchedulerVersionResponseSchema):
    """The operation that will do it."""


class SwitchActiveVersionResponseSchema(NewSchedulerVersionResponseSchema):
    """The operation that will do it."""
