"""`/cx survey`: what is asked and what became of it, rules and reasons, and the few things that change one ticket's fate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import select

from bot.clock import zone
from bot.errors import BadRequest, CxError, NotAllowed
from bot.kpis.council import forbid
from bot.periods import read_window
from bot.store.ledger import write_audit
from bot.store.tables import Ticket
from bot.store.words import SurveyKind
from bot.surveys.admitting import Clicker
from bot.surveys.bias import oddities
from bot.surveys.closing import never_ask, skip
from bot.surveys.funnel import funnel
from bot.surveys.linking import link_to
from bot.surveys.rules import read_rules
from bot.surveys.why import why
from bot.surveys.wire import new_token
from bot.views import survey_admin as view
from bot.views.blocks import escape, section
from bot.views.message import Message
from bot.views.survey import stopped_message
from bot.windows import Window
from commands.command import Ask, Command, Reply
from commands.hints import hint, refused
from commands.rights import NOT_YOURS, admit, admit_admin
from commands.survey_rules import open_form, switch_off, tell_cases_in
from commands.tokens import bare, plain, words

DAYS = "last 30 days including today"
CHANGING = frozenset({"skip", "link", "cases", "off"})
EXAMPLES = ("survey", "survey funnel by channel", "survey bias")
KINDS: Mapping[str, SurveyKind] = {kind.value: kind for kind in SurveyKind}


def show(ask: Ask) -> Reply:
    """What only looks: the overview, the form, the funnel, reasons, oddities."""
    try:
        admit(ask.asker)
        said = _said(ask)
        return _LOOKS.get(said.first, _unknown)(ask, said)
    except CxError as error:
        return refused(error)


def change(ask: Ask) -> Reply:
    """What changes something: switching off, leaving a ticket out, a link, the channel of cases."""
    try:
        admit(ask.asker)
        said = _said(ask)
        return _CHANGES.get("off" if said.first in KINDS else said.first, _unknown)(ask, said)
    except CxError as error:
        return refused(error)


def changes(rest: str) -> bool:
    """Whether these words after `survey` change anything, and so need a transaction that is kept."""
    first, second = [*(bare(word) for word in words(plain(rest[:200]))), "", ""][:2]
    return first in CHANGING - {"off"} or (first in KINDS and second == "off")


def opt_out(ask: Ask) -> Reply:
    """Never ask whoever types this again; open to everybody, for everybody is asked."""
    person = Clicker(user_id=ask.asker.user_id, team_id=ask.asker.team_id)
    never_ask(ask.session, person, email=None, now=ask.now)
    return Reply(message=stopped_message(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    first: str
    rest: str


def _said(ask: Ask) -> _Said:
    found = words(plain(ask.text))
    return _Said(first=bare(found[0]) if found else "", rest=" ".join(found[1:])[:200].strip())


def _overview(ask: Ask, said: _Said) -> Reply:
    window = _window(ask, "")
    whole = funnel(ask.session, window.start, window.end)[""]
    rules = {kind.value: one for kind, one in read_rules(ask.session).items() if said.first in ("", kind.value)}
    return Reply(message=view.overview_message(rules, whole, window.text))


def _kind(ask: Ask, said: _Said) -> Reply:
    if bare(said.rest) in ("on", "rules", "edit"):
        admit_admin(ask.asker)
        return open_form(ask, KINDS[said.first])
    if said.rest:
        return _unknown(ask, said)
    return _overview(ask, said)


def _off(ask: Ask, said: _Said) -> Reply:
    admit_admin(ask.asker)
    switch_off(ask, KINDS[said.first])
    return _told(f"{said.first.upper()} is off. What was asked before can still be answered.")


def _why(ask: Ask, said: _Said) -> Reply:
    ticket = _ticket(ask, said.rest)
    told = why(ask.session, ticket.id or 0, rules=read_rules(ask.session), now=ask.now)
    return Reply(message=view.why_message(ticket.external_id, told, ask.workspace.zone))


def _funnel(ask: Ask, said: _Said) -> Reply:
    found = said.rest.split()
    by = None
    if found[:1] == ["by"] and len(found) > 1:
        by, found = bare(found[1]), found[2:]
    forbid(ask.workspace, (by,) if by else (), ())
    if by == "agent" and not ask.asker.is_admin:
        raise NotAllowed(NOT_YOURS, next_step="Ask *survey funnel by channel*.")
    window = _window(ask, " ".join(found))
    return Reply(message=view.funnel_message(funnel(ask.session, window.start, window.end, by=by), window.text, by))


def _bias(ask: Ask, said: _Said) -> Reply:
    admit_admin(ask.asker)
    window = _window(ask, said.rest or "last 90 days")
    kinds = ("category",) if ask.workspace.works_council else ("agent", "category")
    groups = [funnel(ask.session, window.start, window.end, by=by) for by in kinds]
    found = sorted((one for each in groups for one in oddities(each)), key=lambda one: one.p)
    return Reply(message=view.bias_message(found, sum(map(len, groups)), window.text))


def _skip(ask: Ask, said: _Said) -> Reply:
    ticket = _ticket(ask, said.rest)
    ended = skip(ask.session, ticket.id or 0, by=ask.asker.user_id, now=ask.now)
    write_audit(ask.session, ask.asker.user_id, "survey.skipped", {"ticket": ticket.id, "ended": len(ended)}, ask.now)
    return _told(
        f"Nobody will be asked about ticket {ticket.external_id[:40]}. `/cx survey bias` shows whose tickets are skipped often."
    )


def _link(ask: Ask, said: _Said) -> Reply:
    if not ask.workspace.public_url:
        raise BadRequest(
            "There is no address to link to.", next_step="An admin can set CX_PUBLIC_URL to where the HTTP door is reached."
        )
    ticket = _ticket(ask, said.rest)
    token = new_token()
    link_to(ask.session, ticket, token, rules=read_rules(ask.session), now=ask.now)
    write_audit(ask.session, ask.asker.user_id, "survey.linked", {"ticket": ticket.id}, ask.now)
    address = f"{ask.workspace.public_url.rstrip('/')}/s/{token}"
    return _told(f"Put this into your reply to the customer of ticket {ticket.external_id[:40]}: {address}")


def _cases(ask: Ask, said: _Said) -> Reply:
    admit_admin(ask.asker)
    place = said.rest.strip().strip("<#>").partition("|")[0]
    channel_id = ask.asker.channel_id if bare(said.rest) in ("", "here") else place.upper()
    if not channel_id.startswith(("C", "G")) or not channel_id.isalnum():
        raise BadRequest("Which channel?", next_step="Type `/cx survey cases here` in the channel, or name it with #.")
    tell_cases_in(ask.session, channel_id, ask.asker.user_id, ask.now)
    return _told(f"Bad answers will be told in <#{channel_id}>.", escaped=False)


def _unknown(ask: Ask, said: _Said) -> Reply:
    return hint(
        f"I don't know *survey {said.first.replace('*', '')[:40]}*.",
        "Say *survey csat on*, *survey csat off*, *survey skip 123*, *survey why 123*, *survey link 123*, "
        "*survey funnel by channel*, *survey bias* or *survey cases here*.",
        EXAMPLES,
    )


def _ticket(ask: Ask, text: str) -> Ticket:
    number = text.strip().lstrip("#").strip()
    if not number or len(number) > 200 or "\x00" in number:
        raise BadRequest("Which ticket?", next_step="Say its number, such as *survey why 123*.")
    source, _, own = number.rpartition(":")
    wanted = select(Ticket).where(Ticket.external_id == (own if source else number))
    found = ask.session.exec(wanted.where(Ticket.source == source) if source else wanted.limit(2)).all()
    if len(found) > 1:
        names = " or ".join(f"*{one.source}:{own}*" for one in found)
        raise BadRequest(f"Two help desks have a ticket {number[:40]}.", next_step=f"Say {names}.")
    if not found:
        raise BadRequest(f"I know no ticket {number[:40]!r}.", next_step="Say the number that the help desk shows.")
    return found[0]


def _window(ask: Ask, text: str) -> Window:
    return read_window(text or DAYS, now=ask.now, zone=zone(ask.workspace.zone), week_start=ask.workspace.week_start)


def _told(text: str, *, escaped: bool = True) -> Reply:
    shown = escape(text) if escaped else text
    return Reply(message=Message(text=shown, blocks=(section(shown, "survey:done"),)))


_LOOKS: Mapping[str, Callable[[Ask, _Said], Reply]] = {
    "": _overview,
    **dict.fromkeys(KINDS, _kind),
    "why": _why,
    "funnel": _funnel,
    "bias": _bias,
}
_CHANGES: Mapping[str, Callable[[Ask, _Said], Reply]] = {"off": _off, "skip": _skip, "link": _link, "cases": _cases}

SURVEY = Command(
    word="survey",
    usage="/cx survey [csat on|off, skip 123, why 123, funnel by channel, bias]",
    says="Shows and sets what customers are asked, and what became of it.",
    run=show,
    also=("surveys",),
)
SURVEY_CHANGE = Command(word="survey", usage=SURVEY.usage, says=SURVEY.says, run=change, writes=True, listed=False)
OPT_OUT = Command(word="optout", usage="/cx optout", says="Never asks you for a rating again.", run=opt_out, writes=True)
