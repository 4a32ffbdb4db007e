"""Writes the page of the licences of what Maestro depends on: `make docs`."""

import importlib.metadata
import re
from collections.abc import Iterator

from release import requirements

#: They ask for no more than that their text goes along. As expressions of SPDX, and as packages
#: say it that have none.
PERMISSIVE = {
    "Apache 2.0",
    "Apache Software License",
    "Apache-2.0",
    "BSD",
    "BSD License",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "3-Clause BSD License",
    "ISC",
    "MIT",
    "MIT License",
    "New BSD",
    "PSF-2.0",
}

#: What says something else, and why we use it nevertheless.
LOOKED_AT = {
    "certifi": "A list of certificates, unchanged. The MPL asks for the source of changed files.",
    "orjson": "Unchanged. The MPL asks for the source of changed files of its own.",
    "psycopg2-binary": (
        "The LGPL lets any program use the library as long as whoever gets both can replace the "
        "library. Maestro imports it, unchanged and not linked into anything of ours; another "
        "one can be installed over it, or built from source as `psycopg2`. Whoever passes on an "
        "image passes on the library, and has to offer its source and licence with it. Its wheel "
        "brings libpq, OpenSSL and what those need, each under a licence of its own."
    ),
    "python-dateutil": "Apache-2.0 and BSD-3-Clause, says its file LICENSE; both are permissive.",
}

_HEAD = """\
# Licences

Maestro itself is under the [MIT licence](../LICENSE). What it depends on is installed beside it, by
pip or in the image, and not part of it; those who pass an installation on pass these on too.

What the packages say of themselves (`make docs` writes this page; the versions are in
[docker/requirements.txt](../docker/requirements.txt)):

| Package | Licence | Needed for |
|---|---|---|
"""
_LOOKED_AT = """
## Looked at one by one

These are not simply permissive, or do not say it in a word.

"""


def licence(distribution: importlib.metadata.Distribution) -> str:
    """What a package says of its licence, in its shortest form; empty when it says nothing."""
    metadata = distribution.metadata
    expression = "".join(metadata.get_all("License-Expression", []))
    text = "".join(metadata.get_all("License", []))
    classifiers = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier", [])
        if line.startswith("License :: ")
    ]
    is_short = "\n" not in text and len(text) < 40
    return expression or (is_short and text) or ", ".join(classifiers)


def is_permissive(licence: str) -> bool:
    """Whether each licence that is named is one of those."""
    names = re.split(r" AND | OR |, ", licence.replace("(", "").replace(")", ""))
    return set(names) <= PERMISSIVE


def page() -> str:
    """All of it, as Markdown."""
    return _HEAD + "".join(_rows()) + _LOOKED_AT + "".join(_reasons())


def _rows() -> Iterator[str]:
    always = requirements.installed()
    for name, distribution in requirements.installed("embedded").items():
        use = "Maestro" if name in always else "`maestro[embedded]`"
        yield f"| {name} | {licence(distribution)} | {use} |\n"


def _reasons() -> Iterator[str]:
    for name, reason in sorted(LOOKED_AT.items()):
        yield f"- **{name}**: {reason}\n"


if __name__ == "__main__":
    print(page(), end="")
