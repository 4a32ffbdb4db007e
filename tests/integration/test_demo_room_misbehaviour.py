"""What the demo room does wrong on demand, with a rooms API that only listens."""

import contextlib
import queue
import signal
import subprocess
from collections.abc import Iterator

import psutil
import pytest
from click.testing import CliRunner

from maestro.cli.demo_room import demo_room
from tests.integration.test_demo_room import RoomsApi, room
from tests.waiting import eventually

#: Much longer than rooms need to ping again.
SILENCE_S = 0.5


@pytest.fixture
def api() -> Iterator[RoomsApi]:
    """A rooms API that hears everything."""
    with contextlib.closing(RoomsApi()) as api:
        yield api


@contextlib.contextmanager
def misbehaving(api: RoomsApi, *kinds: str) -> Iterator[subprocess.Popen[str]]:
    """A room in which nobody plays and something goes wrong."""
    options = [f"--misbehave={kind}" for kind in kinds]
    with room(api.url, "--no-matches", *options) as process:
        yield process


def falls_silent(api: RoomsApi) -> None:
    """Hear what was said, and then nothing for a while."""
    with contextlib.suppress(queue.Empty):
        while api.pings.get(timeout=SILENCE_S):
            pass
    assert api.pings.empty()


def test_one_that_is_never_ready_runs_and_says_nothing(api: RoomsApi) -> None:
    with misbehaving(api, "never-ready") as process:
        # It tells its log when it would be ready.
        assert process.stdout
        assert any("ready for" in line for line in iter(process.stdout.readline, ""))
        falls_silent(api)
        assert process.poll() is None

        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert api.pings.empty(), "not even good bye"


def test_one_falls_silent_after_a_while_and_goes_on(api: RoomsApi) -> None:
    with misbehaving(api, "silent=0.3") as process:
        api.next("ready")
        falls_silent(api)
        assert process.poll() is None


@pytest.mark.parametrize(("kind", "code"), [("crash", 1), ("exit", 0)])
def test_one_ends_after_a_while_without_good_bye(api: RoomsApi, kind: str, code: int) -> None:
    with misbehaving(api, f"{kind}=0.5") as process:
        assert process.wait(10) == code

    said = [ping["status"] for ping in api.pings.queue]
    assert set(said) == {"ready"}


@pytest.mark.parametrize(("kind", "code"), [("crash", 1), ("exit", 0)])
def test_one_ends_at_once(api: RoomsApi, kind: str, code: int) -> None:
    with misbehaving(api, kind) as process:
        assert process.wait(10) == code
    assert api.pings.empty()


def test_one_freezes_and_can_be_thawed(api: RoomsApi) -> None:
    with misbehaving(api, "freeze=0.3") as process:
        api.next("ready")
        state = psutil.Process(process.pid)
        eventually(lambda: state.status() == psutil.STATUS_STOPPED)
        falls_silent(api)

        process.send_signal(signal.SIGCONT)
        api.next("ready")


def test_one_says_nonsense(api: RoomsApi) -> None:
    with misbehaving(api, "wrong-status"):
        said = {api.pings.get(timeout=10)["status"] for _ in range(5)}
    assert said.isdisjoint({"ready", "occupied", "terminating", "terminated", "unready"})


def test_one_gets_occupied_for_ever(api: RoomsApi) -> None:
    with misbehaving(api, "occupied=0.2"):
        api.next("ready")
        assert api.next("occupied")["runningMatches"] == 1
        assert {api.pings.get(timeout=10)["status"] for _ in range(5)} == {"occupied"}


@pytest.mark.parametrize("status", ["ready", "occupied"])
def test_one_ignores_its_end_and_pings_on(api: RoomsApi, status: str) -> None:
    kinds = ["ignore-sigterm", *(["occupied"] if status == "occupied" else [])]
    with misbehaving(api, *kinds) as process:
        api.next(status)
        process.send_signal(signal.SIGTERM)
        assert {api.pings.get(timeout=10)["status"] for _ in range(5)} == {status}
        assert process.poll() is None


@pytest.mark.parametrize("kind", ["dance", "crash=soon", ""])
def test_what_is_not_understood_is_refused(kind: str) -> None:
    answer = CliRunner().invoke(demo_room, ["--misbehave", kind])
    assert answer.exit_code == 2
    assert "--misbehave" in answer.output
