"""`maestro operations`: what is done to fleets and what was, over the management API."""

import json

import click

from maestro.cli import exits, tables
from maestro.cli.lazy import LazyGroup
from maestro.cli.remote import columns, displays, following, options, output, progress
from maestro.cli.remote.asking import Api
from maestro.cli.remote.columns import Item

OPEN_STAGES = ("active", "pending")
STAGES = {"open": OPEN_STAGES, "ended": ("final",), "all": (*OPEN_STAGES, "final")}
PER_PAGE = 100


#: What needs the stores; see `lazy.LazyGroup`.
IN_THE_STORES = {"fail": ("maestro.cli.emergency:fail", "End a stuck one, in the stores.")}


@click.group(cls=LazyGroup, lazy=IN_THE_STORES, epilog=exits.CODES)
def operations() -> None:
    """
    Look at operations, follow them, cancel them, and end those that are stuck.

    When the API is down: `maestro emergency`.
    """


@operations.command("list", epilog=exits.CODES)
@options.scheduler_argument(required=False)
@click.option(
    "--stage",
    type=click.Choice(list(STAGES)),
    default="open",
    show_default=True,
    help="Those that are not over, those that are, or all.",
)
@click.option(
    "--last",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="So many of the newest that ended, of each scheduler.",
)
@options.form_option
@options.watch_option
@options.reach()
def list_all(
    api: Api, scheduler: str | None, stage: str, last: int, form: str, watch: bool
) -> None:
    """
    List operations of SCHEDULER or of all, newest first.

    waiting: its turn did not come yet. running: a worker executes it. parked: it waits for rooms or
    for a time. An attempt above 1 means that a worker died.
    """

    def find() -> list[Item]:
        names = [scheduler] if scheduler else _names(api)
        return [
            each
            for name in names
            for one in STAGES[stage]
            for each in _of_stage(api, name, one, last)
        ]

    output.again_and_again(
        find,
        lambda found: output.show_list(found, columns.OPERATIONS, form, none="no operations"),
        watch=watch,
    )


def _names(api: Api) -> list[str]:
    return [each["name"] for each in api.get("schedulers")["schedulers"]]


def _of_stage(api: Api, scheduler: str, stage: str, last: int) -> list[Item]:
    path = ("schedulers", scheduler, "operations")
    if stage in OPEN_STAGES:
        return list(api.get(*path, stage=stage)["operations"])
    size, found, page = min(last, PER_PAGE), list[Item](), 1
    while len(found) < last:
        answer = api.get(*path, stage=stage, page=page, perPage=size)["operations"]
        found += answer
        if len(answer) < size:
            break
        page += 1
    return found[:last]


@operations.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.argument("operation")
@options.form_option
@options.reach()
def get(api: Api, scheduler: str, operation: str, form: str) -> None:
    """Show OPERATION (its id) of SCHEDULER with its history, also when it ended long ago."""
    found = api.get("schedulers", scheduler, "operations", operation)["operation"]
    if form in (output.JSON, output.YAML, output.NAME):
        output.show_one(found, columns.OPERATIONS, form)
        return
    head = {
        "id": found["id"],
        "scheduler": found["schedulerName"],
        "kind": found["definitionName"],
        "status": found["status"],
        "created": found["createdAt"] or "-",
        "attempt": str(found.get("attempt", "-")),
    }
    if found.get("cancelRequested"):
        head["cancelled"] = "yes"
    if form == output.WIDE:
        head["input"] = json.dumps(found.get("input"))
    for line in tables.fields(head):
        click.echo(line)
    click.echo("history")
    for event in found["executionHistory"]:
        click.echo(f"  {event['createdAt']}  {tables.cell(event['event'])}")


@operations.command(epilog=exits.FOLLOWING_CODES)
@options.scheduler_argument()
@click.argument("operation", required=False)
@options.timeout_option
@options.reach()
def watch(api: Api, scheduler: str, operation: str | None, timeout_s: float) -> None:
    """Follow OPERATION (its id) of SCHEDULER until it ends; all that are open without an id."""
    if operation:
        steps = {operation: following.operation(api, scheduler, operation)}
    else:
        steps = {
            each["id"]: following.listed(api, scheduler, each["id"])
            for stage in OPEN_STAGES
            for each in _of_stage(api, scheduler, stage, PER_PAGE)
        }
    if not steps:
        click.echo("no operation is open", err=True)
        return
    with displays.display() as shown:
        troubles = following.follow(steps, shown, timeout_s=timeout_s)
    for each in steps:
        if each not in troubles:
            click.echo(f"{each} {progress.FINISHED}")
    exits.tell(troubles)


@operations.command(epilog=exits.CODES)
@options.scheduler_argument()
@click.argument("operation")
@options.reach()
def cancel(api: Api, scheduler: str, operation: str) -> None:
    """
    Cancel OPERATION (its id) of SCHEDULER.

    One that waits ends at once. One that began is rolled back, and then ends as canceled; one that
    has no way back is refused. `maestro operations watch` shows how that goes.
    """
    api.send("POST", "schedulers", scheduler, "operations", operation, "cancel")
    click.echo(f"operation {operation} is cancelled; what it did so far is being undone")
