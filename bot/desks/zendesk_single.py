"""What happened to one ticket, asked for by itself: for accounts whose events cannot be exported, and for hints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from bot.desks.fields import Json, name_of
from bot.desks.zendesk_door import Door
from bot.desks.zendesk_events import Reader, events
from bot.desks.zendesk_words import status_of
from bot.errors import DeskDenied, DeskMissing
from bot.store.records import Record
from bot.store.words import Status


def single_events(door: Door, ticket: Json, reader: Reader) -> Iterator[Record]:
    """The events of a ticket from its audits, else at least its comments. One that cannot be read stops no other."""
    external_id = name_of(ticket.get("id"))
    if external_id is None or status_of(ticket.get("status")) is Status.DELETED:
        return
    audits = _listed(door, f"/tickets/{external_id}/audits", "audits")
    if audits is None:
        audits = list(_from_comments(_listed(door, f"/tickets/{external_id}/comments", "comments") or [], ticket))
    for audit in audits:
        yield from events(audit, reader, external_id)


def _listed(door: Door, path: str, name: str) -> list[Json] | None:
    """The objects of a list, or None where it may not or cannot be read."""
    try:
        return list(door.items(path, name, kind="audits"))
    except (DeskDenied, DeskMissing):
        return None


def _from_comments(comments: list[Json], ticket: Json) -> Iterator[Json]:
    """Comments in the shape of audits; the first one opened the ticket."""
    for number, comment in zip(count(), comments, strict=False):
        made = [{"id": comment.get("id"), "type": "Create", "field_name": "subject"}] if number == 0 else []
        yield {
            "id": name_of(comment.get("audit_id")) or name_of(comment.get("id")),
            "ticket_id": ticket.get("id"),
            "created_at": comment.get("created_at"),
            "author_id": comment.get("author_id"),
            "via": comment.get("via"),
            "events": [*made, {**comment, "type": "Comment"}],
        }
