"""Every refusal that was recorded: what it means, which error of ours it is, and what that says."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

from maestro import errors
from maestro.runtime.kubernetes import refusals
from maestro.runtime.kubernetes.refusals import PASSING, SHORT, Meaning, Refusal
from tests.contract.kubernetes_wire import recorded
from tests.strategies import JSON

RECORDED: Mapping[str, Any] = {
    each["id"]: each["response"]
    for each in [*recorded("exchanges"), *recorded("refusals")]
    if each["response"]["status"] >= 400
}

#: Each recorded exchange has one meaning.
EXPECTED: dict[Meaning, str] = {
    Meaning.MISSING: """
        unknown-path unknown-api-group
        namespace-get-missing namespace-get-gone namespace-delete-missing
        pod-get-missing pod-get-namespace-missing pod-get-after-dryrun pod-get-after-delete
        pod-get-after-force-delete pod-get-pending-after-delete pod-create-namespace-missing
        pod-delete-missing pod-patch-missing
        pdb-get-missing pdb-put-missing pdb-patch-missing pdb-delete-missing
        pdb-create-namespace-missing eviction-missing-pod
        event-create-namespace-missing node-get-missing
    """,
    Meaning.EXISTS: """
        namespace-create-again namespace-create-terminating
        pod-create-duplicate pod-create-over-terminating pdb-create-again
    """,
    Meaning.CONFLICT: """
        pod-delete-uid-mismatch pod-delete-rv-mismatch pdb-put-uid-mismatch
    """,
    Meaning.EXPIRED: """
        list-continue-expired list-exact-compacted list-rv-1-exact list-rv-1-limit
    """,
    Meaning.UNAUTHENTICATED: """
        unauthorised-no-token unauthorised-bad-token
    """,
    Meaning.NOT_ALLOWED: """
        forbidden-no-role forbidden-create-namespace forbidden-create-pod forbidden-delete-pod
        forbidden-evict forbidden-all-namespaces forbidden-other-namespace-missing
        forbidden-nodes forbidden-pdb forbidden-watch
    """,
    Meaning.NAMESPACE_ENDING: """
        pod-create-namespace-terminating pdb-create-namespace-terminating
    """,
    Meaning.TOO_EARLY: """
        pod-create-sa-missing pod-create-sa-missing-no-automount
    """,
    Meaning.FORBIDDEN: """
        namespace-delete-system pod-create-quota
        pod-create-service-account-missing pod-create-priority-class-missing
    """,
    Meaning.BUSY: """
        eviction-blocked pdb-put-stale pod-patch-stale-rv
    """,
    Meaning.AWAY: """
        pod-list-rv-future pod-get-rv-future watch-bad-rv eviction-two-pdbs
    """,
    Meaning.INVALID: """
        method-not-allowed malformed-json wrong-content-type wrong-type-in-json wrong-kind
        namespace-create-invalid-name namespace-create-name-64 namespace-create-no-name
        pod-create-dryrun-invalid pod-create-dryrun-bad-option pod-create-no-name
        pod-create-same-hostport-twice pod-create-namespace-mismatch pod-create-bad-quantity
        pod-create-negative-quantity pod-create-request-over-limit pod-create-bad-label-value
        pod-create-label-value-64 pod-create-bad-label-key pod-create-bad-annotation-key
        pod-create-name-uppercase pod-create-name-254 pod-create-container-name-64
        pod-create-no-containers pod-create-image-empty pod-create-image-spaces-around
        pod-create-pull-policy pod-create-restart-policy pod-create-port-out-of-range
        pod-create-port-protocol-lowercase pod-create-port-name-16
        pod-create-port-name-duplicate pod-create-env-name pod-create-env-value-and-from
        pod-create-env-fieldref pod-create-env-secret-name pod-create-toleration
        pod-create-affinity-operator pod-create-spread pod-create-many-errors
        pod-create-unknown-field-strict
        pod-list-label-bad pod-list-field-bad pod-list-continue-bad pod-list-continue-with-rv
        pod-list-rv-bad pod-list-rv-bad-match
        pod-patch-immutable pod-patch-json-test-fails pod-patch-wrong-content-type
        pdb-create-both pdb-create-negative pdb-create-percent pdb-create-float pdb-put-no-rv
        event-create-namespace-mismatch
    """,
}

#: What asking again may change.
RETRYABLE = {
    Meaning.EXPIRED,
    Meaning.UNAUTHENTICATED,
    Meaning.TOO_EARLY,
    Meaning.BUSY,
    Meaning.AWAY,
}


def refusal(name: str) -> Refusal:
    """As it was recorded."""
    return Refusal(RECORDED[name]["status"], RECORDED[name]["body"])


def test_every_refusal_has_one_meaning() -> None:
    names = [name for text in EXPECTED.values() for name in text.split()]
    assert len(names) == len(set(names))
    assert set(names) == set(RECORDED)
    assert set(EXPECTED) == set(Meaning)


@pytest.mark.parametrize("meaning", EXPECTED)
def test_a_refusal_means(meaning: Meaning) -> None:
    names = EXPECTED[meaning].split()
    assert {name: refusal(name).meaning for name in names} == dict.fromkeys(names, meaning)


@pytest.mark.parametrize("meaning", EXPECTED)
def test_what_may_pass_is_unavailable_and_the_rest_is_refused(meaning: Meaning) -> None:
    expected = errors.Unavailable if meaning in RETRYABLE else errors.RuntimeRefused
    for name in EXPECTED[meaning].split():
        assert type(refusals.error_of(refusal(name))) is expected, name


def test_only_what_passes_quickly_is_asked_again_at_once() -> None:
    assert PASSING == RETRYABLE
    assert {Meaning.TOO_EARLY, Meaning.BUSY, Meaning.AWAY} == SHORT


@pytest.mark.parametrize("name", RECORDED)
def test_a_refusal_says_why_and_not_too_much(name: str) -> None:
    text = str(refusals.error_of(refusal(name)))
    assert text.startswith("Kubernetes")
    assert 20 < len(text) < 1200
    for cause in refusal(name).causes:
        assert not cause.field or f"{cause.field}: " in text


def test_several_errors_are_named_field_by_field() -> None:
    assert str(refusals.error_of(refusal("pod-create-port-out-of-range"))) == (
        "Kubernetes: spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be "
        "between 1 and 65535, inclusive; spec.containers[0].ports[0].hostPort: Invalid value: "
        "70001: must be between 1 and 65535, inclusive"
    )


def test_a_missing_right_is_told_with_what_helps() -> None:
    text = str(refusals.error_of(refusal("forbidden-create-pod")))
    assert 'User "app" cannot create resource "pods"' in text
    assert "maestro doctor" in text


def test_a_quota_counted_by_several_at_once_is_no_conflict() -> None:
    """Nobody recorded it: pods created side by side under a quota."""
    body = status(
        409,
        "Conflict",
        'Operation cannot be fulfilled on resourcequotas "q": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )
    assert Refusal(409, body).meaning is Meaning.BUSY


def status(code: int, reason: str, message: str) -> dict[str, object]:
    return {"kind": "Status", "code": code, "reason": reason, "message": message}


OF_THE_WAY: dict[int, Meaning] = {
    400: Meaning.INVALID,
    401: Meaning.UNAUTHENTICATED,
    403: Meaning.FORBIDDEN,
    # What something in between does not find, the server may well have
    404: Meaning.AWAY,
    409: Meaning.AWAY,
    410: Meaning.AWAY,
    408: Meaning.AWAY,
    413: Meaning.INVALID,
    429: Meaning.BUSY,
    500: Meaning.AWAY,
    502: Meaning.AWAY,
    503: Meaning.AWAY,
    504: Meaning.AWAY,
}


@pytest.mark.parametrize("code", OF_THE_WAY)
@pytest.mark.parametrize("body", [None, {}, {"message": "<html>"}, {"error": "no"}])
def test_what_a_proxy_says_is_known_to_be_of_a_proxy(code: int, body: Any) -> None:
    told = Refusal(code, body)
    assert told.meaning is OF_THE_WAY[code]
    assert str(told)


@given(body=JSON, details=JSON)
def test_a_refusal_of_any_form_is_one(body: Any, details: Any) -> None:
    for each in (body if isinstance(body, dict) else None, {"kind": "Status", "details": details}):
        told = Refusal(422, each, retry_after_s=0)
        assert told.meaning in Meaning
        assert told.retry_after_s >= 0
        assert refusals.error_of(told)


def test_long_texts_are_cut() -> None:
    cause = {"field": "spec", "message": "x" * 9000, "reason": "y"}
    body = status(422, "Invalid", "z" * 9000) | {"details": {"causes": [cause] * 50}}
    assert len(str(Refusal(422, body))) <= 1000
    assert len(Refusal(422, body).message) <= 1000
    assert len(str(Refusal(500, status(500, "", "z" * 9000)))) <= 1000


def test_when_to_ask_again_is_told_in_two_ways() -> None:
    body = status(429, "TooManyRequests", "later") | {"details": {"retryAfterSeconds": 3}}
    assert Refusal(429, body).retry_after_s == 3
    assert Refusal(429, body, retry_after_s=2).retry_after_s == 2
    assert refusal("pod-list-rv-future").retry_after_s == 1
