"""What is installed is what was tested: a wheel with everything in it, on libraries we may use, from where we say."""

from __future__ import annotations

import importlib.metadata as metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
OURS = ("bot", "commands", "jobs")
NEEDED = [
    "bot/manifest.yml",
    "bot/views/fonts/cx-sans-400.ttf",
    "bot/views/fonts/cx-sans-600.ttf",
    "bot/views/fonts/OFL.txt",
    "bot/sandbox/page/index.html",
    "bot/sandbox/page/app.js",
    "bot/sandbox/page/style.css",
    "bot/store/migrations/env.py",
]
OFFLINE = re.compile(r"dns error|failed to (fetch|connect|resolve)|client error|no network|connection|offline", re.IGNORECASE)
COPYLEFT = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|(?<!Lesser )General Public License|Affero", re.IGNORECASE)
FLOORS = {"slack-bolt": "1.30", "slack-sdk": "3.47", "apscheduler": "3.11.3", "sqlmodel": "0.0.50", "matplotlib": "3.11.2"}
"""Below these, something we rely on is broken: a scheduler that loops at the end of summer time, a socket that goes deaf."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the repository as it stands."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = shutil.which("uv", path=str(Path(sys.prefix) / "bin")) or shutil.which("uv")
    if uv is None:
        pytest.skip("needs uv to build the wheel")
    words = [uv, "build", "--wheel", "--out-dir", str(folder), str(ROOT)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    if ran.returncode and OFFLINE.search(ran.stderr) and "hatchling" in ran.stderr:
        pytest.skip("the package registry cannot be reached, and hatchling is not in uv's cache")
    assert ran.returncode == 0, ran.stderr
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as it lies in an installation."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder)
    return folder


def python(unpacked: Path, home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run what is in the wheel, far from the repository."""
    env = {"PYTHONPATH": str(unpacked), "CX_HOME": str(home), "PATH": "/usr/bin:/bin", "MPLCONFIGDIR": str(home / "mpl")}
    return subprocess.run([sys.executable, *words], env=env, cwd=home, capture_output=True, text=True, timeout=60, check=False)


def test_the_wheel_holds_every_module_and_what_is_no_module(unpacked: Path) -> None:
    ours = {
        path.relative_to(ROOT).as_posix()
        for room in OURS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}

    assert ours - there == set()
    assert set(NEEDED) <= there
    assert list(unpacked.glob("bot/store/migrations/versions/0*.py"))


def test_the_wheel_holds_nothing_else(unpacked: Path) -> None:
    tops = {path.name for path in unpacked.iterdir()}
    info = next(name for name in tops if name.endswith(".dist-info"))

    assert tops == {*OURS, info}
    assert (unpacked / info / "licenses" / "LICENSE").exists()
    assert "cx = bot.__main__:main" in (unpacked / info / "entry_points.txt").read_text()


def test_the_wheel_runs_far_from_its_repository(unpacked: Path, tmp_path: Path) -> None:
    """It migrates a fresh store, answers, draws with its own font, and prints its manifest."""
    where = python(unpacked, tmp_path, "-c", "import bot; print(bot.__file__)")
    asked = python(unpacked, tmp_path, "-m", "bot", "ask", "backlog")
    digest = python(unpacked, tmp_path, "-m", "bot", "digest", "--out", str(tmp_path / "out"))
    manifest = python(unpacked, tmp_path, "-m", "bot", "manifest")

    assert where.stdout.startswith(str(unpacked))
    assert (asked.returncode, asked.stderr) == (0, "")
    assert digest.returncode == 0
    assert manifest.stdout == (ROOT / "manifest.yml").read_text("utf-8")
    assert (tmp_path / "cx.db").exists()


def test_the_manifest_in_the_wheel_is_the_one_in_the_repository(unpacked: Path) -> None:
    assert (unpacked / "bot" / "manifest.yml").read_bytes() == (ROOT / "manifest.yml").read_bytes()


@cache
def project() -> Mapping[str, Any]:
    found: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return found


@cache
def runtime() -> Mapping[str, metadata.Distribution]:
    """Every library that an installation with all extras brings, as it is installed here."""
    extras = [one for wanted in project()["project"]["optional-dependencies"].values() for one in wanted]
    waiting = [Requirement(one) for one in (*project()["project"]["dependencies"], *extras)]
    found: dict[str, metadata.Distribution] = {}
    asked: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        if (name, frozenset(wanted.extras)) not in asked:
            asked.add((name, frozenset(wanted.extras)))
            found[name] = metadata.distribution(name)
            waiting += _required(found[name], wanted.extras)
    return found


def _required(distribution: metadata.Distribution, extras: set[str]) -> Iterator[Requirement]:
    """What a library needs on this machine, for itself and for the extras asked of it."""
    for one in map(Requirement, distribution.requires or ()):
        if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield one


def licence(distribution: metadata.Distribution) -> str:
    said = distribution.metadata
    classifiers = [one for one in said.get_all("Classifier") or () if one.startswith("License")]
    return " ".join([said.get("License-Expression") or "", (said.get("License") or "")[:120], *classifiers]).strip()


def test_the_machine_sees_the_libraries() -> None:
    assert {"slack-bolt", "aiohttp", "numpy", "sqlalchemy", "psycopg", "psycopg-binary"} <= runtime().keys()
    assert not {"pytest", "playwright", "mypy"} & runtime().keys()


def test_every_library_has_a_licence_that_lets_us_use_it() -> None:
    licences = {name: licence(one) for name, one in runtime().items()}

    assert {name for name, words in licences.items() if not words} == set()
    assert {name: words for name, words in licences.items() if COPYLEFT.search(words)} == {}


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("GPL-3.0-only", True),
        ("AGPL-3.0", True),
        ("GNU General Public License v3", True),
        ("LGPL-3.0-only", False),
        ("MIT", False),
    ],
)
def test_the_lesser_licence_may_be_linked_to(words: str, *, refused: bool) -> None:
    assert bool(COPYLEFT.search(words)) is refused


def test_no_library_brings_packages_named_like_ours() -> None:
    """`bot`, `commands` and `jobs` are common words: another package of that name would be imported in their place."""
    clashes = [
        f"{distribution.name}: {file}"
        for distribution in metadata.distributions()
        if distribution.name != "cx-bot"
        for file in distribution.files or ()
        if file.parts[0] in OURS or file.parts[0] in {f"{name}.py" for name in OURS}
    ]
    assert clashes == []


def test_libraries_are_new_enough_for_what_we_rely_on() -> None:
    old = {name: runtime()[name].version for name, floor in FLOORS.items() if Version(runtime()[name].version) < Version(floor)}
    assert old == {}


def test_every_dependency_has_an_upper_bound_or_a_reason() -> None:
    unbounded = {Requirement(one).name for one in project()["project"]["dependencies"] if "<" not in one}
    assert unbounded == {"holidays", "tzdata"}, "data that is to be as new as can be"


def test_the_lock_names_only_the_public_registry() -> None:
    text = (ROOT / "uv.lock").read_text("utf-8")
    hosts = set(re.findall(r"https?://([^/\"]+)", text))

    assert hosts == {"pypi.org", "files.pythonhosted.org"}


def test_every_locked_file_has_a_hash() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))
    files = [file for package in lock["package"] for file in (*package.get("wheels", ()), *filter(None, [package.get("sdist")]))]

    assert len(files) > 100
    assert all(file["hash"].startswith("sha256:") for file in files)


def test_the_version_is_said_once() -> None:
    assert metadata.version("cx-bot") == project()["project"]["version"]
