"""The KPI dictionary as a page: made from the declarations, the same for the same declarations, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.kpis.kpi import Kpi
from bot.views.help_text import kpi_facts

HEAD = """# KPI dictionary

Every number `cx` can tell, with its exact rule. This page is generated from the declarations (`make docs`);
`/cx define <kpi>` says the same in Slack.

Rules for all of them: windows are half-open and local to the workspace's zone; spam, deleted and merged tickets are left
out and counted in the receipt; an empty denominator is `n/a`, never 0; shares carry a 95 % interval, flow
ratios do not; fewer than 20 cases are never judged.
"""
MARKUP = re.compile(r"([\\`*_|<>\[\]])")


def kpi_dictionary(kpis: Sequence[Kpi]) -> str:
    """Markdown: a table of all KPIs, then a chapter for each."""
    return "\n".join([HEAD, *_overview(kpis), "", *(_chapter(kpi) for kpi in kpis)]).rstrip() + "\n"


def _overview(kpis: Sequence[Kpi]) -> list[str]:
    rows = [f"| [`{kpi.slug}`](#{kpi.slug}) | {_plain(kpi.name)} | {_plain(kpi.says)} |" for kpi in kpis]
    return ["| Ask for | Name | What it says |", "|---|---|---|", *rows]


def _chapter(kpi: Kpi) -> str:
    facts = [f"- **{name}**: {_lines(words)}" for name, words in kpi_facts(kpi)]
    return "\n".join([f"## {kpi.slug}", "", f"**{_plain(kpi.name)}.** {_plain(kpi.says)}", "", *facts, ""])


def _lines(words: str) -> str:
    """Several lines become a list of their own."""
    lines = words.split("\n")
    return _plain(lines[0]) if len(lines) == 1 else "".join(f"\n  - {_plain(line)}" for line in lines)


def _plain(words: str) -> str:
    return MARKUP.sub(r"\\\1", words)
