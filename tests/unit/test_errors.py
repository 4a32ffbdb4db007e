"""What errors say, and that a caller can tell which of them asking again may cure."""

from maestro import errors
from maestro.errors import InvalidInput, Violation


def test_a_violation_names_the_field_first() -> None:
    violation = Violation(field="spec.containers[0].image", description="is a required field")

    assert str(violation) == "spec.containers[0].image: is a required field"


def test_invalid_input_says_everything_that_is_wrong_line_by_line() -> None:
    error = InvalidInput(
        [
            Violation(field="name", description="is a required field"),
            Violation(field="game", description="is a required field"),
        ]
    )

    assert str(error) == ("Validation Error:\nname: is a required field\ngame: is a required field")
    assert [violation.field for violation in error.violations] == ["name", "game"]


def test_invalid_input_may_begin_in_another_way() -> None:
    error = InvalidInput(
        [Violation(field="game", description="is a required field")],
        message="invalid patched scheduler: ",
    )

    assert str(error) == "invalid patched scheduler: \ngame: is a required field"


def test_one_field_is_refused_in_one_call() -> None:
    error = InvalidInput.of("version", "is a required field")

    assert error.violations == (Violation(field="version", description="is a required field"),)


def test_what_is_refused_is_not_cured_by_asking_again() -> None:
    assert not issubclass(errors.Unavailable, errors.Refused)
    assert issubclass(errors.EditInProgress, errors.Refused)


def test_an_interruption_is_no_failure_of_the_operation() -> None:
    for interruption in (errors.Cancelled, errors.LeaseLost, errors.Stopping):
        assert issubclass(interruption, errors.Interrupted)
        assert not issubclass(interruption, errors.OperationFailed)
