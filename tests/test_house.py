"""The house rules that a machine can keep."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "commands", "jobs")
BAD_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base", "service"}
LONGEST_MODULE, LONGEST_FUNCTION = 300, 40
BROAD = {"bot/app/trouble.py", "jobs/clockwork.py", "jobs/turns.py"}


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text(encoding="utf-8")
                yield str(path.relative_to(ROOT)), text, ast.parse(text)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_a_module_has_one_idea_and_says_which() -> None:
    long = [name for name, text, _ in modules() if len(text.splitlines()) > LONGEST_MODULE]
    silent = [name for name, text, tree in modules() if text.strip() and not ast.get_docstring(tree)]
    vague = [name for name, _, _ in modules() if Path(name).stem in BAD_NAMES]
    assert (long, silent, vague) == ([], [], [])


def test_a_function_is_short_and_says_what_it_gives_back() -> None:
    found = [(name, f) for name, _, tree in modules() for f in functions(tree)]
    long = [f"{name}:{f.lineno}" for name, f in found if (f.end_lineno or f.lineno) - f.lineno >= LONGEST_FUNCTION]
    untyped = [f"{name}:{f.lineno}" for name, f in found if f.returns is None]
    assert (long, untyped) == ([], [])


def test_only_the_edges_catch_everything() -> None:
    """The app's error handler catches by Bolt's own hook; the loops over jobs and rows let one failure stop no other."""
    broad = set()
    for name, _, tree in modules():
        for node in ast.walk(tree):
            everything = isinstance(node, ast.ExceptHandler) and (
                node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
            )
            broad |= {name} if everything else set()
    assert broad <= BROAD


def test_nothing_is_left_to_do_in_a_comment() -> None:
    left = [name for name, text, _ in modules() for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X:") if word in text]
    assert left == []


def test_importing_the_package_reaches_for_nothing() -> None:
    code = (
        "import socket\n"
        "def refuse(*_): raise SystemExit('a socket was opened at import')\n"
        "socket.socket.connect = refuse\n"
        "import bot.cli, bot.app.build, commands, jobs\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
