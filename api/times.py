"""Times and durations as text, as the protobuf JSON mapping of Go writes them."""

import datetime
import re

NS_PER_S = 1_000_000_000
#: What an int64 of nanoseconds holds, as v10 keeps durations: about 292 years.
LONGEST_NS = 2**63 - 1

_DURATION = re.compile(r"([-+]?)([0-9]{0,12})(?:\.([0-9]{0,9}))?s")


def timestamp_text(moment: datetime.datetime) -> str:
    """RFC 3339 in UTC, with 0, 3 or 6 digits of fraction."""
    utc = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='seconds')}{_fraction(f'{utc.microsecond:06d}')}Z"


def duration_text(nanoseconds: int) -> str:
    """Seconds, with 0, 3, 6 or 9 digits of fraction: `100s`, `0.500s`."""
    seconds, rest = divmod(abs(nanoseconds), NS_PER_S)
    sign = "-" if nanoseconds < 0 else ""
    return f"{sign}{seconds}{_fraction(f'{rest:09d}')}s"


def duration_ns(text: str) -> int:
    """Nanoseconds of a duration such as `100s` or `0.5s`; ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if not match or not (match[2] or match[3]):
        raise ValueError("not a duration")
    nanoseconds = int(match[2] or 0) * NS_PER_S + int((match[3] or "").ljust(9, "0"))
    if nanoseconds > LONGEST_NS:
        raise ValueError("a duration beyond all bounds")
    return -nanoseconds if match[1] == "-" else nanoseconds


def _fraction(digits: str) -> str:
    while digits.endswith("000"):
        digits = digits[:-3]
    return f".{digits}" if digits else ""
