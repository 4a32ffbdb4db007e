"""Options that many commands share, and what Tab completes."""

import contextlib
import functools
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import click
from click.shell_completion import CompletionItem

from maestro.cli.remote import context_file, contexts, output
from maestro.cli.remote.asking import Api
from maestro.cli.remote.contexts import Given, Kind

Command = TypeVar("Command", bound=Callable[..., Any])
#: Nobody waits for a completion longer than this.
COMPLETION_S = 1.0


def reach(kind: Kind = contexts.MANAGEMENT) -> Callable[[Command], Command]:
    """The options that say which installation is meant; the command gets `api`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def with_api(
            *, context: str | None, url: str | None, token: str | None, **rest: Any
        ) -> Any:
            given = Given(context=context, url=url, token=token)
            with contextlib.closing(api(kind, given)) as asked:
                return command(api=asked, **rest)

        carried = cast(Command, with_api)
        for option in reversed(_options(kind)):
            carried = option(carried)
        return carried

    return decorate


def _options(kind: Kind) -> list[Callable[[Any], Any]]:
    return [
        click.option(
            "--context",
            shell_complete=context_names,
            help="A context of `maestro contexts`, in place of the one in use. "
            f"[{contexts.CONTEXT_VARIABLE}]",
        ),
        click.option("--url", help=f"URL of {kind.called}. [{kind.url_variable}]"),
        click.option(
            "--token", help=f"Bearer token, env:NAME or file:PATH. [{kind.token_variable}]"
        ),
    ]


def api(kind: Kind, given: Given, *, timeout_s: float | None = None) -> Api:
    """The API that is meant, not asked yet. Raises UsageError."""
    known = context_file.load(context_file.path())
    target = contexts.target(kind, given, os.environ, known)
    token = context_file.token(target.token) if target.token else ""
    patience = {"timeout_s": timeout_s} if timeout_s else {}
    return Api(target.url, token=token, called=kind.called, **patience)


form_option = click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(output.FORMATS),
    default=output.TABLE,
    show_default=True,
    help="A table for people, json and yaml for scripts, or names only.",
)
watch_option = click.option(
    "-w", "--watch", is_flag=True, help="Show it again whenever it changed, until Ctrl-C."
)


timeout_option = click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="Follow it no longer than this.",
)


def waiting(command: Command) -> Command:
    """The options of commands that follow what they asked for."""
    wait = click.option(
        "--wait/--no-wait",
        default=True,
        show_default=True,
        help="Follow it until its rooms are there, or do not.",
    )
    return wait(timeout_option(command))


def scheduler_argument(
    *, required: bool = True, many: bool = False
) -> Callable[[Command], Command]:
    """The name of a scheduler, or several, which Tab completes."""
    return click.argument(
        "schedulers" if many else "scheduler",
        required=required,
        nargs=-1 if many else 1,
        metavar=("SCHEDULER..." if many else "SCHEDULER") if required else "[SCHEDULER]",
        shell_complete=_scheduler_names,
    )


# Completion ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def _silently() -> Iterator[None]:
    """Whoever presses Tab wants no error; there is nothing to offer then."""
    with contextlib.suppress(click.ClickException, KeyError, TypeError, AttributeError):
        yield


def context_names(_: click.Context, __: click.Parameter, begin: str) -> list[CompletionItem]:
    with _silently():
        known = context_file.load(context_file.path()).known
        return [CompletionItem(name) for name in known if name.startswith(begin)]
    return []


def _scheduler_names(
    context: click.Context, _: click.Parameter, begin: str
) -> list[CompletionItem]:
    given = Given(**{name: context.params.get(name) for name in ("context", "url", "token")})
    with _silently():
        answer = api(contexts.MANAGEMENT, given, timeout_s=COMPLETION_S).get("schedulers")
        return [
            CompletionItem(each["name"], help=each.get("game", ""))
            for each in answer["schedulers"]
            if each["name"].startswith(begin)
        ]
    return []
