"""
Whether the settings can be read, and whether anything that looks like one is not.

Never shows a value: any of them may hold a password.
"""

import difflib
import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pydantic
import pydantic_settings
import yaml

from maestro.config import FILE_VARIABLE, PREFIX, Settings, variable
from maestro.domain import findings
from maestro.domain.findings import Finding

NAME = "settings"
VARIABLES = frozenset(map(variable, Settings.model_fields))
#: Variables of ours that are no settings: one that `maestro dev` gives to its processes, and those
#: of the commands that ask an installation.
KNOWN = frozenset(
    {
        FILE_VARIABLE,
        "MAESTRO_DEV_FOLDER",
        "MAESTRO_CLI_CONFIG",
        "MAESTRO_CONTEXT",
        "MAESTRO_MANAGEMENT_API_URL",
    }
)
#: What Kubernetes puts into pods for each service, for instance for one called `maestro-redis`.
_LINK = re.compile(r"_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?$")
_LINK_VALUE = re.compile(r"^(tcp|udp|sctp)://")
BLIND = findings.warning(
    "stores", "they were not looked at", "correct the settings, which name them, and ask again"
)
LINKS = (
    "Kubernetes set it for a service of that name: "
    "put `enableServiceLinks: false` into the pod's spec, or rename the service"
)


def read(environment: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """
    The settings with what is wrong with them.

    Values that are refused are replaced by the defaults, so that all others can be tried out;
    None when not even that is possible.
    """
    of_file = list(_of_the_file(environment.get(FILE_VARIABLE, "")))
    is_readable = not findings.some_failed(of_file)
    settings, refused = _read(environment) if is_readable else (None, [])
    found = [*refused, *of_file, *unknown(environment)] or [_fine(environment)]
    return settings, found if settings else [*found, BLIND]


def unknown(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Variables that only look like settings."""
    for given, value in sorted(environment.items()):
        name = given.upper()
        is_ours = name.startswith(PREFIX) and name not in VARIABLES | KNOWN
        if is_ours and not _LINK.search(name) and not _LINK_VALUE.match(value):
            yield findings.warning(
                NAME, f"{given} is no setting", _instead(name, VARIABLES) + " (`maestro settings`)"
            )


def _of_the_file(path: str) -> Iterator[Finding]:
    """What is wrong with the file, if one is named: settings are read past one that is missing."""
    if not path:
        return
    try:
        content = yaml.safe_load(pathlib.Path(path).read_text())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        yield _bad(FILE_VARIABLE, f"the file cannot be read: {reason}")
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        yield _bad(FILE_VARIABLE, f"the file is no YAML{line}")
    except yaml.YAMLError:
        yield _bad(FILE_VARIABLE, "the file is no YAML")
    else:
        yield from _of_content(content)


def _of_content(content: object) -> Iterator[Finding]:
    if content is None:
        return
    if not isinstance(content, dict):
        yield _bad(FILE_VARIABLE, "the file must hold one setting per line, as `name: value`")
        return
    for name in sorted(str(each) for each in content if each not in Settings.model_fields):
        advice = _instead(name.lower(), Settings.model_fields)
        yield findings.warning(NAME, f"{name} in the file is no setting", advice)


def _read(environment: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    refused: dict[str, Finding] = {}
    replaced: dict[str, Any] = {}
    for _ in Settings.model_fields:
        try:
            return Settings(**replaced), list(refused.values())
        except pydantic_settings.SettingsError as error:
            return None, [_refused(_named(str(error)), "it must be a JSON list", environment)]
        except pydantic.ValidationError as error:
            for each in error.errors():
                names = [str(each["loc"][0])] if each["loc"] else _named(each["msg"])
                finding = _refused(names, each["msg"], environment)
                refused.setdefault(finding.found, finding)
                replaced |= {name: Settings.model_fields[name].default for name in names}
    return None, list(refused.values())


def _refused(names: Sequence[str], why: str, environment: Mapping[str, str]) -> Finding:
    variables = [variable(name) for name in names]
    is_link = any(_LINK_VALUE.match(environment.get(each, "")) for each in variables)
    why = why.removeprefix("Value error, ")
    return _bad(", ".join(variables) or "a setting", why, LINKS if is_link else "")


def _bad(what: str, why: str, advice: str = "") -> Finding:
    return findings.failure(NAME, f"{what}: {why}", advice or f"correct {what}")


def _named(text: str) -> list[str]:
    """The settings of which a message speaks."""
    words = set(re.findall(r"\w+", text))
    return [name for name in Settings.model_fields if name in words]


def _instead(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else "remove it, or correct its name"


def _fine(environment: Mapping[str, str]) -> Finding:
    given = sum(name.upper() in VARIABLES for name in environment)
    file = environment.get(FILE_VARIABLE)
    beside = f", others in {os.path.abspath(file)}" if file else ""
    return findings.ok(NAME, f"{given} in the environment{beside}, the rest are defaults")
