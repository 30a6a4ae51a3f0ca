"""The rules of the house, each with its machine: size, names, errors, types, and nothing that happens at import."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("bot", "commands", "jobs")
MODULE_LINES, FUNCTION_LINES, POSITIONAL = 300, 40, 6
MEDIAN_LINES, P90_LINES = 10, 30
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "services", "base", "core", "lib"}
BROAD = {("jobs/clockwork.py", "take_turn"), ("jobs/turns.py", "take_turns")}
"""The metronome, which must beat on whatever a job raises, and the loop that takes turns over rows."""

STARTED_BY_NAME = {"bot.__main__", "bot.views.chart.worker", "bot.store.migrations.env"}
"""Where the program begins: the command line, the process that draws, and what Alembic loads by its file."""

TOOLS = ("tools.write_docs",)
"""Makes documents out of the house; what only it needs is needed."""

JUDGES = {"bot.views.check", "bot.views.check_blocks"}
"""Slack's limits as we know them, beside the views that keep to them: every test that makes a message asks them."""

DECLARATIONS = ("bot/kpis/", "bot/surveys/", "bot/desks/", "commands/", "jobs/")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name; migrations are written once and never changed."""
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if "versions" not in path.parts]
    return {_dotted(path): path for path in found}


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def place(path: Path, node: ast.AST | None = None) -> str:
    name = path.relative_to(ROOT).as_posix()
    return name if node is None else f"{name}:{getattr(node, 'lineno', 0)}"


def functions() -> Iterator[tuple[Path, Function]]:
    for path in modules().values():
        yield from ((path, node) for node in ast.walk(tree(path)) if isinstance(node, Function))


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_the_machine_sees_the_house() -> None:
    """Rules over nothing would always hold."""
    assert len(modules()) > 200
    assert sum(1 for _ in functions()) > 1000


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    long = {place(path): count for path in modules().values() if (count := len(path.read_text().splitlines())) > MODULE_LINES}
    assert long == {}


def test_no_function_is_longer_than_forty_lines_and_most_are_short() -> None:
    assert [place(path, one) for path, one in functions() if length(one) > FUNCTION_LINES] == []
    lengths = [length(one) for _, one in functions()]
    assert statistics.median(lengths) <= MEDIAN_LINES
    assert statistics.quantiles(lengths, n=10)[-1] <= P90_LINES


def test_nobody_has_to_count_arguments() -> None:
    def positional(one: Function) -> int:
        named = [argument.arg for argument in (*one.args.posonlyargs, *one.args.args)]
        return len([name for name in named if name not in ("self", "cls", "settings_cls")])

    foreign = {"settings_customise_sources"}  # pydantic calls it
    found = [place(path, one) for path, one in functions() if positional(one) > POSITIONAL and one.name not in foreign]
    assert found == []


def test_every_function_says_what_it_returns() -> None:
    assert [place(path, one) for path, one in functions() if one.returns is None] == []


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        place(path)
        for path in modules().values()
        if path.read_text().strip() and not (ast.get_docstring(tree(path)) or "").split("\n")[0].strip().endswith((".", ":", "!"))
    ]
    assert silent == []


def test_names_say_what_lives_there() -> None:
    parts = {part for name in modules() for part in name.split(".")}
    assert parts & SAY_NOTHING == set()


def test_broad_except_stands_in_two_places() -> None:
    broad = set()
    for path, function in functions():
        caught = [node.type for node in ast.walk(function) if isinstance(node, ast.ExceptHandler)]
        if any(kind is None or _names(kind) & {"Exception", "BaseException"} for kind in caught):
            broad.add((place(path), function.name))
    assert broad == BROAD


def _names(kind: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)}


def test_declarations_need_no_excuse_to_the_type_checker() -> None:
    excuses = [place(path) for path in modules().values() if "type: ignore" in path.read_text()]
    assert [name for name in excuses if name.startswith(DECLARATIONS)] == []
    assert len(excuses) <= 2


def test_nothing_is_left_for_later() -> None:
    later = [
        f"{place(path)}:{number}"
        for path in modules().values()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if UNFINISHED.search(line) or "raise NotImplementedError" in line
    ]
    assert later == []


def test_only_the_store_commits() -> None:
    """One unit of work is one `with store.writing()`; a commit in the middle of it would be half a change."""
    committing = {
        place(path)
        for path in modules().values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    }
    assert {name for name in committing if not name.startswith("bot/store/")} == set()


def test_sql_is_written_as_expressions() -> None:
    """Text in SQL stays with the engine and the migrations, where the dialects are told apart."""
    text = {
        place(path)
        for path in modules().values()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy") and "text" in _imported(node)
    }
    assert {name for name in text if not name.startswith("bot/store/")} == set()


def _imported(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def test_every_module_is_reached_from_where_the_program_begins() -> None:
    reached: set[str] = set()
    waiting = STARTED_BY_NAME | {one for name in TOOLS for one in _imports(name) if one in modules()}
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= {one for one in (*_imports(name), *_parents(name)) if one in modules()} - reached
    assert modules().keys() - reached == JUDGES


def _imports(name: str) -> Iterator[str]:
    for node in ast.walk(tree(modules().get(name) or ROOT / f"{name.replace('.', '/')}.py")):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def test_importing_opens_no_socket_starts_no_thread_and_writes_no_file(tmp_path: Path) -> None:
    names = [name for name in modules() if name not in STARTED_BY_NAME]
    code = (
        "import importlib, socket, sys, threading\n"
        "def refuse(*_, **__): raise SystemExit('a socket was opened')\n"
        "socket.socket.__init__ = refuse; socket.create_connection = refuse; socket.getaddrinfo = refuse\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "sys.exit(0 if threading.active_count() == 1 else 'a thread was started')\n"
    )
    env = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "MPLCONFIGDIR": str(tmp_path / "mpl"), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert [path.name for path in tmp_path.iterdir() if path.name != "mpl"] == []
