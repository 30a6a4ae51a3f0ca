"""How a number came about, in full: the rule, the profile, what was left out, and the SQL that ran."""

from __future__ import annotations

from collections.abc import Sequence

from bot.facts.profiles import profile_of
from bot.kpis.answer import Answer
from bot.kpis.explain import Statement
from bot.views.answer_text import asked
from bot.views.blocks import TEXT, Block, actions, button, clip, clip_mrkdwn, context, escape, header, preformatted, section
from bot.views.buttons import CSV, TICKETS
from bot.views.help_text import kpi_facts
from bot.views.message import Message
from bot.views.receipt import receipt_facts
from bot.views.sentences import headline

SQL_BLOCK = 2_800
SQL_BLOCKS = 3


def profile_text(written: str) -> str:
    """The definition profile in words: `articles: Definitions of the articles ...`, and each variant that differs."""
    profile = profile_of(written)
    variants = (f"{sentence[0].upper()}{sentence[1:]}." for sentence in profile.sentences())
    return " ".join([f"{profile.slug}: {profile.says}", *variants])


def explained_facts(answer: Answer) -> list[tuple[str, str]]:
    """The rule, the profile, then what of the receipt is not said by these, as headings with their words."""
    rule = kpi_facts(answer.kpi)
    said = {"Rules", *(name for name, _ in rule)}
    return [*rule, ("Profile", profile_text(answer.profile)), *((n, w) for n, w in receipt_facts(answer) if n not in said)]


def explained_text(answer: Answer, statements: Sequence[Statement]) -> str:
    """Plain words and the SQL, for a terminal."""
    told = [f"{name}: {words}" for name, words in explained_facts(answer)]
    sql = [f"-- {n} of {len(statements)}, {one.database}\n{one.sql};" for n, one in enumerate(statements, 1)]
    return "\n".join([headline(answer), *told, "SQL:", *(sql or ["none ran"])])


def explained_message(answer: Answer, statements: Sequence[Statement], query_id: str) -> Message:
    """The same as a message, as much of the SQL as it holds."""
    told = explained_facts(answer)
    pages, left = _pages(statements)
    title = f"{answer.kpi.name} ({answer.kpi.slug})"
    more = [f'{left:,} more statements: cx ask "{answer.query.text()}" --explain'] if left else []
    whole = "\n".join([f"{title}: {answer.kpi.says}", headline(answer), *(f"{name}: {words}" for name, words in told), *pages])
    return Message(
        text=clip_mrkdwn(escape(whole), TEXT),
        blocks=(
            header(title, f"explain:{query_id}:title"),
            section(f"{escape(answer.kpi.says)}\n*{escape(headline(answer))}*", f"explain:{query_id}:number"),
            *(section(clip_mrkdwn(f"*{n}*\n{escape(w)}", 2_900), f"explain:{query_id}:{i}") for i, (n, w) in enumerate(told)),
            *_sql(pages, query_id),
            context([*map(escape, more), f"`{escape(asked(answer)).replace('`', chr(39))}`"], f"explain:{query_id}:asked"),
            actions([button("Tickets", TICKETS, query_id), button("CSV", CSV, query_id)], f"explain:{query_id}:doors"),
        ),
    )


def _pages(statements: Sequence[Statement]) -> tuple[list[str], int]:
    pages = [clip(f"-- {one.database}\n{one.sql}", SQL_BLOCK) for one in statements[:SQL_BLOCKS]]
    return pages, len(statements) - len(pages)


def _sql(pages: Sequence[str], query_id: str) -> list[Block]:
    return [preformatted(page, f"explain:{query_id}:sql{i}") for i, page in enumerate(pages)]
