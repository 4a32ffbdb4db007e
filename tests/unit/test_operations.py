"""What each kind of operation is called, and what may run, wait and stay in the records."""

import pytest

from maestro.domain import operations
from maestro.domain.operations import RemovalReason
from tests import make

KINDS = [
    operations.CreateScheduler,
    operations.CreateNewSchedulerVersion,
    operations.SwitchActiveVersion,
    operations.DeleteScheduler,
    operations.AddRooms,
    operations.RemoveRooms,
    operations.HealthController,
    operations.StorageCleanUp,
    operations.TestOperation,
]

ONE_OF_EACH: list[operations.Definition] = [
    operations.CreateScheduler(scheduler=make.scheduler()),
    operations.CreateNewSchedulerVersion(scheduler=make.scheduler()),
    operations.SwitchActiveVersion(new_active_version="v1.1.0"),
    operations.DeleteScheduler(),
    operations.AddRooms(amount=1),
    operations.RemoveRooms(amount=1),
    operations.HealthController(),
    operations.StorageCleanUp(),
    operations.TestOperation(sleep_seconds=1),
]


def test_every_kind_is_found_by_the_name_it_has_on_the_wire() -> None:
    assert dict(operations.DEFINITIONS) == {
        "create_scheduler": operations.CreateScheduler,
        "create_new_scheduler_version": operations.CreateNewSchedulerVersion,
        "switch_active_version": operations.SwitchActiveVersion,
        "delete_scheduler": operations.DeleteScheduler,
        "add_rooms": operations.AddRooms,
        "remove_rooms": operations.RemoveRooms,
        "health_controller": operations.HealthController,
        "storage_clean_up": operations.StorageCleanUp,
        "test_operation": operations.TestOperation,
    }


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_the_controller_asks_for_overtakes_the_queue(
    kind: type[operations.Definition],
) -> None:
    assert (kind.NAME in {"add_rooms", "remove_rooms"}) == kind.PRIORITY


@pytest.mark.parametrize("kind", KINDS)
def test_only_periodic_work_is_done_once_however_often_it_is_asked_for(
    kind: type[operations.Definition],
) -> None:
    assert (kind.NAME in {"health_controller", "storage_clean_up"}) == kind.DEDUPLICATED


@pytest.mark.parametrize("kind", KINDS)
def test_only_two_kinds_change_the_version(kind: type[operations.Definition]) -> None:
    edits = {"create_new_scheduler_version", "switch_active_version"}

    assert (kind.NAME in edits) == kind.EDITS_VERSION


@pytest.mark.parametrize("kind", KINDS)
def test_a_fleet_keeps_scaling_while_another_operation_waits(
    kind: type[operations.Definition],
) -> None:
    scales = {"health_controller", "add_rooms", "remove_rooms", "storage_clean_up"}

    assert (kind.NAME in scales) == kind.RUNS_BESIDE_PARKED
    assert (kind.NAME in operations.BESIDE_PARKED) == (kind.NAME in scales)


@pytest.mark.parametrize("definition", ONE_OF_EACH)
def test_what_changed_something_stays_in_the_records(
    definition: operations.Definition,
) -> None:
    forgotten = {"health_controller", "storage_clean_up"}

    assert definition.leaves_record == (definition.NAME not in forgotten)


@pytest.mark.parametrize(("took_action", "recorded"), [(None, False), (False, False), (True, True)])
def test_a_health_check_is_recorded_only_when_it_did_something(
    took_action: bool | None, recorded: bool
) -> None:
    check = operations.HealthController(took_action=took_action)

    assert check.leaves_record is recorded


def test_an_operation_is_open_until_it_ended_in_some_way() -> None:
    assert {"pending", "in_progress"} == operations.OPEN
    assert set(operations.OperationStatus) - operations.OPEN == {
        "canceled",
        "finished",
        "evicted",
        "error",
    }


def test_reasons_to_remove_a_room_are_called_as_ever() -> None:
    assert set(RemovalReason) == {
        "scale_down",
        "expired_room",
        "new_version_rollback",
        "new_version_validation_finished",
        "switch_version_rollback",
        "switch_version_replace",
        "rolling_update_replace",
    }


def test_lines_of_history_read_as_ever() -> None:
    text = operations.EventText

    assert text.CREATED == "Created"
    assert text.STARTING == "Starting operation"
    assert text.FAILED == "operation execution failed"
    assert text.ROLLING_BACK == "Starting operation rollback"
    assert text.ROLLED_BACK == "Operation rollback flow execution finished with success"
    assert (
        text.ROLLBACK_FAILED.format(reason="no space")
        == "Operation rollback flow execution failed, reason: no space"
    )
    assert text.FINISHED == "Operation finished"
    assert text.EVICTED == "Operation evicted"
