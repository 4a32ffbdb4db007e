"""Memory and cpu, as Kubernetes writes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.domain import quantities
from tests import strategies

MEANINGS = [
    ("0", "0"),
    ("1", "1"),
    ("+1", "1"),
    ("-1", "-1"),
    ("007", "7"),
    ("1.5", "1.5"),
    ("1.", "1"),
    (".5", "0.5"),
    ("500n", "0.0000005"),
    ("500u", "0.0005"),
    ("100m", "0.1"),
    ("2k", "2000"),
    ("2M", "2000000"),
    ("2G", "2000000000"),
    ("2T", "2000000000000"),
    ("2P", "2000000000000000"),
    ("2E", "2000000000000000000"),
    ("1Ki", "1024"),
    ("64Mi", "67108864"),
    ("1Gi", "1073741824"),
    ("1Ti", "1099511627776"),
    ("1Pi", "1125899906842624"),
    ("1Ei", "1152921504606846976"),
    ("0.5Gi", "536870912"),
    ("-1.5Gi", "-1610612736"),
    ("2e3", "2000"),
    ("2E3", "2000"),
    ("2e+3", "2000"),
    ("15e-1", "1.5"),
]

NONSENSE = [
    "",
    " ",
    ".",
    "+",
    "-",
    "Mi",
    "m",
    "lots",
    "64 Mi",
    " 64Mi",
    "64Mi ",
    "64Mi\n",
    "64mi",
    "64MI",
    "64MB",
    "64Mib",
    "1K",
    "1ki",
    "1e",
    "1e+",
    "1e3Mi",
    "1.5.5",
    "1,5",
    "--1",
    "0x10",
    "1_000",
    "NaN",
    "Infinity",
    "1" * 65,
    "1e999999999",
    "\u0663Mi",
    "\uff11",
]

SUFFIXES = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_quantity_means_a_number(text: str, meaning: str) -> None:
    assert quantities.parse(text) == Decimal(meaning)


@pytest.mark.parametrize("text", NONSENSE)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a quantity"):
        quantities.parse(text)


@given(
    st.decimals(Decimal(-(10**9)), Decimal(10**9), places=3, allow_nan=False),
    st.sampled_from(SUFFIXES),
)
def test_a_suffix_multiplies_the_number_before_it(number: Decimal, suffix: str) -> None:
    unit = quantities.parse(f"1{suffix}")

    assert quantities.parse(f"{number:f}{suffix}") == number * unit


@given(strategies.TEXT)
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    try:
        value = quantities.parse(text)
    except ValueError:
        return

    assert value.is_finite()
    assert text.isascii()
