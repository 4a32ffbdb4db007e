"""
A client of Redis Cluster that the stores use as they use one of a single server.

Sends each command to the server that has its key, and a pipeline as one batch per server. What a
server answers while keys move or another takes over is followed here; every script of ours may run
twice. redis-py's own client asks one by one again after a change, refuses scripts in pipelines, and
sleeps when a shard is down, for which a ping has no time.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import redis
from redis import exceptions
from redis.client import Pipeline
from redis.cluster import ClusterNode

from maestro.storage.redis.patience import Patience
from maestro.storage.redis.shards import Shards

#: How often a command is sent at most.
ATTEMPTS = 5
#: Until a slot that moves has arrived, at first.
TRY_AGAIN_S = 0.005
#: Commands without a key of their own: in a pipeline they go where the others go.
_KEYLESS = frozenset({"TIME", "PING", "WAIT", "INFO"})
_AWAY = (redis.ConnectionError, redis.TimeoutError)

Command = tuple[tuple[Any, ...], dict[str, Any]]


class ClusterRedis(redis.Redis):
    """`is_impatient`: its callers do not queue up behind each other while a server is away."""

    def __init__(self, shards: Shards, *, is_impatient: bool = False) -> None:
        # The pool that this makes stays unused.
        super().__init__(decode_responses=True)
        self._shards = shards
        self._is_impatient = is_impatient
        self._patience: dict[str, Patience] = {}

    def execute_command(self, *args: Any, **options: Any) -> Any:
        key = _key(args)
        pause = threading.Event()
        for attempt in range(ATTEMPTS):
            try:
                return self._once(key, args, options)
            except exceptions.MovedError as error:
                self._shards.moved(error)
            except exceptions.TryAgainError:
                pause.wait(TRY_AGAIN_S * 2**attempt)
            except redis.ConnectionError:
                self._look_again()
                if attempt or self._is_impatient:
                    raise
            except redis.TimeoutError:
                self._look_again()
                raise
        raise redis.ConnectionError("keys move from server to server, and were not found")

    def _look_again(self) -> None:
        """Another server may have taken the place of one that is away."""
        # Whoever has no time has a thread that asks; see `_probe`.
        if not self._is_impatient:
            self._shards.look_again()

    def _once(self, key: str, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        node = self._shards.of(key) if key else self._shards.all()[0]
        try:
            return self._ask(node, self._shards.client(node).execute_command, *args, **options)
        except exceptions.MovedError:
            raise
        except exceptions.AskError as error:
            return self._asking(error, args, options)

    def _asking(
        self, error: exceptions.AskError, args: tuple[Any, ...], options: dict[str, Any]
    ) -> Any:
        """Ask the server that is about to get a slot."""
        pipe: Any
        with self._shards.at(error.host, error.port).pipeline(transaction=False) as pipe:
            pipe.execute_command("ASKING")
            pipe.execute_command(*args, **options)
            return pipe.execute()[1]

    def _ask(self, node: ClusterNode, call: Callable[..., Any], *args: Any, **options: Any) -> Any:
        if not self._is_impatient:
            return call(*args, **options)
        patience = self._patience.get(node.name)
        if patience is None:
            patience = self._patience.setdefault(node.name, Patience(lambda: self._probe(node)))
        return patience.ask(call, *args, **options)

    def _probe(self, node: ClusterNode) -> None:
        """Raise while this server would have to answer, and does not."""
        self._shards.look_again()
        if node.name in {each.name for each in self._shards.all()}:
            self._shards.client(node).ping()

    def time(self, **_options: Any) -> tuple[int, int]:
        """The earliest of all clocks: what happened before it did so on every server's."""
        try:
            return min(client.time() for client in self.each())
        except _AWAY:
            self._look_again()
        return min(client.time() for client in self.each())

    def ping(self, **_options: Any) -> bool:
        """Whether any server answers: one that is away must not stop the work of the others."""
        away: redis.RedisError = redis.ConnectionError("the cluster has no servers")
        for client in self.each():
            try:
                return bool(client.ping())
            except _AWAY as error:
                away = error
        self._look_again()
        raise away

    def script_load(self, script: Any) -> str:
        """Make it known to all servers that answer."""
        sha = ""
        for client in self.each():
            try:
                sha = client.script_load(script)
            except _AWAY:
                continue
        return sha

    def each(self) -> list[redis.Redis]:
        """A client of each server that takes changes."""
        return [self._shards.client(node) for node in self._shards.all()]

    def close(self) -> None:
        self._shards.close()

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> "Batches":
        return Batches(self, transaction=transaction)

    def batches(self, commands: Sequence[Command], *, transaction: bool) -> list[Any]:
        """An answer, or an error, per command; each server is asked once, if nothing moved."""
        answers: list[Any] = [None] * len(commands)
        self._fill(answers, commands, range(len(commands)), transaction)
        if any(isinstance(answer, _AWAY) for answer in answers):
            self._look_again()
        lost = [each for each, answer in enumerate(answers) if _is_lost(answer)]
        if lost and not self._is_impatient:
            self._fill(answers, commands, lost, transaction)
        if transaction:
            return answers
        for position, answer in enumerate(answers):
            if isinstance(answer, (exceptions.AskError, exceptions.TryAgainError)):
                args, options = commands[position]
                answers[position] = _caught(self.execute_command, *args, **options)
        return answers

    def _fill(
        self,
        answers: list[Any],
        commands: Sequence[Command],
        positions: Sequence[int],
        transaction: bool,
    ) -> None:
        """Ask for the answers at these positions."""
        for node, places in self._by_node([commands[each] for each in positions]):
            its = [positions[place] for place in places]
            found = self._batch(node, [commands[each] for each in its], transaction)
            for position, answer in zip(its, found, strict=True):
                answers[position] = answer

    def _by_node(self, commands: Sequence[Command]) -> Iterable[tuple[ClusterNode, list[int]]]:
        groups: dict[str, tuple[ClusterNode, list[int]]] = {}
        keys = [_key(args) for args, _ in commands]
        # A command without a key follows the one before it.
        last = next(filter(None, keys), "")
        for position, key in enumerate(keys):
            last = key or last
            node = self._shards.of(last) if last else self._shards.all()[0]
            groups.setdefault(node.name, (node, []))[1].append(position)
        return groups.values()

    def _batch(
        self, node: ClusterNode, commands: Sequence[Command], transaction: bool
    ) -> Sequence[Any]:
        def attempt() -> Sequence[Any]:
            pipe: Any
            with self._shards.client(node).pipeline(transaction=transaction) as pipe:
                for args, options in commands:
                    pipe.execute_command(*args, **options)
                answers: Sequence[Any] = pipe.execute(raise_on_error=False)
                return answers

        answers = _caught(self._ask, node, attempt)
        return [answers] * len(commands) if isinstance(answers, Exception) else list(answers)


class Batches(Pipeline):
    """A pipeline over several servers; a transaction must keep to one slot."""

    def __init__(self, cluster: ClusterRedis, *, transaction: bool) -> None:
        super().__init__(cluster.connection_pool, {}, transaction, None)
        self._cluster = cluster

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        """Unlike that of one server, it can give answers next to a server that did not."""
        commands, self.command_stack = self.command_stack, []
        answers = self._cluster.batches(commands, transaction=bool(self.transaction))
        if raise_on_error:
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
        return answers


def _key(args: Sequence[Any]) -> str:
    """A key of a command; all others are in the same slot. Empty when it has none."""
    name = args[0].partition(" ")[0]
    if name in ("EVALSHA", "EVAL"):
        return str(args[3])
    return "" if name in _KEYLESS else str(args[1])


def _is_lost(answer: object) -> bool:
    """Whether a server is gone, and another one may have taken its place."""
    return isinstance(answer, redis.ConnectionError)


def _caught(call: Callable[..., Any], *args: Any, **options: Any) -> Any:
    try:
        return call(*args, **options)
    except redis.RedisError as error:
        return error
