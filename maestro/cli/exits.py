"""How commands end when not well: what they say, what may help, and their exit codes."""

from collections.abc import Mapping, Sequence
from typing import IO, Any

import click

REFUSED, AWAY, ENDED_BADLY, NOT_YET, LEFT = 1, 3, 4, 5, 130

#: Said by `--help` of commands that ask and go.
CODES = "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 the API does not answer."
#: Said by those that follow what they asked for.
FOLLOWING_CODES = (
    f"{CODES[:-1]}, 4 ended as error or canceled, 5 not over within --timeout, "
    "130 no longer followed (Ctrl-C). After 5 and 130 it goes on."
)
NOT_MAESTRO = "is that the URL of Maestro? `maestro contexts show`"


class Trouble(click.ClickException):
    """Ends a command. `hint` says what the operator may do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def show(self, file: IO[Any] | None = None) -> None:
        """On stderr; colours only where there is a terminal."""
        for at, line in enumerate(self.message.splitlines() or [""]):
            label = click.style("Error: ", fg="red") if at == 0 else "  "
            click.echo(label + printable(line.strip()), err=True)
        if self.hint:
            click.echo(f"{click.style('Hint:', bold=True)} {self.hint}", err=True)


class Refused(Trouble):
    """Somebody said no; the same again gets the same answer."""

    exit_code = REFUSED

    def __init__(self, message: str, *, hint: str = "", status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status


class Away(Trouble):
    """Nobody answers; asking again later may help."""

    exit_code = AWAY


class EndedBadly(Trouble):
    """What was followed is over, and did not become what was asked for."""

    exit_code = ENDED_BADLY


class NotYet(Trouble):
    """What was followed takes longer than the operator wants to wait."""

    exit_code = NOT_YET


class Left(Trouble):
    """The operator does not want to follow any longer."""

    exit_code = LEFT


def tell(troubles: Mapping[str, Trouble]) -> None:
    """Tell of all troubles by name; ends the command with the highest code when there are any."""
    for name, trouble in troubles.items():
        click.echo(f"{name}:", err=True)
        trouble.show()
    if troubles:
        raise SystemExit(max(each.exit_code for each in troubles.values()))


def printable(text: str) -> str:
    """Without what a terminal would obey: rooms and images may say anything."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def of_answer(status: int, body: object, *, asked: str) -> Trouble:
    """What an answer other than 200 means. `asked`: who gave it, for instance by URL."""
    told = body if isinstance(body, Mapping) and "message" in body else None
    if status in (502, 503, 504):
        return Away(f"{asked} is not able to answer now ({status})", hint="try again in a moment")
    if told is None:
        text = f"{asked} answered {status}, and nothing that can be read"
        return Refused(text, hint=NOT_MAESTRO, status=status)
    return Refused(_text(told), hint=_hint(status, told.get("code")), status=status)


def _text(body: Mapping[str, Any]) -> str:
    violations = _violations(body.get("details") or ())
    if not violations:
        return str(body["message"])
    title = str(body["message"]).splitlines()[0].replace("Validation Error:", "refused fields:")
    lines = [f"{each.get('field')} → {each.get('description')}" for each in violations]
    if any(each.get("description") == title for each in violations):
        # A single field in v10's words, which is its own title.
        return "\n".join(lines)
    return "\n".join([title, *lines])


def _violations(details: Sequence[object]) -> list[Mapping[str, Any]]:
    found = [each.get("fieldViolations", ()) for each in details if isinstance(each, Mapping)]
    return [each for several in found for each in several if isinstance(each, Mapping)]


def _hint(status: int, code: object) -> str:
    match status, code:
        case 401, _:
            return (
                "give the right token: --token, the environment, or `maestro contexts set --token`"
            )
        case 404, _:
            return "`maestro schedulers list` shows what there is; `maestro contexts show`, where"
        case 400, 9:
            return "`maestro operations list NAME` shows it; follow it with `operations watch`"
        case 429, _:
            return "no room is ready; `maestro schedulers info` shows how the fleet is"
        case 500, _:
            return "the log of the API says more"
    return ""
