"""Autoscaling on the wire."""

from decimal import Decimal

from api import fields
from api.messages import Message
from maestro.domain import patches, schedulers


class RoomOccupancySchema(Message):
    """Keep a share of all match slots free."""

    ready_target = fields.Float(about="Between 0 and 1, both excluded.")
    down_threshold = fields.Float(about="Between 0 and 1, both excluded; 0.99 when absent or 0.")

    def make(self, **values: Decimal) -> schedulers.RoomOccupancy:
        """The policy, with the default that 0 stands for."""
        given = {name: share for name, share in values.items() if name != "down_threshold" or share}
        return schedulers.RoomOccupancy(**given)


class FixedBufferSchema(Message):
    """Keep a number of rooms beyond those in use."""

    makes = schedulers.FixedBuffer

    amount = fields.Int32()


class PolicyParametersSchema(Message):
    """One entry per kind of policy."""

    makes = schedulers.PolicyParameters

    room_occupancy = fields.Embedded(RoomOccupancySchema, optional=True)
    fixed_buffer = fields.Embedded(FixedBufferSchema, optional=True)


class AutoscalingPolicySchema(Message):
    """How the wanted number of rooms follows demand."""

    makes = schedulers.Policy

    type = fields.String(about="roomOccupancy or fixedBuffer.")
    parameters = fields.Embedded(PolicyParametersSchema)


class AutoscalingSchema(Message):
    """Bounds and policy of automatic scaling."""

    makes = schedulers.Autoscaling

    enabled = fields.Boolean()
    min = fields.Int32()
    max = fields.Int32(about="-1 is no upper bound.")
    policy = fields.Embedded(AutoscalingPolicySchema)
    cooldown = fields.Int32(attribute="cooldown_s", about="Seconds.")


class OptionalAutoscalingSchema(Message):
    """Changes of automatic scaling; the policy as a whole."""

    makes = patches.AutoscalingPatch

    enabled = fields.Boolean(optional=True)
    min = fields.Int32(optional=True)
    max = fields.Int32(optional=True, about="-1 is no upper bound.")
    policy = fields.Embedded(AutoscalingPolicySchema, optional=True)
    cooldown = fields.Int32(optional=True, attribute="cooldown_s", about="Seconds.")


class AutoscalingInfoSchema(Message):
    """Bounds of automatic scaling."""

    enabled = fields.Boolean()
    min = fields.Int32()
    max = fields.Int32()
    cooldown = fields.Int32(attribute="cooldown_s", about="Seconds.")
