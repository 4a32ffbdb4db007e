"""What `maestro doctor` says of settings: each by its variable, and never what it holds."""

import pathlib

import pytest

from maestro.config import Settings
from maestro.diagnosis import settings
from maestro.domain.findings import Finding, Status

SECRET = "hunter2"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> "Said":
    return Said(monkeypatch)


class Said:
    """What is said of an environment."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.settings: Settings | None = None

    def of(self, **environment: str) -> list[Finding]:
        for name, value in environment.items():
            self._monkeypatch.setenv(name, value)
        self.settings, found = settings.read(environment)
        assert not [each for each in found if SECRET in each.found + each.advice]
        return found


def test_variables_of_operators_commands_are_known(said: Said) -> None:
    found = said.of(
        MAESTRO_CLI_CONFIG="contexts.json",
        MAESTRO_CONTEXT="home",
        MAESTRO_MANAGEMENT_API_URL="http://home",
    )

    assert [each.status for each in found] == [Status.OK]


def test_good_settings_are_one_line(said: Said) -> None:
    found = said.of(MAESTRO_API_THREADS="7", HOME="/root")

    assert [(each.status, each.found) for each in found] == [
        (Status.OK, "1 in the environment, the rest are defaults")
    ]


def test_every_bad_value_is_named_and_the_others_are_used(said: Said) -> None:
    found = said.of(
        MAESTRO_API_THREADS=SECRET, MAESTRO_SWEEP_INTERVAL_S="-1", MAESTRO_FLOWER_PORT="7"
    )

    assert {each.found.partition(":")[0] for each in found} == {
        "MAESTRO_API_THREADS",
        "MAESTRO_SWEEP_INTERVAL_S",
    }
    assert {each.status for each in found} == {Status.FAILURE}
    assert said.settings
    assert (said.settings.api_threads, said.settings.flower_port) == (4, 7)


def test_values_that_do_not_fit_together_are_both_named(said: Said) -> None:
    found = said.of(MAESTRO_LEASE_TTL_S="3", MAESTRO_FLOWER_PORT="7")

    assert len(found) == 1
    assert "MAESTRO_LEASE_TTL_S" in found[0].found
    assert "MAESTRO_LEASE_RENEWAL_S" in found[0].found
    assert said.settings
    assert said.settings.flower_port == 7


def test_a_list_that_is_none_leaves_no_settings(said: Said) -> None:
    found = said.of(MAESTRO_RESERVED_SCHEDULER_NAMES=SECRET)

    assert "MAESTRO_RESERVED_SCHEDULER_NAMES" in found[0].found
    assert said.settings is None
    assert found[-1] == settings.BLIND


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("MAESTRO_REDIS_ULR", "did you mean MAESTRO_REDIS_URL?"),
        ("maestro_redis_ulr", "did you mean MAESTRO_REDIS_URL?"),
        ("MAESTRO_COLOUR_OF_THE_SKY", "remove it"),
    ],
)
def test_variables_that_nobody_reads_are_told(said: Said, variable: str, advice: str) -> None:
    [finding] = said.of(**{variable: f"redis://:{SECRET}@there"})

    assert finding.status is Status.WARNING
    assert variable in finding.found
    assert advice in finding.advice


def test_known_variables_are_no_typos(said: Said) -> None:
    found = said.of(
        MAESTRO_DEV_FOLDER="/x",
        maestro_flower_port="7",
        MAESTRO_REDIS_SERVICE_HOST="10.0.0.1",
        MAESTRO_REDIS_SERVICE_PORT_STATE="6379",
        MAESTRO_REDIS_PORT="tcp://10.0.0.1:6379",
        MAESTRO_REDIS_PORT_6379_TCP_ADDR="10.0.0.1",
    )

    assert [each.status for each in found] == [Status.OK]


def test_a_service_of_kubernetes_that_hides_a_setting_is_recognised(said: Said) -> None:
    [finding] = said.of(MAESTRO_ROOMS_API_PORT="tcp://10.0.0.1:8070")

    assert finding.status is Status.FAILURE
    assert "enableServiceLinks" in finding.advice


@pytest.mark.parametrize(
    ("content", "status", "found"),
    [
        ("lease_ttl_s: 30\n", Status.OK, "others in"),
        ("", Status.OK, "others in"),
        ("redis_ulr: hunter2\n", Status.WARNING, "redis_ulr in the file"),
        ("REDIS_PREFIX: hunter2\n", Status.WARNING, "REDIS_PREFIX in the file"),
        ("api_threads: hunter2\n", Status.FAILURE, "MAESTRO_API_THREADS"),
        ("- hunter2\n", Status.FAILURE, "MAESTRO_CONFIG"),
        ("a: b\nredis_url: *hunter2\n", Status.FAILURE, "no YAML in line 2"),
        ("redis_url: 'hunter2\n", Status.FAILURE, "no YAML"),
    ],
)
def test_the_file(
    said: Said, tmp_path: pathlib.Path, content: str, status: Status, found: str
) -> None:
    file = tmp_path / "maestro.yaml"
    file.write_text(content)

    first = said.of(MAESTRO_CONFIG=str(file))[0]

    assert first.status is status
    assert found in first.found


def test_a_file_that_is_not_there_is_no_empty_file(said: Said, tmp_path: pathlib.Path) -> None:
    first = said.of(MAESTRO_CONFIG=str(tmp_path / "nowhere.yaml"))[0]

    assert (first.status, said.settings) == (Status.FAILURE, None)
    assert "No such file" in first.found
