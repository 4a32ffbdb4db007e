"""Edits over HTTP: how bodies are read, and how refusals look."""

import dataclasses
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.management import examples
from maestro.domain import schedulers
from maestro.domain.patches import SchedulerPatch
from maestro.domain.schedulers import Scheduler
from tests import make
from tests.contract import asking
from tests.contract.asking import ask
from tests.contract.management_cases import fleets
from tests.contract.scheduler_cases import REFUSED, changed
from tests.fakes.services import Services

ARENA = "/schedulers/arena"


@pytest.fixture
def services() -> Services:
    """Two schedulers; `arena` has a forwarder, labels and annotations."""
    services = fleets()
    arena = services.schedulers.stored["arena"]
    services.schedulers.stored["arena"] = dataclasses.replace(
        arena,
        forwarders=(make.forwarder(),),
        labels={"tier": "gold"},
        annotations={"team": "duels"},
    )
    return services


@pytest.fixture
def client(services: Services) -> FlaskClient:
    return asking.management(services)


def accepted(services: Services) -> Scheduler:
    """What `arena` is to become."""
    edit = services.edits.accepted["arena"]
    assert isinstance(edit, Scheduler)
    return edit


class TestNewVersion:
    def test_the_name_in_the_path_counts(self, client: FlaskClient, services: Services) -> None:
        answer = ask(client, "POST", ARENA, json=changed(("name", "another")))

        assert (answer.status, answer.body) == (200, {"operationId": "edit-arena"})
        assert accepted(services).name == "arena"
        assert accepted(services).game == "battle"

    @pytest.mark.parametrize(
        ("body", "field"), [(body, field) for body, field in REFUSED if field != "name"]
    )
    def test_a_broken_rule_is_answered_with_the_path_of_its_field(
        self, client: FlaskClient, services: Services, body: dict[str, Any], field: str
    ) -> None:
        answer = ask(client, "POST", ARENA, json=body)

        assert (answer.status, answer.body["code"]) == (400, 3)
        assert field in answer.fields
        assert services.edits.accepted == {}

    def test_a_port_may_bring_its_own_range(self, client: FlaskClient, services: Services) -> None:
        port = "spec.containers.0.ports.0.hostPortRange"
        body = changed(("portRange", None), (port, {"start": 1000, "end": 2000}))

        assert ask(client, "POST", ARENA, json=body).status == 200
        assert accepted(services).port_range is None


class TestPatch:
    """What is absent stays; what is there counts, empty or not."""

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ({"maxSurge": "3"}, {"max_surge": "3"}),
            ({"max_surge": "3"}, {"max_surge": "3"}),
            ({"roomsReplicas": 0}, {"rooms_replicas": 0}),
            ({"roomsReplicas": "7", "maxSurge": None}, {"rooms_replicas": 7}),
            ({"forwarders": []}, {"forwarders": ()}),
            ({"labels": {}}, {"labels": {}}),
            ({"annotations": {}}, {"annotations": {}}),
            ({"annotations": {"a_b": "1"}}, {"annotations": {"a_b": "1"}}),
            ({"matchAllocation": {"maxMatches": 4}},
             {"match_allocation": schedulers.MatchAllocation(max_matches=4)}),
            ({"portRange": {"start": 1, "end": 9}},
             {"port_range": schedulers.PortRange(start=1, end=9)}),
            ({"spec": {"toleration": ""}, "game": "other", "name": "other", "maxSurge": "3"},
             {"max_surge": "3"}),
            ({"spec": {"restartPolicy": "Always", "version": "v9.0.0", "affinity": "key"}},
             {"spec": make.spec(affinity="key")}),
            ({"spec": {"terminationGracePeriod": "0.5s"}},
             {"spec": make.spec(termination_grace_period_ns=500_000_000)}),
        ],
    )  # fmt: skip
    def test_what_it_names_is_replaced(
        self,
        client: FlaskClient,
        services: Services,
        body: dict[str, Any],
        expected: dict[str, Any],
    ) -> None:
        before = services.schedulers.stored["arena"]

        answer = ask(client, "PATCH", ARENA, json=body)

        assert (answer.status, answer.body) == (200, {"operationId": "edit-arena"})
        assert accepted(services) == dataclasses.replace(before, **expected)

    def test_autoscaling_is_merged_field_by_field(
        self, client: FlaskClient, services: Services
    ) -> None:
        body = {"autoscaling": {"enabled": False, "cooldown": 0}}

        ask(client, "PATCH", "/schedulers/other", json=body)

        edit = services.edits.accepted["other"]
        assert isinstance(edit, Scheduler)
        assert edit.autoscaling == make.autoscaling(enabled=False, cooldown_s=0)

    def test_containers_are_merged_by_position(
        self, client: FlaskClient, services: Services
    ) -> None:
        container = {"image": "arena:2", "command": [], "environment": [{"name": "A"}]}

        ask(client, "PATCH", ARENA, json={"spec": {"containers": [container]}})

        expected = make.container(
            image="arena:2", command=(), environment=(schedulers.Environment(name="A"),)
        )
        assert accepted(services).spec.containers == (expected,)

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"unknown": 1, "game": "other"},
            {"maxSurge": None},
            {"spec": {}},
            {"spec": {"containers": []}},
            {"spec": {"containers": [{}, {"unknown": 1}]}, "autoscaling": {}},
        ],
    )
    def test_a_patch_that_names_nothing_is_a_conflict(
        self, client: FlaskClient, services: Services, body: dict[str, Any]
    ) -> None:
        answer = ask(client, "PATCH", ARENA, json=body)

        assert answer.status == 409
        assert answer.body == {
            "code": 6,
            "message": "no change found to scheduler arena",
            "details": [],
        }
        assert services.edits.accepted == {}

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"maxSurge": 5}, "maxSurge"),
            ({"forwarders": {}}, "forwarders"),
            ({"spec": {"containers": [{"ports": [{"port": "x"}]}]}},
             "spec.containers[0].ports[0].port"),
            ({"spec": {"containers": [None]}}, "spec.containers[0]"),
            ({"autoscaling": {"min": 1.5}}, "autoscaling.min"),
        ],
    )  # fmt: skip
    def test_a_value_of_another_type_is_refused_with_its_field(
        self, client: FlaskClient, services: Services, body: dict[str, Any], field: str
    ) -> None:
        answer = ask(client, "PATCH", ARENA, json=body)

        assert (answer.status, answer.body["code"], answer.fields) == (400, 3, [field])
        assert services.edits.accepted == {}


class TestSwitch:
    def test_a_version_is_taken_as_it_is_written(
        self, client: FlaskClient, services: Services
    ) -> None:
        answer = ask(client, "PUT", ARENA, json={"version": "v1.0.0"})

        assert (answer.status, answer.body) == (200, {"operationId": "edit-arena"})
        assert services.edits.accepted == {"arena": "v1.0.0"}

    @pytest.mark.parametrize("body", [{}, {"version": ""}, {"version": None}, {"version": 1}])
    def test_without_a_version_it_is_refused(self, client: FlaskClient, body: Any) -> None:
        answer = ask(client, "PUT", ARENA, json=body)

        assert (answer.status, answer.body["code"], answer.fields) == (400, 3, ["version"])

    def test_an_unknown_version_is_not_found(self, client: FlaskClient, services: Services) -> None:
        answer = ask(client, "PUT", ARENA, json={"version": "v9.0.0"})

        assert (answer.status, answer.body["code"]) == (404, 5)
        assert services.edits.accepted == {}


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("POST", examples.NEW_SCHEDULER),
        ("PATCH", {"maxSurge": "2"}),
        ("PUT", {"version": "v1.0.0"}),
    ],
)
class TestEveryEdit:
    def test_an_unknown_scheduler_is_not_found(
        self, client: FlaskClient, verb: str, body: dict[str, Any]
    ) -> None:
        answer = ask(client, verb, "/schedulers/none", json=body)

        assert (answer.status, answer.body["code"]) == (404, 5)

    def test_a_second_one_is_a_failed_precondition(
        self, client: FlaskClient, verb: str, body: dict[str, Any]
    ) -> None:
        ask(client, verb, ARENA, json=body)

        answer = ask(client, verb, ARENA, json=body)

        assert (answer.status, answer.body["code"]) == (400, 9)
        assert "(id: edit-arena)" in answer.body["message"]

    def test_its_body_is_json_whatever_its_content_type_says(
        self, client: FlaskClient, verb: str, body: dict[str, Any]
    ) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}

        assert ask(client, verb, ARENA, data=json.dumps(body), headers=headers).status == 200


def test_an_empty_patch_says_so() -> None:
    assert SchedulerPatch().is_empty
    assert not SchedulerPatch(forwarders=()).is_empty
