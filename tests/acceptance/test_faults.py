"""Everything falls while much is asked for; what was accepted is done once, and nothing sticks."""

import pytest

from tests.chaos import storm


@pytest.mark.timeout(300)
def test_whatever_falls_what_was_accepted_is_done_once_and_nothing_is_left() -> None:
    told: list[str] = []
    report = storm.run(seed="a storm in a glass", seconds=20, schedulers=20, tell=told.append)
    assert report.broken == [], "\n".join([*told, report.line()])
    assert report.operations >= 50
    assert report.kills + report.cuts >= 3
