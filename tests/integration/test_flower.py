"""Flower as a module, with a worker and their broker: what it shows, and to whom."""

import base64
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
import redis
import sqlalchemy as sa

from maestro import bootstrap, request_ids
from maestro.config import Settings
from maestro.domain.operations import TestOperation
from tests import make, ports, stores
from tests.waiting import eventually

PASSWORD = "open-sesame"
BROKER_PASSWORD = "of-the-broker"
START_S = 90.0
SCHEDULERS = {"arena", "castle"}
QUEUES = {f"operations.{name}" for name in SCHEDULERS}
#: A database of the server that holds nothing but these messages.
BROKER_DATABASE = "12"
LISTENING = ("worker_internal_port", "flower_port", "flower_internal_port")


class Site:
    """A worker and Flower, two schedulers, and one operation of each that ran."""

    def __init__(self, folder: pathlib.Path, postgres_url: str, redis_url: str, prefix: str):
        server = sa.make_url(redis_url)
        user = server.set(username="watcher", password=BROKER_PASSWORD)
        self.broker = redis.Redis.from_url(
            server.set(database=BROKER_DATABASE).render_as_string(False)
        )
        self.broker.flushdb()
        # A user of the server with a password, so that the URL has a secret.
        self.broker.acl_setuser(
            "watcher", enabled=True, passwords=f"+{BROKER_PASSWORD}",
            keys="*", channels="*", commands=["+@all"],
        )  # fmt: skip
        listening: dict[str, Any] = {name: ports.free_port() for name in LISTENING}
        self.settings = Settings(
            postgres_url=postgres_url,
            redis_url=redis_url,
            redis_prefix=prefix,
            broker_url=user.set(database=BROKER_DATABASE).render_as_string(False),
            local_rooms_dir=folder / "rooms",
            flower_basic_auth=f"ann:{PASSWORD},bob:another",
            **listening,
        )
        self._folder = folder
        self._processes: dict[str, psutil.Popen] = {}
        self._maestro = bootstrap.Maestro(self.settings)
        #: Of each scheduler, those that were asked for.
        self.operations: dict[str, set[str]] = {}

    def start(self) -> None:
        """Everything that is to be seen, and until Flower sees it."""
        bootstrap.migrate(self.settings)
        for name in sorted(SCHEDULERS):
            operation = make.operation(TestOperation(), scheduler=name)
            self._maestro.schedulers.create(make.scheduler(name=name), operation)
        for module in ("worker", "flower"):
            self.module(module)
        eventually(self._sees_queues, within_s=START_S, every_s=0.3, explain=self.text)
        eventually(self._sees_operations, within_s=START_S, every_s=0.5, explain=self.text)

    def _sees_operations(self) -> bool:
        """Whether a task tells an operation of each; hints are few, so another one may be asked."""
        for name in SCHEDULERS.difference(self.told()):
            with request_ids.bound(f"request-of-{name}"):
                operation = self._maestro.dispatch.new(name, make.uid(name), TestOperation())
                self._maestro.dispatch.enqueue(operation)
                self.operations.setdefault(name, set()).add(operation.id)
        return set(self.told()) == SCHEDULERS

    def told(self) -> dict[str, str]:
        """What tasks tell of our operations, by scheduler."""
        return {
            name: task["kwargs"]
            for task in self.tasks("maestro.run_next")
            for name, operations in self.operations.items()
            if name in task["args"] and any(each in task["kwargs"] for each in operations)
        }

    def module(self, name: str, **changes: Any) -> psutil.Popen:
        """Start one."""
        given = {field: getattr(self.settings, field) for field in self.settings.model_fields_set}
        given["flower_basic_auth"] = self.settings.flower_basic_auth.get_secret_value()
        env = {f"MAESTRO_{field.upper()}": str(value) for field, value in (given | changes).items()}
        with (self._folder / f"{name}.log").open("ab") as output:
            process = psutil.Popen(
                [sys.executable, "-m", "maestro", "start", name],
                env=dict(os.environ) | env,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._processes[f"{name} {len(self._processes)}"] = process
        return process

    def text(self) -> str:
        """What they printed."""
        return "\n".join(file.read_text(errors="replace") for file in self._folder.glob("*.log"))

    def ask(
        self, path: str, *, credentials: str = f"ann:{PASSWORD}", port: int = 0
    ) -> tuple[int, str]:
        """Status and text of an answer; status 0 when nobody answers."""
        headers = {}
        if credentials:
            headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
        url = f"http://127.0.0.1:{port or self.settings.flower_port}{path}"
        request = urllib.request.Request(url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode()
        except OSError:
            return 0, ""

    def api(self, path: str) -> Any:
        """An answer of the API."""
        status, text = self.ask(f"/api/{path}")
        return json.loads(text) if status == 200 else {}

    def queues(self) -> set[str]:
        """Which the operations node consumes, as Flower sees it."""
        seen = self.api("workers?refresh=1")
        return {
            queue["name"]
            for name, worker in seen.items()
            if name.startswith("operations@")
            for queue in worker.get("active_queues", ())
        }

    def tasks(self, name: str) -> list[Any]:
        """Tasks of that name that ended."""
        seen = self.api(f"tasks?taskname={name}").values()
        return [task for task in seen if task["state"] == "SUCCESS"]

    def _sees_queues(self) -> bool:
        return self.queues() >= QUEUES

    def end(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self._processes.values():
            process.wait(60)
        with contextlib.suppress(redis.RedisError):
            self.broker.flushdb()
            self.broker.acl_deluser("watcher")
        self.broker.close()

    def flower(self) -> psutil.Popen:
        """Its process."""
        return next(process for name, process in self._processes.items() if "flower" in name)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, redis_url: str
) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("flower")
    with stores.fresh_prefix(redis_url) as prefix:
        site = Site(folder, database_url, redis_url, prefix)
        try:
            site.start()
            yield site
        finally:
            site.end()


def test_each_scheduler_has_a_queue_of_its_own(site: Site) -> None:
    assert site.queues() >= QUEUES
    lengths = {each["name"] for each in site.api("queues/length")["active_queues"]}
    assert QUEUES | {"system"} <= lengths


def test_tasks_tell_whose_operation_they_are(site: Site) -> None:
    for name, told in site.told().items():
        assert f"'request_id': 'request-of-{name}'" in told


@pytest.mark.parametrize("path", ["/", "/workers", "/tasks", "/api/workers", "/api/tasks"])
@pytest.mark.parametrize("credentials", ["", "ann:guessed", f"eve:{PASSWORD}"])
def test_strangers_see_nothing(site: Site, path: str, credentials: str) -> None:
    assert site.ask(path, credentials=credentials)[0] == 401


def test_everyone_who_was_given_a_password_may_look(site: Site) -> None:
    assert site.ask("/workers")[0] == site.ask("/workers", credentials="bob:another")[0] == 200


def test_no_password_is_shown(site: Site) -> None:
    shown = [site.ask(path)[1] for path in ("/api/workers?refresh=1", "/broker", "/workers")]
    assert all(shown)
    shown += [site.text(), *site.flower().cmdline()]
    assert not [text for text in shown if PASSWORD in text or BROKER_PASSWORD in text]


def test_it_listens_on_loopback_only(site: Site) -> None:
    listening = site.flower().net_connections("tcp")
    addresses = {each.laddr.ip for each in listening if each.status == psutil.CONN_LISTEN}
    assert addresses == {"127.0.0.1"}


def test_its_internal_port_answers(site: Site) -> None:
    port = site.settings.flower_internal_port
    assert site.ask("/readyz", credentials="", port=port) == (200, "OK")


def test_every_line_is_json(site: Site) -> None:
    lines = [line for line in site.text().splitlines() if line.strip()]
    modules = {json.loads(line)["module"] for line in lines}
    assert modules <= {"worker", "flower"}


def test_without_passwords_its_pages_are_open_and_its_api_is_not(site: Site) -> None:
    own = {name: ports.free_port() for name in ("flower_port", "flower_internal_port")}
    site.module("flower", flower_basic_auth="", **own)
    port = own["flower_port"]
    eventually(
        lambda: site.ask("/", credentials="", port=port)[0] == 200, within_s=START_S, every_s=0.2
    )
    assert site.ask("/api/tasks", credentials="", port=port)[0] == 401


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"flower_basic_auth": "secret-without-name"}, "must be NAME:PASSWORD"),
        ({}, "Address already in use"),
    ],
)
def test_what_keeps_it_from_starting_is_told_in_one_line(
    site: Site, changes: dict[str, str], reason: str
) -> None:
    second = site.module("flower", flower_internal_port=ports.free_port(), **changes)

    assert second.wait(START_S) == 1
    assert reason in site.text()
    assert "secret-without-name" not in site.text()
