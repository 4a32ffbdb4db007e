"""What is sent to Kubernetes, whole, and whether its published schemas know every word of it."""

import dataclasses
import datetime
from typing import Any

import kubernetes_validate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro.domain import schedulers
from maestro.domain.rooms import HostPort, NewRoom
from maestro.domain.schedulers import Environment, FieldRef, SecretKeyRef, ValueFrom
from maestro.runtime.kubernetes import manifests
from maestro.runtime.kubernetes.manifests import Manifest, Setting, Spread
from tests import make
from tests.strategies import INT32, SCHEDULERS, TEXT

SETTING = Setting(installation="ours")
#: The oldest that is still maintained, and the newest that has schemas.
CLUSTERS = ("1.34", "1.37")


def is_valid(manifest: Manifest) -> None:
    """Raises unless every field is known and of its type."""
    for version in CLUSTERS:
        kubernetes_validate.validate(manifest, version, strict=True)


def test_a_minimal_room() -> None:
    scheduler = make.scheduler(
        spec=make.spec(
            termination_grace_period_ns=0,
            containers=(
                make.container(
                    requests=schedulers.Resources(memory="", cpu=""),
                    limits=schedulers.Resources(memory="", cpu=""),
                    command=(),
                    ports=(),
                ),
            ),
        )
    )
    manifest = manifests.pod(make.new_room(ports=()), scheduler, SETTING)

    assert manifest == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "arena-1",
            "namespace": "arena",
            "labels": {
                "heritage": "maestro",
                "maestro-scheduler": "arena",
                "version": "v1.0.0",
                "maestro-installation": "ours",
            },
            "annotations": {
                "cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
                "maestro-operation": "00000000-0000-0000-0000-000000000000",
                "maestro-attempt": "1",
                "maestro-scheduler-uid": make.uid("arena"),
                "maestro-validation": "false",
            },
        },
        "spec": {
            "containers": [
                {
                    "name": "game-server",
                    "image": "registry.example.com/arena:1",
                    "imagePullPolicy": "IfNotPresent",
                    "env": [
                        {"name": "MAESTRO_SCHEDULER_NAME", "value": "arena"},
                        {"name": "MAESTRO_ROOM_ID", "value": "arena-1"},
                    ],
                    "resources": {"requests": {}, "limits": {}},
                    "ports": [],
                }
            ],
            "restartPolicy": "Never",
        },
    }
    is_valid(manifest)


FULL = make.scheduler(
    labels={"team": "arena", "example.com/tier": ""},
    annotations={
        "example.com/note": "kept",
        "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
        "maestro-operation": "not theirs to say",
    },
    spec=make.spec(
        version="v2.1.0",
        termination_grace_period_ns=90_500_000_000,
        toleration="game-rooms",
        affinity="example.com/game-rooms",
        restart_policy="OnFailure",
        containers=(
            make.container(
                environment=(
                    Environment(name="REGION", value="eu"),
                    Environment(name="EMPTY"),
                    Environment(
                        name="TOKEN",
                        value_from=ValueFrom(
                            secret_key_ref=SecretKeyRef(name="arena-secret", key="token")
                        ),
                    ),
                    Environment(
                        name="POD",
                        value_from=ValueFrom(field_ref=FieldRef(field_path="metadata.name")),
                    ),
                    Environment(name="MAESTRO_ROOM_ID", value="not theirs to say"),
                ),
                ports=(
                    make.container_port(),
                    make.container_port(name="voice", protocol="sctp", port=9000),
                ),
            ),
            make.container(
                name="sidecar",
                image="registry.example.com/sidecar@sha256:0",
                image_pull_policy="Always",
                requests=schedulers.Resources(memory="", cpu="0.1"),
                limits=schedulers.Resources(memory="1Gi", cpu=""),
                command=(),
                ports=(make.container_port(name="admin", protocol="tcp", port=80),),
            ),
        ),
    ),
)
FULL_ROOM = make.new_room(
    version="v2.1.0",
    operation="op-1",
    attempt=3,
    is_validation=True,
    ports=(
        HostPort(name="admin", protocol="tcp", port=40002),
        HostPort(name="game", protocol="udp", port=40000),
        HostPort(name="voice", protocol="sctp", port=40001),
    ),
)
FULL_SETTING = Setting(
    installation="ours",
    rooms_api_url="http://rooms.example.com:8070",
    spread=Spread(max_skew=2, topology_key="topology.kubernetes.io/zone", schedule_anyway=False),
)


def test_a_room_with_every_option() -> None:
    manifest = manifests.pod(FULL_ROOM, FULL, FULL_SETTING)

    ours = [
        {"name": "MAESTRO_SCHEDULER_NAME", "value": "arena"},
        {"name": "MAESTRO_ROOM_ID", "value": "arena-1"},
        {"name": "MAESTRO_ROOMS_API_URL", "value": "http://rooms.example.com:8070"},
    ]
    secret = {"secretKeyRef": {"name": "arena-secret", "key": "token"}}
    assert manifest == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "arena-1",
            "namespace": "arena",
            "labels": {
                "team": "arena",
                "example.com/tier": "",
                "heritage": "maestro",
                "maestro-scheduler": "arena",
                "version": "v2.1.0",
                "maestro-installation": "ours",
            },
            "annotations": {
                "example.com/note": "kept",
                "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
                "maestro-operation": "op-1",
                "maestro-attempt": "3",
                "maestro-scheduler-uid": make.uid("arena"),
                "maestro-validation": "true",
            },
        },
        "spec": {
            "containers": [
                {
                    "name": "game-server",
                    "image": "registry.example.com/arena:1",
                    "imagePullPolicy": "IfNotPresent",
                    "command": ["./arena"],
                    "env": [
                        {"name": "REGION", "value": "eu"},
                        {"name": "EMPTY", "value": ""},
                        {"name": "TOKEN", "valueFrom": secret},
                        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                        {"name": "MAESTRO_ROOM_ID", "value": "not theirs to say"},
                        *ours,
                    ],
                    "resources": {
                        "requests": {"cpu": "100m", "memory": "64Mi"},
                        "limits": {"cpu": "200m", "memory": "128Mi"},
                    },
                    "ports": [
                        {
                            "name": "game",
                            "protocol": "UDP",
                            "containerPort": 7777,
                            "hostPort": 40000,
                        },
                        {
                            "name": "voice",
                            "protocol": "SCTP",
                            "containerPort": 9000,
                            "hostPort": 40001,
                        },
                    ],
                },
                {
                    "name": "sidecar",
                    "image": "registry.example.com/sidecar@sha256:0",
                    "imagePullPolicy": "Always",
                    "env": ours,
                    "resources": {"requests": {"cpu": "0.1"}, "limits": {"memory": "1Gi"}},
                    "ports": [
                        {
                            "name": "admin",
                            "protocol": "TCP",
                            "containerPort": 80,
                            "hostPort": 40002,
                        }
                    ],
                },
            ],
            "restartPolicy": "OnFailure",
            "terminationGracePeriodSeconds": 90,
            "tolerations": [
                {
                    "key": "dedicated",
                    "operator": "Equal",
                    "value": "game-rooms",
                    "effect": "NoSchedule",
                }
            ],
            "affinity": {
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {
                                "matchExpressions": [
                                    {
                                        "key": "example.com/game-rooms",
                                        "operator": "In",
                                        "values": ["true"],
                                    }
                                ]
                            }
                        ]
                    }
                }
            },
            "topologySpreadConstraints": [
                {
                    "maxSkew": 2,
                    "topologyKey": "topology.kubernetes.io/zone",
                    "whenUnsatisfiable": "DoNotSchedule",
                    "labelSelector": {"matchLabels": {"maestro-scheduler": "arena"}},
                }
            ],
        },
    }
    is_valid(manifest)


def spec_of(spec: schedulers.Spec, setting: Setting = SETTING) -> Any:
    """What the pod of a room is to be like."""
    manifest = manifests.pod(make.new_room(), make.scheduler(spec=spec), setting)
    is_valid(manifest)
    return manifest["spec"]


@pytest.mark.parametrize(
    ("asked", "sent"),
    {
        "Always": "Always",
        "OnFailure": "OnFailure",
        "Never": "Never",
        "": "Never",
        "always": "Never",
        "Sometimes": "Never",
    }.items(),
)
def test_an_unknown_restart_policy_is_never(asked: str, sent: str) -> None:
    assert spec_of(make.spec(restart_policy=asked))["restartPolicy"] == sent


@pytest.mark.parametrize(
    ("asked_ns", "sent_s"),
    [(0, None), (1, None), (999_999_999, None), (1_000_000_000, 1), (1_999_999_999, 1)],
)
def test_a_grace_period_is_of_whole_seconds_or_left_out(asked_ns: int, sent_s: int | None) -> None:
    """Zero would end rooms without any warning; left out, it is what the cluster gives."""
    spec = spec_of(make.spec(termination_grace_period_ns=asked_ns))
    assert spec.get("terminationGracePeriodSeconds") == sent_s


def test_rooms_may_be_spread_rather_than_wait() -> None:
    spread = Spread(max_skew=1, topology_key="kubernetes.io/hostname", schedule_anyway=True)
    (constraint,) = spec_of(make.spec(), Setting(installation="ours", spread=spread))[
        "topologySpreadConstraints"
    ]
    assert constraint == {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"maestro-scheduler": "arena"}},
    }


def test_users_cannot_pass_their_rooms_off_as_others() -> None:
    """The API refuses such labels; a scheduler of an older time may still have them."""
    scheduler = make.scheduler(
        labels={
            "heritage": "theirs",
            "maestro-installation": "theirs",
            "maestro-scheduler": "theirs",
            "version": "v0.0.0",
        },
        annotations={"maestro-scheduler-uid": "theirs", "maestro-validation": "true"},
    )
    metadata = manifests.pod(make.new_room(), scheduler, SETTING)["metadata"]
    minimal = manifests.pod(make.new_room(), make.scheduler(), SETTING)["metadata"]
    assert metadata == minimal


def test_a_namespace_says_whose_it_is() -> None:
    manifest = manifests.namespace(make.scheduler(), installation="ours")
    assert manifest == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "arena",
            "labels": {
                "heritage": "maestro",
                "maestro-installation": "ours",
                "maestro-scheduler": "arena",
                "maestro-scheduler-uid": make.uid("arena"),
            },
        },
    }
    is_valid(manifest)


def test_a_disruption_budget_covers_the_rooms_of_a_scheduler() -> None:
    manifest = manifests.disruption_budget("arena", installation="ours", at_least=95)
    assert manifest == {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {
            "name": "arena",
            "namespace": "arena",
            "labels": {
                "app.kubernetes.io/managed-by": "maestro",
                "maestro-installation": "ours",
            },
        },
        "spec": {
            "minAvailable": 95,
            "selector": {"matchLabels": {"maestro-scheduler": "arena"}},
        },
    }
    is_valid(manifest)


def test_a_deletion_is_told_as_an_event_in_utc() -> None:
    east = datetime.timezone(datetime.timedelta(hours=5))
    manifest = manifests.deletion_event(
        "arena", "arena-1", uid="uid-1", reason="scale_down", now=make.NOW.astimezone(east)
    )
    assert manifest == {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"generateName": "arena-1.", "namespace": "arena"},
        "involvedObject": {
            "apiVersion": "v1",
            "kind": "Pod",
            "namespace": "arena",
            "name": "arena-1",
            "uid": "uid-1",
        },
        "type": "Normal",
        "reason": "GameRoomDeleted",
        "message": "scale_down",
        "source": {"component": "maestro-next"},
        "firstTimestamp": "2026-11-23T12:00:00Z",
        "lastTimestamp": "2026-11-23T12:00:00Z",
        "count": 1,
    }
    is_valid(manifest)


def test_a_deletion_of_this_very_object() -> None:
    kind = {"apiVersion": "v1", "kind": "DeleteOptions"}
    assert manifests.deletion(uid="uid-1", grace_period_s=10) == kind | {
        "preconditions": {"uid": "uid-1"},
        "gracePeriodSeconds": 10,
    }
    assert manifests.deletion(uid="uid-1") == kind | {"preconditions": {"uid": "uid-1"}}
    assert manifests.deletion(uid="", grace_period_s=0) == kind | {"gracePeriodSeconds": 0}


@given(
    scheduler=SCHEDULERS,
    installation=TEXT,
    url=TEXT,
    spread=st.none()
    | st.builds(Spread, max_skew=INT32, topology_key=TEXT, schedule_anyway=st.booleans()),
    is_validation=st.booleans(),
)
def test_whatever_a_scheduler_says_the_words_are_those_of_kubernetes(
    scheduler: schedulers.Scheduler,
    installation: str,
    url: str,
    spread: Spread | None,
    is_validation: bool,
) -> None:
    setting = Setting(installation=installation, rooms_api_url=url, spread=spread)
    room = dataclasses.replace(room_of(scheduler), is_validation=is_validation)
    for manifest in (
        manifests.pod(room, scheduler, setting),
        manifests.namespace(scheduler, installation=installation),
    ):
        kubernetes_validate.validate(manifest, CLUSTERS[-1], strict=True)


def room_of(scheduler: schedulers.Scheduler) -> NewRoom:
    """A room with a host port for each port."""
    return make.new_room(
        scheduler=scheduler.name,
        ports=tuple(
            HostPort(name=port.name, protocol=port.protocol, port=40000)
            for container in scheduler.spec.containers
            for port in container.ports
        ),
    )
