"""What is shipped for running cx elsewhere names what exists: files, settings, commands, ports and users."""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import APP
from bot.desks import DESKS
from bot.settings import Settings, read_settings
from bot.settings_sources import SECRET_ENDINGS

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
UNITS = sorted((ROOT / "deploy").glob("*.service"))
SETTING = re.compile(r"\bCX_[A-Z_]+\b")


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order, lines that go on joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [(word, rest.strip()) for line in joined.splitlines() if line for word, _, rest in [line.partition(" ")]]


def arguments(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))
    return found


def unit(path: Path) -> configparser.RawConfigParser:
    class Several(dict[str, Any]):
        """systemd lets a key stand several times; their values are one list."""

        def __setitem__(self, key: str, value: Any) -> None:
            if isinstance(value, list) and key in self:
                self[key].extend(value)
            else:
                super().__setitem__(key, value)

    parser = configparser.RawConfigParser(dict_type=Several, strict=False, interpolation=None, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    return parser


@pytest.mark.parametrize("path", ["Dockerfile", "compose.yml", *(f"deploy/{one.name}" for one in UNITS)])
def test_every_setting_that_is_named_exists(path: str) -> None:
    known = {f"CX_{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known if name.endswith(SECRET_ENDINGS)}

    assert set(SETTING.findall((ROOT / path).read_text("utf-8"))) <= known


def test_the_image_runs_as_a_user_of_its_own_to_the_end() -> None:
    last_user = max(number for number, (word, _) in enumerate(instructions()) if word == "USER")
    after = {word for word, _ in instructions()[last_user:]}

    assert arguments("USER") == ["10001"], "a number: whoever runs the image can see that it is not root"
    assert "COPY" not in after, "the program's own files belong to root, who alone may change them"
    assert {"RUN", "HEALTHCHECK", "ENTRYPOINT"} <= after
    assert "matplotlib.font_manager" in " ".join(rest for word, rest in instructions()[last_user:] if word == "RUN")


def test_the_image_holds_what_it_copies_and_nothing_secret() -> None:
    copied = [word for rest in arguments("COPY") if "--from" not in rest for word in shlex.split(rest)[:-1]]
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}

    assert set(copied) == let_through, "all else is left out, whatever somebody keeps in the folder"
    assert all((ROOT / name).exists() for name in copied)
    assert (ROOT / ".dockerignore").read_text("utf-8").startswith("*\n")


def test_the_image_is_made_of_named_versions_and_what_was_locked() -> None:
    for base in arguments("FROM"):
        name, _, tag = base.split()[0].partition(":")
        assert re.match(r"\d", tag), f"{name} needs a version"
    assert any("uv sync --frozen" in run for run in arguments("RUN"))
    [python] = {base.split()[0].removeprefix("python:").split("-")[0] for base in arguments("FROM")}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]
    assert tuple(map(int, python.split("."))) >= tuple(map(int, wanted.removeprefix(">=").split(".")))


def test_the_health_check_of_the_image_is_python_and_asks_a_page_that_exists() -> None:
    [check] = arguments("HEALTHCHECK")
    words = json.loads(check[check.index("[") :])

    assert words[:2] == ["python", "-c"]
    compile(words[2], "healthcheck", "exec")
    assert "/healthz" in words[2]
    ran = subprocess.run([sys.executable, *words[1:]], env={"CX_HTTP_PORT": "9"}, capture_output=True, check=False)
    assert ran.returncode != 0, "nobody there is not well"


def test_the_image_starts_the_command_line() -> None:
    assert [json.loads(rest) for rest in (*arguments("ENTRYPOINT"), *arguments("CMD"))] == [["python", "-m", "bot"], ["run"]]
    assert f"EXPOSE {Settings.model_fields['http_port'].default}" in DOCKERFILE


def test_compose_runs_postgresql_and_two_replicas_with_secrets_in_files(compose: dict[str, Any]) -> None:
    cx, database = compose["services"]["cx"], compose["services"]["db"]

    assert cx["deploy"]["replicas"] == 2
    assert cx["depends_on"]["db"]["condition"] == "service_healthy"
    assert "healthcheck" in database
    assert "ports" not in cx, "nothing is published"
    assert "ports" not in database
    assert int(cx["stop_grace_period"].removesuffix("s")) > 10, "it takes ten seconds to finish what was begun"
    assert {*cx["secrets"], *database["secrets"]} == set(compose["secrets"])
    assert not [value for value in cx["environment"].values() if re.search(r"xox|xapp|://", value)]


def test_the_settings_of_compose_can_be_read(compose: dict[str, Any], tmp_path: Path) -> None:
    told = {"database_url": "postgresql+psycopg://cx:x@db/cx", "slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"}
    for name, text in told.items():
        (tmp_path / name).write_text(text)
    env = {key: value.replace("/run/secrets", str(tmp_path)) for key, value in compose["services"]["cx"]["environment"].items()}

    settings = read_settings(env | {"CX_ZONE": "UTC"}, None, [desk.slug for desk in DESKS])

    assert settings.database_url.get_secret_value() == told["database_url"]
    assert settings.slack_bot_token is not None


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists_as_nobody_else(path: Path) -> None:
    service = unit(path)["Service"]
    program, command = str(service["ExecStart"]).strip("[]'").split()

    assert program == "/opt/cx/bin/cx"
    assert command in {one.name for one in APP.registered_commands}
    assert (service["DynamicUser"], service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "yes", "strict")


def test_the_unit_waits_long_enough_and_does_not_repeat_what_a_person_must_mend() -> None:
    service = unit(ROOT / "deploy" / "cx.service")["Service"]

    assert int(service["TimeoutStopSec"]) > 10
    assert service["Restart"] == "on-failure"
    assert service["RestartPreventExitStatus"] == "78"
    assert unit(ROOT / "deploy" / "cx.service")["Unit"]["StartLimitIntervalSec"] == "0", "a database may be away for an hour"


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Where systemd is; elsewhere they are read as above."""
    analyze = shutil.which("systemd-analyze")
    for path in (ROOT / "deploy").glob("cx*"):
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace("/opt/cx/bin/cx", "/bin/true"))
    if analyze is not None:
        ran = subprocess.run([analyze, "verify", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False)
        ours = [line for line in ran.stderr.splitlines() if str(tmp_path) in line]  # it looks at the machine's own units too
        assert (ran.returncode, ours) == (0, [])


def test_every_locked_package_has_hashes() -> None:
    locked = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    files = [(package["name"], file) for package in locked for file in [*package.get("wheels", ()), package.get("sdist")] if file]

    assert len(files) > 100
    assert [name for name, file in files if not file["hash"].startswith("sha256:")] == []


def test_pip_users_and_auditors_get_the_same_packages(tmp_path: Path) -> None:
    """`make requirements` and `make sbom`, without make."""
    uv = shutil.which("uv", path=str(Path(sys.prefix) / "bin")) or shutil.which("uv")
    assert uv is not None
    told = {}
    for form in ("requirements.txt", "cyclonedx1.5"):
        assert f"--format {form} " in (ROOT / "Makefile").read_text("utf-8")
        words = [uv, "export", "--frozen", "--quiet", "--no-dev", "--all-extras", "--format", form]
        ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert ran.returncode == 0, ran.stderr
        told[form] = ran.stdout
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;\\]+)", told["requirements.txt"], re.MULTILINE))
    listed = {part["name"]: part["version"] for part in json.loads(told["cyclonedx1.5"])["components"]}

    assert "slack-bolt" in pinned
    assert pinned == listed
    assert told["requirements.txt"].count("--hash=sha256:") >= len(pinned)
    assert "pytest" not in pinned
