"""Writes docs/kpis.md, docs/commands.md and the tables of docs/operations.md and docs/desks.md from the code: `make docs`."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from bot.desks import DESKS
from bot.desks.desk import Fact
from bot.kpis import KPIS
from bot.kpis.dimensions import DIMENSIONS
from bot.kpis.quantities import QUANTITIES
from bot.settings import Settings
from bot.views.kpi_dictionary import kpi_dictionary
from commands import COMMANDS

DOCS = Path(__file__).resolve().parents[1] / "docs"
KNOWN = re.compile(r"(<!-- knows -->\n).*?(<!-- /knows -->)", re.DOTALL)
MARK = re.compile(r"(<!-- settings -->\n).*?(<!-- /settings -->)", re.DOTALL)


def pages() -> dict[str, str]:
    """Every generated page by its name in docs/, as it should be."""
    operations = (DOCS / "operations.md").read_text(encoding="utf-8")
    desks = (DOCS / "desks.md").read_text(encoding="utf-8")
    return {
        "desks.md": KNOWN.sub(lambda found: f"{found[1]}{desks_table()}\n{found[2]}", desks),
        "kpis.md": kpi_dictionary(KPIS),
        "commands.md": commands_page(),
        "operations.md": MARK.sub(lambda found: f"{found[1]}{settings_table()}\n{found[2]}", operations),
    }


def commands_page() -> str:
    """What can be said after /cx, from the commands, the dimensions and the KPIs."""
    rows = [f"| `{_cell(c.usage)}` | {_cell(c.says)} |" for c in COMMANDS if c.listed]
    splits = [f"| `{d.slug}` | {d.says} | {', '.join(d.also)} |" for d in DIMENSIONS]
    amounts = [f"| `{q.slug}` | {q.says} | {', '.join(q.also)} |" for q in QUANTITIES]
    return "\n".join(
        [
            "# Commands",
            "",
            "Generated from the code (`make docs`). One language everywhere: `/cx`, a mention, a direct message, `cx ask`.",
            "",
            "```",
            "<kpi> [mean|median|p90|p95|max] [by DIM [and DIM]] [window] [vs previous|last year|nothing]",
            "      [dim:value | -dim:value ...] [business|calendar hours] [hourly|daily|weekly|monthly]",
            "      [as chart|table|csv|tickets]",
            "```",
            "",
            "Words come in any order; a KPI goes by its slug, its name or a synonym ([all of them](kpis.md)). Windows: `today`,",
            "`yesterday`, `last week`, `last 30 days`, `last 24 hours`, `since 1 Oct`, `Q3`, `Oct 2025`, `2026-W42`, `1-15 Oct`,",
            "`between 1 and 15 Oct`, `2026-10-01 to 2026-10-07`, `last weekend`, `all time`; always past-looking,",
            "in the workspace's zone.",
            "",
            "| Say | What it does |",
            "|---|---|",
            *rows,
            "",
            "## Splits and filters",
            "",
            "| Dimension | What it is | Also |",
            "|---|---|---|",
            *splits,
            "",
            "| Amount of a ticket | What it is | Also |",
            "|---|---|---|",
            *amounts,
            "",
            "An amount is compared: `frt>4h`, `csat<3`, `backlog age>7d`. Alone, `unanswered` and `overdue` mean any amount, and",
            "ask for the backlog; so does `unassigned`, which is `agent:none`. `oldest` shows the tickets of the backlog, the",
            "oldest first. `weekends`, `weekdays` and `mondays` keep what happened on such days. `my csat` is one's own,",
            "`my team` the team one is in or leads. A name after `for`, `of`, `from` or `by` is that of a team, an agent or a",
            "customer; one that may be several is asked back.",
            "",
            "## The command line",
            "",
            "`cx ask`, `cx sync [DESK]`, `cx import FILE --map MAP`, `cx digest --date D --out DIR`,",
            "`cx export facts|sla|backlog --csv`,",
            "`cx run`, `cx backup [FILE]`, `cx restore FILE`,",
            "`cx demo [--once DIR]`, `cx manifest`, `cx doctor`; each with `--help`. Desks: "
            + ", ".join(f"`{desk.slug}`" for desk in DESKS)
            + ".",
            "",
        ]
    )


def desks_table() -> str:
    """Every help desk with the settings it cannot work without, and what it cannot tell."""
    rows = ["| Desk | Needs | Cannot tell |", "|---|---|---|"]
    for desk in DESKS:
        needs = ", ".join(f"`CX_{desk.slug}_{need.key}`".upper() for need in desk.needs)
        missing = ", ".join(fact.value for fact in Fact if fact not in desk.knows)
        rows.append(f"| {desk.name} (`{desk.slug}`) | {needs} | {missing or 'nothing of what we ask'} |")
    return "\n".join(rows)


def settings_table() -> str:
    """Every CX_ setting with its default and meaning."""
    rows = ["| Setting | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        if name == "desks":
            continue
        default = "" if field.is_required() or field.default in (None, ()) else f"`{field.default}`"
        rows.append(f"| `CX_{name.upper()}` | {default} | {_cell(field.description or '')} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Write what differs; with --check, only say whether anything does."""
    stale = [name for name, text in pages().items() if not (DOCS / name).exists() or (DOCS / name).read_text("utf-8") != text]
    if "--check" not in sys.argv:
        for name in stale:
            (DOCS / name).write_text(pages()[name], encoding="utf-8")
    for name in stale:
        print(f"docs/{name} {'is stale' if '--check' in sys.argv else 'written'}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
