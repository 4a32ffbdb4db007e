"""What the local runtime runs, with which variables, and what the end of a program means."""

import os
import pathlib

import pytest

from maestro.domain.schedulers import Environment, FieldRef, SecretKeyRef, ValueFrom
from maestro.runtime.local import environment, keepers, processes, rules, verdicts
from tests import make


def field(path: str, name: str = "VALUE") -> Environment:
    """A variable that is read from a field of the room."""
    return Environment(name=name, value_from=ValueFrom(field_ref=FieldRef(field_path=path)))


def secret(name: str = "VALUE") -> Environment:
    """A variable that is read from a secret."""
    reference = SecretKeyRef(name="database", key="password")
    return Environment(name=name, value_from=ValueFrom(secret_key_ref=reference))


def surroundings(*entries: Environment, **changes: object) -> environment.Surroundings:
    """A room of `arena` with these variables."""
    scheduler = make.scheduler(
        spec=make.spec(containers=(make.container(environment=entries),)),
        labels={"region": "eu"},
        annotations={"owner": "me"},
    )
    given: dict[str, object] = {"rooms_api_url": "", "room": make.new_room()} | changes
    return environment.Surroundings(
        installation="ours",
        scheduler=scheduler,
        uid="uid-1",
        host="127.0.0.1",
        secrets=pathlib.Path("/data/secrets/arena"),
        **given,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "arena-1"),
        ("metadata.namespace", "arena"),
        ("metadata.labels['heritage']", "maestro"),
        ("metadata.labels['maestro-scheduler']", "arena"),
        ("metadata.labels['maestro-installation']", "ours"),
        ("metadata.labels['version']", "v1.0.0"),
        ("metadata.labels['region']", "eu"),
        ("metadata.labels['unknown']", ""),
        ("metadata.annotations['owner']", "me"),
        ("metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict']", "true"),
        ("metadata.annotations['maestro-operation']", make.new_room().operation),
        ("metadata.annotations['maestro-scheduler-uid']", make.uid("arena")),
        ("metadata.annotations['maestro-validation']", "false"),
        ("status.hostIP", "127.0.0.1"),
        ("status.podIP", "127.0.0.1"),
    ],
)
def test_fields_of_the_room_are_known_to_its_programs(path: str, value: str) -> None:
    [container] = surroundings(field(path)).containers()

    assert container["environment"]["VALUE"] == value


def test_the_node_is_this_machine() -> None:
    [container] = surroundings(field("spec.nodeName")).containers()

    assert container["environment"]["VALUE"]


def test_variables_of_maestro_come_last() -> None:
    mine = (Environment(name="MAESTRO_ROOM_ID", value="mine"), secret("MAESTRO_SCHEDULER_NAME"))

    [container] = surroundings(*mine, rooms_api_url="http://maestro").containers()

    assert container["environment"] == {
        "MAESTRO_ROOM_ID": "arena-1",
        "MAESTRO_SCHEDULER_NAME": "arena",
        "MAESTRO_ROOM_UID": "uid-1",
        "MAESTRO_ROOMS_API_URL": "http://maestro",
        "MAESTRO_PORT_GAME": "40000",
        "MAESTRO_PORT_GAME_PROTOCOL": "udp",
    }
    assert container["secrets"] == {}


def test_of_two_variables_of_one_name_the_later_counts() -> None:
    plain = Environment(name="VALUE", value="plain")

    [first] = surroundings(plain, secret()).containers()
    [second] = surroundings(secret(), plain).containers()

    assert "VALUE" not in first["environment"]
    assert first["secrets"] == {"VALUE": "/data/secrets/arena/database/password"}
    assert second["environment"]["VALUE"] == "plain"
    assert second["secrets"] == {}


def test_the_names_of_ports_become_names_of_variables() -> None:
    ports = (
        make.host_ports(1)[0],
        *(
            type(make.host_ports()[0])(name=name, protocol="TCP", port=port)
            for name, port in (("game-protocol", 2), ("voice-chat", 3))
        ),
    )

    [container] = surroundings(room=make.new_room(ports=ports)).containers()

    assert container["environment"].items() >= {
        ("MAESTRO_PORT_GAME", "1"),
        ("MAESTRO_PORT_GAME_PROTOCOL", "2"),
        ("MAESTRO_PORT_VOICE_CHAT", "3"),
        ("MAESTRO_PORT_VOICE_CHAT_PROTOCOL", "tcp"),
    }


def test_what_rooms_inherit_is_harmless() -> None:
    given = {"PATH": "/bin", "LC_ALL": "C", "HOME": "/home/me", "PGPASSWORD": "x", "MAESTRO_X": "y"}

    inherited = keepers.inherited(given)

    assert inherited.pop("PATH").startswith("/bin:")
    assert inherited == {"LC_ALL": "C", "HOME": "/home/me"}


@pytest.mark.parametrize("policy", ["Always", "OnFailure"])
def test_no_container_is_restarted(policy: str) -> None:
    [violation] = rules.violations(make.scheduler(spec=make.spec(restart_policy=policy)))

    assert violation.field == "spec.restartPolicy"


def test_a_container_needs_a_command() -> None:
    containers = (make.container(), make.container(name="sidecar", command=()))

    [violation] = rules.violations(make.scheduler(spec=make.spec(containers=containers)))

    assert violation.field == "spec.containers[1].command"


@pytest.mark.parametrize("path", ["metadata.uid", "status.podIPs", "spec.serviceAccountName"])
def test_fields_that_only_pods_have_are_refused(path: str) -> None:
    container = make.container(environment=(secret("A"), field("metadata.name"), field(path)))

    [violation] = rules.violations(make.scheduler(spec=make.spec(containers=(container,))))

    assert violation.field == "spec.containers[0].environment[2].valueFrom.fieldRef.fieldPath"
    assert path in violation.description


@pytest.mark.parametrize(
    ("exit_code", "status", "description"),
    [
        (0, "terminating", "Completed"),
        (1, "error", "exit code 1"),
        (255, "error", "exit code 255"),
        (-9, "error", "killed by signal 9 (SIGKILL)"),
        (-11, "error", "killed by signal 11 (SIGSEGV)"),
        (-63, "error", "killed by signal 63"),
    ],
)
def test_the_end_of_a_program_decides_for_its_room(
    exit_code: int, status: str, description: str
) -> None:
    assert verdicts.of("", exit_code) == verdicts.Verdict(status, description)


def test_a_process_is_not_mistaken_for_another_of_its_id() -> None:
    own = processes.identity(os.getpid())
    pid, _, started = own.partition("/")

    assert processes.is_running(own)
    assert not processes.is_running(f"{pid}/0{started}")
    assert not processes.is_running("")
    assert not processes.send(f"{pid}/0{started}", 9)
