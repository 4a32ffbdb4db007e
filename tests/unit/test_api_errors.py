"""Errors as answers."""

from http import HTTPStatus

import pytest

from api import errors as faces
from maestro import errors
from maestro.errors import InvalidInput, MaestroError, Violation


def leaves(kind: type[MaestroError]) -> set[type[MaestroError]]:
    """Errors below `kind` that nothing is derived from."""
    children = kind.__subclasses__()
    return set().union(*map(leaves, children)) if children else {kind}


def test_every_error_has_a_face() -> None:
    assert leaves(MaestroError) == set(faces.FACES)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInput.of("name", "is a required field"), 400, 3),
        (errors.NotFound("scheduler x not found"), 404, 5),
        (errors.AlreadyExists("name already exists"), 409, 6),
        (errors.EditInProgress("there is already an ongoing version operation"), 400, 9),
        (errors.NotCancellable("is a final status"), 409, 10),
        (errors.NoReadyRoom("no ready rooms available"), 429, 8),
        (errors.NoAddress("no address yet"), 400, 9),
        (errors.Unauthenticated("a bearer token is needed"), 401, 16),
        (errors.TooLarge("too large"), 413, 8),
    ],
)
def test_what_the_client_did_wrong_is_explained(
    error: MaestroError, status: int, code: int
) -> None:
    assert faces.face(error) == faces.Face(HTTPStatus(status), faces.Code(code))
    assert faces.body(error)["message"] == str(error)


@pytest.mark.parametrize(
    ("error", "status", "code", "text"),
    [
        (errors.Unavailable("redis://secret@store"), 503, 14, "temporarily unavailable, try again"),
        (errors.RuntimeRefused("secret"), 500, 13, "internal error"),
        (errors.LeaseLost("secret"), 500, 13, "internal error"),
        (ZeroDivisionError("secret"), 500, 13, "internal error"),
    ],
)
def test_what_went_wrong_in_here_is_not(
    error: Exception, status: int, code: int, text: str
) -> None:
    assert faces.face(error).status == status
    assert faces.body(error) == {"code": code, "message": text, "details": []}


def test_violations_are_told_one_by_one() -> None:
    refusal = InvalidInput(
        [
            Violation(field="game", description="is a required field"),
            Violation(field="spec.containers[0].image", description="is a required field"),
        ]
    )

    assert faces.body(refusal) == {
        "code": 3,
        "message": "Validation Error:\n"
        "game: is a required field\n"
        "spec.containers[0].image: is a required field",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [
                    {"field": "game", "description": "is a required field"},
                    {"field": "spec.containers[0].image", "description": "is a required field"},
                ],
            }
        ],
    }


def test_a_flood_of_violations_makes_no_flood_of_an_answer() -> None:
    refusal = InvalidInput(
        [Violation(field=f"labels.{index}", description="is wrong") for index in range(100_000)]
    )

    body = faces.body(refusal)

    assert len(body["message"]) < 20_000
    assert len(body["details"][0]["fieldViolations"]) == 100


def test_a_refusal_may_keep_the_words_that_clients_know() -> None:
    assert faces.body(faces.refused("stage", "invalid stage filter: x")) == {
        "code": 3,
        "message": "invalid stage filter: x",
        "details": [
            faces.bad_request([Violation(field="stage", description="invalid stage filter: x")])
        ],
    }
