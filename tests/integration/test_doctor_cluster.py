"""What `maestro doctor` finds in a cluster, and on a machine that runs rooms itself."""

import json
import pathlib
import socket
from collections.abc import Iterator

import psutil
import pytest
import yaml

from maestro import bootstrap
from maestro.config import Settings
from maestro.diagnosis import listening
from maestro.domain.findings import Check, Finding, Status
from maestro.runtime.kubernetes import checkup as kubernetes
from maestro.runtime.kubernetes.rights import NEEDS, Need
from maestro.runtime.local import checkup as local
from tests import kubernetes_rooms, make
from tests.fakes.kubernetes import Cluster
from tests.fakes.kubernetes.rights import Rule
from tests.ports import free_ports

OK, WARNING, FAILURE = Status.OK, Status.WARNING, Status.FAILURE
EVERY_RIGHT = [(need, verb) for need in NEEDS for verb in need.verbs]


def seen(check: Check) -> dict[str, Finding]:
    return {finding.name: finding for finding in check.ask()}


def statuses(found: dict[str, Finding]) -> dict[str, Status]:
    return {name: finding.status for name, finding in found.items()}


class Asked:
    """A cluster, and what is found of it with one account or another."""

    def __init__(self, cluster: Cluster, folder: pathlib.Path) -> None:
        self.cluster = cluster
        self._folder = folder

    def by(self, token: str = "", timeout_s: float = 5) -> dict[str, Finding]:
        kubeconfig = self.cluster.write_kubeconfig(self._folder / "kubeconfig", token=token)
        return seen(kubernetes.check(kubernetes_rooms.api(kubeconfig, timeout_s=timeout_s)))


@pytest.fixture
def asked(tmp_path: pathlib.Path) -> Iterator[Asked]:
    with Cluster(node_names=()) as cluster:
        cluster.add_node("node-1", addresses={"ExternalIP": "1.2.3.4", "InternalIP": "10.0.0.1"})
        yield Asked(cluster, tmp_path)


def rules_of_the_role() -> list[Rule]:
    """What `maestro doctor --cluster-role` prints, as the cluster understands it."""
    role = yaml.safe_load(yaml.safe_dump(dict(bootstrap.cluster_role())))
    return [
        Rule(verbs=" ".join(rule["verbs"]), resources=" ".join(rule["resources"]))
        for rule in role["rules"]
    ]


def test_the_printed_role_is_enough(asked: Asked) -> None:
    token = asked.cluster.add_user("maestro", *rules_of_the_role())

    found = asked.by(token)

    assert set(statuses(found).values()) == {OK}
    assert "v1.34.9" in found["Kubernetes"].found
    assert "Kubernetes clock" in found
    assert asked.cluster.pods() == []


def test_the_printed_role_is_enough_for_the_life_of_a_room(
    asked: Asked, tmp_path: pathlib.Path
) -> None:
    token = asked.cluster.add_user("maestro", *rules_of_the_role())
    kubeconfig = asked.cluster.write_kubeconfig(tmp_path / "narrow", token=token)
    runtime = kubernetes_rooms.runtime(kubeconfig)
    scheduler = make.scheduler()

    runtime.create_scheduler(scheduler)
    runtime.create_room(make.new_room(id="arena-1"), scheduler)
    [instance] = runtime.list_rooms().instances
    runtime.delete_room("arena", "arena-1", uid="", grace_period_s=1, reason="as the test wishes")
    runtime.delete_scheduler("arena", uid=scheduler.uid)

    assert instance.host == "1.2.3.4"
    assert asked.cluster.namespace("arena") is None


@pytest.mark.parametrize(
    ("need", "verb"), EVERY_RIGHT, ids=[f"{verb} {need.resource}" for need, verb in EVERY_RIGHT]
)
def test_each_missing_right_is_named(asked: Asked, need: Need, verb: str) -> None:
    asked.cluster.forbid(verb, need.resource)

    found = asked.by()

    finding = found[f"Kubernetes rights: {need.resource}"]
    assert finding.status is FAILURE
    assert f"may not {verb}:" in finding.found
    assert "maestro doctor --cluster-role" in finding.advice
    others = [
        each for each in found if each.startswith("Kubernetes rights") and each != finding.name
    ]
    assert {found[each].status for each in others} == {OK}


def test_rights_in_one_namespace_are_not_enough(asked: Asked) -> None:
    token = asked.cluster.add_user("narrow", Rule(namespace="default"))

    found = asked.by(token)

    assert found["Kubernetes"].status is OK
    for need in NEEDS:
        assert found[f"Kubernetes rights: {need.resource}"].status is FAILURE
    assert found["Kubernetes nodes"].status is FAILURE


def test_nobody_knows_us(asked: Asked) -> None:
    found = asked.by("wrong")

    assert statuses(found) == {"Kubernetes": FAILURE}
    assert "credentials" in found["Kubernetes"].advice


def test_a_cluster_without_nodes(asked: Asked) -> None:
    asked.cluster.delete_node("node-1")

    assert asked.by()["Kubernetes nodes"].status is WARNING


def test_nodes_that_only_their_neighbours_reach(asked: Asked) -> None:
    asked.cluster.add_node("node-2", addresses={"InternalIP": "10.0.0.2"})

    finding = asked.by()["Kubernetes nodes"]

    assert finding.status is WARNING
    assert "1 with InternalIP" in finding.found


def test_a_server_that_hangs_is_left_in_time(asked: Asked) -> None:
    asked.cluster.hang_next(times=100)

    assert statuses(asked.by(timeout_s=0.3)) == {"Kubernetes": FAILURE}


def test_one_question_without_answer_keeps_no_other_from_being_asked(asked: Asked) -> None:
    asked.cluster.hang_next(times=100, match=("POST", "selfsubjectaccessreviews"))

    found = asked.by(timeout_s=0.3)

    assert found["Kubernetes"].status is OK
    assert found["Kubernetes rights: pods"].status is FAILURE
    assert found["Kubernetes nodes"].status is OK


def test_a_server_that_is_away(asked: Asked) -> None:
    asked.cluster.go_away()

    assert statuses(asked.by(timeout_s=0.5)) == {"Kubernetes": FAILURE}


@pytest.mark.parametrize(
    "content", ["", "hunter2", "a: [hunter2", json.dumps({"clusters": "hunter2"}), None]
)
def test_files_that_are_no_kubeconfig(tmp_path: pathlib.Path, content: str | None) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)

    found = seen(bootstrap.cluster_check(str(file), ""))

    assert statuses(found) == {"Kubernetes": FAILURE}
    assert "kubeconfig" in found["Kubernetes"].advice
    assert "hunter2" not in found["Kubernetes"].found


def test_a_context_that_is_not_in_the_file(asked: Asked, tmp_path: pathlib.Path) -> None:
    file = asked.cluster.write_kubeconfig(tmp_path / "kubeconfig")

    found = seen(bootstrap.cluster_check(str(file), "elsewhere"))

    assert statuses(found) == {"Kubernetes": FAILURE}
    assert "elsewhere" in found["Kubernetes"].found


# This machine


def of_machine(folder: pathlib.Path) -> dict[str, Finding]:
    return {finding.name: finding for each in local.checks(folder) for finding in each.ask()}


def test_a_machine_that_runs_rooms(tmp_path: pathlib.Path) -> None:
    found = of_machine(tmp_path / "yet" / "to" / "come")

    assert statuses(found) == {"rooms folder": OK, "processes": OK}
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").write_text("")

    finding = of_machine(tmp_path / "file" / "rooms")["rooms folder"]

    assert finding.status is FAILURE
    assert "MAESTRO_LOCAL_ROOMS_DIR" in finding.advice


def everywhere_else(**given: int) -> Settings:
    """Settings of which each module has a free port, except for those given."""
    fields = [name for name in Settings.model_fields if name.endswith("_port")]
    free = dict(zip(fields, free_ports(len(fields)), strict=True))
    return Settings(**free | given)  # type: ignore[arg-type]


def test_free_ports() -> None:
    [finding] = listening.check(everywhere_else()).ask()

    assert finding.status is OK
    assert "0 in use" in finding.found


def test_a_port_that_another_program_has() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        [finding] = listening.check(everywhere_else(flower_port=port)).ask()

    assert finding.status is WARNING
    assert f"{port} is in use by {psutil.Process().cmdline()[0]}" in finding.found
    assert "MAESTRO_FLOWER_PORT" in finding.advice


def test_a_host_that_is_not_here() -> None:
    settings = everywhere_else().model_copy(update={"flower_host": "192.0.2.1"})

    [finding] = listening.check(settings).ask()

    assert finding.status is WARNING
    assert "192.0.2.1" in finding.found
