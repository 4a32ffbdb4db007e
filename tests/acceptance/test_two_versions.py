"""
This version and the one before it share the stores: whoever executes what the other one accepted.

The one before is that of the parent of the commit which changed the code last, or of the commit
that `MAESTRO_TEST_PREVIOUS` names.
"""

import json
import os
import pathlib
import subprocess
import sys
import tarfile
from collections.abc import Iterator

import pytest

from tests.acceptance.bodies import fleet
from tests.acceptance.system import soon
from tests.acceptance.test_versions import ends_as
from tests.chaos.site import OTHERS, WORKERS, Site, site

ROOT = pathlib.Path(__file__).parents[2]
CODE = ("maestro", "tasks", "api", "protos")
#: Room ports of these tests; each fleet takes a hundred.
FIRST_PORT = 29000


def git(*arguments: str) -> str:
    """What git says; nothing where there is no git, no repository or no such commit."""
    try:
        told = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The code of the version before."""
    changed = git("log", "-1", "--format=%H", "--", *CODE)
    asked = os.environ.get("MAESTRO_TEST_PREVIOUS") or f"{changed}^"
    commit = git("rev-parse", "--verify", "--quiet", f"{asked}^{{commit}}")
    if not commit:
        pytest.skip("this checkout has no earlier version in its history")
    folder = tmp_path_factory.mktemp("previous")
    archive = folder / "code.tar"
    assert git("archive", f"--output={archive}", commit, *CODE) == ""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    asked_where = subprocess.run(
        [sys.executable, "-c", "import maestro; print(maestro.__file__)"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked_where.stdout.startswith(str(folder))
    return folder


@pytest.fixture(scope="module")
def parts(previous: pathlib.Path) -> Iterator[Site]:
    """All modules but the workers are of this version."""
    with site(code={f"worker#{number}": previous for number in range(WORKERS)}) as parts:
        yield parts


def lead_a_life(parts: Site, name: str, *, first_port: int) -> None:
    """A fleet is made, heals, changes its version in both ways and its size, and goes."""
    body = fleet(name, 2, first_port=first_port)
    assert parts.post("/schedulers", body).status == 200
    soon(lambda: len(parts.ready_rooms(name)) == 2, within_s=60, explain=parts.text)
    parts.process_of(parts.ready_rooms(name)[0]).kill()
    minor = parts.ask("PATCH", f"/schedulers/{name}", b'{"roomsReplicas": 3, "maxSurge": "50%"}')
    ends_as(parts, name, minor.body["operationId"], "finished")
    soon(lambda: len(parts.ready_rooms(name)) == 3, within_s=60, explain=parts.text)
    command = [*body["spec"]["containers"][0]["command"], "--startup=0.1"]
    major = {"spec": {"containers": [{"command": command}]}}
    answer = parts.ask("PATCH", f"/schedulers/{name}", json.dumps(major).encode())
    ends_as(parts, name, answer.body["operationId"], "finished")
    soon(
        lambda: [room["version"] for room in parts.rooms_of(name)] == ["v2.0.0"] * 3,
        within_s=60,
        explain=parts.text,
    )
    assert parts.delete(f"/schedulers/{name}").status == 200
    soon(lambda: parts.get(f"/schedulers/{name}").status == 404, within_s=60, explain=parts.text)


def test_workers_of_the_version_before_do_what_the_new_api_accepts(parts: Site) -> None:
    lead_a_life(parts, "old-workers", first_port=FIRST_PORT)


def test_workers_of_both_versions_share_the_work(parts: Site) -> None:
    # Given that some workers are replaced
    replaced = parts.workers[0]
    assert parts.terminate_module(replaced) == 0
    del parts.code[replaced]
    parts.start_module(replaced)

    lead_a_life(parts, "both-workers", first_port=FIRST_PORT + 100)


def test_everything_else_of_the_version_before_works_with_the_new_workers(
    parts: Site, previous: pathlib.Path
) -> None:
    # Given new workers only, and everything else as it was before
    for name in (*parts.workers, *OTHERS):
        parts.kill_module(name)
    parts.code = dict.fromkeys(OTHERS, previous)
    for name in (*parts.workers, *OTHERS):
        parts.start_module(name)
    soon(parts.answers, within_s=60, explain=parts.text)

    lead_a_life(parts, "new-workers", first_port=FIRST_PORT + 200)
