"""What makes a scheduler acceptable: each rule broken once, and what must not be refused."""

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from maestro.domain import scheduler_rules, schedulers
from maestro.domain.schedulers import Scheduler
from tests import make, strategies

REQUIRED = "is a required field"
RFC_1123 = "must follow the public RFC 1123 about naming conventions"
SURGE = "must be a number greater than zero or a number greater than zero with suffix '%'"
PORT = "must be between 1 and 65535"
PORT_NAME = "must be at most 15 lower-case letters, digits and single hyphens"
PULL_POLICY = "must be one of the following options: Always, Never, IfNotPresent"
PROTOCOL = "must be one of the following options: tcp, udp, sctp"
FORWARDER_TYPE = "must be one of the following options: gRPC"
POLICY_TYPE = "must be one of the following options: roomOccupancy, fixedBuffer"
QUANTITY = "must be a quantity such as 64Mi or 100m"
LABEL_KEY = "must be a valid label key"
LABEL_VALUE = "must be a valid label value"
ANNOTATION_KEY = "must be a valid annotation key"
OURS = "is set by Maestro and cannot be overridden"
SHARE = "must be greater than 0 and less than 1"
VARIABLE_NAME = "must be printable ASCII without '='"

BOTH_RANGES = (
    "scheduler.PortRange and scheduler.Spec.Container.Ports.HostPortRange are mutually exclusive "
    "configurations; please choose only one"
)

CONTAINER = "spec.containers[0]"
VARIABLE = f"{CONTAINER}.environment[0]"
GAME_PORT = f"{CONTAINER}.ports[0]"
PARAMETERS = "autoscaling.policy.parameters"

#: A scheduler, the field it breaks, and what is said of it.
Broken = tuple[Scheduler, str, str]


def in_spec(**changes: Any) -> Scheduler:
    return make.scheduler(spec=make.spec(**changes))


def in_container(**changes: Any) -> Scheduler:
    return in_spec(containers=(make.container(**changes),))


def in_environment(**changes: Any) -> Scheduler:
    variable = dataclasses.replace(schedulers.Environment(name="MODE"), **changes)
    return in_container(environment=(variable,))


def from_field(path: str) -> Scheduler:
    field = schedulers.FieldRef(field_path=path)
    return in_environment(value_from=schedulers.ValueFrom(field_ref=field))


def from_secret(name: str, key: str) -> Scheduler:
    secret = schedulers.SecretKeyRef(name=name, key=key)
    return in_environment(value_from=schedulers.ValueFrom(secret_key_ref=secret))


def in_port(**changes: Any) -> Scheduler:
    return in_container(ports=(make.container_port(**changes),))


def requesting(**changes: Any) -> Scheduler:
    asked = dataclasses.replace(make.container().requests, **changes)
    return in_container(requests=asked)


def limited(**changes: Any) -> Scheduler:
    bound = dataclasses.replace(make.container().limits, **changes)
    return in_container(limits=bound)


def ports_between(start: int, end: int) -> Scheduler:
    return make.scheduler(port_range=schedulers.PortRange(start=start, end=end))


def own_ports_between(start: int, end: int) -> Scheduler:
    ports = (make.ranged_port(start, end),)
    return make.scheduler(
        port_range=None, spec=make.spec(containers=(make.container(ports=ports),))
    )


def scaling(**changes: Any) -> Scheduler:
    return make.scheduler(autoscaling=make.autoscaling(**changes))


def policy(kind: str, parameters: schedulers.PolicyParameters) -> Scheduler:
    return scaling(policy=schedulers.Policy(type=kind, parameters=parameters))


def forwarding(**changes: Any) -> Scheduler:
    return make.scheduler(forwarders=(make.forwarder(**changes),))


def without_ports(**changes: Any) -> Scheduler:
    return make.scheduler(
        spec=make.spec(containers=(make.container(ports=()),)), port_range=None, **changes
    )


def said_of(scheduler: Scheduler, **others: Any) -> list[tuple[str, str]]:
    found = scheduler_rules.violations(scheduler, **others)
    return [(violation.field, violation.description) for violation in found]


NAMES: dict[str, Broken] = {
    "no name": (make.scheduler(name=""), "name", REQUIRED),
    "a name in capitals": (make.scheduler(name="Arena"), "name", RFC_1123),
    "a name with a dot": (make.scheduler(name="arena.eu"), "name", RFC_1123),
    "a name with an underscore": (make.scheduler(name="arena_eu"), "name", RFC_1123),
    "a name with a space": (make.scheduler(name="arena eu"), "name", RFC_1123),
    "a name that begins with a hyphen": (make.scheduler(name="-arena"), "name", RFC_1123),
    "a name that ends with a hyphen": (make.scheduler(name="arena-"), "name", RFC_1123),
    "a name of 64 characters": (make.scheduler(name="a" * 64), "name", RFC_1123),
    "a name that ends with a line break": (make.scheduler(name="arena\n"), "name", RFC_1123),
    "a name with an accent": (make.scheduler(name="arená"), "name", RFC_1123),
    "the name of a route": (make.scheduler(name="info"), "name", "'info' is reserved"),
    "the default namespace": (make.scheduler(name="default"), "name", "'default' is reserved"),
    "a namespace of the cluster": (
        make.scheduler(name="kube-system"),
        "name",
        "'kube-system' is reserved",
    ),
    "no game": (make.scheduler(game=""), "game", REQUIRED),
}

SIZES: dict[str, Broken] = {
    "fewer than no rooms": (
        make.scheduler(rooms_replicas=-1),
        "roomsReplicas",
        "must be 0 or greater",
    ),
    "no surge": (make.scheduler(max_surge=""), "maxSurge", REQUIRED),
    "a surge of zero": (make.scheduler(max_surge="0"), "maxSurge", SURGE),
    "a surge of zero per cent": (make.scheduler(max_surge="0%"), "maxSurge", SURGE),
    "a negative surge": (make.scheduler(max_surge="-1"), "maxSurge", SURGE),
    "a negative share as surge": (make.scheduler(max_surge="-5%"), "maxSurge", SURGE),
    "a surge in words": (make.scheduler(max_surge="some"), "maxSurge", SURGE),
    "half a room as surge": (make.scheduler(max_surge="0.5"), "maxSurge", SURGE),
    "a surge with a space": (make.scheduler(max_surge="5 %"), "maxSurge", SURGE),
    "a surge of two per cents": (make.scheduler(max_surge="5%%"), "maxSurge", SURGE),
    "only a per cent sign": (make.scheduler(max_surge="%"), "maxSurge", SURGE),
    "a surge in foreign digits": (make.scheduler(max_surge="٣"), "maxSurge", SURGE),
    "rooms without matches": (
        make.scheduler(match_allocation=schedulers.MatchAllocation(max_matches=0)),
        "matchAllocation.maxMatches",
        "must be between 1 and 35",
    ),
    "rooms with 36 matches": (
        make.scheduler(match_allocation=schedulers.MatchAllocation(max_matches=36)),
        "matchAllocation.maxMatches",
        "must be between 1 and 35",
    ),
}

SPECS: dict[str, Broken] = {
    "no time to end": (
        in_spec(termination_grace_period_ns=0),
        "spec.terminationGracePeriod",
        "must be greater than 0",
    ),
    "less than no time to end": (
        in_spec(termination_grace_period_ns=-1),
        "spec.terminationGracePeriod",
        "must be greater than 0",
    ),
    "no containers": (in_spec(containers=()), "spec.containers", REQUIRED),
    "a toleration that is no label value": (
        in_spec(toleration="a b"),
        "spec.toleration",
        LABEL_VALUE,
    ),
    "an affinity that is no label key": (in_spec(affinity="a b"), "spec.affinity", LABEL_KEY),
    "two containers of one name": (
        in_spec(containers=(make.container(), make.container(ports=()))),
        "spec.containers",
        "container name 'game-server' is used more than once",
    ),
    "two ports of one name in a container": (
        in_container(ports=(make.container_port(), make.container_port(port=7778))),
        "spec.containers",
        "port name 'game' is used more than once",
    ),
    "two ports of one name in two containers": (
        in_spec(containers=(make.container(), make.container(name="sidecar"))),
        "spec.containers",
        "port name 'game' is used more than once",
    ),
}

CONTAINERS: dict[str, Broken] = {
    "a container without name": (in_container(name=""), f"{CONTAINER}.name", REQUIRED),
    "a container name in capitals": (
        in_container(name="Server"),
        f"{CONTAINER}.name",
        RFC_1123,
    ),
    "a container name of 64 characters": (
        in_container(name="a" * 64),
        f"{CONTAINER}.name",
        RFC_1123,
    ),
    "a container without image": (in_container(image=""), f"{CONTAINER}.image", REQUIRED),
    "no pull policy": (
        in_container(image_pull_policy=""),
        f"{CONTAINER}.imagePullPolicy",
        PULL_POLICY,
    ),
    "an unknown pull policy": (
        in_container(image_pull_policy="always"),
        f"{CONTAINER}.imagePullPolicy",
        PULL_POLICY,
    ),
    "no memory requested": (requesting(memory=""), f"{CONTAINER}.requests.memory", REQUIRED),
    "no cpu requested": (requesting(cpu=""), f"{CONTAINER}.requests.cpu", REQUIRED),
    "no memory limit": (limited(memory=""), f"{CONTAINER}.limits.memory", REQUIRED),
    "no cpu limit": (limited(cpu=""), f"{CONTAINER}.limits.cpu", REQUIRED),
    "memory in words": (requesting(memory="lots"), f"{CONTAINER}.requests.memory", QUANTITY),
    "cpu in words": (requesting(cpu="all"), f"{CONTAINER}.requests.cpu", QUANTITY),
    "a memory limit in words": (limited(memory="64MB"), f"{CONTAINER}.limits.memory", QUANTITY),
    "a cpu limit in words": (limited(cpu="one"), f"{CONTAINER}.limits.cpu", QUANTITY),
    "less than no memory": (
        requesting(memory="-1Mi"),
        f"{CONTAINER}.requests.memory",
        "must not be negative",
    ),
    "less than no cpu": (
        requesting(cpu="-100m"),
        f"{CONTAINER}.requests.cpu",
        "must not be negative",
    ),
    "more memory requested than allowed": (
        requesting(memory="1Gi"),
        f"{CONTAINER}.requests.memory",
        "must not be greater than its limit",
    ),
    "more cpu requested than allowed": (
        requesting(cpu="1"),
        f"{CONTAINER}.requests.cpu",
        "must not be greater than its limit",
    ),
}

ENVIRONMENTS: dict[str, Broken] = {
    "a variable without name": (in_environment(name=""), f"{VARIABLE}.name", REQUIRED),
    "a variable with an equals sign in its name": (
        in_environment(name="A=B"),
        f"{VARIABLE}.name",
        VARIABLE_NAME,
    ),
    "a variable with a line break in its name": (
        in_environment(name="A\nB"),
        f"{VARIABLE}.name",
        VARIABLE_NAME,
    ),
    "a variable with an accent in its name": (
        in_environment(name="É"),
        f"{VARIABLE}.name",
        VARIABLE_NAME,
    ),
    "a variable with a NUL in its value": (
        in_environment(value="a\0b"),
        f"{VARIABLE}.value",
        "must not contain a NUL character",
    ),
    "a variable that comes from nowhere": (
        in_environment(value_from=schedulers.ValueFrom()),
        f"{VARIABLE}.valueFrom",
        "must have fieldRef or secretKeyRef",
    ),
    "a variable from a secret without name": (
        from_secret("", "license"),
        f"{VARIABLE}.valueFrom.secretKeyRef.name",
        "must be the name of a secret",
    ),
    "a variable from a secret with an impossible name": (
        from_secret("../keys", "license"),
        f"{VARIABLE}.valueFrom.secretKeyRef.name",
        "must be the name of a secret",
    ),
    "a variable from no entry of a secret": (
        from_secret("keys", ""),
        f"{VARIABLE}.valueFrom.secretKeyRef.key",
        "must be a key of a secret",
    ),
    "a variable from an entry that leads elsewhere": (
        from_secret("keys", ".."),
        f"{VARIABLE}.valueFrom.secretKeyRef.key",
        "must be a key of a secret",
    ),
    "a variable from no field": (
        from_field(""),
        f"{VARIABLE}.valueFrom.fieldRef.fieldPath",
        "must be a supported field",
    ),
    "a variable from a field nobody offers": (
        from_field("spec.containers"),
        f"{VARIABLE}.valueFrom.fieldRef.fieldPath",
        "must be a supported field",
    ),
}

PORTS: dict[str, Broken] = {
    "a port without name": (in_port(name=""), f"{GAME_PORT}.name", REQUIRED),
    "a port name of 16 characters": (
        in_port(name="abcdefghijklmnop"),
        f"{GAME_PORT}.name",
        PORT_NAME,
    ),
    "a port name in capitals": (in_port(name="clientPort"), f"{GAME_PORT}.name", PORT_NAME),
    "a port name without a letter": (in_port(name="7777"), f"{GAME_PORT}.name", PORT_NAME),
    "a port name with two hyphens together": (
        in_port(name="a--b"),
        f"{GAME_PORT}.name",
        PORT_NAME,
    ),
    "no protocol": (in_port(protocol=""), f"{GAME_PORT}.protocol", PROTOCOL),
    "a protocol in capitals": (in_port(protocol="UDP"), f"{GAME_PORT}.protocol", PROTOCOL),
    "an unknown protocol": (in_port(protocol="http"), f"{GAME_PORT}.protocol", PROTOCOL),
    "port zero": (in_port(port=0), f"{GAME_PORT}.port", PORT),
    "a negative port": (in_port(port=-1), f"{GAME_PORT}.port", PORT),
    "a port above the last": (in_port(port=65536), f"{GAME_PORT}.port", PORT),
}

RANGES: dict[str, Broken] = {
    "a range that begins at zero": (ports_between(0, 10), "portRange.start", PORT),
    "a range that ends above the last port": (
        ports_between(65000, 65536),
        "portRange.end",
        PORT,
    ),
    "a range of one port": (
        ports_between(40000, 40000),
        "portRange.start",
        "must be lower than end",
    ),
    "a range that runs backwards": (
        ports_between(40001, 40000),
        "portRange.start",
        "must be lower than end",
    ),
    "a port's own range that begins at zero": (
        own_ports_between(0, 10),
        f"{GAME_PORT}.hostPortRange.start",
        PORT,
    ),
    "a port's own range that ends above the last port": (
        own_ports_between(65000, 65536),
        f"{GAME_PORT}.hostPortRange.end",
        PORT,
    ),
    "a port's own range of one port": (
        own_ports_between(40000, 40000),
        f"{GAME_PORT}.hostPortRange.start",
        "must be lower than end",
    ),
    "a port's own range that runs backwards": (
        own_ports_between(40001, 40000),
        f"{GAME_PORT}.hostPortRange.start",
        "must be lower than end",
    ),
    "a range for all and a range for one": (
        in_container(ports=(make.ranged_port(1000, 2000),)),
        "portRange",
        BOTH_RANGES,
    ),
    "a range for one port and none for another": (
        make.scheduler(
            port_range=None,
            spec=make.spec(
                containers=(
                    make.container(
                        ports=(make.ranged_port(1000, 2000), make.container_port(name="query"))
                    ),
                )
            ),
        ),
        "spec.containers",
        "must configure HostPortRange for all scheduler.Spec.Container.Ports",
    ),
    "a port without any range": (
        make.scheduler(port_range=None),
        "spec.containers",
        "must configure HostPortRange for all scheduler.Spec.Container.Ports",
    ),
    "neither ports nor a range": (
        without_ports(),
        "portRange",
        "must configure scheduler.PortRange or scheduler.Spec.Container.Ports.HostPortRange",
    ),
}

AUTOSCALING: dict[str, Broken] = {
    "a minimum of zero": (scaling(min=0), "autoscaling.min", "must be 1 or greater"),
    "a maximum below unlimited": (scaling(max=-2), "autoscaling.max", "must be -1 or greater"),
    "a minimum above the maximum": (
        scaling(min=11, max=10),
        "autoscaling.min",
        "must be a number lower than Max",
    ),
    "a maximum of zero": (
        scaling(min=1, max=0),
        "autoscaling.min",
        "must be a number lower than Max",
    ),
    "a negative cooldown": (
        scaling(cooldown_s=-1),
        "autoscaling.cooldown",
        "must be 0 or greater",
    ),
    "no policy": (policy("", make.occupancy()), "autoscaling.policy.type", POLICY_TYPE),
    "an unknown policy": (
        policy("webhook", make.occupancy()),
        "autoscaling.policy.type",
        POLICY_TYPE,
    ),
    "occupancy without its parameters": (
        policy("roomOccupancy", make.fixed_buffer()),
        f"{PARAMETERS}.roomOccupancy",
        "must not be nil for RoomOccupancy policy type",
    ),
    "a buffer without its parameters": (
        policy("fixedBuffer", make.occupancy()),
        f"{PARAMETERS}.fixedBuffer",
        "must not be nil for FixedBuffer policy type",
    ),
    "none of all rooms free": (
        policy("roomOccupancy", make.occupancy("0")),
        f"{PARAMETERS}.roomOccupancy.readyTarget",
        SHARE,
    ),
    "all rooms free": (
        policy("roomOccupancy", make.occupancy("1")),
        f"{PARAMETERS}.roomOccupancy.readyTarget",
        SHARE,
    ),
    "a threshold of zero": (
        policy("roomOccupancy", make.occupancy("0.3", "0")),
        f"{PARAMETERS}.roomOccupancy.downThreshold",
        SHARE,
    ),
    "a threshold of one": (
        policy("roomOccupancy", make.occupancy("0.3", "1")),
        f"{PARAMETERS}.roomOccupancy.downThreshold",
        SHARE,
    ),
    "an empty buffer": (
        policy("fixedBuffer", make.fixed_buffer(0)),
        f"{PARAMETERS}.fixedBuffer.amount",
        "must be 1 or greater",
    ),
    "wrong parameters of the policy that is not used": (
        policy(
            "fixedBuffer",
            schedulers.PolicyParameters(
                fixed_buffer=schedulers.FixedBuffer(amount=1),
                room_occupancy=schedulers.RoomOccupancy(ready_target=Decimal(2)),
            ),
        ),
        f"{PARAMETERS}.roomOccupancy.readyTarget",
        SHARE,
    ),
    "a mistake in autoscaling that is switched off": (
        scaling(enabled=False, min=0),
        "autoscaling.min",
        "must be 1 or greater",
    ),
}

FORWARDERS: dict[str, Broken] = {
    "a forwarder without name": (forwarding(name=""), "forwarders[0].name", REQUIRED),
    "a forwarder without type": (
        forwarding(forward_type=""),
        "forwarders[0].type",
        FORWARDER_TYPE,
    ),
    "a forwarder type in lower case": (
        forwarding(forward_type="grpc"),
        "forwarders[0].type",
        FORWARDER_TYPE,
    ),
    "a forwarder without address": (forwarding(address=""), "forwarders[0].address", REQUIRED),
    "a forwarder without time to answer": (
        forwarding(options=schedulers.ForwarderOptions(timeout_ms=0)),
        "forwarders[0].options.timeout",
        "must be 1 or greater",
    ),
    "two forwarders of one name": (
        make.scheduler(forwarders=(make.forwarder(), make.forwarder(address="other:80"))),
        "forwarders",
        "forwarder name 'matchmaker' is used more than once",
    ),
    "a mistake in a forwarder that is switched off": (
        forwarding(enabled=False, address=""),
        "forwarders[0].address",
        REQUIRED,
    ),
}

LABELS: dict[str, Broken] = {
    "a label with an impossible key": (
        make.scheduler(labels={"a b": "1"}),
        "labels.a b",
        LABEL_KEY,
    ),
    "a label with an empty key": (make.scheduler(labels={"": "1"}), "labels.", LABEL_KEY),
    "a label with an empty prefix": (
        make.scheduler(labels={"/tier": "1"}),
        "labels./tier",
        LABEL_KEY,
    ),
    "a label with a prefix in capitals": (
        make.scheduler(labels={"Example.com/tier": "1"}),
        "labels.Example.com/tier",
        LABEL_KEY,
    ),
    "a label with a key of 64 characters": (
        make.scheduler(labels={"a" * 64: "1"}),
        f"labels.{'a' * 64}",
        LABEL_KEY,
    ),
    "a label with an impossible value": (
        make.scheduler(labels={"tier": "a b"}),
        "labels.tier",
        LABEL_VALUE,
    ),
    "a label with a value of 64 characters": (
        make.scheduler(labels={"tier": "a" * 64}),
        "labels.tier",
        LABEL_VALUE,
    ),
    "an annotation with an impossible key": (
        make.scheduler(annotations={"a b": "1"}),
        "annotations.a b",
        ANNOTATION_KEY,
    ),
    "annotations of more than 256 KiB": (
        make.scheduler(annotations={"a": "x" * (256 * 1024)}),
        "annotations",
        "must not be larger than 262144 bytes in all",
    ),
    **{
        f"the label {label!r} that is ours": (
            make.scheduler(labels={label: "mine"}),
            f"labels.{label}",
            OURS,
        )
        for label in ("heritage", "maestro-scheduler", "version", "maestro-installation")
    },
    "an annotation that is ours": (
        make.scheduler(annotations={"maestro-operation": "mine"}),
        "annotations.maestro-operation",
        OURS,
    ),
}

BROKEN: dict[str, Broken] = {
    **NAMES,
    **SIZES,
    **SPECS,
    **CONTAINERS,
    **ENVIRONMENTS,
    **PORTS,
    **RANGES,
    **AUTOSCALING,
    **FORWARDERS,
    **LABELS,
}

ACCEPTABLE: dict[str, Scheduler] = {
    "the sample of the tests": make.scheduler(),
    "a name of one letter": make.scheduler(name="a"),
    "a name that begins with a digit": make.scheduler(name="1v1"),
    "a name of 63 characters": make.scheduler(name="a" * 63),
    "a name that merely begins like a reserved one": make.scheduler(name="information"),
    "a name that looks like one of the cluster's": make.scheduler(name="kubernetes"),
    "no rooms at first": make.scheduler(rooms_replicas=0),
    "a surge of one room": make.scheduler(max_surge="1"),
    "a surge of one per cent": make.scheduler(max_surge="1%"),
    "a surge above all rooms": make.scheduler(max_surge="200%"),
    "one match in a room": make.scheduler(
        match_allocation=schedulers.MatchAllocation(max_matches=1)
    ),
    "35 matches in a room": make.scheduler(
        match_allocation=schedulers.MatchAllocation(max_matches=35)
    ),
    "a nanosecond to end": in_spec(termination_grace_period_ns=1),
    "a toleration and an affinity": in_spec(toleration="games", affinity="example.com/games"),
    "any restart policy": in_spec(restart_policy="whenever"),
    "several containers": in_spec(
        containers=(make.container(), make.container(name="sidecar", ports=()))
    ),
    "a container name of 63 characters": in_container(name="a" * 63),
    "no command": in_container(command=()),
    "requests equal to limits": in_container(requests=make.container().limits),
    "one gibibyte below 1200 mebibytes": in_container(
        requests=schedulers.Resources(memory="1Gi", cpu="1"),
        limits=schedulers.Resources(memory="1200Mi", cpu="1000m"),
    ),
    "no request to speak of": requesting(memory="0", cpu="0"),
    "every pull policy": in_spec(
        containers=tuple(
            make.container(name=name.lower(), image_pull_policy=name, ports=())
            for name in ("Always", "Never", "IfNotPresent")
        )
    ),
    "every protocol": in_container(
        ports=tuple(
            make.container_port(name=name, protocol=name) for name in ("tcp", "udp", "sctp")
        )
    ),
    "the first and the last port": in_container(
        ports=(make.container_port(port=1), make.container_port(name="last", port=65535))
    ),
    "a port name of 15 characters": in_port(name="abcdefghijklmno"),
    "the widest range": ports_between(1, 65535),
    "a range of two ports": ports_between(40000, 40001),
    "a range for each port": make.scheduler(
        port_range=None,
        spec=make.spec(
            containers=(
                make.container(
                    ports=(
                        make.ranged_port(1000, 2000),
                        make.ranged_port(1000, 2000, name="query"),
                    )
                ),
                make.container(name="sidecar", ports=()),
            )
        ),
    ),
    "a range nobody needs": make.scheduler(spec=make.spec(containers=(make.container(ports=()),))),
    "an empty variable": in_environment(value=""),
    "a variable with dots and hyphens in its name": in_environment(name="my.mode-1"),
    "a variable from a secret": from_secret("keys", "license.txt"),
    "a value beside a source": in_environment(
        value="x",
        value_from=schedulers.ValueFrom(field_ref=schedulers.FieldRef(field_path="metadata.name")),
    ),
    **{
        f"a variable from {field}": from_field(field)
        for field in (
            "metadata.name",
            "metadata.namespace",
            "metadata.uid",
            "metadata.labels['tier']",
            "metadata.annotations['example.com/tier']",
            "spec.nodeName",
            "spec.serviceAccountName",
            "status.hostIP",
            "status.podIP",
        )
    },
    "a minimum that is the maximum": scaling(min=5, max=5),
    "no maximum": scaling(min=5, max=-1),
    "no cooldown": scaling(cooldown_s=0),
    "a fixed buffer": policy("fixedBuffer", make.fixed_buffer(1)),
    "shares close to their bounds": policy("roomOccupancy", make.occupancy("0.000001", "0.999999")),
    "several forwarders": make.scheduler(
        forwarders=(make.forwarder(), make.forwarder(name="second", enabled=False))
    ),
    "labels with and without prefix": make.scheduler(
        labels={"tier": "1", "example.com/Team_1.x": "", "a" * 63: "a" * 63}
    ),
    "an annotation of any value": make.scheduler(annotations={"example.com/Notes": "a b\nc é"}),
    "an annotation that the cluster reads": make.scheduler(
        annotations={"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"}
    ),
}


class TestRefusals:
    @pytest.mark.parametrize(("scheduler", "field", "text"), BROKEN.values(), ids=BROKEN.keys())
    def test_one_broken_rule_is_named_with_its_field_and_nothing_else(
        self, scheduler: Scheduler, field: str, text: str
    ) -> None:
        assert said_of(scheduler) == [(field, text)]

    def test_a_configured_name_is_reserved(self) -> None:
        said = said_of(make.scheduler(name="monitoring"), reserved_names=["monitoring"])

        assert said == [("name", "'monitoring' is reserved")]

    def test_all_broken_rules_are_named_at_once(self) -> None:
        scheduler = make.scheduler(
            name="", game="", max_surge="0%", spec=make.spec(containers=()), port_range=None
        )

        fields = {field for field, _ in said_of(scheduler)}

        assert fields == {"name", "game", "maxSurge", "spec.containers", "portRange"}

    def test_the_path_counts_containers_ports_variables_and_forwarders(self) -> None:
        second = make.container(
            name="second",
            image="",
            ports=(make.container_port(name="a"), make.container_port(name="b", port=0)),
            environment=(
                schedulers.Environment(name="A"),
                schedulers.Environment(name=""),
            ),
        )
        scheduler = make.scheduler(
            spec=make.spec(containers=(make.container(), second)),
            forwarders=(make.forwarder(), make.forwarder(name="second", address="")),
        )

        assert {field for field, _ in said_of(scheduler)} == {
            "spec.containers[1].image",
            "spec.containers[1].environment[1].name",
            "spec.containers[1].ports[1].port",
            "forwarders[1].address",
        }

    def test_both_resources_of_both_kinds_are_looked_at(self) -> None:
        nothing = schedulers.Resources(memory="", cpu="")

        fields = {field for field, _ in said_of(in_container(requests=nothing, limits=nothing))}

        assert fields == {
            "spec.containers[0].requests.memory",
            "spec.containers[0].requests.cpu",
            "spec.containers[0].limits.memory",
            "spec.containers[0].limits.cpu",
        }

    def test_one_name_used_three_times_is_named_once(self) -> None:
        ports = tuple(make.container_port(port=port) for port in (1, 2, 3))

        assert len(said_of(in_container(ports=ports))) == 1


class TestAcceptance:
    @pytest.mark.parametrize("scheduler", ACCEPTABLE.values(), ids=ACCEPTABLE.keys())
    def test_nothing_is_wrong_with(self, scheduler: Scheduler) -> None:
        assert said_of(scheduler) == []

    @given(strategies.SCHEDULERS)
    def test_any_scheduler_is_judged_and_never_breaks_the_judge(self, scheduler: Scheduler) -> None:
        for field, text in said_of(scheduler):
            assert field
            assert text

    @given(strategies.NAMES)
    def test_every_name_of_the_rfc_is_accepted_unless_it_is_reserved(self, name: str) -> None:
        reserved = name in {"info", "default"} or name.startswith("kube-")

        assert bool(said_of(make.scheduler(name=name))) == reserved
