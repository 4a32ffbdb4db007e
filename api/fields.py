"""
Fields of wire messages, as the protobuf JSON mapping reads and writes them.

Absent is the zero value, unless a field is `optional` (then it is None, and left out of
answers) or `nullable` (then it is None, and null in answers). Rules stand in the domain.
"""

import datetime
import functools
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar, cast

import marshmallow
from marshmallow import ValidationError, fields

from api import numbers, times

Json = Any
#: Deeper nesting could not be told over gRPC: protobuf reads 100 messages within each other, and
#: each level takes three, also of the documents that such values become a part of.
DEEPEST = 20
NUL = "must not contain a NUL character"


class Presence(fields.Field[Any]):
    """What a field means when it is absent, and what the API page says about it."""

    #: Makes the value that stands for "absent".
    zero: ClassVar[Callable[..., object]]
    #: JSON Schema of the field, for kinds that marshmallow does not know.
    documented: ClassVar[Mapping[str, object]] = {}
    default_error_messages = {"null": "must not be null"}

    def __init__(
        self,
        *,
        optional: bool = False,
        nullable: bool = False,
        about: str = "",
        **kwargs: Any,
    ) -> None:
        self.optional = optional
        if "load_default" not in kwargs:
            kwargs["load_default"] = _nothing if optional or nullable else type(self).zero
        metadata = {**self.documented, **({"description": about} if about else {})}
        super().__init__(allow_none=nullable, metadata=metadata, **kwargs)


def _nothing() -> None:
    return None


class String(Presence, fields.String):
    """Text; no number or other value passes for it."""

    zero = str

    def _serialize(self, value: object, *_: object, **__: object) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Json, *_: object, **__: object) -> str:
        return _text(value)


class Boolean(Presence, fields.Boolean):
    """True or false; nothing else passes for them."""

    zero = bool

    def _deserialize(self, value: Json, *_: object, **__: object) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("must be true or false")
        return value


class _Integer(Presence):
    zero = int
    low: ClassVar[int]
    high: ClassVar[int]

    def _deserialize(self, value: Json, *_: object, **__: object) -> int:
        try:
            return numbers.integer(value, low=self.low, high=self.high)
        except ValueError as error:
            text = f"must be an integer between {self.low} and {self.high}"
            raise ValidationError(text) from error


class Int32(_Integer):
    """An integer of 32 bits."""

    documented = {"type": "integer", "format": "int32"}
    low, high = -(2**31), 2**31 - 1


class UInt32(_Integer):
    """An integer of 32 bits without sign."""

    documented = {"type": "integer", "format": "uint32", "minimum": 0}
    low, high = 0, 2**32 - 1


class Int64(_Integer):
    """An integer of 64 bits: text in answers, because JavaScript would round it."""

    documented = {"type": "string", "format": "int64"}
    low, high = -(2**63), 2**63 - 1

    def _serialize(self, value: int | None, *_: object, **__: object) -> str | None:
        return None if value is None else str(value)


class Float(Presence):
    """A number of the wire, an exact decimal inside."""

    documented = {"type": "number"}
    zero = Decimal

    def _serialize(self, value: Decimal | None, *_: object, **__: object) -> float | None:
        return None if value is None else float(value)

    def _deserialize(self, value: Json, *_: object, **__: object) -> Decimal:
        try:
            return numbers.shortest_decimal(value)
        except ValueError as error:
            raise ValidationError("must be a number") from error


class Duration(Presence):
    """`100s` on the wire, nanoseconds inside."""

    documented = {"type": "string", "example": "100s"}
    zero = int

    def _serialize(self, value: int | None, *_: object, **__: object) -> str | None:
        return None if value is None else times.duration_text(value)

    def _deserialize(self, value: Json, *_: object, **__: object) -> int:
        try:
            return times.duration_ns(_text(value))
        except ValueError as error:
            raise ValidationError("must be a duration in seconds, such as 100s or 0.5s") from error


class Timestamp(Presence):
    """A time in answers; none is ever read."""

    documented = {"type": "string", "format": "date-time"}
    zero = _nothing

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(dump_only=True, **kwargs)

    def _serialize(self, value: datetime.datetime | None, *_: object, **__: object) -> str | None:
        return None if value is None else times.timestamp_text(value)


class StringMap(Presence):
    """Free keys with text; the keys stay as they are written."""

    documented = {"type": "object", "additionalProperties": {"type": "string"}}
    zero = dict

    def _serialize(
        self, value: Mapping[str, str] | None, *_: object, **__: object
    ) -> dict[str, str] | None:
        return None if value is None else dict(value)

    def _deserialize(self, value: Json, *_: object, **__: object) -> dict[str, str]:
        wrong: dict[str, list[str]] = {}
        for key, text in json_object(value).items():
            try:
                _text(key)
                _text(text)
            except ValidationError as error:
                wrong[key] = cast(list[str], error.messages)
        if wrong:
            raise ValidationError(cast(dict[str, Any], wrong))
        return cast(dict[str, str], value)


class Struct(Presence):
    """A JSON object of any content."""

    documented = {"type": "object"}
    zero = dict

    def __init__(self, *, nul_allowed: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._nul_allowed = nul_allowed

    def _deserialize(self, value: Json, *_: object, **__: object) -> dict[str, Json]:
        for text in _texts(json_object(value)):
            if "\0" in text and not self._nul_allowed:
                raise ValidationError(NUL)
        return cast(dict[str, Json], value)


class Embedded(Presence, fields.Nested):
    """A message inside a message; when absent, an empty one."""

    def __init__(self, nested: type[marshmallow.Schema], **kwargs: Any) -> None:
        if not kwargs.get("optional") and not kwargs.get("nullable"):
            kwargs.setdefault("load_default", functools.partial(_empty, nested))
        super().__init__(nested=nested, **kwargs)


class Repeated(Presence, fields.List[Any]):
    """A list of bounded length, because reading entries costs; a tuple inside."""

    zero = tuple
    default_error_messages = {"invalid": "must be a list"}

    def __init__(self, inner: fields.Field[Any], *, most: int = 500, **kwargs: Any) -> None:
        super().__init__(cls_or_instance=inner, **kwargs)
        self._most = most

    def _deserialize(self, value: Json, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, list) and len(value) > self._most:
            raise ValidationError(f"must not have more than {self._most} entries")
        return tuple(super()._deserialize(value, *args, **kwargs))


@functools.cache
def _empty(nested: type[marshmallow.Schema]) -> object:
    return nested().load({})


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise ValidationError("must be a string")
    if "\0" in value:
        raise ValidationError(NUL)
    return value


def json_object(value: Json) -> dict[str, Json]:
    """`value`, when it is an object; raises ValidationError."""
    if not isinstance(value, dict):
        raise ValidationError("must be an object")
    return value


def is_too_deep(value: Json, *, depth: int = 0) -> bool:
    """Whether it could not be told over gRPC."""
    if depth > DEEPEST:
        return True
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_too_deep(each, depth=depth + 1) for each in inner)


def _texts(value: Json, *, depth: int = 0) -> Iterator[str]:
    """All texts within a JSON value, keys included; refuses values nested too deeply."""
    if depth > DEEPEST:
        raise ValidationError(f"must not be nested more than {DEEPEST} levels deep")
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth=depth + 1)
