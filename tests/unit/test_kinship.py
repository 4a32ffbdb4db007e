"""A child tied to its parent, also where the parent ends before they are tied."""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

from maestro.runtime.local import kinship


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties processes together")
def test_a_child_whose_parent_is_gone_already_becomes_no_other_program(
    tmp_path: pathlib.Path,
) -> None:
    # Given a process that, like those that start children, only notes that it is told to stop
    handler = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        somebody_else = os.getppid()
        child = subprocess.Popen(
            ["/bin/touch", str(tmp_path / "began")],
            preexec_fn=lambda: kinship.die_with(somebody_else, signal.SIGTERM),
        )
        assert child.wait(10) == 1
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert not (tmp_path / "began").exists()
