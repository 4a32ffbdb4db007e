"""What every PortRegistry promises: no two rooms of a scheduler share a host port."""

import dataclasses
import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro.domain.operations import EventText, OperationStatus, TestOperation
from maestro.domain.rooms import HostPort
from maestro.domain.schedulers import ContainerPort, PortRange, Scheduler
from maestro.ports.storage import Grant
from tests import make
from tests.contract.conftest import Stores

Answers = Mapping[str, tuple[HostPort, ...] | str]

#: Which of eight rooms come, or go, in turn.
COURSES = st.lists(
    st.tuples(
        st.sampled_from(["comes", "goes"]), st.lists(st.integers(1, 8), max_size=4, unique=True)
    ),
    max_size=10,
)


def with_range(start: int, end: int, *ports: ContainerPort) -> Scheduler:
    """Rooms whose ports all come from one range; one port unless told otherwise."""
    container = make.container(ports=ports or (make.container_port(),))
    return make.scheduler(
        port_range=PortRange(start=start, end=end), spec=make.spec(containers=(container,))
    )


def with_own_ranges(*ports: ContainerPort) -> Scheduler:
    """Rooms of which each port brings its own range."""
    return make.scheduler(
        port_range=None, spec=make.spec(containers=(make.container(ports=ports),))
    )


def given_ports(answers: Answers) -> list[tuple[str, int]]:
    """All (protocol, port) pairs that rooms got."""
    got = [ports for ports in answers.values() if not isinstance(ports, str)]
    return [(port.protocol, port.port) for ports in got for port in ports]


def numbers(answer: tuple[HostPort, ...] | str) -> list[int]:
    assert not isinstance(answer, str)
    return [port.port for port in answer]


def rooms(amount: int, first: int = 1) -> list[str]:
    return [f"arena-{number}" for number in range(first, first + amount)]


def register(stores: Stores, grant: Grant, answers: Answers) -> None:
    """Store the rooms that got ports, as whoever creates them does."""
    for room, ports in answers.items():
        if not isinstance(ports, str):
            stores.rooms.register(grant, [make.new_room(id=room, ports=ports)])


@pytest.fixture
def grant(stores: Stores) -> Grant:
    """The right to change the fleet."""
    return stores.begin(make.operation(TestOperation()))


class TestReserve:
    def test_a_room_gets_a_port_of_the_range(self, stores: Stores, grant: Grant) -> None:
        answers = stores.ports.reserve(grant, ["arena-1"], with_range(40000, 40099))

        ports = answers["arena-1"]
        assert not isinstance(ports, str)
        (port,) = ports
        assert (port.name, port.protocol) == ("game", "udp")
        assert 40000 <= port.port <= 40099

    def test_a_room_gets_as_many_ports_as_its_containers_have(
        self, stores: Stores, grant: Grant
    ) -> None:
        sidecar = make.container(
            name="sidecar",
            ports=(make.container_port(name="metrics", protocol="tcp", port=9090),),
        )
        server = make.container(
            ports=(make.container_port(), make.container_port(name="query", port=7778))
        )
        scheduler = make.scheduler(spec=make.spec(containers=(server, sidecar)))

        answers = stores.ports.reserve(grant, ["arena-1"], scheduler)

        ports = answers["arena-1"]
        assert not isinstance(ports, str)
        assert [(port.name, port.protocol) for port in ports] == [
            ("game", "udp"),
            ("query", "udp"),
            ("metrics", "tcp"),
        ]
        assert len(set(numbers(ports))) == 3

    def test_both_ends_of_the_range_are_used(self, stores: Stores, grant: Grant) -> None:
        answers = stores.ports.reserve(grant, rooms(3), with_range(40000, 40002))

        assert sorted(given_ports(answers)) == [("udp", 40000), ("udp", 40001), ("udp", 40002)]

    def test_no_two_rooms_share_a_port(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(
            40000, 40199, make.container_port(), make.container_port(name="query")
        )

        first = stores.ports.reserve(grant, rooms(50), scheduler)
        second = stores.ports.reserve(grant, rooms(50, first=51), scheduler)

        ports = given_ports(first) + given_ports(second)
        assert len(ports) == 200
        assert len(set(ports)) == 200

    def test_a_port_of_another_protocol_is_another_port(self, stores: Stores, grant: Grant) -> None:
        stores.ports.reserve(grant, rooms(3), with_range(40000, 40002))
        tcp = with_range(40000, 40002, make.container_port(protocol="tcp"))

        answers = stores.ports.reserve(grant, rooms(3, first=4), tcp)

        assert len(given_ports(answers)) == 3

    def test_each_port_comes_from_its_own_range(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_own_ranges(
            make.ranged_port(1000, 1099), make.ranged_port(2000, 2099, name="query")
        )

        answers = stores.ports.reserve(grant, rooms(20), scheduler)

        for ports in answers.values():
            game, query = numbers(ports)
            assert 1000 <= game <= 1099
            assert 2000 <= query <= 2099
        assert len(set(given_ports(answers))) == 40

    def test_ports_of_one_room_with_one_range_differ(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_own_ranges(
            make.ranged_port(1000, 1001), make.ranged_port(1000, 1001, name="query")
        )

        answers = stores.ports.reserve(grant, ["arena-1"], scheduler)

        assert sorted(numbers(answers["arena-1"])) == [1000, 1001]

    def test_a_room_without_ports_gets_none(self, stores: Stores, grant: Grant) -> None:
        scheduler = make.scheduler(spec=make.spec(containers=(make.container(ports=()),)))

        assert stores.ports.reserve(grant, ["arena-1"], scheduler) == {"arena-1": ()}

    def test_no_rooms_get_nothing(self, stores: Stores, grant: Grant) -> None:
        assert stores.ports.reserve(grant, [], with_range(40000, 40099)) == {}

    def test_schedulers_may_use_the_same_ports(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40001)
        stores.ports.reserve(grant, rooms(2), scheduler)
        other = stores.begin(make.operation(TestOperation(), scheduler="other"))

        answers = stores.ports.reserve(
            other, rooms(2), dataclasses.replace(scheduler, name="other")
        )

        assert len(given_ports(answers)) == 2

    def test_many_who_ask_at_once_share_nothing(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40199)

        with ThreadPoolExecutor(20) as pool:
            answers = list(
                pool.map(
                    lambda number: stores.ports.reserve(
                        grant, rooms(10, first=10 * number), scheduler
                    ),
                    range(20),
                )
            )

        ports = [port for each in answers for port in given_ports(each)]
        assert len(set(ports)) == len(ports) == 200


class TestKeeping:
    def test_a_room_keeps_its_ports(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40099)
        first = stores.ports.reserve(grant, rooms(5), scheduler)

        assert stores.ports.reserve(grant, rooms(5), scheduler) == first

    def test_it_keeps_them_when_another_worker_asks(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40099)
        first = stores.ports.reserve(grant, rooms(5), scheduler)
        heir = stores.lose(grant)

        assert stores.ports.reserve(heir, rooms(5), scheduler) == first

    def test_it_keeps_them_when_the_range_is_exhausted(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40002)
        first = stores.ports.reserve(grant, rooms(3), scheduler)

        again = stores.ports.reserve(grant, rooms(4), scheduler)

        assert {room: again[room] for room in rooms(3)} == first

    def test_it_keeps_them_even_if_somebody_says_they_are_taken(
        self, stores: Stores, grant: Grant
    ) -> None:
        # The runtime sees the room itself use them.
        scheduler = with_range(40000, 40099)
        first = stores.ports.reserve(grant, rooms(3), scheduler)

        again = stores.ports.reserve(grant, rooms(3), scheduler, taken=given_ports(first))

        assert again == first


class TestExhausted:
    def test_four_rooms_on_three_ports_are_three_rooms(self, stores: Stores, grant: Grant) -> None:
        answers = stores.ports.reserve(grant, rooms(4), with_range(40000, 40002))

        refused = [answer for answer in answers.values() if isinstance(answer, str)]
        assert len(given_ports(answers)) == 3
        assert refused == ["not enough ports to allocate: need 1, free 0 in 40000-40002"]

    def test_a_room_gets_all_its_ports_or_none(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(
            40000, 40004, make.container_port(), make.container_port(name="query")
        )

        answers = stores.ports.reserve(grant, rooms(3), scheduler)

        refused = [answer for answer in answers.values() if isinstance(answer, str)]
        assert len(given_ports(answers)) == 4
        assert refused == ["not enough ports to allocate: need 2, free 1 in 40000-40004"]

    def test_a_room_that_got_none_holds_none(self, stores: Stores, grant: Grant) -> None:
        pair = with_range(40000, 40002, make.container_port(), make.container_port(name="query"))
        stores.ports.reserve(grant, rooms(2), pair)

        answers = stores.ports.reserve(grant, ["arena-3"], with_range(40000, 40002))

        assert len(given_ports(answers)) == 1

    def test_the_range_that_is_exhausted_is_named(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_own_ranges(
            make.ranged_port(1000, 1999), make.ranged_port(2000, 2001, name="query")
        )

        answers = stores.ports.reserve(grant, rooms(3), scheduler)

        refused = [answer for answer in answers.values() if isinstance(answer, str)]
        assert refused == ["not enough ports to allocate: need 1, free 0 in 2000-2001"]

    def test_a_room_that_asks_again_later_gets_what_became_free(
        self, stores: Stores, grant: Grant
    ) -> None:
        scheduler = with_range(40000, 40001)
        register(stores, grant, stores.ports.reserve(grant, rooms(2), scheduler))
        stores.rooms.gone(grant, ["arena-1"])

        answers = stores.ports.reserve(grant, ["arena-3"], scheduler)

        assert len(given_ports(answers)) == 1


class TestTaken:
    def test_a_port_that_somebody_else_uses_is_given_to_nobody(
        self, stores: Stores, grant: Grant
    ) -> None:
        taken = [("udp", 40000), ("udp", 40002)]

        answers = stores.ports.reserve(grant, rooms(2), with_range(40000, 40003), taken=taken)

        assert sorted(given_ports(answers)) == [("udp", 40001), ("udp", 40003)]

    def test_it_counts_as_not_free(self, stores: Stores, grant: Grant) -> None:
        taken = [("udp", 40000), ("udp", 40001)]

        answers = stores.ports.reserve(grant, rooms(1), with_range(40000, 40001), taken=taken)

        assert answers == {"arena-1": "not enough ports to allocate: need 1, free 0 in 40000-40001"}

    def test_use_of_another_protocol_does_not_matter(self, stores: Stores, grant: Grant) -> None:
        taken = [("tcp", 40000), ("tcp", 40001)]

        answers = stores.ports.reserve(grant, rooms(2), with_range(40000, 40001), taken=taken)

        assert len(given_ports(answers)) == 2

    def test_it_is_not_taken_for_ever(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40001)
        stores.ports.reserve(grant, rooms(2), scheduler, taken=[("udp", 40000)])

        answers = stores.ports.reserve(grant, rooms(2), scheduler)

        assert len(given_ports(answers)) == 2


def let_instance_end(stores: Stores, room: str) -> None:
    stores.changes.push([make.gone(room=room, uid="instance")])
    stores.changes.apply("arena", limit=10)


#: Ways in which a room ends.
ENDS: dict[str, Callable[[Stores, Grant, str], object]] = {
    "gone": lambda stores, grant, room: stores.rooms.gone(grant, [room]),
    "not created": lambda stores, grant, room: stores.rooms.not_created(grant, [room]),
    "its instance ended": lambda stores, grant, room: let_instance_end(stores, room),
    "the scheduler is forgotten": lambda stores, grant, room: stores.operations.forget(
        "arena", keep=[grant.operation]
    ),
}


class TestFreeing:
    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
    def test_the_ports_of_a_room_that_ended_are_free(
        self, stores: Stores, grant: Grant, end: Callable[[Stores, Grant, str], object]
    ) -> None:
        scheduler = with_range(
            40000, 40003, make.container_port(), make.container_port(name="query")
        )
        first = stores.ports.reserve(grant, rooms(2), scheduler)
        register(stores, grant, first)

        end(stores, grant, "arena-1")

        second = stores.ports.reserve(grant, ["arena-3"], scheduler)
        assert set(given_ports(second)) <= set(given_ports(first))
        assert len(given_ports(second)) == 2

    def test_the_other_rooms_keep_theirs(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40003)
        first = stores.ports.reserve(grant, rooms(3), scheduler)
        register(stores, grant, first)
        stores.rooms.gone(grant, ["arena-2"])

        again = stores.ports.reserve(grant, ["arena-1", "arena-3"], scheduler)

        assert again == {room: first[room] for room in ("arena-1", "arena-3")}

    def test_a_room_that_was_never_registered_gives_its_ports_back_too(
        self, stores: Stores, grant: Grant
    ) -> None:
        scheduler = with_range(40000, 40001)
        stores.ports.reserve(grant, rooms(2), scheduler)

        stores.rooms.not_created(grant, rooms(2))

        answers = stores.ports.reserve(grant, rooms(2, first=3), scheduler)
        assert len(given_ports(answers)) == 2

    def test_a_room_that_ends_frees_no_port_of_another_one(
        self, stores: Stores, grant: Grant
    ) -> None:
        scheduler = with_range(40000, 40001)
        first = stores.ports.reserve(grant, rooms(2), scheduler)
        register(stores, grant, first)
        # A room that was forgotten turns up, and claims the port of another one.
        stray = make.instance(room="arena-9", ports=make.host_ports(numbers(first["arena-1"])[0]))
        stores.changes.push([make.change(stray)])
        stores.changes.apply("arena", limit=10)

        stores.rooms.gone(grant, ["arena-9"])

        answers = stores.ports.reserve(grant, ["arena-3"], scheduler)
        assert given_ports(answers) == []

    def test_claiming_a_room_frees_nothing_yet(self, stores: Stores, grant: Grant) -> None:
        scheduler = with_range(40000, 40001)
        register(stores, grant, stores.ports.reserve(grant, rooms(2), scheduler))

        stores.rooms.claim_for_removal(
            grant, rooms(2), allowed=[stores.rooms.get("arena", "arena-1").status]
        )

        answers = stores.ports.reserve(grant, ["arena-3"], scheduler)
        assert given_ports(answers) == []


class TestAnyCourse:
    """Rooms come and go in any order."""

    @settings(
        deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(course=COURSES, each=st.integers(1, 2))
    def test_no_two_living_rooms_ever_share_a_port(
        self, make_stores: Callable[..., Stores], course: list[tuple[str, list[int]]], each: int
    ) -> None:
        stores = make_stores()
        scheduler = with_range(
            40000, 40006, *(make.container_port(name=f"port-{number}") for number in range(each))
        )
        grant = stores.begin(make.operation(TestOperation()))
        living: dict[str, tuple[HostPort, ...]] = {}
        for verb, chosen in course:
            names = [f"arena-{number}" for number in chosen]
            if verb == "comes":
                answers = stores.ports.reserve(grant, names, scheduler)
                register(stores, grant, answers)
                for room, ports in answers.items():
                    if not isinstance(ports, str):
                        assert living.get(room, ports) == ports
                        living[room] = ports
                    else:
                        assert 7 - each * len(living) < each
            else:
                stores.rooms.gone(grant, names)
                for room in names:
                    living.pop(room, None)
            held = [port.port for port in itertools.chain(*living.values())]
            assert len(set(held)) == len(held)
        stores.operations.finish(
            grant, OperationStatus.FINISHED, TestOperation(), event=EventText.FINISHED
        )
        stores.operations.forget("arena")
