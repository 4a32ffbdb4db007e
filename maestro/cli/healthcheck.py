"""
`maestro healthcheck`: for containers, whose engine asks by running a program in them.

Asks /healthz, not /readyz: a module whose stores are away must not be started anew for it.
"""

import contextlib
import http.client
import sys

import click

from maestro import config
from maestro.cli.modules import MODULES, internal_port
from maestro.config import Settings

TIMEOUT_S = 3.0


@click.command()
@click.argument("module", required=False, type=click.Choice(sorted(MODULES)))
def healthcheck(module: str | None) -> None:
    """
    Say whether the MODULE that runs in this container is alive.

    Without MODULE, whatever answers on one of the internal ports is asked. Ends with exit code 1
    when nobody answers, or somebody that it is not well.
    """
    settings = Settings()
    asked = [module] if module else sorted(MODULES)
    answers = {name: _ask(settings.internal_host, internal_port(settings, name)) for name in asked}
    heard = {name: answer for name, answer in answers.items() if answer}
    for name, answer in heard.items():
        click.echo(f"{name}: {answer}")
    if not heard:
        click.echo(f"nobody answers: {', '.join(asked)}", err=True)
    sys.exit(not heard or any(answer != "OK" for answer in heard.values()))


def _ask(host: str, port: int) -> str:
    """The answer; empty when nobody listens."""
    connection = http.client.HTTPConnection(config.listener(host, port), timeout=TIMEOUT_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().read().decode(errors="replace")
        except ConnectionRefusedError:
            return ""
        except (OSError, http.client.HTTPException) as error:
            return f"no answer ({error})"
