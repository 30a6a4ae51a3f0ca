"""The audit as a message: who asked what, who changed what, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.views.blocks import TEXT, clip_mrkdwn, context, escape, header, one_line, section
from bot.views.message import Message
from bot.views.say import instant_text

DETAIL = 200
LINES = 2_900
NOTHING: tuple[object, ...] = (None, "", {}, [])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Who did what, when; `detail` as it was noted."""

    at: datetime
    actor: str
    action: str
    detail: Mapping[str, Any]


def audit_message(lines: Sequence[AuditLine], *, when: str, zone: str, more: bool) -> Message:
    """The lines as they fit into one message; `more` says that there are older ones."""
    told = [_line(one, zone) for one in lines]
    fitting: list[str] = []
    for line in told:
        if sum(map(len, fitting)) + len(fitting) + len(line) > LINES:
            break
        fitting.append(line)
    rest = "Older ones: name fewer days, or somebody, such as `/cx audit changes last 7 days @name`."
    small = [escape(f"{when}. Questions are kept 180 days, changes two years.")]
    small += [rest] if more or len(fitting) < len(told) else []
    text = "\n".join(fitting)
    return Message(
        text=clip_mrkdwn(f"Audit\n{text}", TEXT),
        blocks=(header("Audit", "audit:title"), section(text, "audit:lines"), context(small, "audit:kept")),
    )


def _line(one: AuditLine, zone: str) -> str:
    who = f"<@{one.actor}>" if one.actor.startswith(("U", "W")) and one.actor.isalnum() else escape(one_line(one.actor, 40))
    place = str(one.detail.get("channel") or "")
    where = f" in <#{place}>" if place.startswith(("C", "G")) and place.isalnum() else ""
    told = ", ".join(
        _said(name, value) for name, value in one.detail.items() if name != "channel" and value not in (None, "", {}, [])
    )
    said = f": {escape(one_line(told, DETAIL))}" if told else ""
    return f"{escape(instant_text(one.at, zone))} {who} *{escape(one_line(one.action, 60))}*{said}{where}"


def _said(name: str, value: object) -> str:
    return str(value) if name == "query" else f"{name} {value}"
