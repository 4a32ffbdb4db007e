"""
Which installation a command means: an option counts before the context named by an option, that
before the environment, and that before the context in use. Pure: values in, a target out.
"""

import dataclasses
import urllib.parse
from collections.abc import Mapping
from typing import NamedTuple

import click

#: Names the context when no option does.
CONTEXT_VARIABLE = "MAESTRO_CONTEXT"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One installation. Of the tokens it says where they are found, or what they are."""

    url: str = ""
    rooms_url: str = ""
    #: The token itself, or `env:NAME`, or `file:PATH`.
    token: str = ""
    allocation_token: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Contexts:
    """All that an operator knows, by name."""

    current: str = ""
    known: Mapping[str, Context] = dataclasses.field(default_factory=dict)

    def named(self, name: str) -> Context:
        """Raises UsageError when there is none of that name."""
        if name not in self.known:
            said = ", ".join(sorted(self.known)) or "none; `maestro contexts set` makes one"
            raise click.UsageError(f"there is no context {name!r} (known: {said})")
        return self.known[name]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One of the two APIs: how it is called, and where its address and its token are given."""

    called: str
    url_variable: str
    token_variable: str
    url_field: str
    token_field: str
    default_url: str


MANAGEMENT = Kind(
    called="the management API",
    url_variable="MAESTRO_MANAGEMENT_API_URL",
    token_variable="MAESTRO_MANAGEMENT_TOKEN",  # noqa: S106
    url_field="url",
    token_field="token",  # noqa: S106
    default_url="http://127.0.0.1:8080",
)
ROOMS = Kind(
    called="the rooms API",
    url_variable="MAESTRO_ROOMS_API_URL",
    token_variable="MAESTRO_ALLOCATION_TOKEN",  # noqa: S106
    url_field="rooms_url",
    token_field="allocation_token",  # noqa: S106
    default_url="http://127.0.0.1:8070",
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What the options of a command say; None: nothing."""

    context: str | None = None
    url: str | None = None
    token: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An API to ask. `token` is written as in a context."""

    url: str
    token: str
    #: Who said so, for people.
    source: str


def target(kind: Kind, given: Given, environment: Mapping[str, str], contexts: Contexts) -> Target:
    """
    The API that is meant. Raises UsageError for unknown contexts and for what is no URL.

    A token of a context is for the URL of that context only: another URL never gets it.
    """
    in_use = environment.get(CONTEXT_VARIABLE) or contexts.current
    layers = [
        _Layer("--url", given.url, given.token),
        _of_context(kind, given.context, contexts),
        _Layer(
            "the environment",
            environment.get(kind.url_variable),
            environment.get(kind.token_variable),
        ),
        _of_context(kind, None if given.context else in_use, contexts),
    ]
    default = _Layer("the default", kind.default_url, None)
    chosen = next((layer for layer in layers if layer.url), default)
    tokens = [
        layer.token for layer in layers if layer.token and (layer is chosen or not layer.is_context)
    ]
    return Target(
        url=checked(chosen.url or ""), token=tokens[0] if tokens else "", source=chosen.source
    )


class _Layer(NamedTuple):
    """What one place says."""

    source: str
    url: str | None
    token: str | None
    is_context: bool = False


def _of_context(kind: Kind, name: str | None, contexts: Contexts) -> _Layer:
    if not name:
        return _Layer("no context", None, None)
    found = contexts.named(name)
    url, token = getattr(found, kind.url_field), getattr(found, kind.token_field)
    return _Layer(f"context {name}", url, token, is_context=True)


def checked(url: str) -> str:
    """The URL without a slash at its end. Raises UsageError when it is none that can be asked."""
    try:
        parts = urllib.parse.urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or parts.query or parts.fragment or parts.username or not _is_plain(url):
        raise click.UsageError(f"{url!r} is no URL such as https://maestro.example.com:8080")
    return url.rstrip("/")


def _is_plain(url: str) -> bool:
    """Whether it can be sent as it is."""
    return url.isascii() and url.isprintable() and " " not in url
