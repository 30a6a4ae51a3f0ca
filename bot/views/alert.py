"""An incident as a channel sees it: one message that lives, its buttons, and the lines in its thread."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.store.alert_tables import Alert, Incident, IncidentState
from bot.store.columns import seconds
from bot.views.blocks import (
    TEXT,
    URL,
    VIEW_WORD,
    Block,
    actions,
    button,
    clip_mrkdwn,
    context,
    escape,
    header,
    instant,
    one_line,
    plain,
    section,
)
from bot.views.message import Message
from bot.views.say import counted_text, duration_text, instant_text

ACK, ASSIGN, SNOOZE = "alert-ack", "alert-assign", "alert-snooze"
SWITCH_ON, PAUSE, RESUME, REMOVE, EDIT, EDITED = (
    "alert-on", "alert-pause", "alert-resume", "alert-remove", "alert-edit", "alert-edited",
)  # fmt: skip
STATES = {IncidentState.WARNING: "Warning", IncidentState.BREACHED: "Breached", IncidentState.RESOLVED: "Resolved"}
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
        f"Rule: `{escape(code_text(alert_text))}`",
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


def sentence_modal(says: str) -> dict[str, Any]:
    """A modal that only says something."""
    block = section(escape(says), "said")
    return {"type": "modal", "title": plain("Alerts", VIEW_WORD), "close": plain("Close", VIEW_WORD), "blocks": [block]}


def _alert_line(alert: Alert, open_incidents: int) -> str:
    where = f"<@{alert.channel_id}>" if alert.channel_id.startswith(("U", "W", "D")) else f"<#{alert.channel_id}>"
    stands = f"*{counted_text(open_incidents, 'incidents')} open*" if open_incidents else "quiet"
    paused = f"paused{f': {escape(one_line(alert.paused_reason, 100))}' if alert.paused_reason else ''}"
    return f"`{escape(code_text(alert.text))}` in {where}, by <@{alert.owner}>: {stands if alert.enabled else paused}"


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


def code_text(text: str) -> str:
    """Words as they may stand between backticks."""
    return one_line(text, LONGEST_RULE).replace("`", "'")
