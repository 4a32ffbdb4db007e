"""The compose file, read by Docker Compose itself."""

import json
import pathlib
from typing import Any

import pytest

from maestro.cli.modules import MODULES
from maestro.config import Settings, variable
from tests.deployment.places import DOCKER, PROGRAMS, attempt

SECRETS = {
    "POSTGRES_PASSWORD": "postgres-secret",
    "REDIS_PASSWORD": "redis-secret",
    "MAESTRO_MANAGEMENT_TOKEN": "management-secret",
    "MAESTRO_ALLOCATION_TOKEN": "allocation-secret",
    "FLOWER_PASSWORD": "flower-secret",
}
STORES = {"postgres", "redis"}
MONITORING = {"prometheus", "grafana"}


def compose(*options: str, **variables: str) -> Any:
    """How Compose understands it; a text when it does not."""
    # Not the file of whoever runs the tests.
    command = [str(PROGRAMS / "docker-compose"), "--env-file", "/dev/null", *options]
    command += ["--file", str(DOCKER / "compose.yaml"), "config", "--format", "json"]
    done = attempt(*command, **variables)
    return json.loads(done.stdout) if done.returncode == 0 else done.stderr


@pytest.fixture(scope="module")
def services() -> Any:
    return compose(**SECRETS)["services"]


def ours(services: Any) -> dict[str, Any]:
    return {name: each for name, each in services.items() if name not in STORES | MONITORING}


def test_it_runs_every_module_once(services: Any) -> None:
    started = [
        each["command"][1]
        for each in services.values()
        if (each.get("command") or [""])[0] == "start"
    ]

    assert sorted(started) == sorted(MODULES)
    assert services.keys() == {*MODULES, *STORES, "migrate"}


def test_monitoring_is_there_when_asked_for() -> None:
    asked = compose("--profile", "monitoring", **SECRETS, GRAFANA_PASSWORD="grafana-secret")

    assert asked["services"].keys() >= MONITORING


def test_prometheus_reaches_every_module(services: Any) -> None:
    asked = compose("--profile", "monitoring", **SECRETS, GRAFANA_PASSWORD="grafana-secret")
    prometheus = asked["services"]["prometheus"]

    for module in MODULES:
        assert services[module]["environment"]["MAESTRO_INTERNAL_HOST"] == "0.0.0.0"  # noqa: S104
        assert services[module]["networks"].keys() & prometheus["networks"].keys()


def test_nothing_listens_on_other_addresses_than_loopback() -> None:
    asked = compose("--profile", "monitoring", **SECRETS, GRAFANA_PASSWORD="grafana-secret")

    published = [
        (name, port["host_ip"])
        for name, each in asked["services"].items()
        for port in each.get("ports", [])
    ]
    assert published
    assert {address for _, address in published} == {"127.0.0.1"}
    assert {name for name, _ in published}.isdisjoint(STORES)


def test_only_the_rooms_api_may_be_opened_to_a_cluster() -> None:
    services = compose(**SECRETS, ROOMS_API_ADDRESS="192.0.2.1")["services"]

    open_ones = {
        name
        for name, each in services.items()
        for port in each.get("ports", [])
        if port["host_ip"] != "127.0.0.1"
    }
    assert open_ones == {"rooms-api"}


@pytest.mark.parametrize("missing", SECRETS)
def test_a_secret_that_is_missing_is_named(missing: str) -> None:
    refusal = compose(**{name: text for name, text in SECRETS.items() if name != missing})

    assert f"{missing} is missing a value: put it into docker/.env" in refusal


def test_no_secret_stands_in_the_file() -> None:
    with_secrets = json.dumps(compose(**SECRETS))
    file = (DOCKER / "compose.yaml").read_text()

    for name, secret in SECRETS.items():
        assert secret in with_secrets or name == "POSTGRES_PASSWORD"
        assert f"${{{name}:?" in file


def test_the_example_names_what_is_asked_for_and_nothing_secret() -> None:
    lines = (DOCKER / "env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))

    assert given == {**dict.fromkeys(SECRETS, ""), "MAESTRO_RUNTIME": "local"}


def test_what_is_ours_may_do_and_write_as_little_as_possible(services: Any) -> None:
    for name, each in ours(services).items():
        assert each["read_only"] is True, name
        assert each["cap_drop"] == ["ALL"]
        assert each["security_opt"] == ["no-new-privileges:true"]
        assert each["tmpfs"] == ["/tmp"]  # noqa: S108
        assert "user" not in each, "the image says who"


def test_its_settings_are_some(services: Any) -> None:
    known = set(map(variable, Settings.model_fields))
    for each in ours(services).values():
        given = {name for name in each["environment"] if name.startswith("MAESTRO_")}
        assert given <= known


def test_modules_stop_before_they_are_killed(services: Any) -> None:
    # Two processes are waited for in turn.
    assert 2 * Settings().stop_timeout_s < 60
    assert {each["stop_grace_period"] for each in ours(services).values()} == {"1m0s"}


def test_nothing_starts_before_the_database_is_migrated(services: Any) -> None:
    for name, each in ours(services).items():
        condition = each["depends_on"].get("migrate", {}).get("condition")
        assert (condition == "service_completed_successfully") is (name != "migrate")


def test_rooms_are_processes_that_worker_and_watcher_both_see(services: Any) -> None:
    worker, watcher = services["worker"], services["runtime-watcher"]

    assert watcher["pid"] == "service:worker"
    assert worker["init"] is True
    assert worker["volumes"] == watcher["volumes"]
    (volume,) = worker["volumes"]
    folder = pathlib.PurePath(worker["environment"]["MAESTRO_LOCAL_ROOMS_DIR"])
    assert folder.is_relative_to(volume["target"])
    sample = json.loads((DOCKER / "demo-scheduler.json").read_text())["portRange"]
    reached = {int(port["published"]) for port in worker["ports"]}
    assert reached == set(range(sample["start"], sample["end"] + 1))


def test_rooms_may_be_pods_instead(tmp_path: pathlib.Path) -> None:
    kubeconfig = tmp_path / "config"
    asked = compose(**SECRETS, MAESTRO_RUNTIME="kubernetes", KUBECONFIG_FILE=str(kubeconfig))

    assert asked["secrets"]["kubeconfig"]["file"] == str(kubeconfig)
    for name in ("worker", "runtime-watcher"):
        given = asked["services"][name]
        (secret,) = given["secrets"]
        assert given["environment"]["MAESTRO_RUNTIME"] == "kubernetes"
        assert given["environment"]["MAESTRO_KUBERNETES_KUBECONFIG"] == secret["target"]


def test_redis_keeps_what_it_acknowledged() -> None:
    asked = compose(**SECRETS)

    lines = asked["configs"]["redis"]["content"].splitlines()
    assert {"appendonly yes", "maxmemory-policy noeviction", "requirepass redis-secret"} <= {*lines}
