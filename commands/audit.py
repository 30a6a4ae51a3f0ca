"""`/cx audit`: who asked what and who changed what, for admins."""

from __future__ import annotations

import re

from bot.clock import zone
from bot.errors import BadRequest, CxError, NotAllowed
from bot.periods import find_window, read_window
from bot.store.audit import read_audit
from bot.views.audit import AuditLine, audit_message
from bot.windows import Window
from commands.command import Ask, Command, Noted, Reply
from commands.grammar import whole_second
from commands.hints import hint, refused
from commands.rights import admit
from commands.tokens import bare, plain, words

DAYS = "last 7 days including today"
MOST = 25
PERSON = re.compile(r"<@([A-Z0-9]{2,40})>", re.I)
KINDS = {"questions": True, "question": True, "asked": True, "changes": False, "changed": False, "change": False}
IDLE = frozenset({"by", "of", "from", "who", "what", "all", "the", "and"})
STEP = "Such as *audit*, *audit changes last 30 days*, *audit questions @somebody*."


def show_audit(ask: Ask) -> Reply:
    """The newest lines of some days: all, or only questions, changes or somebody's."""
    try:
        admit(ask.asker)
        if not ask.asker.is_admin:
            raise NotAllowed("Only admins read who asked and changed what.", next_step="Ask an admin of the workspace.")
        window, actor, asked = _wanted(ask)
    except CxError as error:
        return refused(error)
    found = read_audit(ask.session, since=window.start, until=window.end, actor=actor, asked=asked, limit=MOST + 1)
    if not found:
        step = "Questions are kept 180 days, changes two years."
        return hint(f"Nobody asked or changed anything, {window.label}.", step, ("audit last 30 days",))
    lines = [AuditLine(at=row.at, actor=row.actor, action=row.action, detail=row.detail) for row in found[:MOST]]
    message = audit_message(lines, when=window.label, zone=ask.workspace.zone, more=len(found) > MOST)
    return Reply(message=message, notes=(Noted(action="audit.read", detail={"window": window.text}, at_once=True),))


def _wanted(ask: Ask) -> tuple[Window, str, bool | None]:
    """The window, the person and the kind that were asked for, in any order. Raises BadRequest and BadPeriod."""
    said = plain(ask.text)
    people, found = PERSON.findall(said), [word.strip("?!.,") for word in words(PERSON.sub(" ", said))]
    window, asked, at = None, None, 0
    where, week_start, now = zone(ask.workspace.zone), ask.workspace.week_start, whole_second(ask.now)
    while at < len(found):
        period = find_window(found[at:], 0, now=now, zone=where, week_start=week_start)
        if period is not None:
            window, at = period[0], at + period[1]
            continue
        word = bare(found[at])
        if word in KINDS:
            asked = KINDS[word]
        elif word not in IDLE:
            raise BadRequest(f"I don't know *{word.replace('*', '')[:40]}*.", next_step=STEP)
        at += 1
    return window or read_window(DAYS, now=now, zone=where, week_start=week_start), (people or [""])[0].upper(), asked


AUDIT = Command(
    word="audit",
    usage="/cx audit [questions|changes] [last 30 days] [@somebody]",
    says="Says who asked what and who changed what; admins only.",
    run=show_audit,
)
