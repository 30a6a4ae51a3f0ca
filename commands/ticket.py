"""`/cx ticket 123`: the clock of one ticket."""

from __future__ import annotations

from bot.errors import CxError
from bot.kpis.ticket_clock import find_tickets, ticket_time
from bot.views.ticket_clock import clock_message
from commands.command import Ask, Command, Noted, Reply
from commands.hints import hint, refused
from commands.rights import admit
from commands.tokens import plain

LONGEST = 80


def show_clock(ask: Ask) -> Reply:
    """What happened to a ticket, on both clocks. Nobody who worked on it is named."""
    try:
        admit(ask.asker)
    except CxError as error:
        return refused(error)
    number, source = _named(plain(ask.text))
    if not number:
        return hint("Which ticket?", "Say its number, such as `/cx ticket 123`.")
    found = find_tickets(ask.session, number)
    wanted = [one for one in found if not source or one.source == source]
    if not wanted:
        return _unknown(number, source, [one.source for one in found])
    if len(wanted) > 1:
        offers = [f"ticket {number} {one.source}" for one in wanted]
        return hint(f"Several help desks have a ticket {number}.", "Choose one.", offers)
    told = ticket_time(ask.session, wanted[0], profile=ask.workspace.profile, now=ask.now)
    if told is None:
        return hint(f"The history of ticket {number} cannot be read.", "`/cx sync` says how far the copy is.", ("sync",))
    notes = (Noted(action="ticket.asked", detail={"ticket": number, "source": wanted[0].source}),)
    return Reply(message=clock_message(told, ask.workspace.zone), notes=notes, names_people=True)


def _named(said: str) -> tuple[str, str]:
    """The number, and the source if one is named: `#123`, `123 zendesk`, or a link to it in the help desk."""
    words = said.split(maxsplit=1)
    name = (words[0] if words else "").strip("#\"'?!.,")
    if name.startswith(("https://", "http://")):
        name = name.split("?")[0].rstrip("/").rpartition("/")[2].lstrip("#")
    return name[:LONGEST], (words[1] if len(words) > 1 else "").strip().removeprefix("source:")


def _unknown(number: str, source: str, sources: list[str]) -> Reply:
    if sources:
        offers = [f"ticket {number} {one}" for one in sources]
        return hint(f"I know no help desk {source[:LONGEST]!r} with a ticket {number}.", "One ticket at a time:", offers)
    return hint(f"I know no ticket {number}.", "It may be newer than the last sync; *status* says when that was.", ("status",))


TICKET = Command(
    word="ticket", usage="/cx ticket 123", says="Shows the clock of one ticket: who waited how long, and when.", run=show_clock
)
