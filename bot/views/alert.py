"""An incident as a channel sees it: one message that lives, its buttons, and the lines in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.clock import DAY, HOUR
from bot.kpis import kpi_of
from bot.kpis.alert_back_test import DAYS, BackTest, Firing
from bot.kpis.alert_rules import Rule, RuleKind
from bot.store.alert_tables import Alert, Incident, IncidentState
from bot.store.columns import seconds
from bot.views.alert_chart import back_test_chart
from bot.views.alert_words import rule_text, title, window_words
from bot.views.blocks import (
    TEXT,
    URL,
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
    instant,
    one_line,
    plain,
    section,
)
from bot.views.buttons import run_button
from bot.views.message import Message
from bot.views.say import age_text, counted_text, duration_text, instant_text, value_text

ACK, ASSIGN, SNOOZE = "alert-ack", "alert-assign", "alert-snooze"
SWITCH_ON, PAUSE, RESUME, REMOVE, EDIT, EDITED = (
    "alert-on", "alert-pause", "alert-resume", "alert-remove", "alert-edit", "alert-edited",
)  # fmt: skip
STATES = {IncidentState.WARNING: "Warning", IncidentState.BREACHED: "Breached", IncidentState.RESOLVED: "Resolved"}
NAMED = 5
LISTED = 20
LONGEST_RULE = 300
LABEL = 72


def incident_message(alert_text: str, incident: Incident, zone: str) -> Message:
    """The living message: what, how it stands, who sees to it, and what would end it."""
    over = incident.state is IncidentState.RESOLVED
    state = f"{STATES[incident.state]}{', acknowledged' if incident.acked_by and not over else ''}"
    stands = [f"*{state}*: {_linked(incident)}", *_who(incident, zone)]
    if incident.peak_says and incident.peak_says != incident.says:
        stands.append(f"Worst: {escape(incident.peak_says)}")
    small = [
        escape(_since(incident, zone)),
        *([] if over or not incident.ends else [escape(incident.ends)]),
        f"Rule: `{escape(_code(alert_text))}`",
    ]
    text = clip_mrkdwn(
        f"{escape(incident.heading)}, {state.lower()}. {escape(incident.says)} {' '.join(_who(incident, zone))}".strip(), TEXT
    )
    blocks = [header(incident.heading, "alert:title"), section("\n".join(stands), "alert:state"), context(small, "alert:rule")]
    return Message(text=text, blocks=(*blocks, *([] if over else [_buttons(incident)])))


def payload(message: Message) -> dict[str, Any]:
    """The same as the outbox keeps it."""
    return {"text": message.text, "blocks": list(message.blocks)}


def line(text: str, *, aloud: bool = False) -> dict[str, Any]:
    """A line in the thread of an incident; `aloud` shows it in the channel too."""
    return {"text": clip_mrkdwn(text, TEXT)} | ({"reply_broadcast": True} if aloud else {})


def draft_message(rule: Rule, tested: BackTest, query_id: str, zone: str, channel_id: str, instead: str = "") -> Message:
    """What an alert would have done, before it is switched on by a button; `instead` is a rule that would decide more."""
    about = drafted(rule)
    said = f"Alert on {about}. {tested_text(rule, tested, zone)}"
    chart = back_test_chart(rule, tested, zone)
    where = f"<@{channel_id}>" if channel_id.startswith(("U", "W", "D")) else f"<#{channel_id}>"
    blocks: list[Block] = [
        header(f"Alert: {about}", "alert:draft"),
        section(f"*{escape(_fired(tested))}.*" if tested.looks else escape(tested_text(rule, tested, zone)), "alert:tested"),
        *_firing_list(rule, tested, zone),
        *([image(0, chart.alt, "alert:chart")] if chart is not None else []),
        *([context([escape(_trust(rule, tested))], "alert:trust")] if tested.looks else []),
        context([f"Rule: `{escape(_code(rule_text(rule)))}`", f"It is off until you switch it on, for {where}."], "alert:off"),
        actions([button("Switch on", SWITCH_ON, query_id, style="primary"), *_better(instead)], "alert:switch"),
    ]
    text = clip_mrkdwn(f"{escape(said)} Rule: {escape(rule_text(rule))}. It is off until you switch it on.", TEXT)
    return Message(text=text, blocks=tuple(blocks), charts=(chart,) if chart is not None else ())


def _better(instead: str) -> list[Block]:
    return [run_button(clip(f"Try {one_line(instead)}", LABEL), f"alert {instead}", "instead")] if instead else []


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
    times = {1: "once", 2: "twice"}.get(len(tested.firings), f"{len(tested.firings):,} times")
    return f"This would have fired {times} in {DAYS} days"


def _trust(rule: Rule, tested: BackTest) -> str:
    thin = f"{tested.thin:,} of {tested.looks:,} looks rested on fewer than 20 cases and decided nothing. " if tested.thin else ""
    return f"{thin}{_how(rule, tested)}"


def alerts_message(alerts: Sequence[Alert], open_by: dict[int, int], stale: str = "") -> Message:
    """All alerts of a place, each with what can be done about it; `stale` says why none of them looks now."""
    lines = [_alert_line(one, open_by.get(one.id or 0, 0)) for one in alerts[:LISTED]]
    blocks: list[Block] = [header("Alerts", "alerts:title")]
    if stale:
        lines.insert(0, escape(stale))
        blocks.append(section(f":warning: {escape(stale)}", "alerts:stale"))
    for one, said in zip(alerts, lines[1:] if stale else lines, strict=False):
        value = str(one.id)
        turn = button("Pause", PAUSE, value) if one.enabled else button("Resume", RESUME, value)
        blocks += [
            section(said, f"alerts:{one.id}"),
            actions([turn, button("Edit", EDIT, value), button("Remove", REMOVE, value, style="danger")], f"alerts:do:{one.id}"),
        ]
    if len(alerts) > LISTED:
        blocks.append(context([f"and {len(alerts) - LISTED:,} more"], "alerts:more"))
    return Message(text=clip_mrkdwn("\n".join(["Alerts", *lines]), TEXT), blocks=tuple(blocks))


def edit_modal(alert: Alert | None) -> dict[str, Any]:
    """The rule as it is typed, to be changed or, without an alert, to be made; what it would have done is shown before it
    counts."""
    field: Block = {
        "type": "plain_text_input",
        "action_id": "rule",
        "max_length": LONGEST_RULE,
        "placeholder": plain("backlog > 300 for 30m", LABEL),
    }
    field |= {"initial_value": alert.text[:LONGEST_RULE]} if alert is not None else {}
    hint = plain("Also: frt p90 > goal team:billing, sla 80%, anomaly volume, spike 3x, workload 2x", 150)
    label = plain("Rule, as after /cx alert", 60)
    return {
        "type": "modal",
        "callback_id": EDITED,
        "private_metadata": f"{alert.id}" if alert is not None else "",
        "title": plain("Edit alert" if alert is not None else "New alert", VIEW_WORD),
        "submit": plain("Try it out", VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": [{"type": "input", "block_id": "rule", "label": label, "element": field, "hint": hint}],
    }


def edited_modal(alert: Alert | None, rule: Rule, tested: BackTest, query_id: str, zone: str) -> dict[str, Any]:
    """What the changed or new rule would have done, and the button that makes it count."""
    place = [] if alert is not None else ["It is told to you alone; type it in a channel to tell that."]
    blocks = [
        section(f"*{escape(drafted(rule))}*\n{escape(tested_text(rule, tested, zone))}", "alert:tested"),
        context([f"Rule: `{escape(_code(rule_text(rule)))}`", *place], "alert:rule"),
    ]
    return {
        "type": "modal",
        "callback_id": SWITCH_ON,
        "private_metadata": f"{query_id}|{alert.id if alert is not None else ''}",
        "title": plain("Edit alert" if alert is not None else "New alert", VIEW_WORD),
        "submit": plain("Switch on", VIEW_WORD),
        "close": plain("Cancel", VIEW_WORD),
        "blocks": blocks,
    }


def sentence_modal(says: str) -> dict[str, Any]:
    """A modal that only says something."""
    block = section(escape(says), "said")
    return {"type": "modal", "title": plain("Alerts", VIEW_WORD), "close": plain("Close", VIEW_WORD), "blocks": [block]}


def _alert_line(alert: Alert, open_incidents: int) -> str:
    where = f"<@{alert.channel_id}>" if alert.channel_id.startswith(("U", "W", "D")) else f"<#{alert.channel_id}>"
    stands = f"*{counted_text(open_incidents, 'incidents')} open*" if open_incidents else "quiet"
    paused = f"paused{f': {escape(one_line(alert.paused_reason, 100))}' if alert.paused_reason else ''}"
    return f"`{escape(_code(alert.text))}` in {where}, by <@{alert.owner}>: {stands if alert.enabled else paused}"


def _buttons(incident: Incident) -> Block:
    value = str(incident.id)
    elements: list[Block] = [] if incident.acked_by else [button("Acknowledge", ACK, value, style="primary")]
    picker: Block = {"type": "users_select", "action_id": f"{ASSIGN}:{value}", "placeholder": plain("Assign to", 60)}
    if incident.assigned_to:
        picker["initial_user"] = incident.assigned_to
    return actions([*elements, picker, button("Snooze 1 h", SNOOZE, value)], f"alert:do:{value}:{incident.steps}")


def _linked(incident: Incident) -> str:
    """The finding; the number of a ticket leads to it in the help desk."""
    said, number = escape(incident.says), escape(incident.key.split(" ")[0])
    link = incident.url.replace("|", "%7C").replace(">", "%3E") if incident.url and len(incident.url) < URL else ""
    return said.replace(number, f"<{link}|{number}>", 1) if link.startswith(("https://", "http://")) else said


def _who(incident: Incident, zone: str) -> list[str]:
    said = []
    if incident.acked_by:
        said.append(f"Acknowledged by <@{incident.acked_by}>.")
    if incident.assigned_to:
        said.append(f"Assigned to <@{incident.assigned_to}>.")
    if incident.snoozed_until and incident.resolved_at is None:
        until = instant(incident.snoozed_until, instant_text(incident.snoozed_until, zone))
        said.append(f"Snoozed by <@{incident.snoozed_by}> until {until}.")
    return said


def _since(incident: Incident, zone: str) -> str:
    since = f"Since {instant_text(incident.opened_at, zone)}"
    if incident.resolved_at is None:
        return since
    lasted = duration_text(seconds(incident.resolved_at) - seconds(incident.opened_at))
    return f"{since}, over {instant_text(incident.resolved_at, zone)}, after {lasted}"


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


def _code(text: str) -> str:
    return one_line(text, LONGEST_RULE).replace("`", "'")
