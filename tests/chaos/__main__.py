"""`make chaos SEED=… MINUTES=…`: a long storm; prints what it came to, in its last line."""

import secrets
import sys

import click

from maestro import logs
from tests.chaos import storm


@click.command()
@click.option("--seed", default=lambda: secrets.token_hex(4), help="Decides what falls when.")
@click.option("--minutes", default=3.0, show_default=True, help="How long it storms.")
@click.option("--schedulers", default=40, show_default=True, help="How many fleets there are.")
def main(seed: str, minutes: float, schedulers: int) -> None:
    """Let it storm; the exit code says whether everything held."""
    logs.configure(level="error", style="console", module="chaos")
    report = storm.run(seed=seed, seconds=60 * minutes, schedulers=schedulers)
    for broken in report.broken:
        click.echo(f"{broken.sort}: {broken.what}")
    click.echo(report.line())
    sys.exit(1 if report.broken else 0)


main()
