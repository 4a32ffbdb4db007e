"""
The composition root: the only place that knows which implementation stands behind a port.

Parts are built when they are first asked for, so that a process has only those it uses: the
rooms API, for one, never opens a connection to PostgreSQL. Nothing connects before its first use.
"""

import dataclasses
import datetime
import functools
import math
import os
import random
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import celery
import redis
import sqlalchemy as sa

from maestro import errors
from maestro.config import Settings
from maestro.diagnosis import listening, workers
from maestro.domain import health
from maestro.domain.findings import Check
from maestro.domain.rooms import Instance
from maestro.domain.serving import Served
from maestro.metrics import tally
from maestro.ports.clock import Clock
from maestro.ports.events import Forwarders, Outbox
from maestro.ports.queue import Hints
from maestro.ports.reports import Broker, Reports
from maestro.ports.runtime import Runtime
from maestro.ports.storage import (
    ChangeStore,
    OperationArchive,
    OperationStore,
    PortRegistry,
    RoomStore,
    SchedulerRepository,
)
from maestro.queue import checkup as broker_checkup
from maestro.queue import waiting
from maestro.queue.celery_hints import CeleryHints, application
from maestro.runtime.kubernetes import rights
from maestro.runtime.local import checkup as local_checkup
from maestro.runtime.local import logs, stopping
from maestro.runtime.local.runtime import LocalRuntime
from maestro.services.access import BearerToken
from maestro.services.addresses import Addresses
from maestro.services.allocation import Allocations
from maestro.services.archiving import Archiving
from maestro.services.clean_ups import CleanUps
from maestro.services.concurrently import for_each
from maestro.services.dispatch import Dispatch
from maestro.services.edits import Edits
from maestro.services.execution import Limits
from maestro.services.explanations import Explanations
from maestro.services.forwarding import DeadLetters, Forwarding
from maestro.services.health_checks import HealthChecks
from maestro.services.history import History
from maestro.services.leadership import Leadership
from maestro.services.leases import Leases
from maestro.services.operations import Operations
from maestro.services.outdated import Outdated
from maestro.services.plans import Plans
from maestro.services.protection import Protection
from maestro.services.removal import Removal
from maestro.services.rooms import Pings, Rooms
from maestro.services.schedulers import Schedulers
from maestro.services.strays import Strays
from maestro.services.sweep import Sweep
from maestro.services.validation import Attempts, Validation
from maestro.services.wakes import Wakes
from maestro.storage.postgres import checkup as postgres_checkup
from maestro.storage.postgres import engine as postgres
from maestro.storage.postgres import migrate as migrations
from maestro.storage.postgres.operations import PostgresArchive
from maestro.storage.postgres.schedulers import PostgresSchedulers
from maestro.storage.redis import checkup as redis_checkup
from maestro.storage.redis import client as redis_client
from maestro.storage.redis import lean, scripts
from maestro.storage.redis.changes import RedisChanges
from maestro.storage.redis.operations import RedisOperations
from maestro.storage.redis.outbox import RedisOutbox
from maestro.storage.redis.ports import RedisPorts
from maestro.storage.redis.reports import RedisReports
from maestro.storage.redis.rooms import RedisRooms
from maestro.storage.redis.seats import RedisBeatSeat
from maestro.watcher.loop import Watcher

if TYPE_CHECKING:
    from maestro.forwarding.consumer import Consumer


def room_logs(
    settings: Settings, scheduler: str, room: str, *, container: str | None, follow: bool
) -> Iterator[str]:
    """What a room of this machine printed. Raises NotFound."""
    folder = settings.local_rooms_dir.absolute()
    return logs.read(folder, scheduler, room, container=container, follow=follow)


def stop_rooms(settings: Settings, *, timeout_s: float) -> None:
    """
    Stop every room of this machine, whatever became of the stores, or of this installation in
    its cluster, without waiting for them. Raises Unavailable when a cluster does not answer.
    """
    if settings.runtime == "local":
        folder = settings.local_rooms_dir.absolute()
        stopping.stop_all(folder, installation=None, timeout_s=timeout_s)
        return
    runtime = Maestro(settings).runtime

    def delete(room: Instance) -> bool:
        return runtime.delete_room(
            room.scheduler,
            room.room,
            uid=room.uid,
            grace_period_s=math.ceil(timeout_s),
            reason="everything stops",
        )

    for _, answer in for_each(runtime.list_rooms().instances, delete):
        if isinstance(answer, errors.MaestroError):
            raise answer


def celery_application(settings: Settings) -> celery.Celery:
    """What workers, beat and Flower are built upon."""
    return application(settings.broker_url)


class SystemClock:
    """The Clock of production."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema. Raises Unavailable."""
    migrations.upgrade(settings.postgres_url)


def installation(settings: Settings) -> str:
    """The id of this installation. Raises Unavailable."""
    return Maestro(settings).schedulers.installation()


def checks(settings: Settings) -> list[Check]:
    """What an installation with these settings needs."""
    parts = Maestro(settings)
    return [
        postgres_checkup.check(settings.postgres_url, timeout_s=settings.postgres_timeout_s),
        redis_checkup.check(
            settings.redis_url,
            prefix=settings.redis_prefix,
            timeout_s=settings.redis_timeout_s,
            replicas=settings.redis_replicas,
        ),
        broker_checkup.check(
            settings.broker_url, state_url=settings.redis_url, timeout_s=settings.redis_timeout_s
        ),
        workers.check(lambda: parts.schedulers.uids(), lambda: parts.operations.attended()),
        *_runtime_checks(settings),
    ]


def _runtime_checks(settings: Settings) -> list[Check]:
    if settings.runtime == "kubernetes":
        return [cluster_check(settings.kubernetes_kubeconfig, settings.kubernetes_context)]
    return _machine_checks(settings)


def _machine_checks(settings: Settings) -> list[Check]:
    """What this machine needs to run rooms, and all modules beside them."""
    folder = settings.local_rooms_dir.absolute()
    return [*local_checkup.checks(folder), listening.check(settings)]


def cluster_check(kubeconfig: str, context: str) -> Check:
    """What a Kubernetes cluster must allow; without a file, the one around this process."""
    # The client takes a while to import.
    from maestro.runtime.kubernetes import access, api, checkup, pace

    way = access.Access(kubeconfig=kubeconfig, context=context)
    return checkup.check(api.Api(way, pace.Pace(per_second=50, burst=50), timeout_s=5))


def cluster_role() -> Mapping[str, Any]:
    """The rights that Maestro needs in a Kubernetes cluster."""
    return rights.cluster_role()


class ManagementServices:
    """What the management API offers; built when first asked for, as stores may be away."""

    def __init__(self, maestro: "Maestro") -> None:
        self._maestro = maestro

    @functools.cached_property
    def schedulers(self) -> Schedulers:
        maestro = self._maestro
        return Schedulers(
            repository=maestro.schedulers,
            rooms=maestro.rooms,
            operations=maestro.operations,
            archiving=maestro.archiving,
            runtime=maestro.runtime,
            dispatch=maestro.dispatch,
            health_checks=maestro.health_checks,
            clock=maestro.clock,
            reserved_names=maestro.settings.reserved_scheduler_names,
        )

    @functools.cached_property
    def operations(self) -> Operations:
        maestro = self._maestro
        history = History(maestro.operations, maestro.archive, maestro.schedulers)
        return Operations(maestro.operations, history, maestro.schedulers, maestro.dispatch)

    @functools.cached_property
    def edits(self) -> Edits:
        maestro = self._maestro
        return Edits(
            repository=maestro.schedulers,
            operations=maestro.operations,
            runtime=maestro.runtime,
            dispatch=maestro.dispatch,
            reserved_names=maestro.settings.reserved_scheduler_names,
        )

    @functools.cached_property
    def explanations(self) -> Explanations:
        maestro = self._maestro
        return Explanations(
            repository=maestro.schedulers,
            rooms=maestro.rooms,
            operations=maestro.operations,
            plans=maestro.plans,
            clock=maestro.clock,
        )

    @functools.cached_property
    def rooms(self) -> Rooms:
        return Rooms(self._maestro.rooms, self._maestro.schedulers)

    @functools.cached_property
    def access(self) -> BearerToken:
        return BearerToken(self._maestro.settings.management_token.get_secret_value())


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RoomsServices:
    """What the rooms API offers."""

    rooms: Pings
    addresses: Addresses
    allocations: Allocations
    allocation_access: BearerToken
    forwarding: Forwarding


def management_services(settings: Settings) -> ManagementServices:
    """Those of a process that serves operators."""
    return Maestro(settings).management


def rooms_services(settings: Settings) -> RoomsServices:
    """Those of a process that serves rooms."""
    return Maestro(settings).room_services


class Maestro:
    """All parts of one process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Clock = SystemClock()
        #: Tells processes apart, in leases and histories.
        self.process = f"{socket.gethostname()}:{os.getpid()}"

    # Stores

    @functools.cached_property
    def engine(self) -> sa.Engine:
        """Connections to PostgreSQL."""
        settings = self.settings
        return postgres.create(
            settings.postgres_url,
            pool_size=settings.postgres_pool_size,
            timeout_s=settings.postgres_timeout_s,
        )

    @functools.cached_property
    def redis(self) -> redis.Redis:
        """Connections to Redis."""
        return redis_client.create(self.settings.redis_url, timeout_s=self.settings.redis_timeout_s)

    @functools.cached_property
    def schedulers(self) -> SchedulerRepository:
        return PostgresSchedulers(self.engine)

    @functools.cached_property
    def operations(self) -> OperationStore:
        replicas = self._replicas(self.settings.redis_timeout_s)
        return RedisOperations(self.redis, prefix=self.settings.redis_prefix, replicas=replicas)

    def _replicas(self, timeout_s: float) -> scripts.Replicas:
        """Those to wait for, for a part of what a call may take: Redis may be 0.1 s late."""
        return scripts.Replicas(amount=self.settings.redis_replicas, timeout_s=timeout_s / 4)

    @functools.cached_property
    def archive(self) -> OperationArchive:
        return PostgresArchive(self.engine)

    @functools.cached_property
    def rooms(self) -> RoomStore:
        settings = self.settings
        return RedisRooms(
            self.redis,
            prefix=settings.redis_prefix,
            tombstone_ttl_s=settings.tombstone_ttl_s,
            decisions_kept=settings.decisions_kept,
            outbox_limit=settings.events_outbox_limit,
        )

    @functools.cached_property
    def impatient_rooms(self) -> RoomStore:
        """The same rooms, for callers whom a Redis that does not answer must not hold up."""
        settings = self.settings
        url, timeout_s = settings.redis_url, settings.rooms_api_redis_timeout_s
        client, ping = redis_client.create_impatient(url, timeout_s=timeout_s), None
        tally.keep_counting()
        is_lean = settings.rooms_api_redis_client == "lean" and lean.supports(url)
        if is_lean and isinstance(client, redis_client.ImpatientRedis):
            script = lean.LeanScript(url, scripts.text("ping_room"), timeout_s=timeout_s)
            ping = functools.partial(client.patience.ask, script)
        return RedisRooms(
            client,
            prefix=settings.redis_prefix,
            tombstone_ttl_s=settings.tombstone_ttl_s,
            ping=ping,
            replicas=self._replicas(timeout_s),
        )

    @functools.cached_property
    def changes(self) -> ChangeStore:
        settings = self.settings
        quarantine_s = settings.room_quarantine_s
        return RedisChanges(
            self.redis,
            prefix=settings.redis_prefix,
            tombstone_ttl_s=settings.tombstone_ttl_s,
            quarantine_s=settings.room_allocation_ttl_s if quarantine_s is None else quarantine_s,
        )

    @functools.cached_property
    def reports(self) -> Reports:
        return RedisReports(self.redis, prefix=self.settings.redis_prefix)

    @functools.cached_property
    def broker(self) -> Broker:
        return waiting.broker(self.settings.broker_url, timeout_s=self.settings.redis_timeout_s)

    @functools.cached_property
    def beat_leadership(self) -> Leadership:
        seat = RedisBeatSeat(self.redis, prefix=self.settings.redis_prefix)
        # Processes in containers may all have the same number and, started anew, the same host.
        holder = f"{self.process}:{secrets.token_hex(4)}"
        lease_s = self.settings.beat_lease_s
        return Leadership(seat, self.clock, holder=holder, lease_s=lease_s)

    @functools.cached_property
    def ports(self) -> PortRegistry:
        return RedisPorts(self.redis, prefix=self.settings.redis_prefix)

    @functools.cached_property
    def outbox(self) -> Outbox:
        settings = self.settings
        return RedisOutbox(
            self.redis,
            prefix=settings.redis_prefix,
            letters_limit=settings.dead_letters_limit,
            letters_age_s=settings.dead_letters_age_s,
        )

    # Runtime and queue

    @functools.cached_property
    def runtime(self) -> Runtime:
        if self.settings.runtime == "kubernetes":
            return self._kubernetes_runtime()
        return self.local_runtime

    def _kubernetes_runtime(self) -> Runtime:
        # Its client takes long to import, and is not needed on one machine.
        from maestro.runtime.kubernetes import connection

        settings = self.settings
        spread = connection.Spread(
            max_skew=settings.kubernetes_spread_max_skew,
            topology_key=settings.kubernetes_spread_topology_key,
            schedule_anyway=settings.kubernetes_spread_schedule_anyway,
        )
        return connection.runtime(
            connection.Access(
                kubeconfig=settings.kubernetes_kubeconfig,
                context=settings.kubernetes_context,
                connections=settings.kubernetes_connections,
            ),
            connection.Setting(
                installation=self.schedulers.installation(),
                rooms_api_url=settings.rooms_api_url,
                spread=spread if settings.kubernetes_spread else None,
            ),
            pace=connection.Pace(
                per_second=settings.kubernetes_qps, burst=settings.kubernetes_burst
            ),
            timeout_s=settings.room_creation_timeout_s,
            node_ttl_s=settings.kubernetes_node_ttl_s,
            now=self.clock.now,
        )

    @functools.cached_property
    def local_runtime(self) -> LocalRuntime:
        return LocalRuntime(
            self.settings.local_rooms_dir.absolute(),
            installation=self.schedulers.installation(),
            rooms_api_url=self.settings.rooms_api_url,
        )

    @functools.cached_property
    def hints(self) -> Hints:
        return CeleryHints(self.settings.broker_url)

    @functools.cached_property
    def forwarders(self) -> Forwarders:
        # gRPC is not needed by those who forward nothing, and must not be loaded before a fork.
        from maestro.forwarding.channels import Channels
        from maestro.forwarding.grpc_forwarders import GrpcForwarders

        settings = self.settings
        return GrpcForwarders(
            Channels(
                keepalive_time_s=settings.forwarder_keepalive_s,
                keepalive_timeout_s=settings.forwarder_keepalive_timeout_s,
            )
        )

    # Services

    @functools.cached_property
    def dispatch(self) -> Dispatch:
        return Dispatch(
            self.operations, self.hints, self.clock, hint_ttl_s=self.settings.hint_ttl_s
        )

    @functools.cached_property
    def management(self) -> ManagementServices:
        return ManagementServices(self)

    @functools.cached_property
    def room_services(self) -> RoomsServices:
        settings, rooms = self.settings, self.impatient_rooms
        wakes = Wakes(self.dispatch, self.health_checks)
        return RoomsServices(
            rooms=Pings(rooms, wakes),
            addresses=Addresses(rooms),
            allocations=Allocations(
                rooms,
                wakes,
                ttl_s=settings.room_allocation_ttl_s,
                order=settings.allocation_order,
            ),
            allocation_access=BearerToken(settings.allocation_token.get_secret_value()),
            # The forwarders are made when there is the first one to be called.
            forwarding=Forwarding(self.outbox, lambda: self.forwarders),
        )

    @functools.cached_property
    def dead_letters(self) -> DeadLetters:
        return DeadLetters(self.outbox)

    @functools.cached_property
    def consumer(self) -> "Consumer":
        from maestro.forwarding import consumer

        settings = self.settings
        return consumer.Consumer(
            outbox=self.outbox,
            forwarders=self.forwarders,
            clock=self.clock,
            process=self.process,
            concurrency=settings.events_concurrency,
            limits=consumer.Limits(
                lease_ttl_s=settings.lease_ttl_s,
                renewal_s=settings.lease_renewal_s,
                poll_s=settings.events_poll_s,
                batch=settings.events_batch,
                held=40 * settings.events_batch,
                refusals=settings.events_refusals,
                age_s=settings.events_age_s,
            ),
        )

    @functools.cached_property
    def removal(self) -> Removal:
        return Removal(
            self.rooms,
            self.runtime,
            call_timeout_s=self.settings.room_creation_timeout_s,
            forces_overdue=self.settings.force_overdue_deletions,
        )

    @functools.cached_property
    def outdated(self) -> Outdated:
        return Outdated(self.schedulers)

    @functools.cached_property
    def plans(self) -> Plans:
        return Plans(
            self.outdated,
            caution=self.caution,
            match_timeout_s=self.settings.rollout_match_timeout_s,
        )

    @functools.cached_property
    def validation(self) -> Validation:
        settings = self.settings
        return Validation(
            rooms=self.rooms,
            ports=self.ports,
            runtime=self.runtime,
            removal=self.removal,
            clock=self.clock,
            attempts=Attempts(
                amount=settings.room_validation_attempts,
                timeout_s=settings.room_validation_timeout_s,
                accept_occupied=settings.room_validation_accept_occupied,
            ),
            call_timeout_s=settings.room_creation_timeout_s,
        )

    @functools.cached_property
    def leases(self) -> Leases:
        return Leases(self.operations, self.clock, ttl_s=self.settings.lease_ttl_s)

    @functools.cached_property
    def sweep(self) -> Sweep:
        return Sweep(
            schedulers=self.schedulers,
            operations=self.operations,
            rooms=self.rooms,
            dispatch=self.dispatch,
            health_checks=self.health_checks,
            archiving=self.archiving,
            clock=self.clock,
            served=Served(self.settings.worker_schedulers),
        )

    @functools.cached_property
    def archiving(self) -> Archiving:
        return Archiving(
            store=self.operations,
            archive=self.archive,
            schedulers=self.schedulers,
            clock=self.clock,
            kept=self.settings.operations_kept,
            days=self.settings.archive_days,
        )

    @functools.cached_property
    def clean_ups(self) -> CleanUps:
        return CleanUps(
            schedulers=self.schedulers,
            operations=self.operations,
            dispatch=self.dispatch,
            archiving=self.archiving,
            roll=random.random,
            interval_s=self.settings.clean_up_interval_s,
            kept=self.settings.operations_kept,
        )

    @functools.cached_property
    def health_checks(self) -> HealthChecks:
        return HealthChecks(
            schedulers=self.schedulers,
            dispatch=self.dispatch,
            clock=self.clock,
            interval_s=self.settings.health_interval_s,
        )

    @property
    def limits(self) -> Limits:
        return Limits(
            attempts=self.settings.operation_attempts,
            unavailable_deadline_s=self.settings.unavailable_deadline_s,
        )

    @property
    def timeouts(self) -> health.Timeouts:
        settings = self.settings
        return health.Timeouts(
            pending_s=settings.room_pending_timeout_s,
            initialization_s=settings.room_initialization_timeout_s,
            ping_s=settings.room_ping_timeout_s,
            deletion_s=settings.room_deletion_timeout_s,
        )

    @property
    def caution(self) -> health.Caution:
        settings = self.settings
        return health.Caution(
            expiry_share=settings.expiry_share,
            evidence_cycles=settings.evidence_cycles,
            cycle_s=settings.health_interval_s / 2,
            wave_share=settings.wave_share,
            wave_freeze_s=settings.wave_freeze_s,
        )

    @functools.cached_property
    def watcher(self) -> Watcher:
        return Watcher(
            runtime=self.runtime,
            changes=self.changes,
            schedulers=self.operations.schedulers,
            dispatch=self.dispatch,
            strays=Strays(self.schedulers, self.runtime, limit=self.settings.remove_rooms_limit),
            clock=self.clock,
            holder=self.process,
            relist_interval_s=self.settings.relist_interval_s,
            lease_ttl_s=self.settings.lease_ttl_s,
        )

    @functools.cached_property
    def protection(self) -> Protection:
        return Protection(
            self.schedulers, self.rooms, self.runtime, safety=self.settings.disruption_safety
        )

    # Readiness

    @property
    def checks(self) -> Mapping[str, Callable[[], object]]:
        """Name → call that raises when that part does not answer."""
        return {"postgres": self.schedulers.installation, "redis": self.redis.ping}
