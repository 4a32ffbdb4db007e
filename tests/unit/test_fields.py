"""Fields of messages: what passes for a value, what does not, and how it is written."""

from decimal import Decimal
from typing import Any

import marshmallow
import pytest

from api import fields, messages
from maestro.errors import InvalidInput

INT64 = 2**63


def nested(levels: int) -> Any:
    """A list within a list within a list."""
    value: Any = "core"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("field", "json", "value"),
    [
        (fields.String(), "text", "text"),
        (fields.String(), "", ""),
        (fields.Boolean(), True, True),
        (fields.Int32(), 3, 3),
        (fields.Int32(), -3, -3),
        (fields.Int32(), 1.0, 1),
        (fields.Int32(), "3", 3),
        (fields.Int32(), "1.0", 1),
        (fields.Int32(), "1e2", 100),
        (fields.UInt32(), 2**32 - 1, 2**32 - 1),
        (fields.Int64(), INT64 - 1, INT64 - 1),
        (fields.Int64(), str(-INT64), -INT64),
        (fields.Float(), 0.3, Decimal("0.3")),
        (fields.Float(), "0.3", Decimal("0.3")),
        (fields.Float(), 1, Decimal(1)),
        (fields.Float(), 0.1 + 0.2, Decimal("0.30000000000000004")),
        (fields.Duration(), "0.5s", 500_000_000),
        (
            fields.StringMap(),
            {"snake_case": "a", "camelCase": ""},
            {"snake_case": "a", "camelCase": ""},
        ),
        (fields.Struct(), {"a_b": [1, None, {"c": 1.5}]}, {"a_b": [1, None, {"c": 1.5}]}),
        (fields.Repeated(fields.Int32()), [1, "2"], (1, 2)),
    ],
)
def test_what_passes_for_a_value(
    field: marshmallow.fields.Field[Any], json: Any, value: Any
) -> None:
    loaded = field.deserialize(json)

    assert loaded == value
    assert type(loaded) is type(value)


WRONG: list[tuple[marshmallow.fields.Field[Any], list[Any]]] = [
    (fields.String(), [1, True, ["a"], {"a": "b"}, "a\0b"]),
    (fields.Boolean(), [1, 0, "true", "", [], {}]),
    (fields.Int32(), [2**31, -(2**31) - 1, 1.5, 1e300, "", " 1", "1_0", "0x1", "٣", "one", True]),
    (fields.Int32(), ["1e999999999999999999999", "1" * 1000, [], {}]),
    (fields.UInt32(), [-1]),
    (fields.Int64(), [INT64, float(INT64)]),
    (fields.Float(), ["NaN", "Infinity", "1e999", "", True, [], {}, float("nan")]),
    (fields.Duration(), ["10", "", "10 s", 10, True, [], "1" * 13 + "s"]),
    (fields.StringMap(), [[], "a", {"a": 1}, {"a": None}, {"\0": "a"}]),
    (fields.Struct(), [[], "a", 1, {"a": nested(101)}, {"a": ["\0"]}]),
    (fields.Repeated(fields.Int32(), most=2), [{}, "12", 1, [1, None], [[]], [1, 2, 3]]),
]


@pytest.mark.parametrize(
    ("field", "json"), [(field, json) for field, wrong in WRONG for json in wrong]
)
def test_what_does_not(field: marshmallow.fields.Field[Any], json: Any) -> None:
    with pytest.raises(marshmallow.ValidationError):
        field.deserialize(json)


@pytest.mark.parametrize(
    ("field", "value", "json"),
    [
        (fields.Int32(), 3, 3),
        (fields.Int64(), 3, "3"),
        (fields.Float(), Decimal("0.3"), 0.3),
        (fields.Duration(), 100 * 10**9, "100s"),
        (fields.StringMap(), {}, {}),
        (fields.Repeated(fields.String()), (), []),
        (fields.Timestamp(nullable=True), None, None),
    ],
)
def test_how_a_value_is_written(
    field: marshmallow.fields.Field[Any], value: Any, json: Any
) -> None:
    assert field.serialize("it", {"it": value}) == json


class Inner(messages.Message):
    """A message inside."""

    count_of_things = fields.Int32()


class Outer(messages.Message):
    """One field of each presence."""

    plain = fields.String()
    inner_one = fields.Embedded(Inner)
    maybe_one = fields.Embedded(Inner, optional=True)
    null_one = fields.Embedded(Inner, nullable=True)
    many_ones = fields.Repeated(fields.Embedded(Inner))


NOTHING = {
    "plain": "",
    "inner_one": {"count_of_things": 0},
    "maybe_one": None,
    "null_one": None,
    "many_ones": (),
}


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"plain": None, "innerOne": None, "maybeOne": None, "nullOne": None, "manyOnes": None},
        {"unknown": {"deep": [1]}},
        {"innerOne": {}},
    ],
)
def test_absent_and_null_are_unset_and_unknown_fields_are_ignored(document: dict[str, Any]) -> None:
    assert messages.load(Outer(), document) == NOTHING


@pytest.mark.parametrize(
    "document", [{"inner_one": {"count_of_things": 1}}, {"innerOne": {"countOfThings": 1}}]
)
def test_both_spellings_are_read(document: dict[str, Any]) -> None:
    assert messages.load(Outer(), document) == NOTHING | {"inner_one": {"count_of_things": 1}}


def test_optional_fields_are_left_out_and_nullable_ones_are_null() -> None:
    assert Outer().dump(NOTHING) == {
        "plain": "",
        "innerOne": {"countOfThings": 0},
        "nullOne": None,
        "manyOnes": [],
    }


@pytest.mark.parametrize(
    ("document", "field", "description"),
    [
        ({"plain": 1}, "plain", "must be a string"),
        ({"inner_one": {"count_of_things": "x"}}, "innerOne.countOfThings", "must be an integer"),
        (
            {"manyOnes": [{}, {"countOfThings": []}]},
            "manyOnes[1].countOfThings",
            "must be an integer",
        ),
        ({"manyOnes": [None]}, "manyOnes[0]", "must not be null"),
        ({"manyOnes": [7]}, "manyOnes[0]", "must be an object"),
        ({"manyOnes": {}}, "manyOnes", "must be a list"),
        ({"maybeOne": []}, "maybeOne", "must be an object"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(
    document: dict[str, Any], field: str, description: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        messages.load(Outer(), document)

    (violation,) = refusal.value.violations
    assert violation.field == field
    assert violation.description.startswith(description)
