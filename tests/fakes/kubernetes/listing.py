"""Lists: what the parameters ask for, pages, and which past can still be shown."""

import base64
import binascii
import dataclasses
from collections.abc import Mapping

import orjson

from tests.fakes.kubernetes import refusals, selectors
from tests.fakes.kubernetes.refusals import Cause, Json
from tests.fakes.kubernetes.resources import Resource
from tests.fakes.kubernetes.state import State, Stored

_TOO_OLD = "The resourceVersion for the provided list is too old."
_TOKEN_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can "
    "start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an "
    "inconsistent list - objects that were created, modified, or deleted between the time the "
    "first chunk was returned and now may show up in the list."
)
#: In a token: whatever is there now.
_NOW = -1


@dataclasses.dataclass(frozen=True)
class Token:
    """Where the next page starts, and in which past."""

    version: int
    start: str

    def __str__(self) -> str:
        slash = "" if self.version == _NOW else "/"
        start = f"{slash}{self.start}\0"
        raw = orjson.dumps({"v": "meta.k8s.io/v1", "rv": self.version, "start": start})
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    @classmethod
    def parse(cls, text: str) -> "Token":
        try:
            raw = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(int(raw["rv"]), raw["start"].lstrip("/").rstrip("\0"))
        except (binascii.Error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise refusals.bad_request(
                "invalid continue token: continue key is not valid: invalid character '\\u0081' "
                "looking for beginning of value"
            ) from error


@dataclasses.dataclass(frozen=True, kw_only=True)
class Question:
    """What a list or a watch was asked."""

    resource: Resource
    namespace: str
    labels: str
    fields: str
    matches: selectors.Matches
    version: str
    version_match: str
    limit: int
    continuing: str

    @classmethod
    def read(cls, resource: Resource, namespace: str, query: Mapping[str, str]) -> "Question":
        """From the parameters of a request; raises `Refusal`."""
        labels, fields = query.get("labelSelector", ""), query.get("fieldSelector", "")
        has_labels = selectors.labels(labels)
        has_fields = selectors.fields(fields, resource.kind)
        return cls(
            resource=resource,
            namespace=namespace,
            labels=labels,
            fields=fields,
            matches=lambda body: has_labels(body) and has_fields(body),
            version=query.get("resourceVersion", ""),
            version_match=query.get("resourceVersionMatch", ""),
            limit=whole("limit", query.get("limit")) or 0,
            continuing=query.get("continue", ""),
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Page:
    """A part of a list, or all of it."""

    resource: Resource
    version: int
    items: list[Stored]
    continuing: str
    remaining: int | None

    def encoded(self) -> bytes:
        metadata: Json = {"resourceVersion": str(self.version)}
        if self.continuing:
            metadata["continue"] = self.continuing
        if self.remaining is not None:
            metadata["remainingItemCount"] = self.remaining
        head = {
            "kind": f"{self.resource.kind}List",
            "apiVersion": self.resource.api_version,
            "metadata": metadata,
        }
        items = b",".join(item.as_item for item in self.items)
        return orjson.dumps(head)[:-1] + b',"items":[' + items + b"]}"


def page(question: Question, state: State) -> Page:
    """The answer to a list; raises `Refusal`."""
    if question.continuing:
        return _from(question, state, Token.parse(question.continuing))
    version = number(question.version)
    if _is_exact(question):
        if version < state.floor:
            raise refusals.expired(_TOO_OLD)
        stored = state.all_at(*_where(question, version))
        return _cut(question, stored, version, limit=question.limit)
    stored = state.all(question.resource, namespace=question.namespace)
    limit = 0 if question.version == "0" else question.limit
    return _cut(question, stored, state.version, limit=limit)


def whole(name: str, text: str | None) -> int | None:
    """A parameter that is a number; raises `Refusal`."""
    try:
        return int(text) if text else None
    except ValueError as error:
        why = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise refusals.bad_request(f"invalid {name}: {why}") from error


def is_true(text: str | None) -> bool:
    """A parameter that is a truth, in the ways Go writes it."""
    return text in ("1", "t", "T", "true", "TRUE", "True")


def number(version: str) -> int:
    """A resourceVersion as a number, 0 for none; raises `Refusal`."""
    if not version:
        return 0
    if not is_number(version):
        raise refusals.bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{version}": '
            f'strconv.ParseUint: parsing "{version}": invalid syntax'
        )
    return int(version)


def is_number(version: str) -> bool:
    """Whether it fits into the 64 bits that the server has for it."""
    return version.isdigit() and int(version) < 2**64


def check_parameters(question: Question) -> None:
    """Raise `Refusal` for parameters that cannot be together."""
    if question.version and question.continuing:
        raise refusals.bad_request("specifying resource version is not allowed when using continue")
    if question.version_match and not question.version:
        why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        cause = Cause(reason="FieldValueForbidden", field="resourceVersionMatch", message=why)
        raise refusals.invalid("meta.k8s.io", "ListOptions", "", [cause])


def _is_exact(question: Question) -> bool:
    """A version together with a limit means exactly that version, unless something else is said."""
    if question.version in ("", "0"):
        return False
    by_limit = bool(question.limit) and not question.version_match
    return question.version_match == "Exact" or by_limit


def _where(question: Question, version: int) -> tuple[Resource, int, str]:
    return question.resource, version, question.namespace


def _from(question: Question, state: State, token: Token) -> Page:
    if token.version == _NOW:
        stored = state.all(question.resource, namespace=question.namespace)
        return _cut(question, stored, state.version, limit=question.limit, after=token.start)
    if token.version < state.floor:
        continuing = str(Token(_NOW, token.start))
        raise refusals.expired(_TOKEN_TOO_OLD, continuing=continuing)
    stored = state.all_at(*_where(question, token.version))
    return _cut(question, stored, token.version, limit=question.limit, after=token.start)


def _cut(
    question: Question, stored: list[Stored], version: int, *, limit: int, after: str = ""
) -> Page:
    rest = [each for each in stored if _place(question, each) > after] if after else stored
    items, left = _taken(question, rest, limit)
    has_selector = bool(question.labels or question.fields)
    return Page(
        resource=question.resource,
        version=version,
        items=items,
        continuing=str(Token(version, _place(question, items[-1]))) if left else "",
        remaining=left if left and not has_selector else None,
    )


def _taken(question: Question, rest: list[Stored], limit: int) -> tuple[list[Stored], int]:
    """
    What is on this page, and how many objects nobody has looked at yet.

    None of them may be selected: the last page of a list can be empty.
    """
    if not limit:
        return [each for each in rest if question.matches(each.body)], 0
    items: list[Stored] = []
    for position, each in enumerate(rest):
        if len(items) == limit:
            return items, len(rest) - position
        if question.matches(each.body):
            items.append(each)
    return items, 0


def _place(question: Question, stored: Stored) -> str:
    namespace, name = stored.key
    return name if question.namespace or not namespace else f"{namespace}/{name}"
