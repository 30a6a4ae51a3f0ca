"""`/cx ticket 123`: the clock of one ticket."""

from __future__ import annotations

from bot.errors import BadRequest, CxError
from bot.kpis.ticket_clock import find_tickets, ticket_time
from bot.store.ledger import new_query_id
from bot.store.tables import Ticket
from bot.views.ticket_clock import clock_message
from commands.command import Ask, Click, Command, Kept, Noted, Reply, Retold
from commands.hints import hint, refused
from commands.keeping import kept_beside
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
    try:
        return _clock(ask, wanted[0], "asked")
    except CxError as error:
        return refused(error)


def show_again(click: Click) -> Retold:
    """The clock of the same ticket as it stands now, to be shared. Raises BadRequest where it is not known any more."""
    admit(click.asker)
    beside = kept_beside(click.session, click.value)
    number, source = str(beside.get("ticket") or ""), str(beside.get("source") or "")
    ticket = next((one for one in find_tickets(click.session, number) if one.source == source), None)
    if ticket is None:
        raise BadRequest("I no longer know the ticket behind this button.", next_step="Type it again, such as `/cx ticket 123`.")
    return Retold(reply=_clock(click, ticket, "shared"), typed=f"ticket {number} {source}")


def _clock(door: Ask | Click, ticket: Ticket, done: str) -> Reply:
    number, source = ticket.external_id, ticket.source
    told = ticket_time(door.session, ticket, profile=door.workspace.profile, now=door.now)
    if told is None:
        unread = f"The history of ticket {number} cannot be read."
        raise BadRequest(unread, next_step="`/cx sync` says how far the copy is.", offers=("sync",))
    remembered = Kept(query_id=new_query_id(), query={"ticket": number, "source": source})
    notes = (Noted(action=f"ticket.{done}", detail={"ticket": number, "source": source}),)
    message = clock_message(told, door.workspace.zone, remembered.query_id)
    return Reply(message=message, keeps=(remembered,), notes=notes, names_people=True)


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
