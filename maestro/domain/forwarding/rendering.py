"""
Values as text, the way v10 wrote them: Go's `%v` (contract, 0.3).

Matchmakers compare these texts, so `1e+06` may not become `1000000`.
"""

import math
from collections.abc import Mapping
from decimal import Decimal

#: Decimal exponents from here on, and below the other, are written with an exponent.
_LARGE, _SMALL = 6, -4


def text(value: object) -> str:
    """Any value of JSON's types; integers are written as they are."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{text(value[key])}' for key in sorted(value))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(text, value))}]"
    return str(value)


def json_text(value: object) -> str:
    """A value read from JSON, where every number is a float."""
    return value if isinstance(value, str) else text(_with_floats(value))


def _with_floats(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return float(str(value))  # Unlike of the number itself, of the text this never fails.
    if isinstance(value, Mapping):
        return {key: _with_floats(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_floats(each) for each in value]
    return value


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    # Python's `repr` finds the fewest digits that name the number, as Go does.
    sign, digits, shift = Decimal(repr(value)).as_tuple()
    shown = "".join(map(str, digits)).lstrip("0").rstrip("0")
    exponent = len("".join(map(str, digits)).lstrip("0")) + int(shift) - 1
    minus = "-" if sign else ""
    if not shown:
        return f"{minus}0"
    if exponent < _SMALL or exponent >= _LARGE:
        return f"{minus}{_pointed(shown, 1)}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
    return f"{minus}{_pointed(shown, exponent + 1)}"


def _pointed(digits: str, place: int) -> str:
    """Digits with the point after the first `place` of them."""
    if place <= 0:
        return f"0.{'0' * -place}{digits}"
    whole, rest = digits[:place].ljust(place, "0"), digits[place:]
    return f"{whole}.{rest}" if rest else whole
