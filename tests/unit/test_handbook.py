"""The handbook tells the truth: what it names exists, and what is generated is up to date."""

import pathlib
import re
import shlex
from collections.abc import Iterator

import click
import pytest

from handbook import commands, diagrams, grpc_api, http_api, pages
from handbook.drawing import Drawing
from maestro import config
from maestro.cli.main import main
from maestro.cli.modules import MODULES
from maestro.ports import tasks
from tests.acceptance import console
from tests.acceptance.console import Skipped

ROOT = pathlib.Path(__file__).parents[2]
#: Decisions say what was, when they were made.
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("[!d]*/*.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
GENERATED = pages.generated()
#: What an environment may say besides settings: to rooms, to commands and to tests.
OTHER_VARIABLES = {
    "MAESTRO_CONFIG", "MAESTRO_SCHEDULER_NAME", "MAESTRO_ROOM_ID", "MAESTRO_PORT_GAME",
    "MAESTRO_TEST_KUBECONFIG", "MAESTRO_MANAGEMENT_API_URL", "MAESTRO_CLI_CONFIG",
    "MAESTRO_CONTEXT",
}  # fmt: skip
ANY = "ANY"

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_drawing = pytest.mark.parametrize("drawing", diagrams.DRAWINGS.values(), ids=str)


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: path.name)
def test_generated_pages_and_drawings_are_up_to_date(path: pathlib.Path) -> None:
    assert path.read_text() == GENERATED[path], "run: make docs"


# Drawings


def of_kind(drawing: Drawing, kind: str) -> set[str]:
    return {box.name for box in drawing.boxes if box.kind == kind}


@every_drawing
def test_drawings_name_what_exists(drawing: Drawing) -> None:
    assert of_kind(drawing, "process") <= MODULES.keys()
    stores = {"PostgreSQL": "postgres_url", "Redis": "redis_url", "broker": "broker_url"}
    assert {
        stores[name] for name in of_kind(drawing, "store")
    } <= config.Settings.model_fields.keys()
    for box in drawing.boxes:
        assert not box.source or (ROOT / box.source).exists(), box
    said = " ".join(arrow.says for arrow in drawing.arrows)
    known = {tasks.RUN_NEXT, tasks.APPLY_CHANGES, tasks.operations("arena")}
    assert set(re.findall(r"\w+\.\w+", said)) <= known


def test_the_drawing_of_the_parts_has_all_processes_and_stores() -> None:
    assert of_kind(diagrams.PARTS, "process") == MODULES.keys()
    assert of_kind(diagrams.PARTS, "store") == {"PostgreSQL", "Redis", "broker"}


@every_drawing
def test_arrows_lead_from_box_to_box(drawing: Drawing) -> None:
    names = {box.name for box in drawing.boxes}
    assert {end for arrow in drawing.arrows for end in (arrow.begin, arrow.end)} <= names
    assert len(names) == len(drawing.boxes)


# Names in pages


@every_page
def test_files_that_pages_name_exist(page: pathlib.Path) -> None:
    named = re.findall(
        r"`((?:api|handbook|maestro|protos|tasks|tests|docker)/[\w/.-]+)`", page.read_text()
    )
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert [name for name in named if not (ROOT / name).exists() and name not in ignored] == []


@every_page
def test_settings_that_pages_name_exist(page: pathlib.Path) -> None:
    known = {config.variable(name) for name in config.Settings.model_fields} | OTHER_VARIABLES
    # What ends with `_` or goes on with `<` or `*` stands for several.
    named = re.findall(r"\bMAESTRO_[A-Z0-9_]*[A-Z0-9]\b(?![_<*…])", page.read_text())
    assert sorted(set(named) - known) == []


def typed(page: pathlib.Path) -> Iterator[list[str]]:
    """What follows `maestro` in the blocks of a page, also in those that are not run."""
    for block in console.FENCE.finditer(page.read_text()):
        if block["language"] in ("", "console"):
            text = re.sub(r"\\\n|[\[\]]", " ", block["text"])
            for found in re.finditer(
                r"(?:^|\$ |[;|(] ?|bin/)maestro ([^\n;|)>]*)", text, re.MULTILINE
            ):
                yield shlex.split(re.sub(r"\$\(?\w+", ANY, found[1]), comments=True)


@every_page
def test_commands_that_pages_have_typed_are_understood(page: pathlib.Path) -> None:
    for words in typed(page):
        command, rest = meant(words)
        # Files of the reader are not here.
        if not isinstance(command, click.Group) and not any(
            isinstance(each.type, click.Path) for each in command.params
        ):
            command.make_context(command.name, rest)


@every_page
def test_commands_that_pages_mention_exist(page: pathlib.Path) -> None:
    for mentioned in re.findall(r"`maestro ([a-z][^`]*)`", page.read_text()):
        meant(mentioned.split())


def meant(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command, and what is given to it; click raises what it would refuse."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and re.fullmatch(r"[a-z-]+", words[0]):
        context = click.Context(command)
        if words[0] not in command.list_commands(context) and has_default(command):
            break
        _, found, words = command.resolve_command(context, list(words))
        assert found
        command = found
    return command, words


def has_default(group: click.Group) -> bool:
    """Whether the group takes other words than names of its commands."""
    return type(group).parse_args is not click.Group.parse_args


@every_page
def test_what_is_not_run_says_why(page: pathlib.Path) -> None:
    steps = console.steps(page.read_text())
    reasons = [step.reason for step in steps if isinstance(step, Skipped)]
    assert all(len(reason.split()) > 2 for reason in reasons)


# Generated pages


def test_every_command_is_on_the_page_of_the_command_line() -> None:
    found = [context.command_path for context in commands.every()]
    assert "maestro rooms logs" in found
    assert [path for path in found if f"# `{path}`\n" not in commands.page()] == []


def test_every_call_of_grpc_but_those_of_matchmakers_is_there_over_http_too() -> None:
    routes = http_api.routes()
    for path in (ROOT / "protos" / "api").rglob("*.proto"):
        for method in grpc_api.methods(path.read_text()):
            assert method.name in routes
            assert method.meaning
