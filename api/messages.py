"""
Messages of the wire: one schema per message, for HTTP and gRPC.

A schema reads the JSON form of a message into a value of the domain and writes it back. What
breaks its types is refused with the path of the field, before any rule is looked at.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import marshmallow
from marshmallow import ValidationError, exceptions, fields

from api.fields import Presence
from maestro.errors import InvalidInput, Violation


class Message(marshmallow.Schema):
    """A message whose fields may be spelled in camelCase or in snake_case; null is unset."""

    #: What becomes of a message that was read; it gets the fields as keywords.
    makes: ClassVar[Callable[..., object]] = dict

    class Meta:
        unknown = marshmallow.EXCLUDE

    error_messages = {"type": "must be an object"}

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        """Field names are those of the .proto files; JSON spells them in camelCase."""
        if field_obj.data_key is None:
            field_obj.data_key = camel_case(field_name)

    def make(self, **values: Any) -> object:
        """The value of the domain that the message stands for."""
        return type(self).makes(**values)

    @marshmallow.pre_load
    def _accept_both_spellings(self, data: Any, **_: object) -> Any:
        if not isinstance(data, Mapping):
            return data
        keys = {name: field.data_key for name, field in self.fields.items()}
        return {keys.get(key, key): value for key, value in data.items() if value is not None}

    @marshmallow.post_load
    def _make(self, data: dict[str, Any], **_: object) -> object:
        return self.make(**data)

    @marshmallow.post_dump
    def _leave_out_unset(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        for field in self.fields.values():
            key = field.data_key or ""
            if isinstance(field, Presence) and field.optional and data.get(key) is None:
                data.pop(key, None)
        return data


def camel_case(name: str) -> str:
    """`port_range` as JSON spells it: `portRange`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def load(schema: marshmallow.Schema, document: Mapping[str, Any]) -> Any:
    """What `document` says; raises InvalidInput."""
    try:
        return schema.load(document)
    except ValidationError as error:
        raise refusal(error.messages_dict) from error


def refusal(complaints: Mapping[Any, Any]) -> InvalidInput:
    """What marshmallow complains about, as one violation per field."""
    return InvalidInput(list(_violations(complaints)))


def _violations(complaints: Mapping[Any, Any], path: str = "") -> Iterator[Violation]:
    for key, complaint in complaints.items():
        where = _join(path, key)
        if isinstance(complaint, Mapping):
            yield from _violations(complaint, where)
        else:
            for text in complaint:
                yield Violation(field=where, description=text)


def _join(path: str, key: str | int) -> str:
    if key == exceptions.SCHEMA:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
