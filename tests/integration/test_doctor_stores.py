"""What `maestro doctor` finds in real stores: good, misconfigured, locked, silent and absent."""

import contextlib
import pathlib
import signal
import socket
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sa

from maestro.domain.findings import Check, Finding, Status
from maestro.embedded import accounts, servers
from maestro.embedded import postgres as postgresql
from maestro.embedded import redis as embedded
from maestro.queue import checkup as broker
from maestro.storage.postgres import checkup as postgres
from maestro.storage.postgres import migrate
from maestro.storage.redis import checkup as state
from tests import stores
from tests.ports import free_port
from tests.waiting import eventually

OK, WARNING, FAILURE = Status.OK, Status.WARNING, Status.FAILURE
SECRET = "hunter2"


def seen(check: Check) -> dict[str, Finding]:
    """The findings, the last of each name; none holds the password."""
    found = list(check.ask())
    assert not [each for each in found if SECRET in each.found + each.advice]
    return {each.name: each for each in found}


def statuses(found: dict[str, Finding]) -> dict[str, Status]:
    return {name: finding.status for name, finding in found.items()}


# PostgreSQL


def database(url: str, timeout_s: int = 5) -> dict[str, Finding]:
    return seen(postgres.check(url, timeout_s=timeout_s))


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database of this test alone."""
    with stores.fresh_database(postgres_url) as url:
        yield url


def execute(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


@contextlib.contextmanager
def another_user(url: str) -> Iterator[str]:
    """The database as somebody sees it who owns nothing in it."""
    name = "guest"
    execute(url, f"CREATE ROLE {name} LOGIN PASSWORD '{SECRET}'")
    try:
        guest = sa.make_url(url).set(username=name, password=SECRET)
        yield guest.render_as_string(hide_password=False)
    finally:
        execute(url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_a_migrated_database_is_fine(empty_url: str) -> None:
    migrate.upgrade(empty_url)

    found = database(empty_url)

    assert set(statuses(found).values()) == {OK}
    assert set(found) == {
        "PostgreSQL",
        "PostgreSQL version",
        "PostgreSQL clock",
        "PostgreSQL rights",
        "PostgreSQL schema",
        "installation",
    }


def test_a_new_database_is_to_be_migrated_and_stays_as_it_is(empty_url: str) -> None:
    found = database(empty_url)

    assert found["PostgreSQL rights"].status is OK
    assert (found["PostgreSQL schema"].status, found["PostgreSQL schema"].advice) == (
        FAILURE,
        "run: maestro migrate",
    )
    assert database(empty_url) | {"PostgreSQL": found["PostgreSQL"]} == found


@pytest.mark.parametrize(("revision", "advice"), [("0001", "migrate"), ("9999", "older")])
def test_a_schema_of_another_release_is_a_failure(
    empty_url: str, revision: str, advice: str
) -> None:
    migrate.upgrade(empty_url)
    execute(empty_url, "DELETE FROM fleets.alembic_version")
    execute(empty_url, f"INSERT INTO fleets.alembic_version VALUES ('{revision}')")  # noqa: S608

    finding = database(empty_url)["PostgreSQL schema"]

    assert finding.status is FAILURE
    assert advice in finding.advice


def test_an_installation_without_id_is_a_failure(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    execute(empty_url, "DELETE FROM fleets.installation")

    assert database(empty_url)["installation"].status is FAILURE


def test_a_guest_may_not_create_the_schema(empty_url: str) -> None:
    with another_user(empty_url) as guest:
        finding = database(guest)["PostgreSQL rights"]

    assert (finding.status, finding.found) == (FAILURE, "guest may not create the schema fleets")


def test_a_guest_may_not_use_the_schema_of_others(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    with another_user(empty_url) as guest:
        finding = database(guest)["PostgreSQL rights"]

    assert (finding.status, finding.found) == (FAILURE, "guest may not use the schema fleets")


def test_a_guest_needs_every_table(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    with another_user(empty_url) as guest:
        execute(
            empty_url,
            "GRANT USAGE ON SCHEMA fleets TO guest",
            "GRANT ALL ON ALL TABLES IN SCHEMA fleets TO guest",
            "REVOKE DELETE ON fleets.schedulers FROM guest",
        )
        locked = database(guest)["PostgreSQL rights"]
        execute(
            empty_url,
            "GRANT DELETE ON fleets.schedulers TO guest",
            "REVOKE ALL ON fleets.alembic_version FROM guest",
            "GRANT SELECT ON fleets.alembic_version TO guest",
        )
        open_ = database(guest)

    assert (locked.status, locked.found) == (FAILURE, "guest may not read and write schedulers")
    assert set(statuses(open_).values()) == {OK}


def test_a_database_that_takes_no_changes_is_a_failure(empty_url: str) -> None:
    migrate.upgrade(empty_url)
    name = sa.make_url(empty_url).database
    execute(empty_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")

    finding = database(empty_url)["PostgreSQL"]

    assert finding.status is FAILURE
    assert "primary" in finding.advice


def test_ways_that_lead_nowhere(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    for wrong, advice in [
        (url.set(database="nowhere"), "createdb"),
        (url.set(username="nobody", password=SECRET), "user and password"),
        (url.set(port=free_port(), password=SECRET), "host and port"),
    ]:
        found = database(wrong.render_as_string(hide_password=False))

        assert statuses(found) == {"PostgreSQL": FAILURE}
        assert advice in found["PostgreSQL"].advice


def test_a_wrong_password(stores_folder: pathlib.Path) -> None:
    with postgresql.running(stores_folder / "guarded", free_port(), quick=True) as url:
        execute(url, f"ALTER ROLE maestro PASSWORD '{SECRET}'")
        ask_for_passwords(url)
        right = sa.make_url(url).set(password=SECRET)
        known = database(right.render_as_string(hide_password=False))
        unknown = database(right.set(password="another").render_as_string(hide_password=False))
        none = database(url)

    assert known["PostgreSQL"].status is OK
    for found in (unknown, none):
        assert statuses(found) == {"PostgreSQL": FAILURE}
        assert "user and password" in found["PostgreSQL"].advice


def ask_for_passwords(url: str) -> None:
    """From now on the server trusts nobody."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        rules = pathlib.Path(str(connection.scalar(sa.text("SHOW hba_file"))))
        rules.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
        connection.execute(sa.text("SELECT pg_reload_conf()"))

    def is_asked() -> bool:
        try:
            execute(url, "SELECT 1")
        except sa.exc.OperationalError:
            return True
        return False

    eventually(is_asked)


@pytest.mark.parametrize(
    "url",
    [
        "",
        SECRET,
        f"postgresql://me:{SECRET}@here:port/maestro",
        f"postgresql://me:a@{SECRET}@here/maestro",
        f"mysql://me:{SECRET}@here",
    ],
)
def test_what_is_no_url_of_postgresql(url: str) -> None:
    assert statuses(database(url)) == {"PostgreSQL": FAILURE}


@contextlib.contextmanager
def silent_server() -> Iterator[int]:
    """A port where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_a_silent_server_is_left_in_time() -> None:
    with silent_server() as port:
        sql = database(f"postgresql+psycopg2://me:{SECRET}@127.0.0.1:{port}/maestro", timeout_s=1)
        found = seen(server(f"redis://:{SECRET}@127.0.0.1:{port}/0", timeout_s=0.2))
        url = f"redis://:{SECRET}@127.0.0.1:{port}/1"
        messages = seen(broker.check(url, state_url="redis://127.0.0.1/0", timeout_s=0.2))

    assert statuses(sql) == {"PostgreSQL": FAILURE}
    assert statuses(found) == {"Redis": FAILURE}
    assert statuses(messages) == {"broker": FAILURE}


# Redis


def server(url: str, prefix: str = "test-doctor", timeout_s: float = 5) -> Check:
    return state.check(url, prefix=prefix, timeout_s=timeout_s)


@contextlib.contextmanager
def redis_with(folder: pathlib.Path, **options: str) -> Iterator[str]:
    """A Redis that somebody configured otherwise; gives its URL."""
    port = free_port()
    (folder / "data").mkdir()
    command = [*embedded.command(embedded.binary(), data=folder / "data", port=port)]
    for name, value in options.items():
        command += [f"--{name.replace('_', '-')}", *value.split()]
    prepared = servers.Server(
        name="Redis",
        command=tuple(command),
        account=accounts.Account(),
        log=folder / "server.log",
        stop_signal=signal.SIGTERM,
        ready=lambda pid: said_ready(folder / "server.log"),
    )
    with servers.running(prepared):
        yield embedded.url(port)


def said_ready(log: pathlib.Path) -> bool:
    return "eady to accept connections" in log.read_text()


def test_a_redis_of_ours_is_fine_and_nothing_stays_in_it(redis_url: str, redis_prefix: str) -> None:
    found = seen(server(redis_url, redis_prefix))

    latency = found.pop("Redis latency")
    assert latency.status is not FAILURE
    assert set(statuses(found).values()) == {OK}
    assert "Redis scripts" in found
    with redis.Redis.from_url(redis_url) as client:
        assert not list(client.scan_iter(f"{redis_prefix}*"))


def test_a_redis_that_forgets(tmp_path: pathlib.Path) -> None:
    with redis_with(tmp_path, appendonly="no", maxmemory_policy="allkeys-lru") as url:
        found = seen(server(url))
        messages = seen(broker.check(url, state_url=url, timeout_s=5))

    assert found["Redis"].status is OK
    assert found["Redis persistence"].status is WARNING
    assert found["Redis eviction"].status is FAILURE
    assert messages["broker eviction"].status is WARNING
    assert messages["broker database"].status is WARNING


def test_a_replica(tmp_path: pathlib.Path, free_port: int) -> None:
    # Of a primary that died.
    with redis_with(tmp_path, replicaof=f"127.0.0.1 {free_port}") as url:
        found = seen(server(url))

    assert found["Redis role"].status is FAILURE
    assert str(free_port) in found["Redis role"].advice
    assert found["Redis scripts"].status is FAILURE


def test_a_password(tmp_path: pathlib.Path) -> None:
    with redis_with(tmp_path, requirepass=SECRET) as url:
        right = seen(server(url.replace("redis://", f"redis://:{SECRET}@")))
        wrong = [
            seen(server(url)),
            seen(server(url.replace("redis://", "redis://:another@"))),
        ]

    assert right["Redis scripts"].status is OK
    for found in wrong:
        assert statuses(found) == {"Redis": FAILURE}
        assert "password" in found["Redis"].advice


def test_an_account_without_scripts(tmp_path: pathlib.Path) -> None:
    with redis_with(tmp_path) as url:
        with redis.Redis.from_url(url) as client:
            client.acl_setuser(
                "guest",
                enabled=True,
                nopass=True,
                categories=["+@all"],
                commands=["-eval", "-evalsha"],
                keys=["*"],
            )
        found = seen(server(url.replace("redis://", f"redis://guest:{SECRET}@")))

    assert found["Redis role"].status is OK
    assert found["Redis scripts"].status is FAILURE
    assert "EVAL" in found["Redis scripts"].advice


def test_a_redis_without_memory_left(tmp_path: pathlib.Path) -> None:
    with redis_with(tmp_path, maxmemory="1") as url:
        found = seen(server(url))

    assert found["Redis eviction"].status is OK
    assert found["Redis scripts"].status is FAILURE


@pytest.mark.parametrize(
    "url",
    [
        "",
        SECRET,
        f"redis://:{SECRET}/more@127.0.0.1/0",
        f"redis://{SECRET}#more@127.0.0.1/0",
        f"http://:{SECRET}@here",
    ],
)
def test_what_is_no_url_of_redis(url: str) -> None:
    assert statuses(seen(server(url))) == {"Redis": FAILURE}


# Broker


def test_a_broker_beside_the_state_is_fine(redis_url: str) -> None:
    url = redis_url.rpartition("/")[0] + "/1"

    found = seen(broker.check(url, state_url=redis_url, timeout_s=5))

    assert statuses(found) == {"broker": OK, "broker eviction": OK}


def test_brokers_that_are_not_there(free_port: int) -> None:
    for scheme in ("redis", "amqp"):
        url = f"{scheme}://me:{SECRET}@127.0.0.1:{free_port}/1"

        found = seen(broker.check(url, state_url="redis://127.0.0.1/0", timeout_s=0.5))

        assert statuses(found) == {"broker": FAILURE}


@pytest.mark.parametrize(
    "url", ["", SECRET, f"redis://{SECRET}/x@127.0.0.1/0", f"fax://me:{SECRET}@here"]
)
def test_what_is_no_url_of_a_broker(url: str) -> None:
    found = seen(broker.check(url, state_url="redis://127.0.0.1/0", timeout_s=0.5))

    assert found["broker"].status is FAILURE
