"""What a machine must be like to run rooms as processes. Pure."""

import pathlib
from collections.abc import Mapping

from maestro.domain import findings
from maestro.domain.findings import Finding

FOLDER = "rooms folder"
PROCESSES = "processes"
#: Locks of files, by which processes take turns, are not to be relied upon there.
DISTANT = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "nfs", "nfs4", "smb3", "virtiofs"}
)


def file_system(folder: pathlib.Path, mounts: Mapping[pathlib.Path, str]) -> Finding:
    """Whether the folder is on this machine, as far as the kinds of file systems tell."""
    holders = [place for place in (folder, *folder.parents) if place in mounts]
    kind = mounts[holders[0]] if holders else "unknown"
    if kind not in DISTANT:
        return findings.ok(FOLDER, f"{folder} can be written, file system {kind}")
    advice = "let MAESTRO_LOCAL_ROOMS_DIR name a folder on a disk of this machine"
    found = f"{folder} is on {kind}, where locks of files may fail"
    return findings.warning(FOLDER, found, advice)


def not_writable(folder: pathlib.Path, reason: str) -> Finding:
    """No room can be made there."""
    advice = "let MAESTRO_LOCAL_ROOMS_DIR name a folder that this account can write to"
    return findings.failure(FOLDER, f"{folder}: {reason}", advice)


def processes(missing: str) -> Finding:
    """Whether processes of this machine can be told apart."""
    if not missing:
        return findings.ok(PROCESSES, "can be followed")
    advice = "run on Linux with /proc mounted, and readable to this account"
    return findings.failure(PROCESSES, f"{missing} cannot be read, so rooms get lost", advice)
