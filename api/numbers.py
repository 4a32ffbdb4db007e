"""Numbers as clients send them: as JSON numbers or as text, `1.0` for 1 included."""

import decimal
import math
import re
from decimal import Decimal

#: As JSON writes numbers; nothing else that `Decimal` would read.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LONGEST = 64


def integer(value: object, *, low: int, high: int) -> int:
    """The integer that `value` means; ValueError when it means none within the bounds."""
    number = _number(value)
    # Bounds first: the integer of a number such as 1e999999999 does not fit into memory.
    if not low <= number <= high or number != number.to_integral_value():
        raise ValueError("not an integer within the bounds")
    return int(number)


def shortest_decimal(value: object) -> Decimal:
    """
    The shortest decimal that names the same float: what was written, up to 17 digits.

    Stores and answers keep floats, so a request must not mean something more precise.
    """
    number = float(_number(value))
    if not math.isfinite(number):
        raise ValueError("too large for a float")
    return Decimal(repr(number))


def _number(value: object) -> Decimal:
    if isinstance(value, bool):
        raise ValueError("not a number")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(repr(value))
    if isinstance(value, str) and len(value) <= _LONGEST and _NUMBER.fullmatch(value):
        return _decimal(value)
    raise ValueError("not a number")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except decimal.InvalidOperation as error:
        raise ValueError("an exponent beyond all bounds") from error
