"""Looks whether a cluster lets us run rooms. Only asks; creates nothing."""

import functools
import time
from collections.abc import Callable, Iterator

from maestro import errors
from maestro.domain import clocks, findings
from maestro.domain.findings import Check, Finding
from maestro.runtime.kubernetes import judgements, nodes, rights
from maestro.runtime.kubernetes.api import Api
from maestro.runtime.kubernetes.refusals import Refusal

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def check(api: Api) -> Check:
    """Everything about one cluster."""
    return Check(name=judgements.NAME, ask=lambda: _ask(api))


def _ask(api: Api) -> Iterator[Finding]:
    try:
        yield judgements.version(str(api.get("/version").get("gitVersion", "unknown")))
    except (Refusal, errors.Unavailable) as error:
        # Nothing else would be answered either.
        yield _unanswered(judgements.NAME, error)
        return
    if reading := _clock(api):
        yield clocks.judge("Kubernetes clock", reading)
    for need in rights.NEEDS:
        yield _answer(judgements.rights_on(need), functools.partial(_right, api, need))
    yield _answer(judgements.NODES, lambda: _nodes(api))


def _answer(name: str, question: Callable[[], Finding]) -> Finding:
    try:
        return question()
    except (Refusal, errors.Unavailable) as error:
        return _unanswered(name, error)


def _unanswered(name: str, error: Refusal | errors.Unavailable) -> Finding:
    if isinstance(error, Refusal):
        return judgements.refused(name, error)
    return findings.failure(name, str(error), judgements.WAY_IN)


def _clock(api: Api) -> clocks.Reading | None:
    before_s = time.time()
    try:
        date = api.date()
    except (Refusal, errors.Unavailable):
        # What is asked next will say why.
        return None
    return judgements.clock(date, before_s=before_s, after_s=time.time())


def _right(api: Api, need: rights.Need) -> Finding:
    return judgements.right(need, [verb for verb in need.verbs if not _may(api, need, verb)])


def _may(api: Api, need: rights.Need, verb: str) -> bool:
    answer = api.post(REVIEWS, rights.review(need, verb))
    return bool((answer.get("status") or {}).get("allowed"))


def _nodes(api: Api) -> Finding:
    pages = api.pages(nodes.PATH, limit=nodes.PAGE)
    return judgements.addresses([node for page in pages for node in page.items])
