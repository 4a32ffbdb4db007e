"""Schedulers and operations as JSON: the keys other tools know, and nothing lost on the way."""

import dataclasses
import datetime
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from maestro.domain import documents, operations, schedulers
from tests import make, strategies

COMPLETE = schedulers.Scheduler(
    uid=make.uid("arena"),
    name="arena",
    game="arena-game",
    state=schedulers.SchedulerState.IN_SYNC,
    rollback_version="v1.1.0",
    spec=schedulers.Spec(
        version="v1.2.0",
        termination_grace_period_ns=15,
        containers=(
            schedulers.Container(
                name="game-server",
                image="arena:1",
                image_pull_policy="Always",
                command=("./arena", "--fast"),
                environment=(
                    schedulers.Environment(name="PLAIN", value="value"),
                    schedulers.Environment(
                        name="FIELD",
                        value_from=schedulers.ValueFrom(
                            field_ref=schedulers.FieldRef(field_path="metadata.name")
                        ),
                    ),
                    schedulers.Environment(
                        name="SECRET",
                        value_from=schedulers.ValueFrom(
                            secret_key_ref=schedulers.SecretKeyRef(name="keys", key="license")
                        ),
                    ),
                ),
                requests=schedulers.Resources(memory="64Mi", cpu="100m"),
                limits=schedulers.Resources(memory="128Mi", cpu="200m"),
                ports=(
                    schedulers.ContainerPort(
                        name="game",
                        protocol="udp",
                        port=7777,
                        host_port_range=schedulers.PortRange(start=1000, end=2000),
                        host_port=1234,
                    ),
                ),
            ),
        ),
        toleration="games",
        affinity="arena",
        restart_policy="OnFailure",
    ),
    autoscaling=schedulers.Autoscaling(
        enabled=True,
        min=1,
        max=-1,
        cooldown_s=60,
        policy=schedulers.Policy(
            type="roomOccupancy",
            parameters=schedulers.PolicyParameters(
                room_occupancy=schedulers.RoomOccupancy(
                    ready_target=Decimal("0.3"), down_threshold=Decimal("0.95")
                ),
                fixed_buffer=schedulers.FixedBuffer(amount=7),
            ),
        ),
    ),
    port_range=schedulers.PortRange(start=40000, end=40099),
    rooms_replicas=6,
    created_at=datetime.datetime(2026, 11, 23, 12, 0, 0, 500, tzinfo=datetime.UTC),
    last_downscale_at=datetime.datetime(2026, 11, 23, 13, 0, tzinfo=datetime.UTC),
    max_surge="10%",
    forwarders=(
        schedulers.Forwarder(
            name="matchmaker",
            enabled=True,
            forward_type="gRPC",
            address="matchmaker:8080",
            options=schedulers.ForwarderOptions(
                timeout_ms=500, metadata={"roomType": "duel", "tags": ["a", 1, None]}
            ),
        ),
    ),
    annotations={"team": "duels"},
    labels={"tier": "1"},
    match_allocation=schedulers.MatchAllocation(max_matches=3),
)

DOCUMENT: dict[str, Any] = {
    "Name": "arena",
    "Game": "arena-game",
    "State": "in-sync",
    "RollbackVersion": "v1.1.0",
    "Spec": {
        "Version": "v1.2.0",
        "TerminationGracePeriod": 15,
        "Containers": [
            {
                "Name": "game-server",
                "Image": "arena:1",
                "ImagePullPolicy": "Always",
                "Command": ["./arena", "--fast"],
                "Environment": [
                    {"Name": "PLAIN", "Value": "value", "ValueFrom": None},
                    {
                        "Name": "FIELD",
                        "Value": "",
                        "ValueFrom": {
                            "FieldRef": {"fieldPath": "metadata.name"},
                            "SecretKeyRef": None,
                        },
                    },
                    {
                        "Name": "SECRET",
                        "Value": "",
                        "ValueFrom": {
                            "FieldRef": None,
                            "SecretKeyRef": {"name": "keys", "key": "license"},
                        },
                    },
                ],
                "Requests": {"Memory": "64Mi", "CPU": "100m"},
                "Limits": {"Memory": "128Mi", "CPU": "200m"},
                "Ports": [
                    {
                        "Name": "game",
                        "Protocol": "udp",
                        "Port": 7777,
                        "HostPortRange": {"Start": 1000, "End": 2000},
                        "HostPort": 1234,
                    }
                ],
            }
        ],
        "Toleration": "games",
        "Affinity": "arena",
        "RestartPolicy": "OnFailure",
    },
    "Autoscaling": {
        "Enabled": True,
        "Min": 1,
        "Max": -1,
        "Cooldown": 60,
        "Policy": {
            "Type": "roomOccupancy",
            "Parameters": {
                "RoomOccupancy": {"ReadyTarget": 0.3, "DownThreshold": 0.95},
                "FixedBuffer": {"Amount": 7},
            },
        },
    },
    "PortRange": {"Start": 40000, "End": 40099},
    "RoomsReplicas": 6,
    "CreatedAt": "2026-11-23T12:00:00.000500+00:00",
    "LastDownscaleAt": "2026-11-23T13:00:00+00:00",
    "MaxSurge": "10%",
    "Forwarders": [
        {
            "Name": "matchmaker",
            "Enabled": True,
            "ForwardType": "gRPC",
            "Address": "matchmaker:8080",
            "Options": {
                "Timeout": 500,
                "Metadata": {"roomType": "duel", "tags": ["a", 1, None]},
            },
        }
    ],
    "Annotations": {"team": "duels"},
    "Labels": {"tier": "1"},
    "MatchAllocation": {"MaxMatches": 3},
}

INPUTS: list[tuple[operations.Definition, dict[str, Any]]] = [
    (operations.CreateScheduler(scheduler=COMPLETE), {"scheduler": DOCUMENT}),
    (operations.CreateNewSchedulerVersion(scheduler=COMPLETE), {"scheduler": DOCUMENT}),
    (
        operations.SwitchActiveVersion(new_active_version="v2.0.0"),
        {"newActiveVersion": "v2.0.0"},
    ),
    (operations.DeleteScheduler(), {}),
    (operations.AddRooms(amount=5), {"amount": 5}),
    (
        operations.RemoveRooms(
            amount=2,
            rooms_ids=("arena-1", "arena-2"),
            reason=operations.RemovalReason.EXPIRED_ROOM,
        ),
        {"amount": 2, "rooms_ids": ["arena-1", "arena-2"], "reason": "expired_room"},
    ),
    (operations.HealthController(), {}),
    (operations.HealthController(took_action=True), {"took_action": True}),
    (operations.HealthController(took_action=False), {"took_action": False}),
    (operations.StorageCleanUp(), {}),
    (operations.TestOperation(sleep_seconds=1.5), {"sleepSeconds": 1.5}),
]


def through_json(document: object) -> Any:
    return json.loads(json.dumps(document))


class TestSchedulers:
    def test_a_scheduler_is_written_with_the_keys_other_tools_know(self) -> None:
        document = through_json(documents.scheduler_document(COMPLETE))

        assert document == DOCUMENT

    def test_a_scheduler_is_read_as_it_was_written(self) -> None:
        assert documents.scheduler_from(DOCUMENT, uid=make.uid("arena")) == COMPLETE

    def test_the_uid_is_not_part_of_the_document(self) -> None:
        assert make.uid("arena") not in json.dumps(documents.scheduler_document(COMPLETE))

    def test_a_scheduler_of_which_little_is_set_is_read_as_it_was_written(self) -> None:
        bare = make.scheduler(port_range=None, autoscaling=None)

        document = through_json(documents.scheduler_document(bare))

        assert document["PortRange"] is None
        assert document["Autoscaling"] is None
        assert document["Forwarders"] == []
        assert document["Labels"] == {}
        assert documents.scheduler_from(document, uid=bare.uid) == bare

    @given(strategies.SCHEDULERS)
    def test_nothing_about_a_scheduler_is_lost(self, scheduler: schedulers.Scheduler) -> None:
        document = through_json(documents.scheduler_document(scheduler))

        assert documents.scheduler_from(document, uid=scheduler.uid) == scheduler

    @pytest.mark.parametrize("share", ["0.3", "0.1", "0.7", "0.9999", "0.0001", "0.333333"])
    def test_a_share_is_read_as_the_decimal_that_was_asked_for(self, share: str) -> None:
        policy = schedulers.Policy(type="roomOccupancy", parameters=make.occupancy(share))
        scheduler = make.scheduler(autoscaling=make.autoscaling(policy=policy))

        document = through_json(documents.scheduler_document(scheduler))
        again = documents.scheduler_from(document, uid=scheduler.uid)

        assert again.autoscaling is not None
        assert again.autoscaling.policy.parameters.room_occupancy is not None
        assert again.autoscaling.policy.parameters.room_occupancy.ready_target == Decimal(share)


class TestDefinitions:
    @pytest.mark.parametrize(("definition", "document"), INPUTS)
    def test_the_input_of_an_operation_has_the_keys_other_tools_know(
        self, definition: operations.Definition, document: dict[str, Any]
    ) -> None:
        assert through_json(documents.operation_input(definition)) == document

    def test_every_kind_of_operation_is_shown_above(self) -> None:
        shown = {definition.NAME for definition, _ in INPUTS}

        assert shown == set(operations.DEFINITIONS)

    @given(strategies.DEFINITIONS)
    def test_nothing_about_a_definition_is_lost(self, definition: operations.Definition) -> None:
        document = through_json(documents.operation_input(definition))

        assert documents.definition_from(definition.NAME, document) == definition

    def test_seconds_may_be_written_without_a_fraction(self) -> None:
        definition = documents.definition_from("test_operation", {"sleepSeconds": 5})

        assert definition == operations.TestOperation(sleep_seconds=5)

    @pytest.mark.parametrize(
        ("name", "document", "format_"),
        [
            ("paint_rooms", {"colour": "red"}, operations.FORMAT),
            ("add_rooms", {"amount": 1}, operations.FORMAT + 1),
            ("remove_rooms", {"amount": 1, "reason": "too_old"}, operations.FORMAT),
            ("add_rooms", {}, operations.FORMAT),
        ],
    )
    def test_what_only_a_newer_version_reads_is_kept_as_it_is(
        self, name: str, document: dict[str, Any], format_: int
    ) -> None:
        definition = documents.definition_from(name, document, format_=format_)

        assert definition == operations.NotKnown(kind=name, document=document)
        assert name == definition.NAME
        assert documents.operation_input(definition) == document

    def test_fields_of_a_newer_version_are_ignored(self) -> None:
        definition = documents.definition_from("add_rooms", {"amount": 3, "colour": "red"})

        assert definition == operations.AddRooms(amount=3)

    def test_the_scheduler_of_a_definition_is_read_without_its_uid(self) -> None:
        definition = operations.CreateScheduler(scheduler=COMPLETE)

        again = documents.definition_from(
            "create_scheduler", through_json(documents.operation_input(definition))
        )

        assert again == operations.CreateScheduler(scheduler=dataclasses.replace(COMPLETE, uid=""))
