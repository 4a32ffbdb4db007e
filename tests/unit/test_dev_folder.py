"""The data folder of `maestro dev`."""

import pathlib

import pytest

from maestro.cli.development import folder as folders


def test_a_second_start_is_told_who_uses_the_folder(tmp_path: pathlib.Path) -> None:
    with (
        folders.locked(tmp_path / "data"),
        pytest.raises(folders.InUseError, match=r"already runs with .*data \(process \d+\)"),
        folders.locked(tmp_path / "data"),
    ):
        pass


def test_the_folder_is_free_again_afterwards(tmp_path: pathlib.Path) -> None:
    for _ in range(2):
        with folders.locked(tmp_path) as folder:
            assert folder.path == tmp_path


def test_a_relative_folder_is_the_same_for_processes_elsewhere(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with folders.locked(pathlib.Path(".maestro")) as folder:
        assert folder.rooms == tmp_path / ".maestro" / "rooms"


def test_a_wipe_forgets_all_that_is_ours_and_nothing_else(tmp_path: pathlib.Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with folders.locked(tmp_path) as folder:
        for part in (folder.postgres, folder.redis, folder.rooms, folder.logs):
            (part / "deep").mkdir(parents=True)
        for file in (folder.ports, folder.processes, folder.sample_made):
            file.touch()

        folder.wipe()

        assert {path.name for path in tmp_path.iterdir()} == {"thesis.txt", "lock"}
