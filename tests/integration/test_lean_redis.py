"""The lean way to call a script, and redis-py's: both hold with a Redis that has its moods."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redis
from structlog.testing import capture_logs

from maestro import errors
from maestro.domain.rooms import InstanceStatus
from maestro.embedded import redis as embedded
from maestro.ports.storage import PingOutcome
from maestro.storage.redis import client as connection
from maestro.storage.redis import lean, scripts
from maestro.storage.redis.lean import LeanScript
from maestro.storage.redis.patience import Patience
from maestro.storage.redis.rooms import RedisRooms
from tests import make, relays
from tests.contract.conftest import in_redis
from tests.contract.test_room_store import register, runtime_says
from tests.ports import free_port
from tests.waiting import eventually

#: Long enough for a busy machine, short enough to wait for.
TIMEOUT_S = 1.0
COUNT = "return redis.call('INCR', KEYS[1]) + ARGV[1]"
#: What redis-py says when it connects.
GREETING = (b"CLIENT", b"SELECT", b"AUTH")

Make = Callable[..., Any]


def lean_script(url: str, text: str) -> Any:
    return LeanScript(url, text, timeout_s=TIMEOUT_S)


def redis_py(url: str, text: str) -> Any:
    pool = connection.create_impatient(url, timeout_s=TIMEOUT_S).connection_pool
    return redis.Redis.from_pool(pool).register_script(text)


@pytest.fixture(params=[lean_script, redis_py])
def make_script(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Makes scripts that are let go of afterwards."""
    made: list[Any] = []

    def make_one(url: str, text: str = COUNT) -> Any:
        made.append(request.param(url, text))
        return made[-1]

    yield make_one
    for script in made:
        (script.close if isinstance(script, LeanScript) else script.registered_client.close)()


@pytest.fixture
def server(tmp_path: pathlib.Path) -> Iterator[str]:
    """A Redis of this test alone."""
    with embedded.running(tmp_path / "redis", free_port()) as url:
        yield url


@pytest.fixture
def admin(server: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server, decode_responses=True) as client:
        yield client


def call(script: Any, key: str = "key", more: int = 0) -> Any:
    return script((key,), (more,))


def test_it_returns_what_the_script_does(server: str, make_script: Make) -> None:
    echo = make_script(server, "return {KEYS[1], ARGV[1], #ARGV, false, {'a', 1.9}}")

    assert echo(("kéy",), ("ärg",)) == ["kéy", "ärg", 1, None, ["a", 1]]


def test_answers_are_whole_however_long_they_are(server: str, make_script: Make) -> None:
    repeat = make_script(server, "return string.rep(ARGV[1], 1000000)")

    assert repeat((), ("ab",)) == "ab" * 1_000_000


def test_a_server_that_does_not_know_the_script_learns_it(
    server: str, admin: redis.Redis, make_script: Make
) -> None:
    script = make_script(server)
    assert call(script) == 1

    admin.script_flush()

    assert [call(script), call(script)] == [2, 3]


def test_a_connection_that_broke_is_replaced_unnoticed(
    server: str, admin: redis.Redis, make_script: Make
) -> None:
    script = make_script(server)
    assert call(script) == 1

    admin.client_kill_filter(_type="normal", skipme=True)

    assert call(script) == 2


def test_a_server_that_comes_back_is_found_again(tmp_path: pathlib.Path, make_script: Make) -> None:
    port = free_port()
    with embedded.running(tmp_path / "redis", port) as url:
        script = make_script(url)
        assert call(script) == 1
    with pytest.raises((redis.ConnectionError, redis.TimeoutError)):
        call(script)
    with embedded.running(tmp_path / "redis", port):
        assert call(script) == 2


def test_a_server_that_only_reads_is_away(
    server: str, admin: redis.Redis, make_script: Make
) -> None:
    script = make_script(server, scripts.text("ping_room"))
    store = RedisRooms(admin, prefix="x", tombstone_ttl_s=60, ping=script)
    stores = in_redis(admin, prefix="x")
    stores.rooms.configure(make.scheduler())
    register(stores, stores.begin(), "arena-1")
    runtime_says(stores, "arena-1", InstanceStatus.READY)
    assert store.ping("arena", "arena-1", make.ping()).known

    admin.replicaof("127.0.0.1", free_port())
    with pytest.raises(errors.Unavailable):
        store.ping("arena", "arena-1", make.ping())

    admin.replicaof("NO", "ONE")
    assert store.ping("arena", "arena-1", make.ping()).known


@pytest.mark.parametrize("name", ["", "maestro"])
def test_it_says_who_it_is(server: str, admin: redis.Redis, make_script: Make, name: str) -> None:
    if name:
        admin.acl_setuser(
            name, enabled=True, passwords=["+p@ss:w/rd"], keys="*", commands=["+@all"]
        )
    else:
        admin.config_set("requirepass", "p@ss:w/rd")

    known = make_script(server.replace("//", f"//{name}:p%40ss%3Aw%2Frd@"))
    stranger = make_script(server.replace("//", f"//{name or 'default'}:wrong@"))

    assert call(known) == 1
    with pytest.raises(redis.ConnectionError) as refusal:
        call(stranger)
    assert "wrong" not in str(refusal.value).replace("WRONGPASS", "")


def test_who_has_to_say_it_suddenly_is_refused_as_if_the_server_were_away(
    server: str, admin: redis.Redis, make_script: Make
) -> None:
    store = RedisRooms(admin, prefix="x", tombstone_ttl_s=60, ping=make_script(server))
    admin.config_set("requirepass", "secret")

    with pytest.raises(errors.Unavailable):
        store.ping("arena", "arena-1", make.ping())


def test_it_uses_the_database_of_the_url(
    server: str, admin: redis.Redis, make_script: Make
) -> None:
    assert call(make_script(server.removesuffix("/0") + "/3")) == 1

    assert admin.get("key") is None
    with redis.Redis.from_url(server.removesuffix("/0") + "/3") as third:
        assert third.get("key") == b"1"


@pytest.fixture
def certificate(tmp_path: pathlib.Path) -> pathlib.Path:
    """A certificate of 127.0.0.1 that it signed itself, with its key."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is needed to make a certificate")
    file = tmp_path / "both.pem"
    options = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=here"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [program, *options, *names, "-keyout", file, "-out", tmp_path / "certificate.pem"],
        check=True,
        capture_output=True,
    )
    file.write_text(file.read_text() + (tmp_path / "certificate.pem").read_text())
    return file


def test_it_speaks_tls_and_checks_with_whom(
    server: str, make_script: Make, certificate: pathlib.Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with relays.listening(relays.to(int(server.split(":")[-1].split("/")[0])), context) as port:
        known = make_script(f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={certificate}")
        stranger = make_script(f"rediss://127.0.0.1:{port}/0")

        assert [call(known), call(known)] == [1, 2]
        with pytest.raises(redis.ConnectionError):
            call(stranger)


def scripted(*answers: bytes) -> relays.Handle:
    """A server that greets, and answers each call with the next of these; then it is silent."""

    def handle(client: socket.socket) -> None:
        left = list(answers)
        while received := client.recv(65536):
            greetings = sum(received.count(word) for word in GREETING)
            client.sendall(b"+OK\r\n" * greetings)
            if b"EVAL" in received and left:
                answer = left.pop(0)
                client.sendall(answer)
                if not answer.endswith(b"\r\n"):
                    return

    return handle


@pytest.mark.parametrize(
    "answer",
    [
        b"-LOADING Redis is loading the dataset in memory\r\n",
        b"-BUSY a script\r\n",
        b"$5\r\nab",
        b"?",
    ],
)
def test_what_passes_passes_for_being_away(make_script: Make, answer: bytes) -> None:
    with relays.listening(scripted(answer)) as port:
        script = make_script(f"redis://127.0.0.1:{port}/0", "return 1")
        with redis.Redis() as unused:
            store = RedisRooms(unused, prefix="x", tombstone_ttl_s=60, ping=script)
            with pytest.raises(errors.Unavailable):
                store.ping("arena", "arena-1", make.ping())


def test_who_never_answers_is_not_waited_for(make_script: Make) -> None:
    for silence in (scripted(), lambda _: threading.Event().wait(60)):
        with relays.listening(silence) as port, pytest.raises(redis.TimeoutError):
            call(make_script(f"redis://127.0.0.1:{port}/0"))


def test_many_threads_get_each_its_own_answer(server: str, make_script: Make) -> None:
    script = make_script(server, "return ARGV[1]")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda number: script((), (number,)), range(2_000)))

    assert answers == [str(number) for number in range(2_000)]


def test_there_are_as_many_connections_as_calls_at_once(server: str, admin: redis.Redis) -> None:
    before = len(admin.client_list())
    script = LeanScript(server, "return 1", timeout_s=TIMEOUT_S)

    for _ in range(50):
        script((), ())

    assert len(admin.client_list()) == before + 1
    script.close()


@pytest.mark.parametrize(
    ("url", "supported"),
    [
        ("redis://127.0.0.1:6379/0", True),
        ("rediss://user:secret@redis:6379/2", True),
        ("unix:///run/redis.sock", True),
        ("redis+cluster://127.0.0.1:6379", False),
        ("redis+sentinel://127.0.0.1:26379/main/0", False),
        ("redis://one:6379,two:6379/0", False),
    ],
)
def test_one_server_is_for_it_and_more_are_not(url: str, supported: bool) -> None:
    assert lean.supports(url) is supported


# Patience


class Answers:
    """Somebody who answers, or does not."""

    def __init__(self) -> None:
        self.is_away = False
        self.asked = self.probed = 0
        self.defect: Exception = redis.TimeoutError("no answer")

    def __call__(self, answer: str = "answer") -> str:
        self.asked += 1
        if self.is_away:
            raise redis.TimeoutError("no answer")
        return answer

    def probe(self) -> None:
        self.probed += 1
        if self.is_away:
            raise self.defect


@pytest.mark.parametrize("defect", [redis.TimeoutError("no answer"), ZeroDivisionError()])
def test_while_nobody_answers_nobody_waits_until_somebody_does_again(defect: Exception) -> None:
    answers = Answers()
    answers.defect = defect
    patience = Patience(answers.probe)
    with capture_logs() as logs:
        # Given that it turned out to be away
        answers.is_away = True
        with pytest.raises(redis.TimeoutError):
            patience.ask(answers)

        # Then others are told so, and do not ask
        for _ in range(3):
            with pytest.raises(redis.ConnectionError):
                patience.ask(answers)
        assert answers.asked == 1
        eventually(lambda: answers.probed > 2)

        # Until it is back
        answers.is_away = False
        eventually(lambda: any(line["event"] == "redis_back" for line in logs))
        eventually(lambda: not any(each.name == "redis-away" for each in threading.enumerate()))
    assert [patience.ask(answers, "other") for _ in range(3)] == ["other"] * 3
    told = [line["event"] for line in logs if line["event"] != "probe_defect"]
    assert told == ["redis_away", "redis_back"]


def test_an_answer_that_refuses_is_an_answer() -> None:
    patience = Patience(Answers().probe)

    def refused() -> None:
        raise redis.ResponseError("no")

    for _ in range(2):
        with pytest.raises(redis.ResponseError):
            patience.ask(refused)


def test_a_frozen_server_is_away_until_it_thaws(server: str, admin: redis.Redis) -> None:
    pid = int(admin.info("server")["process_id"])
    with connection.create_impatient(server, timeout_s=TIMEOUT_S) as client:
        script = client.register_script(COUNT)
        assert call(script) == 1

        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(redis.TimeoutError):
                call(script)
            with pytest.raises(redis.ConnectionError):
                client.get("key")
        finally:
            os.kill(pid, signal.SIGCONT)

        def is_back() -> bool:
            with contextlib.suppress(redis.ConnectionError):
                return bool(call(script))
            return False

        eventually(is_back)


def test_a_room_nobody_knows_stays_unknown(server: str, make_script: Make) -> None:
    with redis.Redis.from_url(server) as client:
        script = make_script(server, scripts.text("ping_room"))
        store = RedisRooms(client, prefix="x", tombstone_ttl_s=60, ping=script)

        assert store.ping("arena", "arena-1", make.ping()) == PingOutcome(known=False)
        assert client.keys() == []
