"""`maestro doctor` as it is used: by people, by scripts, and for the cluster's administrator."""

import io
import json
import os
import pathlib
import subprocess
import sys
from typing import Any

import pytest
import yaml
from rich.console import Console

from maestro.cli import doctor
from maestro.config import Settings
from maestro.domain import findings
from maestro.storage.postgres import migrate
from tests.fakes.kubernetes import Cluster
from tests.ports import free_port, free_ports

SECRET = "hunter2"
HELP = """
import sys
from maestro.cli.main import main

main(["--help"], standalone_mode=False)
print([each for each in ("maestro.bootstrap", "rich.table") if each in sys.modules])
"""
FOUND = [
    findings.ok("Redis", "127.0.0.1:6379 answers"),
    findings.warning("Redis persistence", "no append-only file", "turn it on"),
    findings.failure("PostgreSQL", "timeout [expired]", "start it"),
]


def maestro(*arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run it; nothing that it prints holds the password, and it never dies of an exception."""
    variables = {f"MAESTRO_{name.upper()}": str(value) for name, value in settings.items()}
    done = subprocess.run(
        [sys.executable, "-m", "maestro", *arguments],
        env=dict(os.environ) | variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def listed(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Statuses of what a script reads, by name; the worst of each name."""
    found = json.loads(done.stdout)
    assert {frozenset(each) for each in found} == {frozenset({"name", "status", "found", "advice"})}
    ranks = ["ok", "warning", "failure"]
    found.sort(key=lambda each: ranks.index(each["status"]))
    return {each["name"]: each["status"] for each in found}


@pytest.fixture
def good(database_url: str, redis_url: str, redis_prefix: str, tmp_path: pathlib.Path) -> Any:
    """Settings of an installation that works."""
    migrate.upgrade(database_url)
    fields = [name for name in Settings.model_fields if name.endswith("_port")]
    return {
        "postgres_url": database_url,
        "redis_url": redis_url,
        "redis_prefix": redis_prefix,
        "broker_url": redis_url.rpartition("/")[0] + "/1",
        "local_rooms_dir": tmp_path / "rooms",
        **dict(zip(fields, free_ports(len(fields)), strict=True)),
    }


def test_a_good_installation(good: Any) -> None:
    done = maestro("doctor", "--json", **good)

    assert done.returncode == 0, done.stdout
    statuses = listed(done)
    # The machine of the tests may be slow.
    del statuses["Redis latency"]
    assert set(statuses.values()) == {"ok"}
    assert statuses.keys() >= {
        "settings",
        "PostgreSQL",
        "PostgreSQL schema",
        "installation",
        "Redis scripts",
        "broker",
        "rooms folder",
        "ports",
    }


def test_warnings_are_no_failures(good: Any) -> None:
    done = maestro("doctor", "--json", redis_ulr="typo", **good)

    assert done.returncode == 0, done.stdout
    assert listed(done)["settings"] == "warning"


def test_a_bad_installation_with_all_that_is_wrong(good: Any) -> None:
    bad = good | {
        "postgres_url": f"postgresql+psycopg2://me:{SECRET}@127.0.0.1:{free_port()}/maestro",
        "redis_url": f"redis://:{SECRET}/#@127.0.0.1/0",
        "api_threads": SECRET,
    }

    done = maestro("doctor", "--json", **bad)

    assert done.returncode == 1
    statuses = listed(done)
    failed = {name for name, status in statuses.items() if status == "failure"}
    assert failed == {"settings", "PostgreSQL", "Redis"}
    assert statuses["broker"] == "ok"


def test_settings_that_cannot_be_read_at_all(tmp_path: pathlib.Path) -> None:
    done = maestro("doctor", config=tmp_path / "nowhere.yaml")

    assert done.returncode == 1
    assert "MAESTRO_CONFIG" in done.stdout
    assert "were not looked at" in done.stdout


def test_without_a_terminal_there_is_a_line_for_each(good: Any) -> None:
    done = maestro("doctor", **good)

    assert done.returncode == 0, done.stdout
    columns = {line.index(" ok ") for line in done.stdout.splitlines() if " ok " in line}
    assert len(columns) == 1
    assert "\x1b" not in done.stdout


def test_a_cluster_is_looked_at_when_asked_for(good: Any, tmp_path: pathlib.Path) -> None:
    with Cluster() as cluster:
        file = str(cluster.write_kubeconfig(tmp_path / "kubeconfig"))
        fine = maestro("doctor", "--json", "--kubeconfig", file, "--context", "fake", **good)
        cluster.forbid("create", "pods")
        refused = maestro("doctor", "--json", "--kubeconfig", file, **good)

    assert fine.returncode == 0, fine.stdout
    assert listed(fine)["Kubernetes rights: pods"] == "ok"
    assert refused.returncode == 1
    assert listed(refused)["Kubernetes rights: pods"] == "failure"


def test_outside_of_a_cluster_there_is_none_around_us(good: Any) -> None:
    done = maestro("doctor", "--json", "--in-cluster", **good)

    assert done.returncode == 1
    assert listed(done)["Kubernetes"] == "failure"


def test_the_role_is_ready_to_be_applied() -> None:
    done = maestro("doctor", "--cluster-role", postgres_url="", redis_url="")

    role = yaml.safe_load(done.stdout)
    assert done.returncode == 0
    assert (role["kind"], role["metadata"]) == ("ClusterRole", {"name": "maestro"})
    assert {"apiGroups": [""], "resources": ["nodes"], "verbs": ["get", "list"]} in role["rules"]


@pytest.mark.parametrize(
    "arguments", [("--context", "fake"), ("--kubeconfig", "file", "--in-cluster")]
)
def test_options_that_make_no_sense_together(arguments: tuple[str, ...]) -> None:
    assert maestro("doctor", *arguments).returncode == 2


def test_a_check_that_takes_too_long_is_told(good: Any, tmp_path: pathlib.Path) -> None:
    with Cluster() as cluster:
        cluster.hang_next(times=100)
        file = str(cluster.write_kubeconfig(tmp_path / "kubeconfig"))
        done = maestro("doctor", "--json", "--timeout", "4", "--kubeconfig", file, **good)

    assert done.returncode == 1
    statuses = listed(done)
    assert {name for name, status in statuses.items() if status == "failure"} == {"Kubernetes"}


def test_the_help_of_all_commands_loads_none_of_them() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELP], capture_output=True, text=True, timeout=60, check=True
    )

    assert "doctor" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_terminal_gets_a_table_that_fits() -> None:
    screen = Console(file=io.StringIO(), width=40, force_terminal=True, color_system=None)

    screen.print(doctor.table(FOUND))

    assert isinstance(screen.file, io.StringIO)
    text = screen.file.getvalue()
    assert "→ start it" in text
    assert "[expired]" in text
    assert max(map(len, text.splitlines())) <= 40


def test_lines_are_aligned() -> None:
    assert doctor.lines(FOUND) == [
        "Redis              ok       127.0.0.1:6379 answers",
        "Redis persistence  warning  no append-only file → turn it on",
        "PostgreSQL         failure  timeout [expired] → start it",
    ]
