"""The internal port: each answer is whole, whatever was answered before."""

import http.client

from maestro.internal import InternalServer


def test_each_answer_has_a_length_of_its_own(free_port: int) -> None:
    # Given a store that is away at first
    away = [True]

    def check() -> None:
        if away:
            raise OSError(away.pop())

    with InternalServer(
        "127.0.0.1",
        free_port,
        module="worker",
        checks={"redis": check},
        schedulers=list,
    ):
        assert ask(free_port) == (503, "Service Unavailable: no answer from redis")
        assert ask(free_port) == (200, "OK")


def ask(port: int) -> tuple[int, str]:
    """What `/readyz` says."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/readyz")
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body
