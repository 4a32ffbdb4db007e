"""The URL of the state store says what it leads to, and what is wrong with it."""

import pydantic
import pytest

from maestro.config import Settings
from maestro.domain import state_stores
from maestro.domain.state_stores import Topology

SECRET = "hunter2"


@pytest.mark.parametrize("url", ["redis://here:1/2", "rediss://here", "unix:///run/redis?db=1"])
def test_one_server_is_named_as_redis_py_has_it(url: str) -> None:
    store = state_stores.read(url)

    assert (store.topology, store.server) == (Topology.SERVER, url)


def test_a_cluster_is_named_by_some_of_its_servers() -> None:
    url = f"rediss+cluster://me:{SECRET}@one:7000,two,[::1]:7002/0?ssl_ca_certs=/ca.pem"

    store = state_stores.read(url)

    assert store.topology is Topology.CLUSTER
    assert store.nodes == (("one", 7000), ("two", 6379), ("::1", 7002))
    assert store.server == f"rediss://me:{SECRET}@host/0?ssl_ca_certs=%2Fca.pem"
    assert SECRET not in repr(store)


def test_sentinels_lead_to_a_service() -> None:
    url = (
        f"redis+sentinel://:{SECRET}%40@one:1,two/fleets"
        f"?db=3&sentinel_username=watch&sentinel_password={SECRET}"
    )

    store = state_stores.read(url)

    assert store.topology is Topology.SENTINEL
    assert (store.nodes, store.service) == ((("one", 1), ("two", 26379)), "fleets")
    assert store.server == f"redis://:{SECRET}%40@host/3"
    assert store.sentinels == {"username": "watch", "password": SECRET}
    assert SECRET not in repr(store)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (f"memcached://{SECRET}@here", "must begin with one of redis://"),
        ("", "must begin with one of redis://"),
        (f"redis+cluster://me:{SECRET}@one:7000/4", "a Redis Cluster has only number 0"),
        (f"redis+cluster://me:{SECRET}@one:7000?db=4", "a Redis Cluster has only number 0"),
        (f"redis+cluster://me:{SECRET}@one:many", "must name its hosts as HOST:PORT"),
        (f"redis+cluster://me:{SECRET}@one:1,,two:2", "must name its hosts as HOST:PORT"),
        ("redis+cluster://", "must name its hosts as HOST:PORT"),
        (f"redis+sentinel://me:{SECRET}@one:1,two:2", "must name the service"),
        (f"redis+sentinel://me:{SECRET}@one:1/a/b", "must name the service"),
        (f"redis+sentinel://me:{SECRET}@one:1/fleets?db=x", "a `db` that is no number"),
        (f"redis+sentinel://me:{SECRET}/x@one:1/fleets", "is cut by a character of its password"),
    ],
)
def test_what_is_wrong_is_said_with_the_name_of_the_setting(url: str, why: str) -> None:
    with pytest.raises(pydantic.ValidationError) as refused:
        Settings(redis_url=url)

    said = str(refused.value)
    assert "redis_url" in said
    assert why in said
    assert SECRET not in said
