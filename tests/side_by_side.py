"""
How several processes share the tests.

Whole systems need time more than a processor, but not all of them stand a crowd: two processes try
them, one after the other each, and what is left over does the rest, file by file.
"""

import pathlib

import pytest
from xdist.scheduler import LoadScopeScheduling

ACCEPTANCE = "tests/acceptance/"
#: Whole systems that the second process tries; about as long as all others take.
SECOND = {
    "test_events", "test_handbook", "test_installed", "test_live_table", "test_one_machine",
    "test_stores_away", "test_two_versions", "test_versions",
}  # fmt: skip


class SystemsApart(LoadScopeScheduling):
    """Keeps files together, and those of each of the two processes for whole systems."""

    def _split_scope(self, nodeid: str) -> str:
        return group(nodeid)


def group(nodeid: str) -> str:
    """What stays in one process."""
    file = nodeid.partition("::")[0]
    if not file.startswith(ACCEPTANCE):
        return file
    return "second systems" if pathlib.Path(file).stem in SECOND else "first systems"


def in_order(items: list[pytest.Item]) -> None:
    """Whole systems first, as the last of them end last."""
    order = {"first systems": 0, "second systems": 1}
    items.sort(key=lambda item: order.get(group(item.nodeid), len(order)))
