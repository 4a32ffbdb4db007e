"""`maestro emergency`: what operators see, and how they end what is stuck."""

import datetime
import json
from collections.abc import Iterator

import click.testing
import pytest
import structlog
from rich.console import Console

from maestro import bootstrap
from maestro.cli import operation_lines, spans, tables
from maestro.cli.main import main
from maestro.domain.operations import EventText, OperationStatus, TestOperation
from maestro.domain.schedulers import SchedulerState
from tests import make
from tests.fakes.maestro import FakeMaestro


@pytest.fixture
def fleet(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMaestro]:
    """A fleet without rooms, which the command finds instead of that of the settings."""
    maestro = FakeMaestro()
    maestro.management.schedulers.create(make.scheduler(rooms_replicas=0))
    maestro.settle()
    monkeypatch.setattr(bootstrap, "management_services", lambda _: maestro.management)
    yield maestro
    structlog.reset_defaults()


def run(*arguments: str, answer: str | None = None) -> click.testing.Result:
    return click.testing.CliRunner().invoke(main, ["emergency", *arguments], input=answer)


def running(maestro: FakeMaestro) -> str:
    """An operation that a worker is executing."""
    operation = maestro.enqueue(TestOperation(sleep_seconds=60))
    taken = maestro.operations.take("arena", worker="host:7", lease_ttl_s=15, may_recover=True)
    assert taken is not None
    return operation.id


def test_open_operations_are_listed_in_columns(fleet: FakeMaestro) -> None:
    first = running(fleet)
    fleet.fake_clock.advance(1)
    second = fleet.enqueue(TestOperation()).id

    answer = run()

    assert answer.exit_code == 0
    one, two = answer.stdout.splitlines()
    assert one.split()[:4] == ["arena", first, "test_operation", "running"]
    assert "host:7" in one
    assert one.endswith("Starting operation")
    assert two.split()[1:4] == [second, "test_operation", "waiting"]
    assert one.index("test_operation") == two.index("test_operation")


def test_they_are_listed_for_scripts(fleet: FakeMaestro) -> None:
    operation = running(fleet)

    (listed,) = json.loads(run("arena", "--json").stdout)

    assert listed["id"] == operation
    assert listed["doing"] == "running"
    assert listed["attempt"] == 1
    assert listed["lastEvent"]["event"] == "Starting operation"
    assert listed["ageSeconds"] > 0


def test_a_terminal_gets_a_table(fleet: FakeMaestro) -> None:
    running(fleet)
    console = Console(width=200)
    found = fleet.management.operations.standing()

    with console.capture() as capture:
        rows = [operation_lines.cells(standing, fleet.clock.now()) for standing in found]
        console.print(tables.table(operation_lines.TITLES, rows))

    head, line = capture.get().splitlines()
    assert head.split()[:3] == ["scheduler", "id", "kind"]
    assert "running" in line


@pytest.mark.usefixtures("fleet")
def test_where_nothing_is_open_nothing_is_listed() -> None:
    answer = run("list", "arena")

    assert (answer.exit_code, answer.stdout) == (0, "")
    assert json.loads(run("--json").stdout) == []


@pytest.mark.usefixtures("fleet")
def test_an_unknown_scheduler_is_an_error() -> None:
    answer = run("nowhere")

    assert answer.exit_code == 1
    assert "scheduler nowhere not found" in answer.stderr


def test_an_operation_is_shown_with_its_history(fleet: FakeMaestro) -> None:
    operation = running(fleet)

    shown = run("show", "arena", operation)
    document = json.loads(run("show", "arena", operation, "--json").stdout)

    assert "status     in_progress" in shown.stdout
    assert shown.stdout.splitlines()[-1].endswith("Starting operation")
    assert document["input"] == {"sleepSeconds": 60}
    assert [line["event"] for line in document["executionHistory"]] == [
        "Created",
        "Starting operation",
    ]


def test_an_operation_is_cancelled(fleet: FakeMaestro) -> None:
    operation = fleet.enqueue(TestOperation()).id

    assert run("cancel", "arena", operation).exit_code == 0

    assert fleet.operations.get("arena", operation).status is OperationStatus.CANCELED
    again = run("cancel", "arena", operation)
    assert (again.exit_code, "is a final status" in again.stderr) == (1, True)


class TestFail:
    def test_it_asks_before_it_ends_anything(self, fleet: FakeMaestro) -> None:
        operation = running(fleet)

        refused = run("fail", "arena", operation, "--reason", "stuck", answer="n\n")

        assert refused.exit_code == 1
        assert "without rollback?" in refused.output
        assert fleet.operations.get("arena", operation).status is OperationStatus.IN_PROGRESS

    @pytest.mark.parametrize("group", ["emergency", "operations"])
    def test_the_reason_and_that_nothing_was_undone_are_in_the_history(
        self, fleet: FakeMaestro, group: str
    ) -> None:
        operation = running(fleet)

        command = [group, "fail", "arena", operation, "--reason", "stuck"]
        answer = click.testing.CliRunner().invoke(main, command, input="y\n")

        assert answer.exit_code == 0
        assert fleet.operations.get("arena", operation).status is OperationStatus.ERROR
        assert fleet.history(operation)[-4:] == [
            "failed by an operator, reason: stuck",
            EventText.FAILED,
            EventText.NOT_ROLLED_BACK,
            EventText.FINISHED,
        ]
        assert "arena" in fleet.fake_hints.for_operations

    def test_its_worker_stops_and_undoes_nothing(self, fleet: FakeMaestro) -> None:
        # Given a worker in the middle of an operation
        operation = fleet.enqueue(TestOperation(sleep_seconds=60))

        class Meanwhile:
            undone = False

            def execute(self, execution: object, definition: TestOperation) -> None:
                answer = run("fail", "arena", operation.id, "--reason", "stuck", "--yes")
                assert answer.exit_code == 0
                execution.note("still at it")  # type: ignore[attr-defined]

            def rollback(self, execution: object, definition: TestOperation) -> None:
                self.undone = True

        executor = Meanwhile()
        worker = fleet.worker()
        worker._executors = {TestOperation: executor}
        # When an operator fails it while the worker works on it
        worker.run_next("arena")
        # Then the worker lets go of it
        assert not executor.undone
        assert "still at it" not in fleet.history(operation.id)
        assert fleet.operations.get("arena", operation.id).status is OperationStatus.ERROR
        # And what comes next is done
        following = fleet.enqueue(TestOperation()).id
        fleet.settle()
        assert fleet.operations.get("arena", following).status is OperationStatus.FINISHED

    def test_an_edit_may_follow_a_failed_one(self, fleet: FakeMaestro) -> None:
        edit = fleet.management.edits.new_version(make.scheduler(rooms_replicas=0, max_surge="7"))

        assert run("fail", "arena", edit, "--reason", "stuck", "--yes").exit_code == 0

        assert fleet.schedulers.opened() == []
        fleet.management.edits.new_version(make.scheduler(rooms_replicas=0, max_surge="8"))

    def test_a_failed_deletion_is_asked_for_again(self, fleet: FakeMaestro) -> None:
        deletion = fleet.management.schedulers.delete("arena")

        assert run("fail", "arena", deletion, "--reason", "stuck", "--yes").exit_code == 0

        assert fleet.schedulers.get("arena").state is SchedulerState.ON_ERROR
        assert fleet.management.schedulers.delete("arena") != deletion
        fleet.settle()
        assert fleet.schedulers.find() == []

    def test_what_ended_is_refused_even_when_it_is_archived(self, fleet: FakeMaestro) -> None:
        operation = fleet.enqueue(TestOperation(), fleet.schedulers.get("arena")).id
        fleet.settle()
        for _ in range(2):
            answer = run("fail", "arena", operation, "--reason", "stuck", "--yes")
            assert (answer.exit_code, "has ended already" in answer.stderr) == (1, True)
            fleet.archiving.copy("arena")
            fleet.operations.drop("arena", [operation])

    @pytest.mark.usefixtures("fleet")
    def test_a_reason_must_be_given(self) -> None:
        assert run("fail", "arena", "some", "--yes").exit_code == 2
        assert run("fail", "arena", "some", "--yes", "--reason", " ").exit_code == 2

    @pytest.mark.usefixtures("fleet")
    def test_an_unknown_operation_is_an_error(self) -> None:
        answer = run("fail", "arena", "some", "--reason", "stuck", "--yes")

        assert answer.exit_code == 1
        assert "operation some not found in scheduler arena" in answer.stderr


def test_while_the_stores_are_away_it_says_so(fleet: FakeMaestro) -> None:
    fleet.world.away = True

    answer = run()

    assert answer.exit_code == 3
    assert "the stores are away" in answer.stderr


def test_its_help_tells_what_can_be_done() -> None:
    text = run("--help").stdout

    for command in ("list", "show", "cancel", "fail"):
        assert f"\n  {command} " in text
    assert "Exit codes" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0s"), (0, "0s"), (59, "59s"), (61, "1m1s"), (3700, "1h1m"), (90_000, "1d1h")],
)
def test_ages_are_short(seconds: int, text: str) -> None:
    assert spans.text(datetime.timedelta(seconds=seconds)) == text
