"""
Loads the Lua scripts.

A script that names fragments in a line `-- include: lease, rooms` gets them put in front of it,
and all get the tables of `domain.rooms` as `RULES`, so that no rule is written twice.
"""

import dataclasses
import functools
import importlib.resources
import re
from collections.abc import Mapping, Sequence
from typing import Any

import redis
from redis.commands.core import Script

from maestro.domain import rooms

_INCLUDE = re.compile(r"^-- include: (.+)$", re.MULTILINE)


Call = tuple[Sequence[str], Sequence[Any]]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Replicas:
    """How many replicas must have what a script wrote, and how long they may take."""

    amount: int = 0
    timeout_s: float = 0.1


NO_REPLICAS = Replicas()


def call_each(
    client: redis.Redis, script: Script, calls: Sequence[Call], *, partly: bool = False
) -> list[Any]:
    """
    Call one script with many keys and arguments, in one round trip per server.

    `partly`: the error of a server that is away is its answer, if others answered.
    """
    answers = _batch(client, script, calls)
    if not partly:
        _raise_first(answers)
    return answers


def call_safely(client: redis.Redis, script: Script, call: Call, replicas: Replicas) -> Any:
    """
    Call a script, and return its answer when so many replicas have what it wrote.

    Raises TimeoutError when they do not have it in time; then it was written all the same.
    """
    keys, args = call
    if not replicas.amount:
        return script(keys=keys, args=args)
    wait = ("WAIT", replicas.amount, round(replicas.timeout_s * 1000))
    answers = _batch(client, script, [call], wait)
    _raise_first(answers)
    answer, confirmed = answers
    if confirmed < replicas.amount:
        raise redis.TimeoutError(f"{confirmed} of {replicas.amount} replicas have it")
    return answer


def _batch(
    client: redis.Redis, script: Script, calls: Sequence[Call], *commands: tuple[Any, ...]
) -> list[Any]:
    def attempt() -> list[Any]:
        with client.pipeline(transaction=False) as pipe:
            for keys, args in calls:
                pipe.evalsha(script.sha, len(keys), *keys, *args)
            for command in commands:
                pipe.execute_command(*command)  # type: ignore[no-untyped-call]
            return pipe.execute(raise_on_error=False)

    answers = attempt()
    if any(isinstance(answer, redis.exceptions.NoScriptError) for answer in answers):
        # The server is another one than before. What ran of it may run again.
        client.script_load(script.script)
        answers = attempt()
    return answers


def _raise_first(answers: Sequence[Any]) -> None:
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer


def register(client: redis.Redis, name: str) -> Script:
    """The script `lua/<name>.lua`, to be called with `keys` and `args`. Asks nobody."""
    return client.register_script(text(name))


@functools.cache
def text(name: str) -> str:
    """What is sent to Redis for `lua/<name>.lua`."""
    body = _read(name)
    fragments = [each.strip() for match in _INCLUDE.findall(body) for each in match.split(",")]
    rules = [f"local RULES = {_rules()}"] if "rooms" in fragments else []
    return "\n".join([*rules, *map(_read, fragments), body])


def _read(name: str) -> str:
    return importlib.resources.files(__package__).joinpath("lua", f"{name}.lua").read_text("utf-8")


def _rules() -> str:
    return _lua(
        {
            "composition": rooms.COMPOSITION,
            "refinement": rooms.REFINEMENT,
            "claimed": rooms.CLAIMED,
            "claim_holds": dict.fromkeys(rooms.CLAIM_HOLDS, True),
            "allocatable": dict.fromkeys(rooms.CLAIMED, True),
            "last": dict.fromkeys(rooms.LAST, True),
            "over": {
                status: dict.fromkeys(instances, True) for status, instances in rooms.OVER.items()
            },
            "deleting": rooms.RoomStatus.TERMINATING,
            "doubtful": dict.fromkeys(rooms.DOUBTFUL, True),
            "occupied": rooms.RoomStatus.OCCUPIED,
            "says_occupied": rooms.PingStatus.OCCUPIED,
            "code": {status: status.code for status in rooms.RoomStatus},
        }
    )


def _lua(value: object) -> str:
    """A constant as Lua writes it."""
    if isinstance(value, Mapping):
        entries = sorted(value.items())
        return "{" + ",".join(f"[{_lua(key)}]={_lua(each)}" for key, each in entries) + "}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)
