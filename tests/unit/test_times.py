"""Times and durations as text."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import times

UTC = datetime.UTC


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 600_000, UTC), "2026-01-02T03:04:05.600Z"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 1, UTC), "2026-01-02T03:04:05.000001Z"),
        (datetime.datetime(2026, 1, 2, 3, 4, 5, 120_030, UTC), "2026-01-02T03:04:05.120030Z"),
        (
            datetime.datetime(
                2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone(datetime.timedelta(hours=2))
            ),
            "2026-01-02T01:04:05Z",
        ),
    ],
)
def test_times_are_utc_with_as_many_groups_of_digits_as_needed(
    moment: datetime.datetime, text: str
) -> None:
    assert times.timestamp_text(moment) == text


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (100 * 10**9, "100s"),
        (500_000_000, "0.500s"),
        (1_500_000_000, "1.500s"),
        (15, "0.000000015s"),
        (15_000, "0.000015s"),
        (-1_500_000_000, "-1.500s"),
        (-1, "-0.000000001s"),
    ],
)
def test_durations_have_as_many_groups_of_digits_as_needed(nanoseconds: int, text: str) -> None:
    assert times.duration_text(nanoseconds) == text
    assert times.duration_ns(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1.5s", 1_500_000_000),
        ("+3s", 3 * 10**9),
        (".5s", 500_000_000),
        ("1.s", 10**9),
        ("007s", 7 * 10**9),
        ("9223372036.854775807s", 2**63 - 1),
    ],
)
def test_durations_are_read_in_every_spelling_that_protobuf_allows(
    text: str, nanoseconds: int
) -> None:
    assert times.duration_ns(text) == nanoseconds


@pytest.mark.parametrize(
    "text",
    [
        *("", "s", ".s", "10", "10m", "10 s", " 10s", "1,5s", "1e3s", "--1s", "٣s", "1s\n"),
        "1.0000000001s",
        "9223372036.854775808s",
        "9999999999999s",
    ],
)
def test_nothing_else_is_a_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        times.duration_ns(text)


@given(st.integers(-times.LONGEST_NS, times.LONGEST_NS))
def test_every_duration_is_read_as_it_was_written(nanoseconds: int) -> None:
    assert times.duration_ns(times.duration_text(nanoseconds)) == nanoseconds
