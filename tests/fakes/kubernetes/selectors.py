"""Label and field selectors: text in, a test of objects out. Knows nothing of the cluster."""

import re
from collections.abc import Callable
from typing import Any

from tests.fakes.kubernetes.refusals import Json, bad_request

Matches = Callable[[Json], bool]

_SETS = re.compile(r"(?P<key>\S+)\s+(?P<verb>in|notin)\s+\((?P<values>[^)]*)\)")
_PAIRS = re.compile(r"(?P<key>[^=!\s]+)\s*(?P<verb>==|=|!=)\s*(?P<value>[^=!\s]*)")
_EXISTS = re.compile(r"(?P<not>!?)\s*(?P<key>[^=!\s()]+)")
_COMMAS = re.compile(r",(?![^(]*\))")
#: Where the fields are that the recordings select by, and that Maestro may.
FIELDS = {
    "Pod": {
        "metadata.name",
        "metadata.namespace",
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
    },
    "Event": {
        "metadata.name",
        "metadata.namespace",
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "reason",
        "source",
        "type",
    },
    "Namespace": {"metadata.name", "status.phase"},
    "Node": {"metadata.name", "spec.unschedulable"},
}


def labels(text: str) -> Matches:
    """The objects whose labels are so; raises `Refusal`."""
    tests = [_label_test(part.strip()) for part in _COMMAS.split(text)] if text else []
    return lambda found: all(test(found.get("metadata", {}).get("labels") or {}) for test in tests)


def label_object(selector: Json | None) -> Matches:
    """The same for the selector inside an object; an empty one takes everything."""
    wanted = (selector or {}).get("matchLabels") or {}
    expressions = (selector or {}).get("matchExpressions") or []
    tests = [_pair(key, value) for key, value in wanted.items()]
    tests += [expression(each) for each in expressions]
    return lambda found: all(test(found["metadata"].get("labels") or {}) for test in tests)


def expression(each: Json) -> Matches:
    """One `key operator values` over labels."""
    key, values = each["key"], each.get("values") or []
    return {
        "In": lambda found: found.get(key) in values,
        "NotIn": lambda found: found.get(key) not in values,
        "Exists": lambda found: key in found,
        "DoesNotExist": lambda found: key not in found,
    }[each["operator"]]


def fields(text: str, kind: str) -> Matches:
    """The objects whose fields are so; raises `Refusal`."""
    tests = [_field_test(part, kind) for part in text.split(",")] if text else []
    return lambda found: all(test(found) for test in tests)


def _label_test(text: str) -> Matches:
    if match := _SETS.fullmatch(text):
        values = {value.strip() for value in match["values"].split(",")}
        operator = "In" if match["verb"] == "in" else "NotIn"
        return expression({"key": match["key"], "operator": operator, "values": values})
    if match := _PAIRS.fullmatch(text):
        return _pair(match["key"], match["value"], equal=match["verb"] != "!=")
    if match := _EXISTS.fullmatch(text):
        operator = "DoesNotExist" if match["not"] else "Exists"
        return expression({"key": match["key"], "operator": operator})
    raise bad_request("found '=', expected: ',' or 'end of string'")


def _pair(key: str, value: str, *, equal: bool = True) -> Matches:
    return lambda found: (found.get(key) == value) is equal


def _field_test(text: str, kind: str) -> Matches:
    match = _PAIRS.fullmatch(text)
    if match is None:
        raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")
    field, value = match["key"], match["value"]
    if field not in FIELDS.get(kind, {"metadata.name", "metadata.namespace"}):
        raise bad_request(f"field label not supported: {field}")
    path = field.split(".")
    return lambda found: (_at(found, path) == value) is (match["verb"] != "!=")


def _at(found: Any, path: list[str]) -> str:
    for key in path:
        found = (found or {}).get(key)
    return "" if found is None else str(found)
