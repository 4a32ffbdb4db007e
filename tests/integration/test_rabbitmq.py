"""RabbitMQ as the broker: one queue per scheduler, and its hints may all be lost."""

import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

import pytest

from maestro import bootstrap
from maestro.config import Settings
from maestro.domain.findings import Status
from maestro.domain.operations import TestOperation
from maestro.queue import checkup
from tests import make, ports, rabbitmq
from tests.rabbitmq import Rabbit
from tests.waiting import eventually

pytestmark = pytest.mark.skipif(
    not rabbitmq.is_installed(), reason="RabbitMQ is not installed (apt install rabbitmq-server)"
)
FLEETS = ("arena", "castle")


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rabbit]:
    """A broker for all tests here; each leaves it running."""
    with rabbitmq.running(tmp_path_factory.mktemp("rabbit")) as broker:
        yield broker


@pytest.fixture
def maestro(
    rabbit: Rabbit, database_url: str, redis_url: str, redis_prefix: str, tmp_path: pathlib.Path
) -> Iterator[bootstrap.Maestro]:
    """An installation with a worker."""
    settings = Settings(
        postgres_url=database_url,
        redis_url=redis_url,
        redis_prefix=redis_prefix,
        broker_url=rabbit.url,
        local_rooms_dir=tmp_path / "rooms",
        worker_internal_port=ports.free_port(),
    )
    bootstrap.migrate(settings)
    named = {
        f"MAESTRO_{name.upper()}": str(getattr(settings, name))
        for name in settings.model_fields_set
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "maestro", "start", "worker"], env=os.environ | named
    )
    parts = bootstrap.Maestro(settings)
    try:
        yield parts
    finally:
        process.terminate()
        process.wait(30)
        parts.engine.dispose()
        parts.redis.close()


def work_off(maestro: bootstrap.Maestro, *, amount: int) -> None:
    """Let each fleet do so many things, and see that they were done in order."""
    uids = maestro.schedulers.uids()
    ids = {}
    for name in FLEETS:
        operations = [
            maestro.dispatch.new(name, uids[name], TestOperation()) for _ in range(amount)
        ]
        for operation in operations:
            maestro.dispatch.enqueue(operation)
        ids[name] = [operation.id for operation in operations]
    eventually(lambda: not any(map(maestro.operations.open_kinds, FLEETS)), within_s=60)
    for name, its in ids.items():
        done = [maestro.operations.get(name, each) for each in its]
        begun = [operation.history[1].created_at for operation in done]
        assert begun == sorted(begun)


def test_operations_are_done_and_a_broker_that_died_costs_nothing(
    rabbit: Rabbit, maestro: bootstrap.Maestro
) -> None:
    for name in FLEETS:
        maestro.management.schedulers.create(make.scheduler(name=name, rooms_replicas=0))
    eventually(lambda: not any(map(maestro.operations.open_kinds, FLEETS)), within_s=60)
    work_off(maestro, amount=5)

    rabbit.kill()
    # Nobody hears of these now, and nobody will by a message.
    uids = maestro.schedulers.uids()
    for name in FLEETS:
        maestro.dispatch.enqueue(maestro.dispatch.new(name, uids[name], TestOperation()))
    rabbit.start()

    work_off(maestro, amount=5)


def test_what_the_doctor_says_of_it(rabbit: Rabbit) -> None:
    check = checkup.check(rabbit.url, state_url="redis://127.0.0.1/0", timeout_s=5)

    (found,) = check.ask()

    assert found.status is Status.OK
    assert "amqp" in found.found
