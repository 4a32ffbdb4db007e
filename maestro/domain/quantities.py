"""
Kubernetes quantities: `64Mi`, `100m`, `1.5`, `2e3`.

Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from decimal import Decimal

_PATTERN = re.compile(
    r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:([eE][+-]?[0-9]{1,3})|([KMGTPE]i|[numkMGTPE]))?"
)

_SUFFIXES = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
    "Pi": Decimal(2**50),
    "Ei": Decimal(2**60),
}

#: Kubernetes reads no more; longer text is refused before it costs anything.
MAX_LENGTH = 64


def parse(text: str) -> Decimal:
    """The number that `text` means, in bytes or cores; raises ValueError when it means none."""
    match = _PATTERN.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if not match:
        raise ValueError(f"not a quantity: {text[:MAX_LENGTH]!r}")
    number, exponent, suffix = match.groups()
    value = Decimal(number + (exponent or ""))
    return value * _SUFFIXES[suffix] if suffix else value
