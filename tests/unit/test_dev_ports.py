"""Ports of `maestro dev`: the usual ones when free, others when not, and then always the same."""

import pathlib
import socket
from collections.abc import Callable

import pytest

from maestro.cli.development import ports
from tests.ports import free_port

DEFAULTS = {"api": 8080, "internal": 8081}


def all_but(*taken: int) -> Callable[[int], bool]:
    return lambda port: port not in taken


@pytest.mark.parametrize(
    ("kept", "taken", "chosen"),
    [
        ({}, (), {"api": 8080, "internal": 8081}),
        ({}, (8080,), {"api": 9080, "internal": 8081}),
        ({}, (8080, 9080), {"api": 10080, "internal": 8081}),
        ({"api": 9080}, (), {"api": 9080, "internal": 8081}),
        ({"api": 9080}, (9080,), {"api": 8080, "internal": 8081}),
        ({"api": 9080}, (8080, 9080), {"api": 10080, "internal": 8081}),
        ({"other": 7}, (), {"api": 8080, "internal": 8081}),
    ],
)
def test_the_kept_port_then_the_usual_one_then_one_like_it(
    kept: dict[str, int], taken: tuple[int, ...], chosen: dict[str, int]
) -> None:
    assert ports.choose(DEFAULTS, kept=kept, is_free=all_but(*taken)) == chosen


def test_nobody_is_given_the_usual_port_of_another() -> None:
    defaults = {"one": 8080, "two": 9080}

    chosen = ports.choose(defaults, kept={}, is_free=all_but(8080))

    assert chosen == {"one": 10080, "two": 9080}


def test_two_names_with_one_kept_port_part_ways() -> None:
    chosen = ports.choose(DEFAULTS, kept={"api": 9000, "internal": 9000}, is_free=all_but())

    assert chosen == {"api": 9000, "internal": 8081}


def test_a_machine_without_a_free_port_is_told_so() -> None:
    with pytest.raises(OSError, match="no port"):
        ports.choose(DEFAULTS, kept={}, is_free=lambda port: False)


@pytest.mark.parametrize("host", ["127.0.0.1", ""])
def test_a_port_with_a_listener_is_not_free(host: str) -> None:
    with socket.create_server((host, 0)) as listener:
        assert not ports.is_free(listener.getsockname()[1])


def test_a_port_without_a_listener_is_free() -> None:
    assert ports.is_free(free_port())


def test_what_was_saved_is_loaded_and_other_ports_stay(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "ports.json"
    ports.save(file, {"api": 1, "internal": 2})
    ports.save(file, {"api": 3})

    assert ports.load(file) == {"api": 3, "internal": 2}


@pytest.mark.parametrize("content", [None, "", "{", "[1]", '"text"', '{"api": "x"}'])
def test_an_unreadable_file_counts_as_none(tmp_path: pathlib.Path, content: str | None) -> None:
    file = tmp_path / "ports.json"
    if content is not None:
        file.write_text(content)

    assert ports.load(file) == {}
