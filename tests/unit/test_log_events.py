"""Events have constant names, and `docs/logs.md` tells what each of them means."""

import ast
import pathlib
import re
from collections import defaultdict
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).parents[2]
PAGE = ROOT / "docs" / "logs.md"
LEVELS = {"exception": "error"}
#: Where the level depends on circumstances.
ANY = "log"
CALLS = {"debug", "info", "warning", "error", "critical", "exception", ANY}


def logged() -> dict[str, set[str]]:
    """Each event in the code, with its levels."""
    found = defaultdict(set)
    for package in ("api", "maestro", "tasks"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and _logs(node):
                    assert isinstance(node.func, ast.Attribute)
                    level = node.func.attr
                    for name in _names(node.args[level == ANY], f"{file}:{node.lineno}"):
                        found[name].add(LEVELS.get(level, level))
    return found


def _logs(call: ast.Call) -> bool:
    function = call.func
    return (
        isinstance(function, ast.Attribute)
        and function.attr in CALLS
        and isinstance(function.value, ast.Name)
        and function.value.id == "log"
    )


def _names(event: ast.expr, where: str) -> Iterator[str]:
    if isinstance(event, ast.IfExp):
        yield from _names(event.body, where)
        yield from _names(event.orelse, where)
        return
    assert isinstance(event, ast.Constant), f"{where}: the name of an event is a constant"
    name = str(event.value)
    assert re.fullmatch("[a-z]+(_[a-z]+)*", name), f"{where}: {name}"
    yield name


def told() -> dict[str, str]:
    """Each event on the page, with its level."""
    section = PAGE.read_text().partition("## Events")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    pairs = [
        (name, level.strip()) for names, level in rows for name in re.findall("`(.+?)`", names)
    ]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def test_the_page_tells_all_events_and_no_others() -> None:
    shown = {name for name, levels in logged().items() if levels != {"debug"}}
    assert shown == told().keys()


def test_the_page_tells_their_levels() -> None:
    events = logged()
    assert {name: level for name, level in told().items() if not events[name] & {level, ANY}} == {}
