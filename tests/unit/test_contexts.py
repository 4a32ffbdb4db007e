"""Which installation a command means, and the file in which operators keep theirs."""

import json
import pathlib
import stat

import click
import click.testing
import pytest

from maestro.cli.main import main
from maestro.cli.remote import context_file
from maestro.cli.remote.contexts import MANAGEMENT, ROOMS, Context, Contexts, Given, target

HOME = Context(url="http://home", token="home-token")
WORK = Context(url="http://work", rooms_url="http://work-rooms", token="env:WORK_TOKEN")
KNOWN = Contexts(current="home", known={"home": HOME, "work": WORK})
URL, TOKEN = MANAGEMENT.url_variable, MANAGEMENT.token_variable
NAMED = {"MAESTRO_CONTEXT": "work"}


@pytest.mark.parametrize(
    ("given", "environment", "url", "token"),
    [
        (Given(), {}, "http://home", "home-token"),
        (Given(), NAMED, "http://work", "env:WORK_TOKEN"),
        (Given(), NAMED | {URL: "http://env"}, "http://env", ""),
        (Given(), {URL: "http://env", TOKEN: "env-token"}, "http://env", "env-token"),
        (Given(), {TOKEN: "env-token"}, "http://home", "env-token"),
        (Given(context="work"), {URL: "http://env"}, "http://work", "env:WORK_TOKEN"),
        (Given(context="work", token="mine"), {}, "http://work", "mine"),
        (Given(url="http://given/"), {}, "http://given", ""),
        (Given(url="http://given", context="work"), {}, "http://given", ""),
        (Given(url="http://given"), {TOKEN: "env-token"}, "http://given", "env-token"),
    ],
)
def test_what_is_said_closer_to_the_command_counts(
    given: Given, environment: dict[str, str], url: str, token: str
) -> None:
    meant = target(MANAGEMENT, given, environment, KNOWN)

    assert (meant.url, meant.token) == (url, token)


def test_without_a_word_it_is_this_machine() -> None:
    assert target(MANAGEMENT, Given(), {}, Contexts()).url == "http://127.0.0.1:8080"
    assert target(ROOMS, Given(), {}, KNOWN).url == "http://127.0.0.1:8070"
    assert target(ROOMS, Given(context="work"), {}, KNOWN).url == "http://work-rooms"


def test_the_environment_may_say_less_than_nothing() -> None:
    empty = {URL: "", TOKEN: "", "MAESTRO_CONTEXT": ""}

    assert target(MANAGEMENT, Given(), empty, KNOWN).url == "http://home"


@pytest.mark.parametrize(
    "url",
    ["home", "ftp://home", "http://", "http://[", "http://a:b", "http://a:99999", "http://a?b=c",
     "http://me:secret@home", "http://home/\n", "http://a/b c", "http://a/ä"],
)  # fmt: skip
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(click.UsageError):
        target(MANAGEMENT, Given(url=url), {}, Contexts())


def test_an_unknown_context_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(click.UsageError, match="home, work"):
        target(MANAGEMENT, Given(context="moon"), {}, KNOWN)


class TestFile:
    @pytest.fixture
    def file(self, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
        file = tmp_path / "new" / "contexts.json"
        monkeypatch.setenv("MAESTRO_CLI_CONFIG", str(file))
        return file

    def run(self, *arguments: str, given: str = "") -> click.testing.Result:
        return click.testing.CliRunner().invoke(main, ["contexts", *arguments], input=given)

    def test_only_its_owner_may_read_it(self, file: pathlib.Path) -> None:
        assert self.run("set", "home", "--url", "http://home", "--token", "s3cret").exit_code == 0

        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        file.chmod(0o644)
        assert "others may read" in self.run("list").stderr

    def test_contexts_are_set_used_and_forgotten(self, file: pathlib.Path) -> None:
        assert "in use" in self.run("set", "home", "--url", "http://home").stdout
        self.run("set", "work", "--url", "http://work", "--rooms-url", "http://rooms")
        self.run("set", "work", "--token", "-", given="typed\n")
        assert context_file.load(file).known["work"] == Context(
            url="http://work", rooms_url="http://rooms", token="typed"
        )

        assert self.run("use", "work").exit_code == 0
        assert self.run("use", "moon").exit_code == 2
        assert self.run("list", "-o", "name").stdout == "home\nwork\n"
        assert [each["inUse"] for each in json.loads(self.run("list", "-o", "json").stdout)] == [
            False,
            True,
        ]

        assert self.run("set", "work", "--delete").exit_code == 0
        assert context_file.load(file) == Contexts(known={"home": Context(url="http://home")})

    @pytest.mark.usefixtures("file")
    def test_tokens_are_never_shown(self) -> None:
        for name, token in (("home", "s3cret"), ("work", "file:/run/token")):
            self.run("set", name, "--url", "http://home", "--token", token, "--use")

        for command in (("list",), ("show", "home"), ("show", "home", "-o", "json"), ("show",)):
            assert "s3cret" not in self.run(*command).output
        assert "file:/run/token" in self.run("show", "work").stdout
        assert "context work" in self.run("show").stdout

    @pytest.mark.usefixtures("file")
    def test_a_context_needs_an_address(self) -> None:
        assert self.run("set", "home", "--token", "x").exit_code == 2
        assert self.run("set", "home", "--url", "nowhere").exit_code == 2
        assert self.run("list").stdout == ""

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{", "is no JSON"),
            ("[]", "it is no object"),
            ('{"contexts": {"a": {"url": 7}}}', "something else than text"),
            ('{"contexts": {"a": {"colour": "red"}}}', "colour"),
            ('{"contexts": []}', "does not hold contexts"),
        ],
    )
    def test_a_broken_file_is_told(self, file: pathlib.Path, text: str, told: str) -> None:
        file.parent.mkdir()
        file.write_text(text)

        answer = self.run("list")

        assert (answer.exit_code, told in answer.stderr) == (2, True)

    def test_it_lies_where_such_files_lie(self) -> None:
        assert context_file.path({"XDG_CONFIG_HOME": "/xdg"}).as_posix() == (
            "/xdg/maestro/contexts.json"
        )
        assert context_file.path({}) == pathlib.Path("~/.config/maestro/contexts.json").expanduser()


class TestTokens:
    def test_they_are_found_where_it_is_said(self, tmp_path: pathlib.Path) -> None:
        file = tmp_path / "token"
        file.write_text("of-file\n")

        assert context_file.token("plain") == "plain"
        assert context_file.token("env:MINE", {"MINE": "of-env"}) == "of-env"
        assert context_file.token(f"file:{file}") == "of-file"

    @pytest.mark.parametrize(
        "written", ["env:NOT_SET", "file:/nowhere/token", "file:/", "two\nlines", "schlüssel"]
    )
    def test_what_is_no_token_is_told(self, written: str) -> None:
        with pytest.raises(click.UsageError):
            context_file.token(written, {})
