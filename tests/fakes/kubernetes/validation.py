"""
What is wrong with an object: object in, causes out, in the words of a real server.

Plays the rules that the recordings show and that what Maestro sends could break, not all there are.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.fakes.kubernetes import names, quantities
from tests.fakes.kubernetes.refusals import Cause, Json

_FIELD_PATHS = re.compile(
    r"metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)"
)
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")


def namespace(body: Json) -> list[Cause]:
    return list(_metadata(body["metadata"], names.label))


def pod(body: Json) -> list[Cause]:
    """A pod with its defaults filled in."""
    return [*_metadata(body["metadata"], names.subdomain), *_pod_spec(body.get("spec") or {})]


def budget(body: Json) -> list[Cause]:
    return [*_metadata(body["metadata"], names.subdomain), *_budget_spec(body.get("spec") or {})]


def event(body: Json) -> list[Cause]:
    wanted = body["metadata"]["namespace"]
    given = (body.get("involvedObject") or {}).get("namespace", "")
    return [] if given == wanted else [_is_not_its_namespace(given)]


def invalid(field: str, value: Any, why: str) -> Cause:
    """A value that cannot be."""
    shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Cause(reason="FieldValueInvalid", field=field, message=f"Invalid value: {shown}: {why}")


def required(field: str, why: str = "") -> Cause:
    """A value that is missing."""
    message = f"Required value: {why}" if why else "Required value"
    return Cause(reason="FieldValueRequired", field=field, message=message)


def unsupported(field: str, value: Any, *choices: str) -> Cause:
    """A value that is none of a few."""
    supported = ", ".join(f'"{choice}"' for choice in choices)
    message = f"Unsupported value: {json.dumps(value)}: supported values: {supported}"
    return Cause(reason="FieldValueNotSupported", field=field, message=message)


def duplicate(field: str, value: str) -> Cause:
    """A value that is there twice."""
    message = f"Duplicate value: {json.dumps(value)}"
    return Cause(reason="FieldValueDuplicate", field=field, message=message)


def _is_not_its_namespace(given: str) -> Cause:
    return invalid("involvedObject.namespace", given, "does not match event.namespace")


def _all_invalid(field: str, value: Any, reasons: Iterable[str]) -> list[Cause]:
    return [invalid(field, value, why) for why in reasons]


def _metadata(metadata: Json, name_rule: Callable[[str], list[str]]) -> Iterator[Cause]:
    name = metadata.get("name") or ""
    if not name and not metadata.get("generateName"):
        yield required("metadata.name", "name or generateName is required")
    elif name:
        yield from _all_invalid("metadata.name", name, name_rule(name))
    for key, value in (metadata.get("labels") or {}).items():
        yield from _all_invalid("metadata.labels", key, names.qualified(key))
        yield from _all_invalid("metadata.labels", value, names.label_value(value))
    for key in metadata.get("annotations") or {}:
        yield from _all_invalid("metadata.annotations", key, names.qualified(key.lower()))


# Pods -------------------------------------------------------------------------


def _pod_spec(spec: Json) -> Iterator[Cause]:
    containers = spec.get("containers") or []
    if not containers:
        yield required("spec.containers")
    yield from _each(containers, "spec.containers", _container)
    yield from _duplicates(containers, "spec.containers", "name")
    yield from _host_ports_taken_twice(containers)
    policies = ("Always", "OnFailure", "Never")
    if spec["restartPolicy"] not in policies:
        yield unsupported("spec.restartPolicy", spec["restartPolicy"], *policies)
    yield from _affinity(spec.get("affinity") or {})
    yield from _each(spec.get("tolerations"), "spec.tolerations", _toleration)
    spread = "spec.topologySpreadConstraints"
    yield from _each(spec.get("topologySpreadConstraints"), spread, _spread)


def _each(
    items: list[Json] | None, field: str, check: Callable[[Json, str], Iterator[Cause]]
) -> Iterator[Cause]:
    for index, item in enumerate(items or []):
        yield from check(item, f"{field}[{index}]")


def _duplicates(items: list[Json], field: str, key: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        value = item.get(key) or ""
        if value in seen:
            yield duplicate(f"{field}[{index}].{key}", value)
        seen.add(value)
        seen.discard("")


def _container(container: Json, field: str) -> Iterator[Cause]:
    name = container.get("name") or ""
    if not name:
        yield required(f"{field}.name")
    else:
        yield from _all_invalid(f"{field}.name", name, names.label(name))
    yield from _image(container, field)
    ports = container.get("ports") or []
    yield from _duplicates(ports, f"{field}.ports", "name")
    yield from _each(ports, f"{field}.ports", _port)
    yield from _each(container.get("env"), f"{field}.env", _variable)
    yield from _resources(container.get("resources") or {}, f"{field}.resources")


def _image(container: Json, field: str) -> Iterator[Cause]:
    image = container.get("image") or ""
    if not image:
        yield required(f"{field}.image")
    elif image != image.strip():
        yield invalid(f"{field}.image", image, "must not have leading or trailing whitespace")
    policies = ("Always", "IfNotPresent", "Never")
    if container["imagePullPolicy"] not in policies:
        yield unsupported(f"{field}.imagePullPolicy", container["imagePullPolicy"], *policies)


def _port(port: Json, field: str) -> Iterator[Cause]:
    if name := port.get("name"):
        yield from _all_invalid(f"{field}.name", name, names.port(name))
    if not port.get("containerPort"):
        yield required(f"{field}.containerPort")
    for key in ("containerPort", "hostPort"):
        if (number := port.get(key)) and not 1 <= number <= 65535:
            yield invalid(f"{field}.{key}", number, "must be between 1 and 65535, inclusive")
    if port["protocol"] not in ("SCTP", "TCP", "UDP"):
        yield unsupported(f"{field}.protocol", port["protocol"], "SCTP", "TCP", "UDP")


def _host_ports_taken_twice(containers: list[Json]) -> Iterator[Cause]:
    seen: set[str] = set()
    for number, container in enumerate(containers):
        for index, port in enumerate(container.get("ports") or []):
            taken = f"{port['protocol']}/{port.get('hostIP', '')}/{port.get('hostPort')}"
            if port.get("hostPort") and taken in seen:
                yield duplicate(f"spec.containers[{number}].ports[{index}].hostPort", taken)
            seen.add(taken)


def _variable(variable: Json, field: str) -> Iterator[Cause]:
    name = variable.get("name") or ""
    if not name:
        yield required(f"{field}.name")
    else:
        yield from _all_invalid(f"{field}.name", name, names.variable(name))
    source = variable.get("valueFrom")
    if source is not None and variable.get("value"):
        why = "may not be specified when `value` is not empty"
        yield invalid(f"{field}.valueFrom", "", why)
    if path := ((source or {}).get("fieldRef") or {}).get("fieldPath"):
        yield from _field_path(path, f"{field}.valueFrom.fieldRef.fieldPath")
    for kind in ("secretKeyRef", "configMapKeyRef"):
        if kind in (source or {}):
            yield from _key_reference((source or {})[kind], f"{field}.valueFrom.{kind}")


def _field_path(path: str, field: str) -> Iterator[Cause]:
    if not _FIELD_PATHS.fullmatch(path):
        yield invalid(field, path, f"error converting fieldPath: field label not supported: {path}")


def _key_reference(reference: Json, field: str) -> Iterator[Cause]:
    name = reference.get("name") or ""
    yield from _all_invalid(f"{field}.name", name, names.subdomain(name) if name else [])
    if not reference.get("key"):
        yield required(f"{field}.key")


def _resources(resources: Json, field: str) -> Iterator[Cause]:
    limits = resources.get("limits") or {}
    for kind in ("limits", "requests"):
        for name, amount in (resources.get(kind) or {}).items():
            number = quantities.value(amount)
            if number is not None and number < 0:
                why = "must be greater than or equal to 0"
                yield invalid(f"{field}.{kind}[{name}]", amount, why)
            elif kind == "requests" and name in limits and _is_more(amount, limits[name]):
                why = f"must be less than or equal to {name} limit of {limits[name]}"
                yield invalid(f"{field}.requests", amount, why)


def _is_more(amount: Any, limit: Any) -> bool:
    return (quantities.value(amount) or 0) > (quantities.value(limit) or 0)


def _affinity(affinity: Json) -> Iterator[Cause]:
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    required_terms = (affinity.get("nodeAffinity") or {}).get(kind) or {}
    field = f"spec.affinity.nodeAffinity.{kind}.nodeSelectorTerms"
    for index, term in enumerate(required_terms.get("nodeSelectorTerms") or []):
        yield from _each(term.get("matchExpressions"), f"{field}[{index}].matchExpressions", _match)


def _match(match: Json, field: str) -> Iterator[Cause]:
    if match.get("operator") not in _OPERATORS:
        why = "not a valid selector operator"
        yield invalid(f"{field}.operator", match.get("operator", ""), why)


def _toleration(toleration: Json, field: str) -> Iterator[Cause]:
    value = toleration.get("value") or ""
    if toleration.get("operator") == "Exists" and value:
        yield invalid(f"{field}.operator", value, "value must be empty when `operator` is 'Exists'")


def _spread(spread: Json, field: str) -> Iterator[Cause]:
    skew = spread.get("maxSkew") or 0
    if skew <= 0:
        yield invalid(f"{field}.maxSkew", skew, "must be greater than zero")
    if not spread.get("topologyKey"):
        yield required(f"{field}.topologyKey", "can not be empty")
    choices = ("DoNotSchedule", "ScheduleAnyway")
    if spread.get("whenUnsatisfiable") not in choices:
        value = spread.get("whenUnsatisfiable", "")
        yield unsupported(f"{field}.whenUnsatisfiable", value, *choices)


# Budgets ----------------------------------------------------------------------


def _budget_spec(spec: Json) -> Iterator[Cause]:
    limits = ("minAvailable", "maxUnavailable")
    if all(spec.get(key) is not None for key in limits):
        both = "minAvailable and maxUnavailable cannot be both set"
        yield invalid("spec", _as_go_shows_it(spec), both)
    for key in limits:
        if (amount := spec.get(key)) is not None:
            yield from _share(amount, f"spec.{key}")


def _as_go_shows_it(spec: Json) -> Json:
    keys = ("minAvailable", "selector", "maxUnavailable", "unhealthyPodEvictionPolicy")
    return {key[0].upper() + key[1:]: spec.get(key) for key in keys}


def _share(amount: int | str, field: str) -> Iterator[Cause]:
    if isinstance(amount, int):
        if amount < 0:
            yield invalid(field, amount, "must be greater than or equal to 0")
    elif not re.fullmatch("[0-9]+%", amount):
        yield invalid(
            field,
            amount,
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        )
    elif int(amount[:-1]) > 100:
        yield invalid(field, amount, "must not be greater than 100%")
