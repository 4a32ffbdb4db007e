"""Containers of a room on the wire."""

from typing import Any

from api import fields
from api.messages import Message
from maestro.domain import patches, schedulers


class PortRangeSchema(Message):
    """Host ports, both ends included."""

    makes = schedulers.PortRange

    start = fields.Int32()
    end = fields.Int32()


class ContainerPortSchema(Message):
    """A port that a container listens on."""

    makes = schedulers.ContainerPort

    name = fields.String(about="At most 15 characters.")
    protocol = fields.String(about="tcp, udp or sctp.")
    port = fields.Int32()
    host_port = fields.Int32(about="Chosen when a room is created.")
    host_port_range = fields.Embedded(PortRangeSchema, optional=True)


class ContainerResourcesSchema(Message):
    """Kubernetes quantities."""

    makes = schedulers.Resources

    memory = fields.String(about="Such as 64Mi.")
    cpu = fields.String(about="Such as 100m.")


class ContainerEnvironmentValueFromFieldRefSchema(Message):
    """A field of the room itself."""

    makes = schedulers.FieldRef

    field_path = fields.String(about="Such as metadata.name.")


class ContainerEnvironmentValueFromSecretKeyRefSchema(Message):
    """One entry of a secret."""

    makes = schedulers.SecretKeyRef

    name = fields.String()
    key = fields.String()


class ContainerEnvironmentValueFromSchema(Message):
    """Where a value is read when the room starts; the secret when both are given."""

    field_ref = fields.Embedded(ContainerEnvironmentValueFromFieldRefSchema, optional=True)
    secret_key_ref = fields.Embedded(ContainerEnvironmentValueFromSecretKeyRefSchema, optional=True)

    def make(self, **values: Any) -> schedulers.ValueFrom:
        """One source, or none, which a rule refuses."""
        secret = values["secret_key_ref"]
        field = None if secret else values["field_ref"]
        return schedulers.ValueFrom(secret_key_ref=secret, field_ref=field)


class ContainerEnvironmentSchema(Message):
    """An environment variable; the value when a source is given as well."""

    name = fields.String()
    value = fields.String(optional=True, about="Empty when absent.")
    value_from = fields.Embedded(ContainerEnvironmentValueFromSchema, optional=True)

    def make(self, **values: Any) -> schedulers.Environment:
        """A variable with one of the two."""
        if values["value"] is None and values["value_from"] is not None:
            return schedulers.Environment(name=values["name"], value_from=values["value_from"])
        return schedulers.Environment(name=values["name"], value=values["value"] or "")

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        """As v10, an empty value is left out."""
        found = super().get_attribute(obj, attr, default)
        return found or None if attr == "value" else found


class OptionalContainerSchema(Message):
    """Changes of one program of a room; a list replaces the whole list, an empty one too."""

    makes = patches.ContainerPatch

    name = fields.String(optional=True)
    image = fields.String(optional=True)
    image_pull_policy = fields.String(optional=True, about="Always, Never or IfNotPresent.")
    command = fields.Repeated(fields.String(), optional=True)
    environment = fields.Repeated(fields.Embedded(ContainerEnvironmentSchema), optional=True)
    requests = fields.Embedded(ContainerResourcesSchema, optional=True)
    limits = fields.Embedded(ContainerResourcesSchema, optional=True)
    ports = fields.Repeated(fields.Embedded(ContainerPortSchema), optional=True, most=100)


class ContainerSchema(Message):
    """One program of a room."""

    makes = schedulers.Container

    name = fields.String()
    image = fields.String()
    image_pull_policy = fields.String(about="Always, Never or IfNotPresent.")
    command = fields.Repeated(fields.String())
    environment = fields.Repeated(fields.Embedded(ContainerEnvironmentSchema))
    requests = fields.Embedded(ContainerResourcesSchema)
    limits = fields.Embedded(ContainerResourcesSchema)
    ports = fields.Repeated(fields.Embedded(ContainerPortSchema), most=100)
