"""What Maestro depends on is declared, pinned with hashes, and under licences we know."""

import ast
import importlib.metadata
import pathlib
import re
import sys
from collections.abc import Sequence

import pytest
from packaging.version import Version

from release import licences, requirements

ROOT = pathlib.Path(__file__).parents[2]
OURS = {"api", "maestro", "protos", "tasks"}
#: Needed without an import: programs that are started, and files that are served.
NOT_IMPORTED = {"flask-swagger-ui", "flower"}


def imported() -> set[str]:
    """The packages of others that Maestro imports."""
    found = set()
    for root in OURS:
        for file in (ROOT / root).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module)
    return {_package(name.split(".")) for name in found} - OURS - sys.stdlib_module_names


def provided(distribution: str) -> set[str]:
    """The packages that an installed distribution brings along."""
    files = importlib.metadata.files(distribution) or ()
    return {_package(file.with_suffix("").parts) for file in files if file.suffix == ".py"}


def _package(parts: Sequence[str]) -> str:
    """Several distributions share `google`; each has packages of its own below it."""
    return ".".join(parts[:2]) if parts[0] == "google" else parts[0]


def test_what_is_imported_is_declared_and_the_other_way_round() -> None:
    packages = {name: provided(name) for name in requirements.declared()}
    needed = imported()

    assert needed - set().union(*packages.values()) == set()
    assert {name for name, brought in packages.items() if not brought & needed} == NOT_IMPORTED


def test_the_lock_file_has_each_direct_dependency_in_a_version_that_is_allowed() -> None:
    pins = requirements.locked(requirements.LOCK.read_text())
    declared = requirements.declared()

    assert {name for name, pin in pins.items() if pin.direct} == set(declared), "run: make lock"
    for name, requirement in declared.items():
        assert requirement.specifier.contains(pins[name].version), f"{requirement}: make lock"


def test_the_lock_file_has_hashes_of_everything() -> None:
    for name, pin in requirements.locked(requirements.LOCK.read_text()).items():
        assert pin.hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in pin.hashes), name


def test_a_lock_file_is_read_as_it_is_written() -> None:
    pins = requirements.locked(
        "# made by us\n"
        "flask==3.1.3 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "    # via\n    #   maestro (setup.cfg)\n    #   flask-smorest\n"
        "tzdata==2026.6 ; sys_platform == 'win32' \\\n    --hash=sha256:cc\n    # via tzlocal\n"
    )

    assert pins == {
        "flask": (Version("3.1.3"), ("sha256:aa", "sha256:bb"), True, True),
        "tzdata": (Version("2026.6"), ("sha256:cc",), False, False),
    }


# Licences


def test_no_licence_is_unknown_or_not_looked_at() -> None:
    for name, distribution in requirements.installed("embedded").items():
        licence = licences.licence(distribution)
        assert licences.is_permissive(licence) or name in licences.LOOKED_AT, (name, licence)


def test_only_what_is_used_is_looked_at() -> None:
    assert set(licences.LOOKED_AT) <= set(requirements.installed("embedded"))


@pytest.mark.parametrize(
    ("licence", "permissive"),
    [
        ("MIT", True),
        ("Apache-2.0 OR (BSD-2-Clause AND MIT)", True),
        ("MIT AND GPL-3.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("MIT License, GNU General Public License (GPL)", False),
        ("", False),
    ],
)
def test_a_licence_is_permissive_when_all_it_names_is(licence: str, permissive: bool) -> None:
    assert licences.is_permissive(licence) == permissive


def test_the_page_of_licences_has_what_the_image_has() -> None:
    page = (ROOT / "docs" / "licences.md").read_text()
    listed = set(re.findall(r"^\| (\S+) \| \S.* \| Maestro \|$", page, re.MULTILINE))
    pins = requirements.locked(requirements.LOCK.read_text())

    assert {name for name, pin in pins.items() if pin.everywhere} <= listed <= set(pins), (
        "run: make lock docs"
    )
    assert page.endswith(licences.page().partition("## Looked at")[2])
