"""Help: everything that can be asked, and everything about one KPI. Made from the declarations, so it cannot lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.kpis.kpi import Balance, Count, Counted, Duration, Kpi, Mean, Measure, Quotient, Ratio, Stock
from bot.views.blocks import TEXT, actions, clip_mrkdwn, context, escape, fields, header, section
from bot.views.buttons import run_button
from bot.views.message import Message

TRY = ("backlog", "frt last 30 days by channel", "csat", "volume last 7 days by category")
SURVEY_WINDOW = "last 30 days"
ENTERED = {"at_start": "customers at the start", "lost": "customers lost", "kept": "customers kept"}


class Said(Protocol):
    """Whatever can be typed after `/cx`."""

    @property
    def word(self) -> str: ...
    @property
    def usage(self) -> str: ...
    @property
    def says(self) -> str: ...
    @property
    def listed(self) -> bool: ...


def help_overview(commands: Sequence[Said], kpis: Sequence[Kpi]) -> Message:
    """What can be asked, how, and buttons to try it."""
    listed = [command for command in commands if command.listed]
    typed = [f"`{escape(command.usage)}` {escape(command.says)}" for command in listed]
    numbers = [f"*{escape(kpi.slug)}* {escape(kpi.says)}" for kpi in kpis]
    half = -(-len(numbers) // 2)
    how = "`/cx number [by team|agent|channel|category|…] [last 30 days] [vs last year] [channel:email] [as chart|table|csv]`"
    plain = [
        "Ask for a number: /cx frt last 30 days by channel.",
        "Numbers: " + "; ".join(f"{kpi.slug} ({kpi.name})" for kpi in kpis) + ".",
        "Commands: " + "; ".join(f"{command.usage}: {command.says}" for command in listed),
        "More about one number: /cx help frt.",
    ]
    return Message(
        text=clip_mrkdwn(escape("\n".join(plain)), TEXT),
        blocks=(
            header("Ask for a number", "help:title"),
            section(f"{how}\nParts in any order; `/cx help frt` explains one number.", "help:how"),
            fields(["\n".join(numbers[:half]), "\n".join(numbers[half:])], "help:numbers"),
            *([section("\n".join(typed), "help:commands")] if typed else []),
            actions([run_button(text, text, place) for place, text in enumerate(TRY)], "help:try"),
        ),
    )


def kpi_help(kpi: Kpi) -> Message:
    """One KPI: what it says, the formula, the exact rule, what it may be split by, benchmarks and examples with source."""
    told = kpi_facts(kpi)
    heard = [f"{kpi.name} ({kpi.slug}): {kpi.says}", *(f"{name}: {words}" for name, words in told)]
    usage = f"{kpi.slug} {SURVEY_WINDOW}"
    split = f"{kpi.slug} by {kpi.splits[0]}" if kpi.splits else ""
    return Message(
        text=clip_mrkdwn(escape("\n".join(heard)), TEXT),
        blocks=(
            header(kpi.name, f"define:{kpi.slug}:name"),
            section(f"{escape(kpi.says)}\n`/cx {escape(kpi.slug)}`", f"define:{kpi.slug}:says"),
            *(section(f"*{name}*\n{escape(words)}", f"define:{kpi.slug}:{place}") for place, (name, words) in enumerate(told)),
            context(["Benchmarks are suggestions for a goal, never a verdict."], f"define:{kpi.slug}:note"),
            actions(
                [run_button(f"Show {usage}", usage, 0), *([run_button(f"Show {split}", split, 1)] if split else [])],
                f"define:{kpi.slug}:try",
            ),
        ),
    )


def kpi_facts(kpi: Kpi) -> list[tuple[str, str]]:
    """What there is to know about a KPI, as a heading and its words; the same for Slack, the terminal and the docs."""
    bench = "\n".join(f"{b.says}{f' ({b.channel})' if b.channel else ''}, {b.source}" for b in kpi.benchmarks)
    examples = "\n".join(f"{one.says}: {one.shown} ({one.source})" for one in kpi.examples)
    later = "Later reopens and replies can still change a past value." if kpi.look_ahead else ""
    facts = [
        ("Formula", formula(kpi.measure)),
        ("Definition", kpi.definition),
        ("Unit", unit_text(kpi)),
        ("Can change later", later),
        ("Split by", ", ".join(kpi.splits) or "nothing: it is entered for the whole company"),
        ("Benchmarks", bench),
        ("Examples", examples),
        ("Needs", ", ".join(sorted(fact.value for fact in kpi.needs))),
        ("Also called", ", ".join(word for word in kpi.also if word != kpi.slug)),
    ]
    return [(name, words) for name, words in facts if words]


def unit_text(kpi: Kpi) -> str:
    """The unit, which way is better, and whether it may pass 100 %."""
    better = {"up": "more is better", "down": "less is better", "neither": "neither way is better"}[kpi.good.value]
    ratio = "; a flow ratio, which may pass 100 %" if kpi.may_pass_100 else ""
    return f"{kpi.unit.value}, {better}{ratio}"


def formula(measure: Measure) -> str:
    """How the value is computed, in words, from the declaration itself."""
    match measure:
        case Stock():
            return f"number of {measure.says} at the instant"
        case Count():
            return f"number of {_counted(measure)}"
        case Ratio():
            return f"{measure.top_says} ÷ {measure.flow.says} × 100"
        case Mean():
            return f"{measure.total_says} ÷ {measure.flow.says}"
        case Duration():
            return f"median of the {measure.flow.says}, in time; mean, p90, p95 and max stand beside it"
        case Balance():
            return f"(promoters − detractors) ÷ {measure.flow.says} × 100"
        case Quotient() | Counted():
            return _quotient(measure)


def _quotient(measure: Quotient | Counted) -> str:
    top, bottom = (_part(part) for part in (measure.top, measure.bottom))
    return f"{top} ÷ {bottom}{f' × {measure.scale}' if measure.scale != 1 else ''}"


def _part(part: str | Count) -> str:
    return _counted(part) if isinstance(part, Count) else ENTERED.get(part, part)


def _counted(count: Count) -> str:
    if count.distinct is None:
        return count.flow.says
    return f"different {'agents' if 'agent' in (count.distinct.key or '') else 'tickets'} among the {count.flow.says}"
