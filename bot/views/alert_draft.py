"""An alert that is not switched on yet: what it would have done, and a limit that would have done better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.clock import DAY, HOUR
from bot.kpis import kpi_of
from bot.kpis.alert_back_test import DAYS, BackTest, Firing
from bot.kpis.alert_better import Better
from bot.kpis.alert_rules import Rule, RuleKind
from bot.store.alert_tables import Alert
from bot.store.columns import seconds
from bot.views.alert import LABEL, SWITCH_ON, code_text
from bot.views.alert_chart import back_test_chart
from bot.views.alert_words import rule_text, title, window_words
from bot.views.blocks import (
    TEXT,
    VIEW_WORD,
    Block,
    actions,
    button,
    clip,
    clip_mrkdwn,
    context,
    escape,
    header,
    image,
    one_line,
    plain,
    section,
)
from bot.views.buttons import run_button
from bot.views.message import Message
from bot.views.say import age_text, duration_text, instant_text, value_text

NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A rule that is not switched on yet: what it would have done, `longer` the same rule where it would decide more, `better`
    one with another limit."""

    rule: Rule
    tested: BackTest
    query_id: str
    longer: str = ""
    better: Better | None = None


def draft_message(draft: Draft, zone: str, channel_id: str) -> Message:
    """What an alert would have done, before it is switched on by a button."""
    rule, tested = draft.rule, draft.tested
    about, found = drafted(rule), draft.better
    other = f" {rule_text(found.rule)} would have fired {_times(found.firings)}." if found else ""
    said = f"Alert on {about}. {tested_text(rule, tested, zone)}{other}"
    chart = back_test_chart(rule, tested, zone)
    where = f"<@{channel_id}>" if channel_id.startswith(("U", "W", "D")) else f"<#{channel_id}>"
    blocks: list[Block] = [
        header(f"Alert: {about}", "alert:draft"),
        section(f"*{escape(_fired(tested))}.*" if tested.looks else escape(tested_text(rule, tested, zone)), "alert:tested"),
        *_firing_list(rule, tested, zone),
        *([image(0, chart.alt, "alert:chart")] if chart is not None else []),
        *([context([escape(_trust(rule, tested))], "alert:trust")] if tested.looks else []),
        *_better(draft.better),
        context([f"Rule: {_rule(rule)}", f"It is off until you switch it on, for {where}."], "alert:off"),
        actions([button("Switch on", SWITCH_ON, draft.query_id, style="primary"), *_offers(draft)], "alert:switch"),
    ]
    text = clip_mrkdwn(f"{escape(said)} Rule: {escape(rule_text(rule))}. It is off until you switch it on.", TEXT)
    return Message(text=text, blocks=tuple(blocks), charts=(chart,) if chart is not None else ())


def _rule(rule: Rule) -> str:
    """A rule as it is typed, in mrkdwn."""
    return f"`{escape(code_text(rule_text(rule)))}`"


def _better(found: Better | None) -> list[Block]:
    """Another limit, and how often it would have fired; nothing where there is none."""
    return [section(f"{_rule(found.rule)} would have fired {_times(found.firings)}.", "alert:better")] if found else []


def _offers(draft: Draft) -> list[Block]:
    other = rule_text(draft.better.rule) if draft.better is not None else ""
    offers = {"longer": draft.longer, "better": other}
    return [
        run_button(clip(f"Try {one_line(words)}", LABEL), f"alert {words}", place) for place, words in offers.items() if words
    ]


def drafted(rule: Rule) -> str:
    """What would be watched, with all that was understood: over which time, and for how long it must last."""
    over = window_words(rule.query, kpi_of(rule.query.kpi)) if rule.kind is RuleKind.NUMBER else ""
    lasting = f"for {duration_text(rule.hold.total_seconds())}" if rule.hold else ""
    return ", ".join(word for word in (title(rule), "" if over == "now" else over, lasting) if word)


def tested_text(rule: Rule, tested: BackTest, zone: str) -> str:
    """`This would have fired 3 times in 90 days: ...`, and how that was found out."""
    if not tested.looks:
        return "There is too little history to try this out; it has never been tested."
    named = "; ".join(_firing(rule, one, zone) for one in tested.firings[-NAMED:])
    more = f"; and {len(tested.firings) - NAMED:,} earlier" if len(tested.firings) > NAMED else ""
    return f"{_fired(tested)}{f': {named}{more}' if named else ''}. {_trust(rule, tested)}"


def _fired(tested: BackTest) -> str:
    if not tested.firings:
        return f"This would never have fired in {DAYS} days"
    return f"This would have fired {_times(len(tested.firings))} in {DAYS} days"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _trust(rule: Rule, tested: BackTest) -> str:
    thin = f"{tested.thin:,} of {tested.looks:,} looks rested on fewer than 20 cases and decided nothing. " if tested.thin else ""
    return f"{thin}{_how(rule, tested)}"


def edited_modal(alert: Alert | None, draft: Draft, zone: str) -> dict[str, Any]:
    """What the changed or new rule would have done, and the button that makes it count."""
    rule, tested = draft.rule, draft.tested
    place = [] if alert is not None else ["It is told to you alone; type it in a channel to tell that."]
    blocks = [
        section(f"*{escape(drafted(rule))}*\n{escape(tested_text(rule, tested, zone))}", "alert:tested"),
        *_better(draft.better),
        context([f"Rule: {_rule(rule)}", *place], "alert:rule"),
    ]
    return {
        "type": "modal",
        "callback_id": SWITCH_ON,
        "private_metadata": f"{draft.query_id}|{alert.id if alert is not None else ''}",
        "title": plain("Edit alert" if alert is not None else "New alert", VIEW_WORD),
        "submit": plain("Switch on", VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": blocks,
    }


def _firing_list(rule: Rule, tested: BackTest, zone: str) -> list[Block]:
    said = [f"• {escape(_firing(rule, one, zone))}" for one in tested.firings[-NAMED:]]
    more = [f"• and {len(tested.firings) - NAMED:,} earlier"] if len(tested.firings) > NAMED else []
    return [section("\n".join([*said, *more]), "alert:firings")] if said else []


def _firing(rule: Rule, one: Firing, zone: str) -> str:
    about = f"{clip(one_line(one.key), 60)}, " if one.key else ""
    lasted = f" for {age_text(seconds(one.end) - seconds(one.start))}" if one.end is not None else ", still so"
    if rule.kind is RuleKind.SLA:
        became = "broke" if one.peak >= 1 else f"kept, {100 * one.peak:.0f}% used"
        return f"{about}{instant_text(one.start, zone)}{lasted} ({became})"
    return f"{about}{instant_text(one.start, zone)}{lasted} (worst {value_text(kpi_of(rule.query.kpi), one.peak)})"


def _how(rule: Rule, tested: BackTest) -> str:
    match rule.kind:
        case RuleKind.NUMBER:
            often = tested.every.total_seconds()
            every = {HOUR: "hour", DAY: "day"}.get(tested.every, duration_text(often))
            return f"Tried every {every} of it, on the facts as they stand now."
        case RuleKind.SLA:
            broke = sum(one.peak >= 1 for one in tested.firings)
            return f"{broke:,} of them broke. Each target is told once, ten a day at most; warnings are dated by the calendar."
        case RuleKind.WORKLOAD:
            return "Tried at noon of each day."
        case _:
            return "Tried on each whole day."
