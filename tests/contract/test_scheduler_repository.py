"""What every SchedulerRepository promises: schedulers, their versions, and what was promised."""

import contextlib
import dataclasses
import datetime
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from maestro import errors
from maestro.domain import operations
from maestro.domain.operations import Operation
from maestro.domain.schedulers import Scheduler, SchedulerState, SchedulerVersion
from maestro.ports.storage import SchedulerRepository
from maestro.storage.postgres import engine, migrate
from maestro.storage.postgres.schedulers import PostgresSchedulers
from tests import make, strategies
from tests.fakes.schedulers import FakeSchedulers
from tests.fakes.world import World


@pytest.fixture(scope="module")
def migrated(database_url: str) -> Iterator[sa.Engine]:
    """A database with the tables of production."""
    migrate.upgrade(database_url)
    connections = engine.create(database_url, pool_size=10, timeout_s=10)
    yield connections
    connections.dispose()


@pytest.fixture(params=["fake", "postgres"])
def schedulers(request: pytest.FixtureRequest) -> Iterator[SchedulerRepository]:
    """The repository under test, empty."""
    repository: SchedulerRepository = (
        FakeSchedulers(World())
        if request.param == "fake"
        else PostgresSchedulers(request.getfixturevalue("migrated"))
    )
    yield repository
    clear(repository)


def clear(repository: SchedulerRepository) -> None:
    """Delete every scheduler."""
    for uid in repository.uids().values():
        repository.delete(uid)


def creating(scheduler: Scheduler) -> Operation:
    """The operation that is to create the scheduler."""
    definition = operations.CreateScheduler(scheduler=dataclasses.replace(scheduler, uid=""))
    return make.operation(definition, scheduler=scheduler.name, scheduler_uid=scheduler.uid)


def deleting(name: str = "arena") -> Operation:
    return make.operation(operations.DeleteScheduler(), scheduler=name)


def editing(scheduler: Scheduler) -> Operation:
    """The operation that is to make this a version."""
    wanted = dataclasses.replace(scheduler, uid="")
    return make.operation(operations.CreateNewSchedulerVersion(scheduler=wanted))


def switching() -> Operation:
    return make.operation(operations.SwitchActiveVersion(new_active_version="v1.1.0"))


def create(schedulers: SchedulerRepository, *created: Scheduler) -> None:
    for scheduler in created:
        schedulers.create(scheduler, creating(scheduler))


def names(found: list[Scheduler]) -> list[str]:
    return [scheduler.name for scheduler in found]


class TestInstallation:
    def test_it_has_an_id_that_never_changes(self, schedulers: SchedulerRepository) -> None:
        first = schedulers.installation()

        assert schedulers.installation() == first
        assert str(uuid.UUID(first)) == first

    def test_migrating_again_changes_nothing(self, migrated: sa.Engine, database_url: str) -> None:
        schedulers = PostgresSchedulers(migrated)
        create(schedulers, make.scheduler())
        before = schedulers.installation()

        migrate.upgrade(database_url)

        assert schedulers.installation() == before
        assert names(schedulers.find()) == ["arena"]
        schedulers.delete(make.uid("arena"))

    def test_many_may_migrate_at_once(self, migrated: sa.Engine, database_url: str) -> None:
        before = PostgresSchedulers(migrated).installation()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(migrate.upgrade, [database_url] * 4))

        assert PostgresSchedulers(migrated).installation() == before


class TestCreate:
    def test_a_scheduler_is_read_as_it_was_created(self, schedulers: SchedulerRepository) -> None:
        scheduler = make.scheduler(
            autoscaling=make.autoscaling(),
            forwarders=(make.forwarder(),),
            annotations={"team": "duels"},
            labels={"tier": "1"},
        )

        create(schedulers, scheduler)

        assert schedulers.get("arena") == scheduler
        assert schedulers.get("arena", version="v1.0.0") == scheduler

    @settings(
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(strategies.SCHEDULERS)
    def test_nothing_about_a_scheduler_is_lost(
        self, schedulers: SchedulerRepository, any_scheduler: Scheduler
    ) -> None:
        scheduler = dataclasses.replace(any_scheduler, created_at=make.NOW, last_downscale_at=None)

        clear(schedulers)

        create(schedulers, scheduler)

        assert schedulers.get(scheduler.name) == scheduler
        assert [each.scheduler_uid for each in schedulers.opened()] == [scheduler.uid]

    def test_a_name_is_given_once(self, schedulers: SchedulerRepository) -> None:
        first, second = make.scheduler(), make.scheduler(uid=make.uid("x"), game="other-game")
        create(schedulers, first)

        with pytest.raises(
            errors.AlreadyExists, match="error creating scheduler arena: name already exists"
        ):
            create(schedulers, second)

        assert schedulers.find() == [first]
        assert [each.scheduler_uid for each in schedulers.opened()] == [first.uid]

    def test_of_many_who_want_a_name_one_gets_it(self, schedulers: SchedulerRepository) -> None:
        def want(number: int) -> bool:
            try:
                create(schedulers, make.scheduler(uid=make.uid(str(number))))
            except errors.AlreadyExists:
                return False
            return True

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(want, range(10)))

        assert answers.count(True) == 1
        assert len(schedulers.opened()) == 1
        assert len(schedulers.versions("arena")) == 1

    def test_the_operation_that_is_to_create_it_is_open(
        self, schedulers: SchedulerRepository
    ) -> None:
        scheduler = make.scheduler()
        operation = creating(scheduler)

        schedulers.create(scheduler, operation)

        assert schedulers.opened() == [operation]


class TestGet:
    def test_an_unknown_scheduler_is_not_found(self, schedulers: SchedulerRepository) -> None:
        with pytest.raises(errors.NotFound, match="scheduler nowhere not found"):
            schedulers.get("nowhere")

    def test_an_unknown_version_is_not_found(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())

        with pytest.raises(errors.NotFound):
            schedulers.get("arena", version="v9.0.0")

    def test_the_version_of_another_scheduler_is_not_found(
        self, schedulers: SchedulerRepository
    ) -> None:
        create(schedulers, make.scheduler(), make.in_version("v2.0.0", name="other"))

        with pytest.raises(errors.NotFound):
            schedulers.get("arena", version="v2.0.0")


class TestFind:
    @pytest.fixture
    def three(self, schedulers: SchedulerRepository) -> None:
        """Two schedulers of one game and one of another, in no order."""
        create(
            schedulers,
            make.in_version("v2.0.0", name="raids", game="dungeon"),
            make.scheduler(name="arena", game="duels"),
            make.scheduler(name="caves", game="dungeon"),
        )

    @pytest.mark.usefixtures("three")
    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, ["arena", "caves", "raids"]),
            ({"name": "caves"}, ["caves"]),
            ({"game": "dungeon"}, ["caves", "raids"]),
            ({"version": "v1.0.0"}, ["arena", "caves"]),
            ({"game": "dungeon", "version": "v1.0.0"}, ["caves"]),
            ({"name": "raids", "game": "dungeon", "version": "v2.0.0"}, ["raids"]),
            ({"name": "arena", "game": "dungeon"}, []),
            ({"name": "nowhere"}, []),
            ({"name": "aren"}, []),
            ({"game": ""}, []),
        ],
    )
    def test_schedulers_that_match_everything_given_are_found_by_name(
        self, schedulers: SchedulerRepository, wanted: dict[str, str], found: list[str]
    ) -> None:
        assert names(schedulers.find(**wanted)) == found

    @pytest.mark.usefixtures("three")
    def test_they_are_found_whole(self, schedulers: SchedulerRepository) -> None:
        for scheduler in schedulers.find():
            assert scheduler == schedulers.get(scheduler.name)

    @pytest.mark.usefixtures("three")
    def test_every_uid_is_known_by_name(self, schedulers: SchedulerRepository) -> None:
        assert schedulers.uids() == {name: make.uid(name) for name in ("arena", "caves", "raids")}
        assert not schedulers.is_another("arena", uid=make.uid("arena"))
        assert schedulers.is_another("arena", uid="of an earlier one")
        assert not schedulers.is_another("unknown", uid="of an earlier one")

    def test_at_first_there_are_none(self, schedulers: SchedulerRepository) -> None:
        assert schedulers.find() == []
        assert schedulers.uids() == {}
        assert schedulers.opened() == []


class TestVersions:
    def test_the_first_version_is_the_active_one(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())

        assert schedulers.versions("arena") == [
            SchedulerVersion(version="v1.0.0", is_active=True, created_at=make.NOW)
        ]

    def test_an_unknown_scheduler_is_not_found(self, schedulers: SchedulerRepository) -> None:
        with pytest.raises(errors.NotFound, match="scheduler nowhere not found"):
            schedulers.versions("nowhere")


class TestPromises:
    """An operation that was written down is open until somebody closes it."""

    @pytest.fixture
    def idle(self, schedulers: SchedulerRepository) -> Scheduler:
        """A scheduler of which no operation is open."""
        scheduler = make.scheduler(state=SchedulerState.IN_SYNC)
        operation = creating(scheduler)
        schedulers.create(scheduler, operation)
        schedulers.close(scheduler.uid, operation.id, state=SchedulerState.IN_SYNC)
        return scheduler

    def test_what_is_closed_is_not_open(
        self, schedulers: SchedulerRepository, idle: Scheduler
    ) -> None:
        assert schedulers.opened() == []
        assert schedulers.get("arena") == idle

    @pytest.mark.usefixtures("idle")
    def test_what_is_opened_is_written_down_whole(self, schedulers: SchedulerRepository) -> None:
        operation = make.operation(operations.SwitchActiveVersion(new_active_version="v1.1.0"))

        assert schedulers.open("arena", operation) == operation
        assert schedulers.opened() == [operation]

    @pytest.mark.usefixtures("idle")
    def test_an_open_deletion_stays(self, schedulers: SchedulerRepository) -> None:
        first, second = deleting(), deleting()
        schedulers.open("arena", first)

        assert schedulers.open("arena", second) == first
        assert schedulers.opened() == [first]

    def test_a_deletion_replaces_what_is_open(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())
        deletion = deleting()

        assert schedulers.open("arena", deletion) == deletion
        assert schedulers.opened() == [deletion]

    @pytest.mark.usefixtures("idle")
    def test_of_many_deletions_at_once_all_hear_of_the_same(
        self, schedulers: SchedulerRepository
    ) -> None:
        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(lambda _: schedulers.open("arena", deleting()).id, range(20)))

        assert len(set(answers)) == 1
        assert [each.id for each in schedulers.opened()] == answers[:1]

    def test_nothing_is_opened_for_an_unknown_scheduler(
        self, schedulers: SchedulerRepository
    ) -> None:
        with pytest.raises(errors.NotFound, match="scheduler nowhere not found"):
            schedulers.open("nowhere", deleting("nowhere"))

    def test_open_operations_of_all_schedulers_are_told(
        self, schedulers: SchedulerRepository
    ) -> None:
        create(schedulers, make.scheduler(), make.scheduler(name="other"))

        opened = {each.scheduler: each.scheduler_uid for each in schedulers.opened()}

        assert opened == {"arena": make.uid("arena"), "other": make.uid("other")}

    def test_closing_stores_the_state(self, schedulers: SchedulerRepository) -> None:
        scheduler = make.scheduler()
        operation = creating(scheduler)
        schedulers.create(scheduler, operation)
        assert schedulers.get("arena").state == "creating"

        schedulers.close(scheduler.uid, operation.id, state=SchedulerState.IN_SYNC)

        assert schedulers.get("arena").state == "in-sync"
        assert schedulers.get("arena", version="v1.0.0").state == "in-sync"
        assert schedulers.find()[0].state == "in-sync"
        assert schedulers.opened() == []

    @pytest.mark.parametrize(
        "close",
        [
            lambda schedulers, uid, operation: schedulers.close(
                uid, make.operation_id(), state=SchedulerState.ON_ERROR
            ),
            lambda schedulers, uid, operation: schedulers.close(
                make.uid("other"), operation, state=SchedulerState.ON_ERROR
            ),
        ],
        ids=["another operation", "another scheduler"],
    )
    def test_closing_what_is_not_open_changes_nothing(
        self,
        schedulers: SchedulerRepository,
        close: Callable[[SchedulerRepository, str, str], None],
    ) -> None:
        scheduler = make.scheduler()
        operation = creating(scheduler)
        schedulers.create(scheduler, operation)

        close(schedulers, scheduler.uid, operation.id)

        assert schedulers.get("arena").state == "creating"
        assert schedulers.opened() == [operation]

    def test_closing_twice_does_not_bring_the_old_state_back(
        self, schedulers: SchedulerRepository, idle: Scheduler
    ) -> None:
        operation = deleting()
        schedulers.open("arena", operation)
        schedulers.close(idle.uid, operation.id, state=SchedulerState.TERMINATING)

        schedulers.close(idle.uid, operation.id, state=SchedulerState.ON_ERROR)

        assert schedulers.get("arena").state == "terminating"


class TestEdits:
    """One edit at a time is promised, beside a creation, and never beside a deletion."""

    @pytest.fixture
    def arena(self, schedulers: SchedulerRepository) -> Scheduler:
        """A scheduler of which nothing is open."""
        scheduler = make.scheduler(state=SchedulerState.IN_SYNC)
        operation = creating(scheduler)
        schedulers.create(scheduler, operation)
        schedulers.close(scheduler.uid, operation.id, state=SchedulerState.IN_SYNC)
        return scheduler

    @pytest.mark.usefixtures("arena")
    def test_what_is_promised_is_written_down_whole(self, schedulers: SchedulerRepository) -> None:
        edit = editing(make.scheduler(uid="", game="other-game"))

        assert schedulers.edit("arena") is None
        assert schedulers.open_edit("arena", edit) == edit
        assert schedulers.edit("arena") == edit
        assert schedulers.opened() == [edit]

    @pytest.mark.usefixtures("arena")
    def test_the_first_one_stays(self, schedulers: SchedulerRepository) -> None:
        first = schedulers.open_edit("arena", switching())

        assert schedulers.open_edit("arena", switching()) == first
        assert schedulers.open_edit("arena", switching(), instead_of="another") == first
        assert schedulers.opened() == [first]

    @pytest.mark.usefixtures("arena")
    def test_one_that_ended_gives_way(self, schedulers: SchedulerRepository) -> None:
        first, second = schedulers.open_edit("arena", switching()), switching()

        assert schedulers.open_edit("arena", second, instead_of=first.id) == second
        assert schedulers.opened() == [second]

    @pytest.mark.usefixtures("arena")
    def test_of_many_at_once_all_hear_of_the_same(self, schedulers: SchedulerRepository) -> None:
        with ThreadPoolExecutor(10) as pool:
            answers = list(
                pool.map(lambda _: schedulers.open_edit("arena", switching()).id, range(20))
            )

        assert len(set(answers)) == 1
        assert [each.id for each in schedulers.opened()] == answers[:1]

    def test_a_creation_that_is_under_way_stays_promised(
        self, schedulers: SchedulerRepository
    ) -> None:
        scheduler = make.scheduler()
        creation = creating(scheduler)
        schedulers.create(scheduler, creation)

        edit = schedulers.open_edit("arena", switching())

        assert schedulers.opened() == [creation, edit]
        schedulers.close(scheduler.uid, creation.id, state=SchedulerState.IN_SYNC)
        assert schedulers.get("arena").state == "in-sync"
        assert schedulers.opened() == [edit]

    @pytest.mark.usefixtures("arena")
    def test_a_deletion_takes_its_place(self, schedulers: SchedulerRepository) -> None:
        schedulers.open_edit("arena", switching())
        deletion = schedulers.open("arena", deleting())

        assert schedulers.opened() == [deletion]
        text = rf"scheduler arena is being deleted \(id: {deletion.id}\)"
        with pytest.raises(errors.EditInProgress, match=text):
            schedulers.open_edit("arena", switching())
        assert schedulers.opened() == [deletion]

    @pytest.mark.usefixtures("arena")
    def test_it_has_to_be_based_on_the_active_version(
        self, schedulers: SchedulerRepository
    ) -> None:
        with pytest.raises(errors.EditInProgress, match=r"version v1\.0\.0 of arena"):
            schedulers.open_edit("arena", switching(), based_on="v0.9.0")
        assert schedulers.opened() == []

        schedulers.open_edit("arena", switching(), based_on="v1.0.0")

    def test_there_is_none_of_an_unknown_scheduler(self, schedulers: SchedulerRepository) -> None:
        with pytest.raises(errors.NotFound, match="scheduler nowhere not found"):
            schedulers.edit("nowhere")
        with pytest.raises(errors.NotFound, match="scheduler nowhere not found"):
            schedulers.open_edit("nowhere", switching())


class TestWithdrawal:
    """What ended without having done anything is as if it had never been promised."""

    def test_a_creation_takes_its_scheduler_with_it(self, schedulers: SchedulerRepository) -> None:
        scheduler = make.scheduler()
        creation = creating(scheduler)
        schedulers.create(scheduler, creation)

        schedulers.withdraw(creation)

        assert schedulers.uids() == {}
        assert schedulers.opened() == []

    @pytest.mark.parametrize("state", list(SchedulerState))
    def test_of_a_deletion_only_the_promise_goes(
        self, schedulers: SchedulerRepository, state: SchedulerState
    ) -> None:
        create(schedulers, make.scheduler())
        deletion = schedulers.open("arena", deleting())
        schedulers.mark(make.uid("arena"), state)

        schedulers.withdraw(deletion)

        settled = SchedulerState.IN_SYNC if state is SchedulerState.CREATING else state
        assert schedulers.get("arena").state is settled
        assert schedulers.opened() == []

    @pytest.mark.parametrize("is_created", [False, True])
    def test_of_an_edit_only_the_promise_goes(
        self, schedulers: SchedulerRepository, is_created: bool
    ) -> None:
        scheduler = make.scheduler()
        creation = creating(scheduler)
        schedulers.create(scheduler, creation)
        if is_created:
            schedulers.close(scheduler.uid, creation.id, state=SchedulerState.CREATING)
        edit = schedulers.open_edit("arena", switching())

        schedulers.withdraw(edit)

        assert schedulers.opened() == ([] if is_created else [creation])
        assert schedulers.get("arena").state == ("in-sync" if is_created else "creating")

    @pytest.mark.parametrize("make_other", [lambda: switching(), lambda: deleting()])
    def test_of_what_is_not_open_nothing_goes(
        self, schedulers: SchedulerRepository, make_other: Callable[[], Operation]
    ) -> None:
        scheduler = make.scheduler()
        creation = creating(scheduler)
        schedulers.create(scheduler, creation)
        edit = schedulers.open_edit("arena", switching())

        schedulers.withdraw(make_other())
        schedulers.withdraw(creating(scheduler))

        assert schedulers.opened() == [creation, edit]


class TestNewVersions:
    @pytest.fixture
    def arena(self, schedulers: SchedulerRepository) -> Scheduler:
        """A scheduler of which nothing is open."""
        scheduler = make.scheduler(state=SchedulerState.IN_SYNC)
        operation = creating(scheduler)
        schedulers.create(scheduler, operation)
        schedulers.close(scheduler.uid, operation.id, state=SchedulerState.IN_SYNC)
        return scheduler

    @pytest.fixture
    def edit(self, schedulers: SchedulerRepository, arena: Scheduler) -> Operation:
        """The edit that is open, and begun."""
        edit = schedulers.open_edit("arena", editing(arena))
        schedulers.begin_edit(arena.uid, edit.id)
        return edit

    @pytest.mark.usefixtures("edit")
    def test_while_it_is_edited_a_scheduler_is_shown_as_creating(
        self, schedulers: SchedulerRepository
    ) -> None:
        assert schedulers.get("arena").state == "creating"

    def test_a_version_is_stored_with_the_promise_to_switch_to_it(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        switch, later = switching(), make.NOW + datetime.timedelta(hours=1)
        version = make.in_version("v1.1.0", rollback_version="v1.0.0", created_at=later)

        schedulers.add_version(version, switch, edit=edit.id)

        assert schedulers.opened() == [switch]
        assert schedulers.get("arena").version == "v1.0.0"
        assert schedulers.get("arena", version="v1.1.0") == version
        assert [(each.version, each.is_active) for each in schedulers.versions("arena")] == [
            ("v1.1.0", False),
            ("v1.0.0", True),
        ]

    def test_stored_again_it_stays_as_it_was(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        switch = switching()
        schedulers.add_version(make.in_version("v1.1.0"), switch, edit=edit.id)

        schedulers.add_version(make.in_version("v1.1.0", max_surge="9"), switch, edit=edit.id)

        assert schedulers.get("arena", version="v1.1.0").max_surge == "25%"
        assert len(schedulers.versions("arena")) == 2
        assert schedulers.opened() == [switch]

    def test_while_it_is_deleted_a_scheduler_gets_no_version(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        deletion = schedulers.open("arena", deleting())

        for version in (make.in_version("v1.1.0"), make.in_version("v1.1.0", uid=make.uid("x"))):
            with pytest.raises(errors.OperationFailed):
                schedulers.add_version(version, switching(), edit=edit.id)

        assert len(schedulers.versions("arena")) == 1
        assert schedulers.opened() == [deletion]

    def test_the_active_one_is_switched_with_everything_that_belongs_to_it(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        switch = switching()
        version = make.in_version("v2.0.0", game="other-game", max_surge="3")
        schedulers.add_version(version, switch, edit=edit.id)

        for _ in range(2):
            schedulers.switch(edit.scheduler_uid, "v2.0.0", switch.id)

        expected = dataclasses.replace(version, state=SchedulerState.IN_SYNC)
        assert schedulers.get("arena") == expected
        assert schedulers.find(game="other-game", version="v2.0.0") == [expected]
        assert schedulers.find(game="arena-game") == []
        assert schedulers.opened() == []

    def test_a_switch_to_the_active_one_is_done_with(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        schedulers.switch(edit.scheduler_uid, "v1.0.0", edit.id)

        assert schedulers.get("arena").state == "in-sync"
        assert schedulers.opened() == []

    @pytest.mark.parametrize(("name", "version"), [("arena", "v9.0.0"), ("other", "v1.0.0")])
    def test_a_version_that_is_not_there_is_not_switched_to(
        self, schedulers: SchedulerRepository, edit: Operation, name: str, version: str
    ) -> None:
        with pytest.raises(errors.NotFound):
            schedulers.switch(make.uid(name), version, edit.id)
        assert schedulers.get("arena").version == "v1.0.0"
        assert schedulers.opened() == [edit]

    def test_after_a_failed_edit_everything_is_as_before(
        self, schedulers: SchedulerRepository, arena: Scheduler, edit: Operation
    ) -> None:
        switch = switching()
        schedulers.add_version(make.in_version("v2.0.0"), switch, edit=edit.id)

        for _ in range(2):
            schedulers.end_edit(arena.uid, [edit.id, switch.id], version="v2.0.0")

        assert schedulers.get("arena") == arena
        assert len(schedulers.versions("arena")) == 1
        assert schedulers.opened() == []

    def test_the_active_version_is_never_removed(
        self, schedulers: SchedulerRepository, edit: Operation
    ) -> None:
        schedulers.end_edit(edit.scheduler_uid, [edit.id], version="v1.0.0")

        assert len(schedulers.versions("arena")) == 1

    def test_a_creation_that_is_under_way_is_shown_as_such(
        self, schedulers: SchedulerRepository
    ) -> None:
        create(schedulers, make.scheduler())
        edit = schedulers.open_edit("arena", switching())

        schedulers.end_edit(edit.scheduler_uid, [edit.id])

        assert schedulers.get("arena").state == "creating"

    @pytest.mark.parametrize(
        "write",
        [
            lambda schedulers, edit: schedulers.begin_edit(edit.scheduler_uid, edit.id),
            lambda schedulers, edit: schedulers.add_version(
                make.in_version("v3.0.0"), switching(), edit=edit.id
            ),
            lambda schedulers, edit: schedulers.switch(edit.scheduler_uid, "v1.0.0", edit.id),
            lambda schedulers, edit: schedulers.end_edit(
                edit.scheduler_uid, [edit.id], version="v1.0.0"
            ),
        ],
        ids=["begin_edit", "add_version", "switch", "end_edit"],
    )
    def test_who_comes_late_changes_nothing(
        self,
        schedulers: SchedulerRepository,
        edit: Operation,
        write: Callable[[SchedulerRepository, Operation], None],
    ) -> None:
        # Given that others have done the edit, and are at the next one
        switch = switching()
        schedulers.add_version(make.in_version("v2.0.0"), switch, edit=edit.id)
        schedulers.switch(edit.scheduler_uid, "v2.0.0", switch.id)
        create(schedulers, make.scheduler(name="other"))
        following = schedulers.open_edit("arena", switching())
        before = schedulers.find(), schedulers.versions("arena"), schedulers.opened()

        with contextlib.suppress(errors.NotFound, errors.OperationFailed):
            write(schedulers, edit)

        assert (schedulers.find(), schedulers.versions("arena"), schedulers.opened()) == before
        assert following in before[2]


class TestMark:
    def test_the_state_is_stored(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())

        schedulers.mark(make.uid("arena"), SchedulerState.ON_ERROR)

        assert schedulers.get("arena").state == "on-error"
        assert len(schedulers.opened()) == 1

    def test_marking_an_unknown_scheduler_does_nothing(
        self, schedulers: SchedulerRepository
    ) -> None:
        create(schedulers, make.scheduler())

        schedulers.mark(make.uid("other"), SchedulerState.ON_ERROR)

        assert schedulers.get("arena").state == "creating"


class TestNoteDownscale:
    def test_it_is_of_no_version(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler(), make.scheduler(name="other"))
        assert schedulers.get("arena").last_downscale_at is None
        at = make.NOW + datetime.timedelta(microseconds=1)
        schedulers.note_downscale(make.uid("arena"), at)
        assert schedulers.get("arena").last_downscale_at == at
        assert schedulers.get("other").last_downscale_at is None

    def test_it_outlives_the_version(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())
        schedulers.note_downscale(make.uid("arena"), make.NOW)
        edit, switch = editing(make.scheduler()), switching()
        schedulers.open_edit("arena", edit)
        schedulers.add_version(make.in_version("v1.1.0"), switch, edit=edit.id)
        schedulers.switch(make.uid("arena"), "v1.1.0", switch.id)
        active = schedulers.get("arena")
        assert (active.version, active.last_downscale_at) == ("v1.1.0", make.NOW)

    def test_nothing_happens_without_a_scheduler(self, schedulers: SchedulerRepository) -> None:
        schedulers.note_downscale(make.uid("nobody"), make.NOW)


class TestDelete:
    def test_nothing_is_left(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler())

        schedulers.delete(make.uid("arena"))

        assert schedulers.find() == []
        assert schedulers.uids() == {}
        assert schedulers.opened() == []
        with pytest.raises(errors.NotFound):
            schedulers.get("arena", version="v1.0.0")
        with pytest.raises(errors.NotFound):
            schedulers.versions("arena")

    def test_deleting_twice_does_nothing(self, schedulers: SchedulerRepository) -> None:
        create(schedulers, make.scheduler(), make.scheduler(name="other"))

        schedulers.delete(make.uid("arena"))
        schedulers.delete(make.uid("arena"))

        assert names(schedulers.find()) == ["other"]

    def test_the_name_is_free_for_another_scheduler(self, schedulers: SchedulerRepository) -> None:
        old, new = make.scheduler(), make.scheduler(uid=make.uid("new"), game="other-game")
        create(schedulers, old)
        schedulers.delete(old.uid)

        create(schedulers, new)

        assert schedulers.get("arena") == new

    def test_what_was_meant_for_the_old_one_does_not_hit_the_new_one(
        self, schedulers: SchedulerRepository
    ) -> None:
        old, new = make.scheduler(), make.scheduler(uid=make.uid("new"))
        operation = creating(old)
        schedulers.create(old, operation)
        schedulers.delete(old.uid)
        create(schedulers, new)

        schedulers.delete(old.uid)
        schedulers.mark(old.uid, SchedulerState.ON_ERROR)
        schedulers.close(old.uid, operation.id, state=SchedulerState.ON_ERROR)

        assert schedulers.get("arena") == new
        assert [each.scheduler_uid for each in schedulers.opened()] == [new.uid]
