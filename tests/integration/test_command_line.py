"""Operators at work: `maestro` over HTTP, through pipes, with good and bad input."""

import json
import logging
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import click.testing
import pytest
import structlog
import yaml
from click.shell_completion import BashComplete

from maestro.cli.main import main
from maestro.cli.remote import following, output
from maestro.domain.operations import OperationStatus, TestOperation
from maestro.errors import RuntimeRefused
from tests.contract.scheduler_cases import changed
from tests.installation import Installation, installation
from tests.ports import free_port

Result = click.testing.Result
Run = Callable[..., Result]
FLEET = changed(("autoscaling", None), ("forwarders", []))


@pytest.fixture
def site() -> Iterator[Installation]:
    with installation() as site:
        yield site


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Iterator[None]:
    """Nobody but the test is asked, nobody waits, and what the APIs log is seen by nobody."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    monkeypatch.setenv("MAESTRO_CLI_CONFIG", str(tmp_path / "contexts.json"))
    monkeypatch.setattr(following, "EVERY_S", 0)
    monkeypatch.setattr(output, "EVERY_S", 0.01)
    yield
    structlog.reset_defaults()


@pytest.fixture
def run(site: Installation, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command against the installation."""
    monkeypatch.setenv("MAESTRO_MANAGEMENT_API_URL", site.url)
    monkeypatch.setenv("MAESTRO_ROOMS_API_URL", site.rooms_url)
    return maestro


def maestro(*arguments: str, given: str | None = None) -> Result:
    return click.testing.CliRunner().invoke(main, arguments, input=given)


def document(**changes: Any) -> str:
    return yaml.safe_dump(FLEET | changes)


@pytest.fixture
def arena(run: Run) -> None:
    """A fleet of three rooms."""
    assert run("schedulers", "apply", "-f", "-", given=document()).exit_code == 0


class TestApply:
    def test_a_fleet_that_does_not_exist_is_created_and_followed_until_its_rooms_are_there(
        self, run: Run, site: Installation
    ) -> None:
        answer = run("schedulers", "apply", "-f", "-", given=document())

        assert answer.exit_code == 0, answer.output
        assert answer.stdout.splitlines() == ["arena created", "arena done"]
        assert "arena: create_scheduler" in answer.stderr
        assert answer.stderr.splitlines()[-1] == "arena: 3 of 3 rooms are ready or in use"
        assert site.maestro.statuses() == ["ready"] * 3

    @pytest.mark.usefixtures("arena")
    def test_the_same_again_changes_nothing(self, run: Run, site: Installation) -> None:
        site.asked.clear()

        for given in (document(), json.dumps(FLEET)):
            answer = run("schedulers", "apply", "-f", "-", given=given)
            assert (answer.exit_code, answer.stdout) == (0, "arena unchanged\n")

        assert site.changes_asked() == []

    @pytest.mark.usefixtures("arena")
    @pytest.mark.parametrize("form", ["yaml", "json"])
    def test_what_is_shown_can_be_applied(self, run: Run, form: str) -> None:
        shown = run("schedulers", "get", "arena", "-o", form).stdout

        assert run("schedulers", "apply", "-f", "-", given=shown).stdout == "arena unchanged\n"

    @pytest.mark.usefixtures("arena")
    def test_a_difference_makes_a_version_and_its_rollout_is_followed(
        self, run: Run, site: Installation
    ) -> None:
        given = document(spec=changed(("spec.containers.0.image", "arena:2"))["spec"])

        answer = run("schedulers", "apply", "-f", "-", given=given)

        assert answer.exit_code == 0, answer.output
        first, last = answer.stdout.splitlines()
        assert first.startswith("arena new version (spec.containers[0].image), operation ")
        assert last == "arena done"
        assert "arena: switch_active_version: finished" in answer.stderr
        assert "arena: all rooms are of v2.0.0" in answer.stderr
        assert {room.version for room in site.maestro.rooms.all("arena")} == {"v2.0.0"}

    def test_many_documents_of_many_files_are_applied(
        self, run: Run, tmp_path: pathlib.Path
    ) -> None:
        one, two = tmp_path / "one.yaml", tmp_path / "two.json"
        ports = {"start": 1000, "end": 1999}
        one.write_text(document(name="a") + "---\n" + document(name="b", portRange=ports))
        two.write_text(json.dumps([FLEET | {"name": "c"}, FLEET | {"name": "d"}]))

        answer = run("schedulers", "apply", "-f", str(one), "-f", str(two))

        assert answer.exit_code == 0, answer.output
        assert [f"{name} done" for name in "abcd"] == answer.stdout.splitlines()[-4:]

    def test_a_refusal_names_the_field_and_keeps_no_other_document_from_being_applied(
        self, run: Run
    ) -> None:
        bad = document(name="bad", maxSurge=5, spec={"containers": [{"image": 7}]})

        answer = run("schedulers", "apply", "-f", "-", given=f"{bad}---\n{document()}")

        assert answer.exit_code == 1
        assert "arena done" in answer.stdout
        assert "bad:" in answer.stderr
        assert "maxSurge → must be a string" in answer.stderr
        assert "spec.containers[0].image → must be a string" in answer.stderr

    def test_a_dry_run_changes_nothing(self, run: Run, site: Installation) -> None:
        answer = run("schedulers", "apply", "-f", "-", "--dry-run", given=document())

        assert (answer.exit_code, answer.stdout) == (0, "arena would be created\n")
        assert site.changes_asked() == []

    def test_without_waiting_it_only_asks(self, run: Run, site: Installation) -> None:
        site.moves = False

        answer = run("schedulers", "apply", "-f", "-", "--no-wait", given=document())

        assert (answer.exit_code, answer.stdout, answer.stderr) == (0, "arena created\n", "")

    def test_after_the_timeout_it_says_that_it_goes_on(self, run: Run, site: Installation) -> None:
        site.rooms_get_ready = False

        answer = run("schedulers", "apply", "-f", "-", "--timeout", "0.2", given=document())

        assert answer.exit_code == 5
        assert "arena:\nError: not over after 0.2 s" in answer.stderr
        assert "goes on" in answer.stderr

    def test_a_creation_that_fails_is_an_error(self, run: Run, site: Installation) -> None:
        refusal = RuntimeRefused("the namespace is foreign")
        site.maestro.fake_runtime.fail_next("create_scheduler", refusal)

        answer = run("schedulers", "apply", "-f", "-", given=document())

        assert answer.exit_code == 4
        assert "ended as error" in answer.stderr

    @pytest.mark.usefixtures("arena")
    def test_another_edit_that_is_open_is_pointed_at(self, run: Run, site: Installation) -> None:
        site.moves = False
        run("schedulers", "scale", "arena", "4", "--no-wait")

        answer = run("schedulers", "scale", "arena", "5")

        assert answer.exit_code == 1
        assert "there is already an ongoing version operation" in answer.stderr
        assert "maestro operations list" in answer.stderr

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ("name: x\nspec:\n  containers: [\n", "standard input:4:1: broken YAML"),
            ('{"name": "x",\n "game": }', "standard input:2:10: broken JSON"),
            ("name: x\nroomReplicas: 3\n", "input:2:1: roomReplicas → no such field; roomsReplica"),
            (
                "name: x\nspec:\n  containers:\n  - iamge: x\n",
                "input:4:5: spec.containers[0].iamge",
            ),
            ("- name: x\n- name: y\n  spec: {a: 1}\n", "input:3:10: spec.a → no such field"),
            ("name: x\nname: y\n", "standard input:2:1: name is given twice"),
            ('{"name": "x", "name": "y"}', "name is given twice"),
            ("name: x\na: &a [*a]\n", "it holds itself"),
            ("name: x\n---\nname: x\n", "x is described twice"),
            ("game: x\n", "standard input:1:1: name → must be given"),
            ("- just\n- words\n", "standard input:1:3: a scheduler is an object of fields"),
            ("", "there is no document to apply"),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place_and_nothing_is_sent(
        self, run: Run, site: Installation, given: str, told: str
    ) -> None:
        answer = run("schedulers", "apply", "-f", "-", given=given)

        assert answer.exit_code == 1, answer.output
        assert told in answer.stderr
        assert site.asked == []

    def test_files_that_are_not_there_are_wrong_usage(
        self, run: Run, tmp_path: pathlib.Path
    ) -> None:
        for name in ("nothing.yaml", "."):
            answer = run("schedulers", "apply", "-f", str(tmp_path / name))
            assert (answer.exit_code, "cannot be read" in answer.stderr) == (2, True)
        assert run("schedulers", "apply").exit_code == 2


@pytest.mark.usefixtures("arena")
class TestEveryDay:
    def test_a_fleet_is_scaled(self, run: Run, site: Installation) -> None:
        assert run("schedulers", "scale", "arena", "5").exit_code == 0
        assert site.maestro.statuses() == ["ready"] * 5

        assert run("schedulers", "scale", "arena", "2").exit_code == 0
        assert site.maestro.statuses() == ["ready"] * 2

        assert run("schedulers", "scale", "arena", "2").stdout == "arena unchanged\n"

    def test_bounds_are_for_fleets_that_scale_automatically(self, run: Run) -> None:
        refused = run("schedulers", "scale", "arena", "--min", "4")
        assert (refused.exit_code, "does not scale automatically" in refused.stderr) == (1, True)
        scaling = changed(("autoscaling.min", 2))["autoscaling"]
        run("schedulers", "apply", "-f", "-", given=document(autoscaling=scaling))

        answer = run("schedulers", "scale", "arena", "--min", "4", "--max", "-1")

        assert answer.exit_code == 0, answer.output
        assert "4 of 4 rooms" in answer.stderr
        info = json.loads(run("schedulers", "info", "-o", "json").stdout)
        assert info[0]["autoscaling"] == {"enabled": True, "min": 4, "max": -1, "cooldown": 60}
        assert run("schedulers", "scale", "arena", "9").exit_code == 1
        assert run("schedulers", "scale", "arena").exit_code == 2

    def test_an_older_version_is_gone_back_to(self, run: Run, site: Installation) -> None:
        none = run("schedulers", "rollback", "arena")
        assert (none.exit_code, "no version before" in none.stderr) == (1, True)
        run("schedulers", "scale", "arena", "4")

        answer = run("schedulers", "rollback", "arena")

        assert answer.exit_code == 0, answer.output
        assert answer.stdout.startswith("arena back to v1.0.0, operation ")
        assert site.maestro.statuses() == ["ready"] * 3
        unknown = run("schedulers", "rollback", "arena", "--to", "v9.0.0")
        assert (unknown.exit_code, "v9.0.0" in unknown.stderr) == (1, True)

    def test_a_fleet_is_paused_and_resumed(self, run: Run) -> None:
        assert run("schedulers", "pause", "arena").stdout == "arena paused\n"
        assert "paused" in run("schedulers", "info").stdout
        paused = run("schedulers", "scale", "arena", "9")
        assert (paused.exit_code, "paused, so it stays" in paused.stderr) == (0, True)
        assert run("schedulers", "resume", "arena").exit_code == 0
        assert "paused" not in run("schedulers", "info").stdout
        assert run("schedulers", "pause").exit_code == 2
        assert run("schedulers", "pause", "--all").stdout == "all schedulers paused\n"

    def test_a_deletion_asks_first(self, run: Run, site: Installation) -> None:
        for given in ("n\n", ""):
            assert run("schedulers", "delete", "arena", given=given).exit_code == 1
        assert list(site.maestro.schedulers.uids()) == ["arena"]

        answer = run("schedulers", "delete", "arena", "--yes")

        assert answer.exit_code == 0, answer.output
        assert answer.stdout.splitlines()[-1] == "arena done"
        assert list(site.maestro.schedulers.uids()) == []
        assert run("schedulers", "delete", "arena", "--yes").exit_code == 1

    def test_operations_are_listed_shown_and_cancelled(self, run: Run, site: Installation) -> None:
        site.moves = False
        operation = site.maestro.enqueue(TestOperation(), site.maestro.schedulers.get("arena")).id

        (listed,) = run("operations", "list").stdout.splitlines()
        assert listed.split()[:4] == ["arena", operation, "test_operation", "waiting"]
        assert run("operations", "list", "arena", "-o", "name").stdout == f"{operation}\n"
        over = ("operations", "list", "arena", "--stage", "ended", "-o", "json")
        ended = json.loads(run(*over).stdout)
        assert "create_scheduler" in {each["definitionName"] for each in ended}
        assert json.loads(run(*over, "--last", "1").stdout) == ended[:1]

        assert run("operations", "cancel", "arena", operation).exit_code == 0
        shown = run("operations", "get", "arena", operation).stdout
        assert "status     canceled" in shown
        assert "history\n" in shown
        followed = run("operations", "watch", "arena", operation)
        assert (followed.exit_code, "ended as canceled" in followed.stderr) == (4, True)
        assert run("operations", "cancel", "arena", operation).exit_code == 1

    def test_open_operations_are_followed_until_they_end(
        self, run: Run, site: Installation
    ) -> None:
        site.moves = False
        operation = site.maestro.enqueue(TestOperation(), site.maestro.schedulers.get("arena")).id
        site.moves = True

        answer = run("operations", "watch", "arena", operation)

        assert (answer.exit_code, answer.stdout) == (0, f"{operation} finished\n")
        assert site.maestro.operations.get("arena", operation).status is OperationStatus.FINISHED
        assert "no operation is open" in run("operations", "watch", "arena").stderr

    def test_versions_are_listed_and_shown(self, run: Run) -> None:
        run("schedulers", "scale", "arena", "4")

        lines = [line.split() for line in run("versions", "list", "arena").stdout.splitlines()]
        assert [line[0] for line in lines] == ["v1.1.0", "v1.0.0"]
        assert lines[0][1] == "*"
        shown = yaml.safe_load(run("versions", "get", "arena", "v1.0.0").stdout)
        assert (shown["roomsReplicas"], shown["spec"]["version"]) == (3, "v1.0.0")
        assert run("versions", "get", "arena", "v7").exit_code == 1

    def test_rooms_are_listed_shown_and_allocated(self, run: Run) -> None:
        rooms = run("rooms", "list", "arena", "-o", "name").stdout.split()
        assert len(rooms) == 3
        assert (
            json.loads(run("rooms", "get", "arena", rooms[0], "-o", "json").stdout)["id"]
            == rooms[0]
        )
        assert "instance" in run("rooms", "get", "arena", rooms[0], "-o", "wide").stdout
        assert run("rooms", "list", "arena", "--status", "occupied").stdout == ""
        wrong = run("rooms", "list", "arena", "--status", "happy")
        assert (wrong.exit_code, "status → " in wrong.stderr) == (1, True)

        taken = {run("rooms", "allocate", "arena", "-o", "name").stdout.strip() for _ in rooms}

        assert taken == set(rooms)
        none = run("rooms", "allocate", "arena")
        assert (none.exit_code, "no ready rooms available" in none.stderr) == (1, True)
        assert run("rooms", "allocate", "nowhere").exit_code == 1

    def test_lists_are_for_people_and_for_scripts(self, run: Run) -> None:
        (line,) = run("schedulers", "list").stdout.splitlines()
        assert line.split()[:5] == ["arena", "battle", "in-sync", "v1.0.0", "3"]
        assert run("schedulers", "list", "-o", "name").stdout == "arena\n"
        assert len(run("schedulers", "list", "-o", "wide").stdout) > len(line)
        for form, read in (("json", json.loads), ("yaml", yaml.safe_load)):
            (listed,) = read(run("schedulers", "list", "-o", form).stdout)
            assert listed["roomsReplicas"] == 3
        nothing = run("schedulers", "list", "--game", "chess")
        assert (nothing.stdout, nothing.stderr) == ("", "no schedulers\n")
        assert json.loads(run("schedulers", "list", "--game", "chess", "-o", "json").stdout) == []

    def test_an_unknown_name_is_refused(self, run: Run) -> None:
        for command in (
            ("schedulers", "get", "nowhere"),
            ("schedulers", "scale", "nowhere", "3"),
            ("schedulers", "pause", "nowhere"),
            ("versions", "list", "nowhere"),
            ("rooms", "list", "nowhere"),
            ("rooms", "get", "arena", "../../info"),
            ("operations", "get", "arena", "none"),
            ("operations", "watch", "arena", "none"),
        ):
            answer = run(*command)
            assert (answer.exit_code, "not found" in answer.stderr.lower()) == (1, True), command

    def test_names_are_completed(self, run: Run) -> None:
        run("contexts", "set", "here", "--url", "http://127.0.0.1:1")
        complete = BashComplete(main, {}, "maestro", "_MAESTRO_COMPLETE")

        def completed(*words: str) -> list[str]:
            *before, begun = words
            return [each.value for each in complete.get_completions(before, begun)]

        assert completed("schedulers", "get", "ar") == ["arena"]
        assert completed("operations", "watch", "x") == []
        assert completed("schedulers", "list", "--context", "h") == ["here"]
        assert completed("rooms", "allo") == ["allocate"]
        # An API that is away has no names to offer.
        assert completed("schedulers", "get", "--url", "http://127.0.0.1:1", "ar") == []

    def test_rooms_in_a_cluster_are_read_by_kubectl(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        told = "kubectl logs --namespace arena arena-1"
        assert told in run("rooms", "logs", "arena", "arena-1").stderr

        monkeypatch.setenv("MAESTRO_RUNTIME", "kubernetes")
        answer = run("rooms", "logs", "arena", "arena-1")

        assert (answer.exit_code, told in answer.stderr) == (1, True)


class TestReachingIt:
    def test_nobody_there_is_told_at_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MAESTRO_MANAGEMENT_API_URL", f"http://127.0.0.1:{free_port()}")

        for command in (
            ("schedulers", "list"),
            ("operations", "list"),
            ("schedulers", "apply", "-f", "-"),
        ):
            answer = maestro(*command, given=document())
            assert answer.exit_code == 3
            assert "does not answer: Connection refused" in answer.stderr

    def test_stores_that_are_away_are_told(self, run: Run, site: Installation) -> None:
        site.moves, site.maestro.world.away = False, True

        answer = run("schedulers", "list")

        assert (answer.exit_code, "not able to answer now (503)" in answer.stderr) == (3, True)

    def test_the_wrong_api_is_told(self, run: Run, site: Installation) -> None:
        answer = run("schedulers", "list", "--url", site.rooms_url)

        assert (answer.exit_code, "Not Found" in answer.stderr) == (1, True)

    def test_without_the_right_token_nothing_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with installation(management_token="secret") as site:
            for token in ([], ["--token", "wrong"]):
                answer = maestro("schedulers", "list", "--url", site.url, *token)
                assert answer.exit_code == 1
                assert "Hint: give the right token" in answer.stderr

            monkeypatch.setenv("MY_TOKEN", "secret")
            for right in ("secret", "env:MY_TOKEN"):
                assert (
                    maestro("schedulers", "list", "--url", site.url, "--token", right).exit_code
                    == 0
                )
            monkeypatch.setenv("MAESTRO_MANAGEMENT_TOKEN", "secret")
            assert maestro("schedulers", "list", "--url", site.url).exit_code == 0
            monkeypatch.delenv("MAESTRO_MANAGEMENT_TOKEN")
            assert maestro("contexts", "set", "here", "--url", site.url, "--token", "-",
                           given="secret\n").exit_code == 0  # fmt: skip
            assert maestro("schedulers", "list").exit_code == 0
            # The token of a context is for its own address.
            assert maestro("schedulers", "list", "--url", site.url).exit_code == 1
