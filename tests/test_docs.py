"""The generated pages are what the code says, and the README names what exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.cli import APP
from tools.write_docs import DOCS, pages

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_generated_page_is_what_make_docs_writes(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages()[name]


def test_every_link_of_a_page_leads_somewhere() -> None:
    broken = []
    for page in (ROOT / "README.md", *DOCS.glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"):
        for link in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / link).exists():
                broken.append(f"{page.name}: {link}")
    assert broken == []


def test_the_readme_names_only_commands_that_exist() -> None:
    known = {command.name for command in APP.registered_commands}
    named = set(
        re.findall(r"\bcx (ask|run|demo|import|sync|digest|export|manifest|doctor)\b", (ROOT / "README.md").read_text("utf-8"))
    )
    assert named
    assert named <= known


def test_make_has_the_targets_the_readme_names() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test", "check", "fix", "bench", "docs"} <= targets
