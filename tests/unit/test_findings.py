"""What is made of what a check saw: every limit, from both sides."""

import errno
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from maestro.config import Settings
from maestro.diagnosis import listening
from maestro.domain import clocks, urls
from maestro.domain.clocks import Reading
from maestro.domain.findings import Finding, Status
from maestro.queue import checkup as broker
from maestro.runtime.kubernetes import judgements as kubernetes
from maestro.runtime.local import judgements as local
from maestro.storage.postgres import judgements as postgres
from maestro.storage.redis import judgements as redis

OK, WARNING, FAILURE = Status.OK, Status.WARNING, Status.FAILURE


def judged(finding: Finding) -> Status:
    """Its status; whoever is told of trouble is told what to do, too."""
    assert bool(finding.advice) == (finding.status is not OK)
    assert finding.found
    return finding.status


@pytest.mark.parametrize(
    ("theirs_s", "step_s", "offset_s"),
    [
        (100.0, 0, 0),
        (100.4, 0, 0),
        (103.5, 0, 3),
        (98.0, 0, -2),
        # It may be anything within its second.
        (99.0, 1, 0),
        (97.0, 1, -2),
    ],
)
def test_what_a_question_took_is_no_offset(theirs_s: float, step_s: float, offset_s: float) -> None:
    reading = Reading(before_s=100.0, theirs_s=theirs_s, after_s=100.5, step_s=step_s)

    assert reading.offset_s == offset_s


@pytest.mark.parametrize(
    ("offset_s", "status"),
    [(0, OK), (1, OK), (-1, OK), (1.5, WARNING), (-30, WARNING), (31, FAILURE), (-31, FAILURE)],
)
def test_clocks(offset_s: float, status: Status) -> None:
    reading = Reading(before_s=100, theirs_s=100 + offset_s, after_s=100)

    assert judged(clocks.judge("clock", reading)) is status


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (0, FAILURE),
        (90_603, FAILURE),
        (120_022, FAILURE),
        (130_000, WARNING),
        (140_013, WARNING),
        (150_000, OK),
        (180_004, OK),
    ],
)
def test_versions_of_postgresql(number: int, status: Status) -> None:
    assert judged(postgres.version(number)) is status


@pytest.mark.parametrize(
    ("reason", "advice"),
    [
        ('FATAL:  password authentication failed for user "maestro"', "user and password"),
        ('FATAL:  role "maestro" does not exist', "user and password"),
        ('FATAL:  database "maestro" does not exist', "createdb"),
        ("Connection refused", "host and port"),
        ("timeout expired", "host and port"),
    ],
)
def test_ways_into_postgresql(reason: str, advice: str) -> None:
    assert advice in postgres.unreachable(reason).advice


@pytest.mark.parametrize(
    ("exists", "may_create", "may_use", "locked", "status"),
    [
        (False, True, False, (), OK),
        (False, False, False, (), FAILURE),
        (True, False, True, (), OK),
        (True, True, False, (), FAILURE),
        (True, False, True, ("schedulers",), FAILURE),
    ],
)
def test_rights_in_the_database(
    exists: bool, may_create: bool, may_use: bool, locked: tuple[str, ...], status: Status
) -> None:
    finding = postgres.schema(
        "fleets", exists=exists, may_create=may_create, may_use=may_use, locked=locked, user="me"
    )

    assert judged(finding) is status


@pytest.mark.parametrize(
    ("current", "status", "advice"),
    [
        ("0002", OK, ""),
        ("0001", FAILURE, "maestro migrate"),
        (None, FAILURE, "maestro migrate"),
        ("0003", FAILURE, "older than the database"),
    ],
)
def test_migrations(current: str | None, status: Status, advice: str) -> None:
    finding = postgres.migration(current, known=["0002", "0001"])

    assert judged(finding) is status
    assert advice in finding.advice


@pytest.mark.parametrize(
    ("version", "status"),
    [("6.0.16", FAILURE), ("6.2", OK), ("6.2.14", OK), ("7.4.1", OK), ("10.0", OK), ("?", FAILURE)],
)
def test_versions_of_redis(version: str, status: Status) -> None:
    assert judged(redis.version({"redis_version": version})) is status


@pytest.mark.parametrize(
    ("info", "status"),
    [
        ({"role": "master", "redis_mode": "standalone"}, OK),
        ({"role": "slave", "redis_mode": "standalone", "master_host": "there"}, FAILURE),
        ({"role": "master", "redis_mode": "cluster"}, FAILURE),
        ({"redis_mode": "sentinel"}, FAILURE),
    ],
)
def test_roles_of_redis(info: Mapping[str, Any], status: Status) -> None:
    assert judged(redis.role(info)) is status


@pytest.mark.parametrize(
    ("info", "status"),
    [
        ({"aof_enabled": 1, "aof_last_write_status": "ok"}, OK),
        ({"aof_enabled": 1, "aof_last_write_status": "err"}, FAILURE),
        ({"aof_enabled": 0}, WARNING),
        ({}, WARNING),
    ],
)
def test_persistence_of_redis(info: Mapping[str, Any], status: Status) -> None:
    assert judged(redis.persistence(info)) is status


@pytest.mark.parametrize(
    ("policy", "state", "messages"),
    [
        ("noeviction", OK, OK),
        ("allkeys-lru", FAILURE, WARNING),
        ("volatile-ttl", FAILURE, WARNING),
        ("unknown", FAILURE, WARNING),
    ],
)
def test_eviction_harms_the_state_more_than_messages(
    policy: str, state: Status, messages: Status
) -> None:
    assert judged(redis.eviction({"maxmemory_policy": policy})) is state
    assert judged(broker.eviction(policy)) is messages


@pytest.mark.parametrize(
    ("round_trips_ms", "status"),
    [([0.2, 0.3, 90], OK), ([10, 10, 10], OK), ([0.1, 11, 12], WARNING)],
)
def test_latency_is_that_of_most_round_trips(round_trips_ms: list[float], status: Status) -> None:
    assert judged(redis.latency(round_trips_ms)) is status


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0", True),
        ("redis://:secret@localhost", "redis://127.0.0.1:6379/0", True),
        ("redis://127.0.0.1:6379/1", "redis://127.0.0.1:6379/0", False),
        ("redis://127.0.0.1:6380/0", "redis://127.0.0.1:6379/0", False),
        ("redis://127.0.0.1:6379/0", "no URL", False),
    ],
)
def test_a_broker_that_shares_the_database_of_the_state(
    one: str, other: str, is_shared: bool
) -> None:
    assert bool(list(broker.sharing(one, other))) is is_shared


@pytest.mark.parametrize(
    ("url", "is_torn"),
    [
        ("redis://:secret@here:1/0", False),
        ("redis://here:1/0", False),
        ("redis://:sec%40ret@here:1/0", False),
        ("redis://:12/secret@here:1/0", True),
        ("redis://:12#secret@here:1/0", True),
        ("postgresql://me:sec@ret@here/maestro", True),
        ("postgresql://me:secret@here/maestro?application_name=a@b", False),
        ("unix:///run/redis@home.sock", False),
        ("", False),
    ],
)
def test_passwords_that_tear_a_url(url: str, is_torn: bool) -> None:
    assert urls.is_torn(url) is is_torn


def node(**addresses: str) -> dict[str, Any]:
    listed = [{"type": kind, "address": address} for kind, address in addresses.items()]
    return {"metadata": {"name": "node"}, "status": {"addresses": listed}}


OUTSIDE, INSIDE, NOWHERE = node(ExternalIP="1.2.3.4"), node(InternalIP="10.0.0.1"), node()


@pytest.mark.parametrize(
    ("nodes", "status"),
    [
        ([OUTSIDE], OK),
        ([node(ExternalDNS="a.example", InternalIP="10.0.0.1")], OK),
        ([INSIDE], WARNING),
        ([OUTSIDE, INSIDE], WARNING),
        ([OUTSIDE, NOWHERE], WARNING),
        ([], WARNING),
        ([NOWHERE], FAILURE),
        ([node(ExternalIP="no address")], FAILURE),
    ],
)
def test_addresses_of_nodes(nodes: list[dict[str, Any]], status: Status) -> None:
    assert judged(kubernetes.addresses(nodes)) is status


@pytest.mark.parametrize(
    ("version", "status"),
    [("v1.20.15", FAILURE), ("v1.21.0", OK), ("v1.34.9-gke.100", OK), ("unknown", OK)],
)
def test_versions_of_kubernetes(version: str, status: Status) -> None:
    assert judged(kubernetes.version(version)) is status


def test_a_date_tells_the_second() -> None:
    reading = kubernetes.clock("Thu, 01 Jan 1970 00:01:40 GMT", before_s=100.9, after_s=101.1)

    assert reading
    assert reading.offset_s == 0
    assert kubernetes.clock("yesterday", before_s=0, after_s=0) is None
    assert kubernetes.clock("", before_s=0, after_s=0) is None


@pytest.mark.parametrize(
    ("mounts", "status"),
    [
        ({"/": "ext4"}, OK),
        ({"/": "ext4", "/data": "nfs4"}, WARNING),
        ({"/": "nfs4", "/data": "xfs"}, OK),
        ({"/": "ext4", "/data/rooms": "fuse.sshfs"}, WARNING),
        ({"/": "ext4", "/dat": "nfs4"}, OK),
        ({}, OK),
    ],
)
def test_file_systems(mounts: Mapping[str, str], status: Status) -> None:
    mounted = {pathlib.Path(place): kind for place, kind in mounts.items()}

    assert judged(local.file_system(pathlib.Path("/data/rooms"), mounted)) is status


def test_every_port_belongs_to_a_host() -> None:
    places = listening.places(Settings(rooms_api_host="0.0.0.0", internal_host="::1"))  # noqa: S104
    assert places["management_api_grpc_port"] == ("127.0.0.1", 8082)

    assert places["rooms_api_port"] == ("0.0.0.0", 8070)  # noqa: S104
    assert places["rooms_api_internal_port"] == ("::1", 8071)
    assert places["flower_port"] == ("127.0.0.1", 5555)


@pytest.mark.parametrize(
    "command",
    [
        ["/usr/bin/python", "-m", "maestro", "start", "worker"],
        ["/usr/bin/python", "/opt/bin/maestro", "start", "worker"],
        ["/opt/bin/python", "-m", "api.rooms.serve_http"],
        ["/opt/bin/python", "-m", "tasks.node", "operations"],
    ],
)
def test_our_own_modules_are_not_in_the_way(command: list[str]) -> None:
    place = ("127.0.0.1", 8080)

    assert listening.in_the_way("flower_port", place, errno.EADDRINUSE, command) is None


@pytest.mark.parametrize("command", [["/srv/maestro/nginx", "-g", "daemon off;"], []])
def test_others_are(command: list[str]) -> None:
    finding = listening.in_the_way("flower_port", ("127.0.0.1", 5555), errno.EADDRINUSE, command)

    assert finding
    assert judged(finding) is WARNING
    assert "MAESTRO_FLOWER_PORT" in finding.advice


def test_two_modules_with_one_port_clash() -> None:
    places = listening.places(Settings(flower_port=8080))

    assert [each.found for each in listening.clashes(places)] == [
        "MAESTRO_FLOWER_PORT and MAESTRO_MANAGEMENT_API_PORT are both 8080"
    ]
    assert not list(listening.clashes(listening.places(Settings())))
