"""Amounts of processor and memory as Kubernetes writes them."""

import decimal
import re
from decimal import Decimal
from typing import Any

from tests.fakes.kubernetes.refusals import Json

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)")
_BINARY = {f"{letter}i": Decimal(1024) ** (power + 1) for power, letter in enumerate("KMGTPE")}
_EXPONENTS = [(f"e{power}" if power else "", Decimal(1).scaleb(power)) for power in range(0, 19, 3)]
_TENS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


def value(quantity: Any) -> Decimal | None:
    """The number that is meant; None when nothing is."""
    match = _QUANTITY.fullmatch(str(quantity))
    if match is None:
        return None
    number, unit = Decimal(match[1]), match[2]
    if unit in _BINARY:
        return number * _BINARY[unit]
    power = _TENS[unit] if unit in _TENS else int(unit[1:])
    return number.scaleb(power)


def canonical(quantity: Any) -> str:
    """The way the server writes it back: whole numbers, in the largest unit that allows it."""
    number = value(quantity) or Decimal(0)
    if re.fullmatch(r".+[eE][+-]?\d+", str(quantity)):
        return _largest(number, _EXPONENTS)
    if str(quantity).endswith("i") and number == number.to_integral():
        return _largest(number, list(_BINARY.items()))
    steps = [(unit, Decimal(1).scaleb(power)) for unit, power in _TENS.items()]
    return _largest(number, steps)


def canonical_resources(given: Json) -> Json:
    """All requests and limits of a container, requests taken from the limits when missing."""
    limits = {name: canonical(amount) for name, amount in (given.get("limits") or {}).items()}
    asked = {name: canonical(amount) for name, amount in (given.get("requests") or {}).items()}
    requests = {**limits, **asked}
    return {
        **({"limits": limits} if limits else {}),
        **({"requests": requests} if requests else {}),
    }


def _largest(number: Decimal, units: list[tuple[str, Decimal]]) -> str:
    with decimal.localcontext(prec=60):
        for unit, size in reversed(units):
            if number and number % size == 0:
                return f"{int(number / size)}{unit}"
    return f"{int(number)}"
