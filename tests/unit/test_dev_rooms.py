"""The last rooms are ended by a command, which must not be waited for forever."""

import os
import pathlib
import threading
import time
from collections.abc import Callable

import click
import pytest

from maestro.cli.development import rooms

Env = Callable[[str], dict[str, str]]


@pytest.fixture
def calls(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "calls"


@pytest.fixture
def env(tmp_path: pathlib.Path, calls: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Env:
    """Puts a program in the place of `maestro` that notes how it is called."""
    # `python -m` looks into the working folder first.
    monkeypatch.chdir(tmp_path)

    def with_program(program: str) -> dict[str, str]:
        package = tmp_path / "maestro"
        package.mkdir()
        note = f"import sys, time\nwith open({str(calls)!r}, 'a') as f: print(sys.argv[1:], file=f)"
        (package / "__main__.py").write_text(f"{note}\n{program}\n")
        return dict(os.environ)

    return with_program


def test_rooms_get_a_grace_period_and_its_result_is_shown(
    env: Env, calls: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms.stop_all(env("print('3 rooms')"), hurry=threading.Event())

    assert calls.read_text() == "['rooms', 'stop-all', '--timeout', '2']\n"
    assert capsys.readouterr().out == "3 rooms\n"


def test_in_a_hurry_they_get_none(env: Env, calls: pathlib.Path) -> None:
    hurry = threading.Event()
    hurry.set()

    rooms.stop_all(env(""), hurry=hurry)

    assert calls.read_text() == "['rooms', 'stop-all', '--timeout', '0']\n"


def test_who_gets_into_a_hurry_does_not_wait(env: Env, calls: pathlib.Path) -> None:
    hurry = threading.Event()
    threading.Timer(0.5, hurry.set).start()

    began = time.monotonic()
    rooms.stop_all(env("if sys.argv[-1] != '0': time.sleep(60)"), hurry=hurry)

    assert time.monotonic() - began < 5
    assert calls.read_text().splitlines()[-1] == "['rooms', 'stop-all', '--timeout', '0']"


def test_rooms_that_may_still_run_are_told_of(env: Env) -> None:
    with pytest.raises(click.ClickException, match="may still be running"):
        rooms.stop_all(env("sys.exit(1)"), hurry=threading.Event())
