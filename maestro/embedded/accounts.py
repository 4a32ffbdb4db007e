"""
Whom a server runs as. PostgreSQL refuses to run as root, so root runs it as `nobody`;
no user is ever created.
"""

import dataclasses
import os
import pathlib
import pwd
import subprocess
from collections.abc import Sequence
from typing import Any

#: Nothing of the caller's environment may change how a server behaves or speaks.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A user of this system, or (without ids) the one we are."""

    uid: int | None = None
    gid: int | None = None

    def options(self) -> dict[str, Any]:
        """For subprocess: this user, a folder that everybody may enter, a clean environment."""
        options: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": ()}
        return options

    def can_run(self, command: Sequence[str]) -> bool:
        """Whether a command works for this user."""
        try:
            done = subprocess.run(command, capture_output=True, **self.options())  # noqa: S603
        except PermissionError:
            return False
        return done.returncode == 0

    def can_enter(self, folder: pathlib.Path) -> bool:
        """Whether this user gets through all the parents; asking the system also covers ACLs."""
        return self.can_run(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def give(self, folder: pathlib.Path) -> None:
        """Make the user the owner of a folder, and nobody else a reader."""
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            os.chown(folder, self.uid, self.gid)


def unprivileged() -> Account:
    """Ourselves, unless that is root."""
    if os.geteuid() != 0:
        return Account()
    nobody = pwd.getpwnam("nobody")
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)
