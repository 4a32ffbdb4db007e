"""
What a document changes about a scheduler: nothing, or these fields. Pure.

Both sides are read by the message that the API itself speaks, so that spellings, defaults and
orders that mean the same are the same here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from google.protobuf import json_format

from protos.api.v1.messages_pb2 import Container, ContainerEnvironment, Scheduler

#: What the API says, and clients do not decide.
TOLD = ("state", "created_at")
#: What the API makes of fields that are absent.
RESTART_POLICY, MAX_MATCHES, DOWN_THRESHOLD = "Never", 1, 0.99


def changed(document: Mapping[str, Any], active: Mapping[str, Any]) -> list[str] | None:
    """
    Paths of the fields in which they differ; None when the document cannot be read, of which the
    API says best what is wrong.
    """
    try:
        return list(differing(_normal(document), _normal(active)))
    except (json_format.ParseError, ValueError, TypeError, AttributeError):
        return None


def differing(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Paths at which two JSON values differ, as deep as their forms are alike."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one.keys() | other.keys()):
            inner = f"{path}.{name}" if path else name
            yield from differing(one.get(name), other.get(name), inner)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from differing(*pair, f"{path}[{at}]")
    elif one != other:
        yield path


def _normal(content: Mapping[str, Any]) -> dict[str, Any]:
    # A later API may tell of fields that this command does not know.
    message = json_format.ParseDict(dict(content), Scheduler(), ignore_unknown_fields=True)
    for name in TOLD:
        message.ClearField(name)
    message.spec.version = ""
    message.spec.restart_policy = message.spec.restart_policy or RESTART_POLICY
    if not message.HasField("match_allocation"):
        message.match_allocation.max_matches = MAX_MATCHES
    parameters = message.autoscaling.policy.parameters
    if message.HasField("autoscaling") and parameters.HasField("room_occupancy"):
        occupancy = parameters.room_occupancy
        occupancy.down_threshold = occupancy.down_threshold or DOWN_THRESHOLD
    for container in message.spec.containers:
        _set_defaults(container)
    for forwarder in message.forwarders:
        forwarder.options.SetInParent()
    return json_format.MessageToDict(message)


def _set_defaults(container: Container) -> None:
    container.requests.SetInParent()
    container.limits.SetInParent()
    for variable in container.environment:
        _choose(variable)


def _choose(variable: ContainerEnvironment) -> None:
    """Of several sources the one that counts."""
    if variable.HasField("value"):
        variable.ClearField("value_from")
        if not variable.value:
            variable.ClearField("value")
    elif variable.value_from.HasField("secret_key_ref"):
        variable.value_from.ClearField("field_ref")
