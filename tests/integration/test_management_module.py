"""The module management-api as processes: two servers that live and end together."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator

import grpc
import psutil
import pytest

from protos.api.v1.schedulers_pb2 import GetSchedulerRequest
from tests.contract import calls
from tests.contract.calls import Answer
from tests.ports import free_port
from tests.waiting import eventually

START_S = 60
STOP_S = 15
#: Of the stores, if they were there.
SECRET = "sesame"
PORTS = ("management_api", "management_api_grpc", "management_api_internal")


class Module:
    """`maestro start management-api`, with stores that are away."""

    def __init__(self, output: pathlib.Path, **ports: int) -> None:
        self.output = output
        self.ports = {name: free_port() for name in PORTS} | ports
        env = {f"MAESTRO_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        stores = {
            "MAESTRO_POSTGRES_URL": f"postgresql+psycopg2://nobody:{SECRET}@127.0.0.1:{free_port()}/nothing",
            "MAESTRO_REDIS_URL": f"redis://:{SECRET}@127.0.0.1:{free_port()}/0",
            "MAESTRO_BROKER_URL": f"redis://:{SECRET}@127.0.0.1:{free_port()}/1",
        }
        #: Those below, once they run.
        self.processes: list[psutil.Process] = []
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "maestro", "start", "management-api"],
                env=dict(os.environ) | env | stores,
                stdout=file,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        """What it printed."""
        return self.output.read_text(errors="replace")

    def over_grpc(self) -> Answer:
        """The answer to a call."""
        raw = GetSchedulerRequest(scheduler_name="arena").SerializeToString()
        with grpc.insecure_channel(f"127.0.0.1:{self.ports['management_api_grpc']}") as channel:
            return calls.send(channel, "GetScheduler", raw)

    def over_http(self) -> int:
        """The status of a request; 0 when nobody answers."""
        url = f"http://127.0.0.1:{self.ports['management_api']}/schedulers/arena"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code
        except OSError:
            return 0

    def child(self, word: str) -> psutil.Process:
        """The server whose command line has this word."""
        children = psutil.Process(self.process.pid).children()
        return next(each for each in children if any(word in part for part in each.cmdline()))

    def end(self) -> None:
        """However a test went, nothing stays."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(STOP_S)
        for process in self.processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


@pytest.fixture
def module(tmp_path: pathlib.Path) -> Iterator[Module]:
    module = Module(tmp_path / "output")
    away = Answer(code=14, message="temporarily unavailable, try again")
    try:
        eventually(lambda: module.over_grpc() == away, within_s=START_S, explain=module.text)
        eventually(lambda: module.over_http() == 503, within_s=START_S, explain=module.text)
        module.processes = psutil.Process(module.process.pid).children(recursive=True)
        yield module
    finally:
        module.end()


def test_told_to_stop_it_ends_without_complaint(module: Module) -> None:
    module.process.terminate()

    assert module.process.wait(STOP_S) == 0, module.text()
    assert "process_ended" not in module.text()
    lines = [json.loads(line) for line in module.text().splitlines()]
    assert "request_unavailable" in [line["event"] for line in lines]
    assert SECRET not in module.text()
    assert "Traceback" not in module.text()


@pytest.mark.parametrize("server", ["serve_rpc", "serve_http"])
def test_one_server_does_not_go_on_without_the_other(module: Module, server: str) -> None:
    servers = [module.child("serve_rpc"), module.child("serve_http")]

    module.child(server).kill()

    assert module.process.wait(STOP_S) != 0
    assert "process_ended" in module.text()
    _, alive = psutil.wait_procs(servers, timeout=STOP_S)
    assert not alive


def test_a_killed_module_leaves_the_port_of_grpc_to_its_successor(module: Module) -> None:
    server = module.child("serve_rpc")

    module.process.kill()

    server.wait(STOP_S)


def test_a_taken_port_is_told_in_one_line_and_ends_it(
    tmp_path: pathlib.Path, module: Module
) -> None:
    taken = module.ports["management_api_grpc"]

    second = Module(tmp_path / "second", management_api_grpc=taken)

    assert second.process.wait(START_S) == 1
    assert f"cannot listen on 127.0.0.1:{taken}" in second.text()
    assert "Traceback" not in second.text()
