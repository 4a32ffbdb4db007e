"""
Values as JSON documents, with the keys that Maestro v10 stores and shows (contract 3.2).

One codec for all: the `input` of an operation, and the document of a version in the store.
"""

import contextlib
import dataclasses
import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import cattrs
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from maestro.domain import operations, schedulers

#: Keys that are not the field's name with capitals.
_KEYS = {
    (schedulers.Resources, "cpu"): "CPU",
    (schedulers.Spec, "termination_grace_period_ns"): "TerminationGracePeriod",
    (schedulers.Autoscaling, "cooldown_s"): "Cooldown",
    (schedulers.ForwarderOptions, "timeout_ms"): "Timeout",
    (schedulers.FieldRef, "field_path"): "fieldPath",
    (schedulers.SecretKeyRef, "name"): "name",
    (schedulers.SecretKeyRef, "key"): "key",
    (operations.CreateScheduler, "scheduler"): "scheduler",
    (operations.CreateNewSchedulerVersion, "scheduler"): "scheduler",
    (operations.SwitchActiveVersion, "new_active_version"): "newActiveVersion",
    (operations.AddRooms, "amount"): "amount",
    (operations.RemoveRooms, "amount"): "amount",
    (operations.RemoveRooms, "rooms_ids"): "rooms_ids",
    (operations.RemoveRooms, "reason"): "reason",
    (operations.HealthController, "took_action"): "took_action",
    (operations.TestOperation, "sleep_seconds"): "sleepSeconds",
}
#: Kept in columns of their own, never in a document.
_LEFT_OUT = {(schedulers.Scheduler, "uid"), (schedulers.Scheduler, "paused")}


def scheduler_document(scheduler: schedulers.Scheduler) -> dict[str, Any]:
    """Everything about a version of a scheduler; not its uid, nor whether it is paused."""
    return cast(dict[str, Any], _converter.unstructure(scheduler))


def scheduler_from(document: Mapping[str, Any], *, uid: str) -> schedulers.Scheduler:
    """The scheduler that `scheduler_document` wrote down."""
    scheduler = _converter.structure(document, schedulers.Scheduler)
    return dataclasses.replace(scheduler, uid=uid)


def operation_input(definition: operations.Definition) -> dict[str, Any]:
    """What the API shows as the operation's `input`, and what the store keeps."""
    if isinstance(definition, operations.NotKnown):
        return dict(definition.document)
    document = cast(dict[str, Any], _converter.unstructure(definition))
    if document.get("took_action", ...) is None:
        del document["took_action"]
    return document


def definition_from(
    name: str, document: Mapping[str, Any], *, format_: int = operations.FORMAT
) -> operations.Definition:
    """What `operation_input` wrote down; `NotKnown` when only a newer Maestro can read it."""
    kind = operations.DEFINITIONS.get(name)
    if kind is not None and format_ <= operations.FORMAT:
        with contextlib.suppress(cattrs.BaseValidationError, KeyError, TypeError, ValueError):
            return _converter.structure(document, kind)
    return operations.NotKnown(kind=name, document=document)


def _key(owner: type, field: str) -> str:
    special = _KEYS.get((owner, field))
    return special or "".join(part.capitalize() for part in field.split("_"))


def _overrides(owner: type) -> dict[str, Any]:
    return {
        field.name: override(rename=_key(owner, field.name), omit=(owner, field.name) in _LEFT_OUT)
        for field in dataclasses.fields(owner)
    }


def _make_converter() -> cattrs.Converter:
    converter = cattrs.Converter()
    converter.register_unstructure_hook_factory(
        dataclasses.is_dataclass,
        lambda owner: make_dict_unstructure_fn(owner, converter, **_overrides(owner)),
    )
    converter.register_structure_hook_factory(
        dataclasses.is_dataclass,
        lambda owner: make_dict_structure_fn(owner, converter, **_overrides(owner)),
    )
    converter.register_structure_hook_func(lambda kind: kind is object, lambda value, _: value)
    # The shortest decimal that names a float is also what was written in the request.
    converter.register_unstructure_hook(Decimal, float)
    converter.register_structure_hook(Decimal, lambda value, _: Decimal(str(value)))
    converter.register_unstructure_hook(datetime.datetime, datetime.datetime.isoformat)
    converter.register_structure_hook(
        datetime.datetime, lambda value, _: datetime.datetime.fromisoformat(value)
    )
    return converter


_converter = _make_converter()
