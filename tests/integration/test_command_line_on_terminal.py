"""Operators at a terminal: bars, tables, questions, and Ctrl-C."""

import contextlib
import logging
import pathlib
import subprocess
from collections.abc import Iterator

import pytest
import structlog

from maestro.domain.operations import TestOperation
from tests import make
from tests.installation import Installation, installation
from tests.terminals import CTRL_C, Terminal
from tests.waiting import eventually

END_S = 20


@pytest.fixture
def site() -> Iterator[Installation]:
    """One with a fleet of three rooms."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with installation() as site:
        site.maestro.management.schedulers.create(make.scheduler())
        site.move()
        yield site
    structlog.reset_defaults()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    with contextlib.closing(Terminal()) as terminal:
        terminal.resize(200, 40)
        yield terminal


@contextlib.contextmanager
def running(
    terminal: Terminal, site: Installation, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A command on the terminal; it does not outlive the block."""
    env = {
        "MAESTRO_MANAGEMENT_API_URL": site.url,
        "MAESTRO_CLI_CONFIG": str(pathlib.Path("none", "such")),
    }
    with terminal.run(*arguments, env=env) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_bar_shows_how_far_it_is(terminal: Terminal, site: Installation) -> None:
    with running(terminal, site, "schedulers", "scale", "arena", "5") as command:
        assert command.wait(END_S) == 0

    terminal.says("arena done")
    assert "5 of 5 rooms are ready or in use" in terminal.words()
    assert "━━━" in terminal.words()
    assert "100%" in terminal.words()


def test_ctrl_c_ends_only_to_follow(terminal: Terminal, site: Installation) -> None:
    site.moves = False
    operation = site.maestro.enqueue(TestOperation(), site.maestro.schedulers.get("arena")).id

    with running(terminal, site, "operations", "watch", "arena", operation) as command:
        terminal.says("waits for its turn")
        terminal.press(CTRL_C)
        assert command.wait(END_S) == 130

    terminal.says("what was begun goes on")
    assert site.maestro.operations.get("arena", operation).status == "pending"
    # The cursor is there again.
    assert terminal.raw.rfind(b"\033[?25h") > terminal.raw.rfind(b"\033[?25l")


def test_a_deletion_is_asked_for(terminal: Terminal, site: Installation) -> None:
    with running(terminal, site, "schedulers", "delete", "arena") as command:
        terminal.says("Delete arena and all rooms? [y/N]")
        terminal.press(b"y\n")
        assert command.wait(END_S) == 0

    terminal.says("arena done")
    assert not site.maestro.schedulers.uids()


def test_lists_have_titles(terminal: Terminal, site: Installation) -> None:
    with running(terminal, site, "rooms", "list", "arena") as command:
        assert command.wait(END_S) == 0

    for word in ("id", "status", "last ping", "arena-", "ready"):
        terminal.says(word)


def test_a_list_is_watched_until_ctrl_c(terminal: Terminal, site: Installation) -> None:
    with running(terminal, site, "schedulers", "list", "--watch") as command:
        terminal.says("in-sync")
        # Whatever happens is seen by the next look.
        eventually(lambda: terminal.raw.count(b"\033[H\033[2J") > 1)
        terminal.press(CTRL_C)
        assert command.wait(END_S) == 0


def test_top_shows_all_fleets_until_ctrl_c(terminal: Terminal, site: Installation) -> None:
    with running(terminal, site, "schedulers", "top") as command:
        for words in ("Scheduler", "arena", "Ctrl-C ends this", site.url):
            terminal.says(words)
        terminal.press(CTRL_C)
        assert command.wait(END_S) == 0

    assert terminal.raw.rfind(b"\033[?25h") > terminal.raw.rfind(b"\033[?25l")
