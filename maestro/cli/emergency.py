"""
`maestro emergency`: what is open, what became of it, and what to do about what is stuck.

Works on the stores, so that it helps while the API is down.
"""

import contextlib
import datetime
import logging
from collections.abc import Iterator

import click
import orjson
import structlog

from maestro import bootstrap, errors
from maestro.cli import exits, operation_lines, tables
from maestro.config import Settings
from maestro.domain.operations import OPEN

LIST = "list"
CODES = "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 a store does not answer."


class ListUnlessNamed(click.Group):
    """Lists when no other command is named: `maestro emergency arena`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        asks_for_help = bool(args) and args[0] in ctx.help_option_names
        if not asks_for_help and (not args or args[0] not in self.commands):
            args = [LIST, *args]
        return super().parse_args(ctx, args)


@click.group(cls=ListUnlessNamed, epilog=CODES)
def emergency() -> None:
    """
    List and end stuck operations in the stores, also while the API is down.

    Needs PostgreSQL and Redis, with the settings of all modules; every other day use `maestro
    operations`. `maestro emergency [SCHEDULER]` is short for `maestro emergency list [SCHEDULER]`.
    """


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")


@emergency.command(LIST, epilog=CODES)
@click.argument("scheduler", required=False)
@as_json_option
def list_open(scheduler: str | None, as_json: bool) -> None:
    """
    List the open operations of SCHEDULER, or of all.

    waiting: its turn did not come yet. running: a worker executes it. silent: that worker says
    nothing any more, and another one takes over. parked: it waits for rooms or for a time, or a
    store was away. An attempt above 1 means that a worker died; the last line tells more.
    """
    with refusals():
        found = services().operations.standing(scheduler)
    now = datetime.datetime.now(datetime.UTC)
    if as_json:
        listed = [operation_lines.document(standing, now) for standing in found]
        click.echo(orjson.dumps(listed, option=orjson.OPT_INDENT_2))
    elif not found:
        click.echo("no open operations", err=True)
    else:
        rows = [operation_lines.cells(standing, now) for standing in found]
        tables.show(operation_lines.TITLES, rows, folded=operation_lines.FOLDED)


@emergency.command(epilog=CODES)
@click.argument("scheduler")
@click.argument("operation")
@as_json_option
def show(scheduler: str, operation: str, as_json: bool) -> None:
    """Show OPERATION (its id) of SCHEDULER with its history, be it open, ended or archived."""
    with refusals():
        found = services().operations.get(scheduler, operation)
    if as_json:
        click.echo(orjson.dumps(operation_lines.whole(found), option=orjson.OPT_INDENT_2))
    else:
        click.echo("\n".join(operation_lines.page(found)))


@emergency.command(epilog=CODES)
@click.argument("scheduler")
@click.argument("operation")
def cancel(scheduler: str, operation: str) -> None:
    """
    Cancel OPERATION (its id) of SCHEDULER, as the API does.

    One that waits ends at once. One that began is rolled back by its worker, and then ends as
    canceled; one that has no way back is refused.
    """
    with refusals():
        services().operations.cancel(scheduler, operation)
    click.echo(f"operation {operation} is cancelled; what it did so far is being undone")


@emergency.command(epilog=CODES)
@click.argument("scheduler")
@click.argument("operation")
@click.option("--reason", required=True, help="Why; it is written into the history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def fail(scheduler: str, operation: str, reason: str, yes: bool) -> None:
    """
    End OPERATION (its id) of SCHEDULER as error, now, when it neither ends nor can be cancelled.

    Nothing is rolled back: rooms and versions that it made stay, until the next health check or
    edit sees to them. A worker that executes it may finish the one call it is in, and writes
    nothing any more. A scheduler whose creation or deletion is failed is on-error: delete it
    again. Try `cancel` first.
    """
    if not reason.strip():
        raise click.BadParameter("must say something", param_hint="--reason")
    with refusals():
        known = services().operations
        found = known.get(scheduler, operation)
        if not yes and found.status in OPEN:
            kind = found.definition.NAME
            click.confirm(
                f"End {kind} of {scheduler} ({found.status}, attempt {found.attempt})"
                " as error, without rollback?",
                abort=True,
            )
        known.fail(scheduler, operation, reason=reason)
    click.echo(f"operation {operation} ended as error; nothing was rolled back")


def services() -> bootstrap.ManagementServices:
    """Those of this process."""
    # What is logged at lower levels, these commands say themselves.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    return bootstrap.management_services(Settings())


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Say in one line what was refused, or what does not answer."""
    try:
        yield
    except errors.Unavailable as error:
        raise exits.Away(str(error)) from error
    except errors.MaestroError as error:
        raise exits.Refused(str(error)) from error
