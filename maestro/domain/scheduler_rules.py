"""
What makes a scheduler acceptable.

Each rule yields the violations it finds, at the JSON path of the offending field, so that one
answer names everything that is wrong. The texts are those of Maestro v10 where it had one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from maestro.domain import quantities
from maestro.domain.schedulers import (
    Autoscaling,
    Container,
    ContainerPort,
    Environment,
    Forwarder,
    PortRange,
    Resources,
    Scheduler,
    Spec,
)
from maestro.errors import Violation

UNLIMITED = -1
MAX_MATCHES = 35
PULL_POLICIES = ("Always", "Never", "IfNotPresent")
PROTOCOLS = ("tcp", "udp", "sctp")
FORWARDER_TYPES = ("gRPC",)
#: Labels and annotations that tell our objects from others; nobody else may set them.
SYSTEM_LABELS = frozenset({"heritage", "maestro-scheduler", "version", "maestro-installation"})
SYSTEM_ANNOTATIONS = frozenset(
    {"maestro-operation", "maestro-attempt", "maestro-scheduler-uid", "maestro-validation"}
)
#: Names that belong to the API itself or to the cluster.
RESERVED_NAMES = frozenset({"info", "default"})
RESERVED_PREFIX = "kube-"
MAX_ANNOTATIONS_BYTES = 256 * 1024

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
_LABEL_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_LABEL_PREFIX = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
)
_ENVIRONMENT_NAME = re.compile(r"[ -<>-~]{1,1024}")
_SECRET_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_SECRET_KEY = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,253}")
_SURGE = re.compile(r"([0-9]{1,9})(%?)")
#: Fields of a pod that Kubernetes offers to the environment of its containers.
_FIELD_PATH = re.compile(
    r"metadata\.(name|namespace|uid|labels\['[^']+'\]|annotations\['[^']+'\])"
    r"|spec\.(nodeName|serviceAccountName)|status\.(hostIP|hostIPs|podIP|podIPs)"
)

NAME_TEXT = "must follow the public RFC 1123 about naming conventions"
SURGE_TEXT = "must be a number greater than zero or a number greater than zero with suffix '%'"
REQUIRED = "is a required field"
MISSING_PORTS = "must configure scheduler.PortRange or scheduler.Spec.Container.Ports.HostPortRange"
SOME_PORTS = "must configure HostPortRange for all scheduler.Spec.Container.Ports"
BOTH_PORTS = (
    "scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange are mutually exclusive "
    "configurations; please choose only one"
)


def violations(scheduler: Scheduler, *, reserved_names: Iterable[str] = ()) -> list[Violation]:
    """Everything that is wrong with `scheduler`; empty when it is acceptable."""
    return [
        *_name(scheduler.name, reserved_names),
        *_required("game", scheduler.game),
        *_spec(scheduler.spec),
        *_autoscaling(scheduler.autoscaling),
        *_port_range("portRange", scheduler.port_range),
        *_at_least("roomsReplicas", scheduler.rooms_replicas, 0),
        *_max_surge(scheduler.max_surge),
        *_forwarders(scheduler.forwarders),
        *_labels("labels", scheduler.labels),
        *_annotations("annotations", scheduler.annotations),
        *_max_matches(scheduler.match_allocation.max_matches),
        *_port_source(scheduler),
    ]


def _say(field: str, description: str) -> Iterator[Violation]:
    yield Violation(field=field, description=description)


def _required(field: str, value: str) -> Iterator[Violation]:
    if not value:
        yield from _say(field, REQUIRED)


def _at_least(field: str, value: int, minimum: int) -> Iterator[Violation]:
    if value < minimum:
        yield from _say(field, f"must be {minimum} or greater")


def _one_of(field: str, value: str, options: Iterable[str]) -> Iterator[Violation]:
    if value not in options:
        yield from _say(field, f"must be one of the following options: {', '.join(options)}")


def _unique(field: str, kind: str, names: Iterable[str]) -> Iterator[Violation]:
    for name, count in Counter(names).items():
        if count > 1 and name:
            yield from _say(field, f"{kind} {name!r} is used more than once")


def _name(name: str, reserved: Iterable[str]) -> Iterator[Violation]:
    if not name:
        yield from _say("name", REQUIRED)
    elif not _NAME.fullmatch(name):
        yield from _say("name", NAME_TEXT)
    elif name in RESERVED_NAMES or name.startswith(RESERVED_PREFIX) or name in set(reserved):
        yield from _say("name", f"{name!r} is reserved")


def _max_surge(text: str) -> Iterator[Violation]:
    if not text:
        yield from _say("maxSurge", REQUIRED)
        return
    match = _SURGE.fullmatch(text)
    if not match or int(match[1]) < 1:
        yield from _say("maxSurge", SURGE_TEXT)


def _max_matches(amount: int) -> Iterator[Violation]:
    if not 1 <= amount <= MAX_MATCHES:
        yield from _say("matchAllocation.maxMatches", f"must be between 1 and {MAX_MATCHES}")


def _spec(spec: Spec) -> Iterator[Violation]:
    if spec.termination_grace_period_ns <= 0:
        yield from _say("spec.terminationGracePeriod", "must be greater than 0")
    if not spec.containers:
        yield from _say("spec.containers", REQUIRED)
    if not _LABEL_VALUE.fullmatch(spec.toleration):
        yield from _say("spec.toleration", "must be a valid label value")
    if spec.affinity and not _is_label_key(spec.affinity):
        yield from _say("spec.affinity", "must be a valid label key")
    for index, container in enumerate(spec.containers):
        yield from _container(f"spec.containers[{index}]", container)
    yield from _unique("spec.containers", "container name", (c.name for c in spec.containers))
    ports = (port.name for container in spec.containers for port in container.ports)
    yield from _unique("spec.containers", "port name", ports)


def _container(path: str, container: Container) -> Iterator[Violation]:
    if not container.name:
        yield from _say(f"{path}.name", REQUIRED)
    elif not _NAME.fullmatch(container.name):
        yield from _say(f"{path}.name", NAME_TEXT)
    yield from _required(f"{path}.image", container.image)
    yield from _one_of(f"{path}.imagePullPolicy", container.image_pull_policy, PULL_POLICIES)
    for index, variable in enumerate(container.environment):
        yield from _environment(f"{path}.environment[{index}]", variable)
    yield from _resources(path, container.requests, container.limits)
    for index, port in enumerate(container.ports):
        yield from _port(f"{path}.ports[{index}]", port)


def _environment(path: str, variable: Environment) -> Iterator[Violation]:
    if not variable.name:
        yield from _say(f"{path}.name", REQUIRED)
    elif not _ENVIRONMENT_NAME.fullmatch(variable.name):
        yield from _say(f"{path}.name", "must be printable ASCII without '='")
    if "\0" in variable.value:
        yield from _say(f"{path}.value", "must not contain a NUL character")
    source = variable.value_from
    if source is None:
        return
    secret, field = source.secret_key_ref, source.field_ref
    if secret is None and field is None:
        yield from _say(f"{path}.valueFrom", "must have fieldRef or secretKeyRef")
    if secret is not None:
        if not _SECRET_NAME.fullmatch(secret.name):
            yield from _say(f"{path}.valueFrom.secretKeyRef.name", "must be the name of a secret")
        if not _SECRET_KEY.fullmatch(secret.key):
            yield from _say(f"{path}.valueFrom.secretKeyRef.key", "must be a key of a secret")
    elif field is not None and not _FIELD_PATH.fullmatch(field.field_path):
        yield from _say(f"{path}.valueFrom.fieldRef.fieldPath", "must be a supported field")


def _resources(path: str, requests: Resources, limits: Resources) -> Iterator[Violation]:
    for resource in ("memory", "cpu"):
        amounts = []
        for kind, resources in (("requests", requests), ("limits", limits)):
            text = getattr(resources, resource)
            field = f"{path}.{kind}.{resource}"
            if not text:
                yield from _say(field, REQUIRED)
                continue
            try:
                amounts.append(quantities.parse(text))
            except ValueError:
                yield from _say(field, "must be a quantity such as 64Mi or 100m")
                continue
            if amounts[-1] < 0:
                yield from _say(field, "must not be negative")
        if len(amounts) == 2 and amounts[0] > amounts[1]:
            yield from _say(f"{path}.requests.{resource}", "must not be greater than its limit")


def _port(path: str, port: ContainerPort) -> Iterator[Violation]:
    if not port.name:
        yield from _say(f"{path}.name", REQUIRED)
    elif len(port.name) > 15 or not _PORT_NAME.fullmatch(port.name):
        yield from _say(
            f"{path}.name", "must be at most 15 lower-case letters, digits and single hyphens"
        )
    yield from _one_of(f"{path}.protocol", port.protocol, PROTOCOLS)
    if not 1 <= port.port <= 65535:
        yield from _say(f"{path}.port", "must be between 1 and 65535")
    yield from _port_range(f"{path}.hostPortRange", port.host_port_range)


def _port_range(path: str, ports: PortRange | None) -> Iterator[Violation]:
    if ports is None:
        return
    for end in ("start", "end"):
        if not 1 <= getattr(ports, end) <= 65535:
            yield from _say(f"{path}.{end}", "must be between 1 and 65535")
    if ports.start >= ports.end:
        yield from _say(f"{path}.start", "must be lower than end")


def _port_source(scheduler: Scheduler) -> Iterator[Violation]:
    """Host ports come from one range for all, or from one range per port (contract 1.1)."""
    ranged = [port.host_port_range is not None for port in scheduler.ports]
    if scheduler.port_range is not None:
        if any(ranged):
            yield from _say("portRange", BOTH_PORTS)
    elif not ranged:
        yield from _say("portRange", MISSING_PORTS)
    elif not all(ranged):
        yield from _say("spec.containers", SOME_PORTS)


def _autoscaling(autoscaling: Autoscaling | None) -> Iterator[Violation]:
    if autoscaling is None:
        return
    yield from _at_least("autoscaling.min", autoscaling.min, 1)
    yield from _at_least("autoscaling.max", autoscaling.max, UNLIMITED)
    yield from _at_least("autoscaling.cooldown", autoscaling.cooldown_s, 0)
    if autoscaling.min > autoscaling.max >= 0:
        yield from _say("autoscaling.min", "must be a number lower than Max")
    yield from _policy(autoscaling)


def _policy(autoscaling: Autoscaling) -> Iterator[Violation]:
    path = "autoscaling.policy"
    policy = autoscaling.policy
    occupancy, buffer = policy.parameters.room_occupancy, policy.parameters.fixed_buffer
    yield from _one_of(f"{path}.type", policy.type, ("roomOccupancy", "fixedBuffer"))
    if policy.type == "roomOccupancy" and occupancy is None:
        yield from _say(
            f"{path}.parameters.roomOccupancy",
            "must not be nil for RoomOccupancy policy type",
        )
    if policy.type == "fixedBuffer" and buffer is None:
        yield from _say(
            f"{path}.parameters.fixedBuffer", "must not be nil for FixedBuffer policy type"
        )
    if occupancy is not None:
        for field, share in (
            ("readyTarget", occupancy.ready_target),
            ("downThreshold", occupancy.down_threshold),
        ):
            if not 0 < share < 1:
                where = f"{path}.parameters.roomOccupancy.{field}"
                yield from _say(where, "must be greater than 0 and less than 1")
    if buffer is not None:
        yield from _at_least(f"{path}.parameters.fixedBuffer.amount", buffer.amount, 1)


def _forwarders(forwarders: tuple[Forwarder, ...]) -> Iterator[Violation]:
    for index, forwarder in enumerate(forwarders):
        path = f"forwarders[{index}]"
        yield from _required(f"{path}.name", forwarder.name)
        yield from _one_of(f"{path}.type", forwarder.forward_type, FORWARDER_TYPES)
        yield from _required(f"{path}.address", forwarder.address)
        yield from _at_least(f"{path}.options.timeout", forwarder.options.timeout_ms, 1)
    yield from _unique("forwarders", "forwarder name", (f.name for f in forwarders))


def _labels(path: str, labels: Mapping[str, str]) -> Iterator[Violation]:
    for key, value in labels.items():
        if key in SYSTEM_LABELS:
            yield from _say(f"{path}.{key}", "is set by Maestro and cannot be overridden")
        elif not _is_label_key(key):
            yield from _say(f"{path}.{key}", "must be a valid label key")
        if not _LABEL_VALUE.fullmatch(value):
            yield from _say(f"{path}.{key}", "must be a valid label value")


def _annotations(path: str, annotations: Mapping[str, str]) -> Iterator[Violation]:
    for key in annotations:
        if key in SYSTEM_ANNOTATIONS:
            yield from _say(f"{path}.{key}", "is set by Maestro and cannot be overridden")
        elif not _is_label_key(key.lower()):
            yield from _say(f"{path}.{key}", "must be a valid annotation key")
    size = sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items())
    if size > MAX_ANNOTATIONS_BYTES:
        yield from _say(path, f"must not be larger than {MAX_ANNOTATIONS_BYTES} bytes in all")


def _is_label_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    prefix_fits = bool(_LABEL_PREFIX.fullmatch(prefix)) if slash else True
    return prefix_fits and bool(_LABEL_NAME.fullmatch(name))
