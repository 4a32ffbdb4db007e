"""From the bytes of a request to an object: what fails here is a 400, whatever the content."""

from typing import Any

import orjson

from tests.fakes.kubernetes import quantities, refusals
from tests.fakes.kubernetes.refusals import Json
from tests.fakes.kubernetes.resources import Resource

#: Which types are checked, by Go's name of the structure and the path inside the object.
_TYPES = {
    "Pod": {
        "spec.terminationGracePeriodSeconds": ("PodSpec", "int64"),
        "spec.activeDeadlineSeconds": ("PodSpec", "int64"),
        "spec.restartPolicy": ("PodSpec", "string"),
        "spec.containers.name": ("Container", "string"),
        "spec.containers.image": ("Container", "string"),
        "spec.containers.command": ("Container", "[]string"),
        "spec.containers.ports.name": ("ContainerPort", "string"),
        "spec.containers.ports.hostPort": ("ContainerPort", "int32"),
        "spec.containers.ports.containerPort": ("ContainerPort", "int32"),
        "spec.containers.env.name": ("EnvVar", "string"),
        "spec.containers.env.value": ("EnvVar", "string"),
    },
    "PodDisruptionBudget": {
        "spec.minAvailable": ("PodDisruptionBudgetSpec", "int or string"),
        "spec.maxUnavailable": ("PodDisruptionBudgetSpec", "int or string"),
    },
}
_EXPECTED: dict[str, type | tuple[type, ...]] = {
    "int64": int,
    "int32": int,
    "string": str,
    "[]string": list,
    "int or string": (int, str),
}
_MEDIA_TYPES = ("application/json", "application/yaml")


def json_object(raw: bytes, content_type: str, expected: str) -> Json:
    """The object in a body; raises `Refusal`."""
    if content_type.partition(";")[0] not in ("", *_MEDIA_TYPES):
        raise refusals.unknown_media_type()
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _unrecognized(raw, expected) from error
    if not isinstance(body, dict):
        raise _unrecognized(raw, expected)
    return body


def decoded(raw: bytes, content_type: str, resource: Resource) -> Json:
    """An object of this kind; raises `Refusal`."""
    body = json_object(raw, content_type, resource.kind)
    kind, version = body.get("kind", resource.kind), body.get("apiVersion", resource.api_version)
    if (kind, version) != (resource.kind, resource.api_version):
        raise _another_kind(kind, version, resource)
    check_types(body, resource)
    return {key: value for key, value in body.items() if key not in ("kind", "apiVersion")}


def check_types(body: Json, resource: Resource) -> None:
    """Raise `Refusal` when something is of a type that cannot be read."""
    for path, (structure, type_) in _TYPES.get(resource.kind, {}).items():
        for value in _values(body, path.split(".")):
            if value is not None and not _is(value, type_):
                raise _wrong_type(resource, value, f"{structure}.{path}", type_)
    for key in ("labels", "annotations"):
        for value in (body.get("metadata", {}).get(key) or {}).values():
            if not isinstance(value, str):
                raise _wrong_type(resource, value, f"ObjectMeta.metadata.{key}", "string")
    for resources in _values(body, ["spec", "containers", "resources"]):
        for kind in ("limits", "requests"):
            if any(quantities.value(each) is None for each in (resources.get(kind) or {}).values()):
                raise _no_quantity(resource)


def _is(value: Any, type_: str) -> bool:
    return isinstance(value, _EXPECTED[type_]) and not isinstance(value, bool)


def _values(found: Any, path: list[str]) -> list[Any]:
    """Everything at a path, through lists."""
    if isinstance(found, list):
        return [value for each in found for value in _values(each, path)]
    if not path:
        return [found]
    if not isinstance(found, dict) or path[0] not in found:
        return []
    value = found[path[0]]
    return [value] if len(path) == 1 else _values(value, path[1:])


def _unrecognized(raw: bytes, expected: str) -> refusals.Refusal:
    return refusals.bad_request(
        f"the object provided is unrecognized (must be of type {expected}): couldn't get "
        f"version/kind; json parse error: unexpected end of JSON input ({raw.decode()[:60]})"
    )


def _another_kind(kind: str, version: str, resource: Resource) -> refusals.Refusal:
    return refusals.bad_request(
        f'{kind} in version "{version.rpartition("/")[2]}" cannot be handled as a {resource.kind}: '
        f"converting ({version.replace('/', '')}.{kind}) to (core.{resource.kind}): "
        "unknown conversion"
    )


def _wrong_type(resource: Resource, value: Any, field: str, type_: str) -> refusals.Refusal:
    type_ = "int32" if type_ == "int or string" else type_
    found = _as_go_says(value)
    why = f"json: cannot unmarshal {found} into Go struct field {field} of type {type_}"
    return _cannot_handle(resource, why)


def _no_quantity(resource: Resource) -> refusals.Refusal:
    return _cannot_handle(
        resource,
        "quantities must match the regular expression "
        "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    )


def _cannot_handle(resource: Resource, why: str) -> refusals.Refusal:
    kind = resource.kind
    return refusals.bad_request(f'{kind} in version "v1" cannot be handled as a {kind}: {why}')


def _as_go_says(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return f"number {value}" if isinstance(value, float) else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
