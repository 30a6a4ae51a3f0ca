"""The documentation cannot lie: what can be generated is, and what is written by hand names only what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import typer

from bot.cli import APP
from bot.desks import DESKS
from bot.kpis import KPIS
from bot.settings import Settings
from bot.store.engine import Store
from bot.store.workspace import Workspace
from commands import COMMANDS, KPI_COMMAND, dispatch
from commands.grammar import read
from tests.world import NOW
from tools.write_docs import pages

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
WRITTEN = [page for page in PAGES if page.exists()]
CODE = re.compile(r"```[a-z]*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
SETTING = re.compile(r"\bCX_[A-Z][A-Z_]*[A-Z]\b")


def code(page: Path) -> list[str]:
    """Every line of code on a page, comments cut off."""
    found = [block or word for block, word in CODE.findall(page.read_text("utf-8"))]
    return [line.split("  #")[0].strip() for text in found for line in text.splitlines()]


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", ["kpis.md", "commands.md", "operations.md"])
def test_generated_pages_are_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == pages()[name], "write them anew: make docs"


def test_generating_twice_gives_the_same() -> None:
    assert pages() == pages()


def test_every_number_and_command_has_its_place() -> None:
    kpis, commands = pages()["kpis.md"], pages()["commands.md"]

    assert all(f"\n## {kpi.slug}\n" in kpis for kpi in KPIS)
    assert all(command.says in commands for command in COMMANDS if command.listed)


def test_every_setting_is_explained() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")

    for name, field in Settings.model_fields.items():
        if name != "desks":
            assert f"| `CX_{name.upper()}` |" in page
            assert field.description


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, _ in LINK.findall(page.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{named(page)} links to {target}"


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_setting_named_is_one(page: Path) -> None:
    ours = {f"CX_{name.upper()}" for name in Settings.model_fields}
    of_desks = tuple(f"CX_{desk.slug.upper()}_" for desk in DESKS)

    for name in SETTING.findall(page.read_text("utf-8")):
        known = {name, name.removesuffix("_FILE")} & ours or name.startswith(of_desks)
        assert known, f"{named(page)} names {name}"


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_cx_command_named_is_one(page: Path) -> None:
    there = {command.name for command in APP.registered_commands}
    groups = {group.name for group in APP.registered_groups}
    options = {name: _options(name) for name in there if name}

    for line in code(page):
        words = line.removeprefix("$ ").split()
        if len(words) < 2 or words[0] != "cx" or not re.fullmatch(r"[a-z]+", words[1]):
            continue
        assert words[1] in there | groups, f"{named(page)}: {line}"
        for option in re.findall(r"(?<!\S)\[?(--[a-z-]+)", line):
            assert option in options[words[1]] | {"--help"}, f"{named(page)}: {line}"


def _options(name: str) -> set[str]:
    command = typer.main.get_command(APP).commands[name]  # type: ignore[attr-defined]
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_make_target_named_is_one(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    for line in code(page):
        if line.startswith("make "):
            wanted = next(word for word in line.split()[1:] if "=" not in word)
            assert wanted in targets, f"{named(page)}: {line}"


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_every_question_shown_is_understood(page: Path, sqlite_store: Store) -> None:
    """What stands behind `/cx` or `cx ask` must be a command, or a question that can be answered; placeholders aside."""
    with sqlite_store.reading() as session:
        for line in code(page):
            asked = _asked(line)
            if asked is None or re.search(r"[\[<|…]|\.\.\.|baklog|team:", asked):
                continue
            command, rest = dispatch(asked)
            understood = read(rest, now=NOW, workspace=Workspace(), session=session)
            assert command is not KPI_COMMAND or understood.query is not None, f"{named(page)}: {line}: {understood.says}"


def _asked(line: str) -> str | None:
    if line.startswith("/cx"):
        return line.removeprefix("/cx").strip()
    words = shlex.split(line) if line.startswith('cx ask "') else []
    return words[2] if words else None


def test_the_readme_shows_how_to_begin() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert "make demo" in readme
    assert "make test" in readme
    assert readme.index("make demo") < 1500
