"""
Hypothesis strategies for whatever the domain can say: valid in type, odd in content.

Whoever imports this gets the same examples in every run, and no time limit per example.
"""

import dataclasses
import datetime
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st

from maestro.domain import operations, schedulers

settings.register_profile("maestro", derandomize=True, deadline=None)
settings.load_profile("maestro")

#: PostgreSQL refuses NUL characters, JSON refuses lone surrogates; neither gets in over HTTP.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True)
INT32 = st.integers(-(2**31), 2**31 - 1)
VERSIONS = st.builds("v{}.{}.{}".format, *[st.integers(0, 99)] * 3)
TIMES = st.datetimes(
    min_value=datetime.datetime(1970, 1, 2),
    max_value=datetime.datetime(9000, 1, 1),
    timezones=st.just(datetime.UTC),
)
SHARES = st.decimals(Decimal("0.0001"), Decimal("0.9999"), places=4)
#: Of a size at which a whole number and a float of the same text are the same number.
_FLOATS = st.floats(-1e15, 1e15)
JSON: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | INT32 | _FLOATS | TEXT,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=6,
)
LABELS = st.dictionaries(TEXT, TEXT, max_size=3)

PORT_RANGES = st.builds(schedulers.PortRange, start=INT32, end=INT32)
PORTS = st.builds(
    schedulers.ContainerPort,
    name=TEXT,
    protocol=TEXT,
    port=INT32,
    host_port_range=st.none() | PORT_RANGES,
    host_port=INT32,
)
ENVIRONMENT = st.builds(
    schedulers.Environment,
    name=TEXT,
    value=TEXT,
    value_from=st.none()
    | st.builds(
        schedulers.ValueFrom,
        field_ref=st.none() | st.builds(schedulers.FieldRef, field_path=TEXT),
        secret_key_ref=st.none() | st.builds(schedulers.SecretKeyRef, name=TEXT, key=TEXT),
    ),
)
RESOURCES = st.builds(schedulers.Resources, memory=TEXT, cpu=TEXT)
CONTAINERS = st.builds(
    schedulers.Container,
    name=TEXT,
    image=TEXT,
    image_pull_policy=TEXT,
    requests=RESOURCES,
    limits=RESOURCES,
    command=st.lists(TEXT, max_size=2).map(tuple),
    environment=st.lists(ENVIRONMENT, max_size=2).map(tuple),
    ports=st.lists(PORTS, max_size=2).map(tuple),
)
SPECS = st.builds(
    schedulers.Spec,
    version=VERSIONS,
    termination_grace_period_ns=st.integers(0, 2**63 - 1),
    containers=st.lists(CONTAINERS, max_size=2).map(tuple),
    toleration=TEXT,
    affinity=TEXT,
    restart_policy=TEXT,
)
AUTOSCALINGS = st.builds(
    schedulers.Autoscaling,
    enabled=st.booleans(),
    min=INT32,
    max=INT32,
    policy=st.builds(
        schedulers.Policy,
        type=TEXT,
        parameters=st.builds(
            schedulers.PolicyParameters,
            room_occupancy=st.none()
            | st.builds(schedulers.RoomOccupancy, ready_target=SHARES, down_threshold=SHARES),
            fixed_buffer=st.none() | st.builds(schedulers.FixedBuffer, amount=INT32),
        ),
    ),
    cooldown_s=INT32,
)
FORWARDERS = st.builds(
    schedulers.Forwarder,
    name=TEXT,
    enabled=st.booleans(),
    forward_type=TEXT,
    address=TEXT,
    options=st.builds(
        schedulers.ForwarderOptions,
        timeout_ms=st.integers(-(2**63), 2**63 - 1),
        metadata=st.dictionaries(TEXT, JSON, max_size=3),
    ),
)
SCHEDULERS = st.builds(
    schedulers.Scheduler,
    name=NAMES,
    game=TEXT,
    spec=SPECS,
    max_surge=TEXT,
    uid=st.uuids().map(str),
    state=st.sampled_from(schedulers.SchedulerState),
    rollback_version=TEXT,
    autoscaling=st.none() | AUTOSCALINGS,
    port_range=st.none() | PORT_RANGES,
    rooms_replicas=INT32,
    created_at=st.none() | TIMES,
    last_downscale_at=st.none() | TIMES,
    forwarders=st.lists(FORWARDERS, max_size=2).map(tuple),
    annotations=LABELS,
    labels=LABELS,
    match_allocation=st.builds(schedulers.MatchAllocation, max_matches=INT32),
)

#: Schedulers inside a definition have no uid: it stands in the operation.
_WITHOUT_UID = SCHEDULERS.map(lambda scheduler: dataclasses.replace(scheduler, uid=""))

DEFINITIONS: st.SearchStrategy[operations.Definition] = st.one_of(
    st.builds(operations.CreateScheduler, scheduler=_WITHOUT_UID),
    st.builds(operations.CreateNewSchedulerVersion, scheduler=_WITHOUT_UID),
    st.builds(operations.SwitchActiveVersion, new_active_version=VERSIONS),
    st.builds(operations.DeleteScheduler),
    st.builds(operations.AddRooms, amount=INT32),
    st.builds(
        operations.RemoveRooms,
        amount=INT32,
        rooms_ids=st.lists(NAMES, max_size=3).map(tuple),
        reason=st.sampled_from(operations.RemovalReason),
    ),
    st.builds(operations.HealthController, took_action=st.none() | st.booleans()),
    st.builds(operations.StorageCleanUp),
    st.builds(
        operations.TestOperation,
        sleep_seconds=st.floats(0, 3600),
    ),
)
