"""`maestro dev` with rooms on a cluster: what its options mean."""

import pathlib

import click
import pytest

from maestro.cli.development import cluster, folder


def test_a_kubeconfig_says_that_rooms_are_pods(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    settings = cluster.settings(None, pathlib.Path("kubeconfig"), "games")

    assert settings == {
        "runtime": "kubernetes",
        "kubernetes_kubeconfig": str(tmp_path / "kubeconfig"),
        "kubernetes_context": "games",
    }


def test_without_options_the_settings_stay_as_they_are() -> None:
    assert cluster.settings(None, None, None) == {}
    assert cluster.settings("local", None, None) == {"runtime": "local"}


@pytest.mark.parametrize(
    ("runtime", "kubeconfig", "context"),
    [("local", pathlib.Path("kubeconfig"), None), (None, None, "games")],
)
def test_options_that_contradict_are_refused(
    runtime: str | None, kubeconfig: pathlib.Path | None, context: str | None
) -> None:
    with pytest.raises(click.UsageError):
        cluster.settings(runtime, kubeconfig, context)


def test_a_reset_tells_what_stays_in_the_cluster(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder.Folder(tmp_path)
    cluster.tell_what_stays(data)
    assert capsys.readouterr().out == ""

    data.installation.write_text("1234")
    cluster.tell_what_stays(data)

    assert "kubectl delete namespace -l maestro-installation=1234" in capsys.readouterr().out
