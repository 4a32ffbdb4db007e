"""
Every setting of Maestro, with its unit, default and meaning.

Read from the environment (`MAESTRO_REDIS_URL`), and below that from the YAML file that
`MAESTRO_CONFIG` names. `docs/settings.md` is generated from this file.
"""

import os
import pathlib
from typing import Literal

import pydantic
import pydantic_settings
from pydantic import Field

from maestro.domain import serving, state_stores
from maestro.domain.rooms import AllocationOrder

PREFIX = "MAESTRO_"
FILE_VARIABLE = "MAESTRO_CONFIG"


def variable(name: str) -> str:
    """Where the environment has the setting of this name."""
    return PREFIX + name.upper()


def listener(host: str, port: int) -> str:
    """Where a server on this machine is asked: one that listens everywhere, on loopback."""
    return f"{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"  # noqa: S104


class Settings(pydantic_settings.BaseSettings):
    """One immutable value, made once per process."""

    model_config = pydantic_settings.SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    # Stores
    postgres_url: str = Field(
        "postgresql+psycopg2://maestro:maestro@127.0.0.1:5432/maestro",
        description="SQLAlchemy URL of the PostgreSQL database.",
    )
    postgres_pool_size: int = Field(10, ge=1, description="Connections kept per process.")
    postgres_timeout_s: int = Field(
        5, ge=1, description="Seconds to wait for a connection, and for one statement."
    )
    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        description="Redis that holds the state: `redis://`, `rediss://` or `unix://` for one "
        "server, `redis+cluster://HOST:PORT,HOST:PORT` for a cluster, "
        "`redis+sentinel://HOST:PORT,HOST:PORT/SERVICE?db=0` for one that sentinels watch.",
    )
    redis_replicas: int = Field(
        0,
        ge=0,
        description="Replicas that must have an allocation or a new operation before it is "
        "answered; with none, a fail-over may forget those of the last moment.",
    )
    redis_prefix: str = Field("maestro", description="First part of the name of every key.")
    redis_timeout_s: float = Field(5, gt=0, description="Seconds to wait for an answer of Redis.")
    broker_url: str = Field(
        "redis://127.0.0.1:6379/1",
        description="Broker that carries the hints of Celery: a Redis (`redis://`), or RabbitMQ "
        "(`amqp://`).",
    )

    # Runtime
    runtime: Literal["local", "kubernetes"] = Field(
        "local",
        description="Where rooms run: `local` = processes of this machine, `kubernetes` = pods.",
    )
    local_rooms_dir: pathlib.Path = Field(
        pathlib.Path(".maestro/rooms"),
        description="Folder in which the local runtime keeps its rooms and their logs.",
    )
    kubernetes_kubeconfig: str = Field(
        "", description="Kubeconfig file that leads to the cluster; empty: from within the cluster."
    )
    kubernetes_context: str = Field(
        "", description="Context of the kubeconfig file; empty: its current one."
    )
    kubernetes_qps: float = Field(
        100, gt=0, description="Requests to Kubernetes per second and process, on average."
    )
    kubernetes_burst: int = Field(200, ge=1, description="Requests to Kubernetes at once.")
    kubernetes_connections: int = Field(
        40, ge=1, description="Connections to Kubernetes kept per process."
    )
    kubernetes_node_ttl_s: float = Field(
        600, gt=0, description="Seconds the address of a node is remembered."
    )
    kubernetes_spread: bool = Field(
        True, description="Whether the rooms of a scheduler are spread over parts of the cluster."
    )
    kubernetes_spread_max_skew: int = Field(
        5, ge=1, description="How many rooms more one part of the cluster may have than another."
    )
    kubernetes_spread_topology_key: str = Field(
        "topology.kubernetes.io/zone", description="Node label whose values are those parts."
    )
    kubernetes_spread_schedule_anyway: bool = Field(
        False, description="Whether rooms are rather spread unevenly than not started."
    )
    disruption_interval_s: float = Field(
        60, gt=0, description="Seconds between renewals of the disruption budgets."
    )
    disruption_safety: float = Field(
        0.05,
        description="Share of a fleet that maintenance of nodes may take at once (0.05 up to 1).",
    )
    force_overdue_deletions: bool = Field(
        True,
        description="Whether a deleted room that does not end in time is forgotten by the runtime "
        "even if nobody can tell that its processes ended, as on a dead node.",
    )
    rooms_api_url: str = Field(
        "", description="Given to rooms as `MAESTRO_ROOMS_API_URL`; nothing is given when empty."
    )
    reserved_scheduler_names: tuple[str, ...] = Field(
        (),
        description="Scheduler names refused besides `info`, `default` and `kube-*` (JSON list).",
    )

    # Where processes listen
    management_api_host: str = Field("127.0.0.1", description="Address of the management API.")
    management_api_port: int = Field(8080, description="Port of the management API.")
    management_api_grpc_port: int = Field(
        8082, description="Port of the management API over gRPC, at the same address."
    )
    rooms_api_host: str = Field("127.0.0.1", description="Address of the rooms API.")
    rooms_api_port: int = Field(8070, description="Port of the rooms API.")
    rooms_api_grpc_port: int = Field(
        8072, description="Port of the rooms API over gRPC, at the same address."
    )
    rooms_api_redis_timeout_s: float = Field(
        0.2,
        gt=0,
        description="Seconds the rooms API waits for an answer of Redis; then a ping is answered "
        "as not stored.",
    )
    rooms_api_redis_client: Literal["lean", "redis-py"] = Field(
        "lean",
        description="What calls Redis for pings; `redis-py` is slower. It is used in any case when "
        "the URL does not lead to one server.",
    )
    fast_pings: bool = Field(
        True,
        description="Whether pings take the short way; the long one answers the same, slower.",
    )
    api_threads: int = Field(4, ge=1, description="Threads that answer requests, per API process.")
    body_limit_bytes: int = Field(
        1024 * 1024,
        ge=1024,
        description="Longest request that is read; longer ones get 413, or code 8 over gRPC.",
    )
    internal_host: str = Field(
        "127.0.0.1", description="Address of `/healthz`, `/readyz` and `/metrics` of each module."
    )
    management_api_internal_port: int = Field(8081, description="Internal port, management API.")
    rooms_api_internal_port: int = Field(8071, description="Internal port, rooms API.")
    runtime_watcher_internal_port: int = Field(8061, description="Internal port, runtime watcher.")
    worker_internal_port: int = Field(8051, description="Internal port, worker.")
    metrics_reporter_internal_port: int = Field(
        8041, description="Internal port, metrics reporter: the gauges of the fleets."
    )
    events_forwarder_internal_port: int = Field(
        8031, description="Internal port, events forwarder."
    )
    beat_internal_port: int = Field(8021, description="Internal port, beat.")
    flower_internal_port: int = Field(8011, description="Internal port, Flower.")
    flower_host: str = Field("127.0.0.1", description="Address of Flower.")
    flower_port: int = Field(5555, description="Port of Flower.")
    flower_basic_auth: pydantic.SecretStr = Field(
        pydantic.SecretStr(""),
        description="`NAME:PASSWORD`, or several with commas between, without which Flower shows "
        "nothing; empty: its pages are for everybody, its API for nobody.",
    )

    # Operations
    worker_threads: int = Field(16, ge=1, description="Operations one worker executes at once.")
    worker_schedulers: tuple[str, ...] = Field(
        (),
        description="Schedulers whose operations this worker executes, as names or patterns such "
        "as `arena-*` (JSON list); empty: all. Short tasks it runs for all of them in any case.",
    )
    system_threads: int = Field(4, ge=1, description="Short tasks one worker runs at once.")
    lease_ttl_s: float = Field(
        15, gt=0, description="Seconds a scheduler stays with a worker that says nothing."
    )
    lease_renewal_s: float = Field(5, gt=0, description="Seconds between renewals of leases.")
    operation_attempts: int = Field(
        3, ge=1, description="Times an operation is begun before it is rolled back as `error`."
    )
    unavailable_deadline_s: float = Field(
        120, ge=0, description="Seconds an operation keeps trying while a store or runtime is away."
    )
    stop_timeout_s: float = Field(
        20, ge=0, description="Seconds running operations get to end when a worker is stopped."
    )
    sweep_interval_s: float = Field(2, gt=0, description="Seconds between sweeps of a worker.")
    hint_ttl_s: float = Field(
        5, gt=0, description="Seconds during which a scheduler is not hinted again."
    )
    health_interval_s: float = Field(
        30, gt=0, description="Seconds between health checks of a scheduler."
    )
    operations_kept: int = Field(
        100, ge=0, description="Operations that ended which stay in Redis, per scheduler."
    )
    archive_days: int = Field(
        90, ge=0, description="Days PostgreSQL keeps operations that ended; 0: for ever."
    )
    clean_up_interval_s: float = Field(
        10800, gt=0, description="Seconds between clean-ups of a scheduler, on average."
    )
    beat_lease_s: float = Field(
        5, ge=1, description="Seconds after which another beat takes the place of a silent one."
    )
    metrics_interval_s: float = Field(10, gt=0, description="Seconds between reports of gauges.")
    relist_interval_s: float = Field(
        300, gt=0, description="Seconds between full lists of the runtime by the watcher."
    )
    add_rooms_limit: int = Field(1000, ge=1, description="Most rooms one `add_rooms` creates.")
    add_rooms_batch: int = Field(40, ge=1, description="Rooms created at once.")
    remove_rooms_limit: int = Field(
        50, ge=1, description="Most rooms one `remove_rooms` removes by amount."
    )
    room_creation_timeout_s: float = Field(
        5, gt=0, description="Seconds the runtime may take to accept one room."
    )

    # Rooms
    room_ping_timeout_s: float = Field(
        240, gt=0, description="Seconds without a ping after which a room has expired."
    )
    room_initialization_timeout_s: float = Field(
        120, gt=0, description="Seconds a room may take until its first ping counts."
    )
    room_pending_timeout_s: float = Field(
        300, gt=0, description="Seconds the runtime may take to start a room."
    )
    room_deletion_timeout_s: float = Field(
        120, gt=0, description="Seconds past its grace period a room may take to disappear."
    )
    room_validation_timeout_s: float = Field(
        120, gt=0, description="Seconds a room of a new version may take to get ready."
    )
    room_validation_attempts: int = Field(
        3, ge=1, description="Rooms of a new version that are tried before it is given up."
    )
    room_validation_accept_occupied: bool = Field(
        False, description="Whether an occupied room of a new version is as good as a ready one."
    )
    room_allocation_ttl_s: float = Field(
        300, gt=0, description="Seconds an allocated room stays reserved without a match."
    )
    allocation_order: AllocationOrder = Field(
        AllocationOrder.LONGEST_READY,
        description="Which ready room is allocated: `longest_ready`, `newest` or `random`.",
    )
    management_token: pydantic.SecretStr = Field(
        pydantic.SecretStr(""),
        description="Bearer token without which the management API answers nobody; empty: it "
        "answers everybody.",
    )
    allocation_token: pydantic.SecretStr = Field(
        pydantic.SecretStr(""),
        description="Bearer token without which nobody may allocate; empty: everybody may.",
    )
    room_quarantine_s: float | None = Field(
        None,
        ge=0,
        description="Seconds a room is not allocated after the store forgot it, as a match may be "
        "in it; by default `room_allocation_ttl_s`.",
    )
    crash_loop_crashes: int = Field(
        5, ge=1, description="Crashed rooms of a version after which no more of it are created."
    )
    crash_loop_window_s: float = Field(
        600, gt=0, description="Seconds within which that many rooms must crash."
    )
    expiry_share: float = Field(
        0.2, gt=0, le=1, description="Share of a fleet that may expire in one health check."
    )
    evidence_cycles: int = Field(
        3, ge=1, description="Health checks in a row that must find a room in use silent."
    )
    wave_share: float = Field(
        0.5, gt=0, le=1, description="Share of a fleet being silent at once that stops expiry."
    )
    wave_freeze_s: float = Field(
        600, ge=0, description="Seconds after which so much silence is believed."
    )
    decisions_kept: int = Field(
        50, ge=1, description="Decisions about the size of each fleet that are kept to be shown."
    )
    rollout_match_timeout_s: float = Field(
        3600,
        ge=0,
        description="Seconds a rolling update waits for matches in the last older rooms to end, "
        "before it removes these as well.",
    )
    tombstone_ttl_s: float = Field(
        600,
        gt=0,
        description="Seconds a deleted room is remembered, so that no old news revives it.",
    )

    # Events for forwarders
    forwarder_keepalive_s: float = Field(
        30, gt=0, description="Seconds after which an idle connection to a forwarder is tried."
    )
    forwarder_keepalive_timeout_s: float = Field(
        5, gt=0, description="Seconds after which a connection that was tried counts as broken."
    )
    events_concurrency: int = Field(
        64, ge=1, description="Events under way at once to one address of forwarders."
    )
    events_batch: int = Field(500, ge=1, description="Events read at once, per scheduler.")
    events_poll_s: float = Field(0.02, gt=0, description="Seconds between looks for new events.")
    events_outbox_limit: int = Field(
        50_000,
        ge=1,
        description="Events of a scheduler that wait, from which on the oldest pings make room; "
        "changes take effect with its next version.",
    )
    events_refusals: int = Field(
        10, ge=1, description="Refusals of a forwarder after which an event is a dead letter."
    )
    events_age_s: float = Field(
        3600, gt=0, description="Seconds after which an undelivered event is a dead letter."
    )
    events_drain_timeout_s: float = Field(
        30, ge=0, description="Seconds events may take to be delivered when a scheduler is deleted."
    )
    dead_letters_limit: int = Field(10_000, ge=1, description="Most dead letters that are kept.")
    dead_letters_age_s: float = Field(
        7 * 24 * 3600, gt=0, description="Seconds for which dead letters are kept."
    )

    # Logs
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level that is written."
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`auto`: readable on a terminal, JSON elsewhere."
    )

    @pydantic.field_validator("redis_url")
    @classmethod
    def _leads_to_a_store(cls, url: str) -> str:
        state_stores.read(url)
        return url

    @pydantic.field_validator("worker_schedulers")
    @classmethod
    def _may_be_schedulers(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        if bad := serving.malformed(patterns):
            raise ValueError(f"no scheduler can be called {bad[0]!r}")
        return patterns

    @pydantic.model_validator(mode="after")
    def _renewals_precede_expiry(self) -> "Settings":
        if self.lease_renewal_s * 2 > self.lease_ttl_s:
            raise ValueError("lease_renewal_s must be at most half of lease_ttl_s")
        return self

    @pydantic.model_validator(mode="after")
    def _calls_end_before_leases(self) -> "Settings":
        # Before each call it is checked that the lease lasts longer than the call may take.
        if self.lease_ttl_s - self.lease_renewal_s <= self.room_creation_timeout_s:
            raise ValueError(
                "room_creation_timeout_s must be less than lease_ttl_s minus lease_renewal_s"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[pydantic_settings.BaseSettings],
        init_settings: pydantic_settings.PydanticBaseSettingsSource,
        env_settings: pydantic_settings.PydanticBaseSettingsSource,
        dotenv_settings: pydantic_settings.PydanticBaseSettingsSource,
        file_secret_settings: pydantic_settings.PydanticBaseSettingsSource,
    ) -> tuple[pydantic_settings.PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = os.environ.get(FILE_VARIABLE)
        if not file:
            return init_settings, env_settings
        yaml = pydantic_settings.YamlConfigSettingsSource(settings_cls, yaml_file=file)
        return init_settings, env_settings, yaml
