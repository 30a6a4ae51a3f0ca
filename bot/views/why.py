"""Why a number changed, as people read it: the change, what made it by the telling dimension, and what it rests on."""

from __future__ import annotations

from bot.kpis.kpi import Count, Duration, Kpi, Stock, Unit
from bot.kpis.why import Effect, Split, Why
from bot.views.blocks import (
    TEXT,
    Block,
    actions,
    button,
    clip,
    clip_mrkdwn,
    context,
    escape,
    header,
    one_line,
    preformatted,
    section,
)
from bot.views.buttons import TICKETS, WHY, WHY_NUMBER, share_button
from bot.views.message import Message
from bot.views.native_chart import columns
from bot.views.say import duration_text, number_text, value_text
from bot.views.sentences import known_from

SHOWN = 8
NAME = 24


def why_message(told: Why, asked_id: str, tickets_id: str) -> Message:
    """The finding first; `asked_id` is the kept question, `tickets_id` the one for the tickets of the largest effect, empty
    where there is none."""
    kpi = told.answer.kpi
    finding = _finding(told)
    best = told.splits[0] if told.splits else None
    table = _table(kpi, best) if best is not None else "There is nothing to split it by."
    others = [f"By {one.dimension}: {_line(kpi, one.lead(told.change))}" for one in told.splits[1:]]
    blocks: list[Block] = [header(f"Why {kpi.name} changed", "why:title"), section(escape(finding), "why:finding")]
    blocks.append(preformatted(table, "why:table"))
    blocks += [context([escape(one) for one in others], "why:others")] if others else []
    blocks.append(context([escape(_small(told))], "why:small"))
    doors = [share_button(WHY, asked_id), button("How it is counted", WHY_NUMBER, asked_id)]
    if tickets_id and best is not None:
        doors.insert(1, button(f"Tickets: {clip(one_line(best.lead(told.change).label), 40)}", TICKETS, tickets_id))
    blocks.append(actions(doors, "why:do"))
    spoken = "\n".join([finding, table, *others, _small(told)])
    return Message(text=clip_mrkdwn(escape(spoken), TEXT), blocks=tuple(blocks))


def _finding(told: Why) -> str:
    kpi = told.answer.kpi
    mean = "mean " if isinstance(kpi.measure, Duration) else ""
    said = f"{kpi.name}: {mean}{_value(kpi, told.before.value)} → {_value(kpi, told.after.value)}, {signed(kpi, told.change)}"
    sure = {True: "more than chance", False: "no more than chance may do", None: "not tested against chance"}[told.beyond_chance]
    if not told.splits or not told.splits[0].effects:
        return f"{said} ({sure})."
    first, lead, largest = told.splits[0], told.splits[0].lead(told.change), told.splits[0].effects[0]
    against = f"; against it {_line(kpi, largest)}" if largest is not lead else ""
    return f"{said} ({sure}). Most by {first.dimension}: {_line(kpi, lead)}{against}.{_unfair(told)}"


def _unfair(told: Why) -> str:
    before = told.answer.previous
    known = [known_from(source, before.window) for source in told.answer.sources] if before is not None else []
    later = " and ".join(words for words in known if words)
    return f" Mind: {later}, so part of the change is that nothing was known before." if later else ""


def _line(kpi: Kpi, one: Effect) -> str:
    """`email +3.1 pt (mix +0.4, rate +2.7; more than chance)`."""
    sure = {True: "; more than chance", False: "; may be chance", None: ""}[one.beyond_chance]
    parts = "" if _is_count(kpi) else f"mix {signed(kpi, one.mix)}, rate {signed(kpi, one.rate)}"
    detail = f" ({f'{parts}{sure}'.removeprefix('; ')})" if parts or sure else ""
    return f"{one_line(one.label, NAME)} {signed(kpi, one.total)}{detail}"


def _table(kpi: Kpi, split: Split) -> str:
    """Every effect of the dimension, no wider than it must be for a phone: what a group's value was and is stands under it where
    it takes more than a count. What is not shown is summed up, so that the column adds up to the change."""
    shown, rest = split.effects[:SHOWN], split.effects[SHOWN:]
    counts = _is_count(kpi)
    lines = [(split.dimension, "effect", "before → after" if counts else "")]
    for one in shown:
        lines.append((one_line(one.label, NAME), signed(kpi, one.total), _moved(kpi, one) if counts else ""))
    if rest:
        lines.append((f"{len(rest):,} others", signed(kpi, sum(one.total for one in rest)), ""))
    lines.append(("together", signed(kpi, sum(one.total for one in split.effects)), ""))
    name, effect = (max(columns(line[place]) for line in lines) for place in (0, 1))
    told = [f"{first}{' ' * (name - columns(first))} {second:>{effect}}  {third}".rstrip() for first, second, third in lines]
    under = [""] * len(told) if counts else ["", *(f"  {_moved(kpi, one)}" for one in shown)]
    under += [""] * (len(told) - len(under))
    return "\n".join(line for pair in zip(told, under, strict=True) for line in pair if line)


def _moved(kpi: Kpi, one: Effect) -> str:
    """`156 → 268`; `1 h 1 min → 1 h 36 min, n 136 → 252`."""
    (n_before, before), (n_after, after) = one.before, one.after
    sizes = f"{n_before:,.0f} → {n_after:,.0f}"
    return sizes if _is_count(kpi) else f"{_value(kpi, before)} → {_value(kpi, after)}, n {sizes}"


def _small(told: Why) -> str:
    answer, before = told.answer, told.answer.previous
    windows = f"{answer.window.label}, against {before.window.label if before else ''}"
    way = (
        "Each group's own change."
        if _is_count(answer.kpi)
        else "Mix: the group has another part of the cases. Rate: its own value changed. Both by midpoints."
    )
    sizes = f"n = {told.before.n:,} → {told.after.n:,} (how many there are does not move a share by itself)."
    return f"{windows}. {way} {'' if _is_count(answer.kpi) else sizes}".strip()


def signed(kpi: Kpi, change: float) -> str:
    """A change in the KPI's own unit, always with its sign."""
    sign = "+" if change > 0 else "-" if change < 0 else "±"
    if kpi.unit is Unit.DURATION:
        return f"{sign}{duration_text(abs(change))}"
    decimals = {Unit.TICKETS: 0, Unit.NUMBER: 2}.get(kpi.unit, 1)
    return f"{sign}{number_text(abs(change), decimals)}{' pt' if kpi.unit in (Unit.PERCENT, Unit.POINTS) else ''}"


def _value(kpi: Kpi, value: float | None) -> str:
    return value_text(kpi, value)


def _is_count(kpi: Kpi) -> bool:
    return isinstance(kpi.measure, Count | Stock)
