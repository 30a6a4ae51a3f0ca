"""Which ticket another one was merged into, as far as Zendesk tells: no field says so, only the update that merged it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot.desks.fields import Json, known, name_of, text_of
from bot.store.records import MergeRecord

NUMBER = re.compile(r"(?<![&\w])#(\d{1,18})(?!\w)", re.ASCII)
"""A ticket's number in the comment that Zendesk writes at a merge, in whatever language."""


def merge_of(ticket: str, via: Any, children: Sequence[Json]) -> Iterator[MergeRecord]:
    """The ticket that this one went into, by the update that merged it away: as its source names it, else the first number in
    its comment. Nothing where an agent rewrote the comment without one. No words are kept."""
    named = [name for told in (via, *(child.get("via") for child in children)) for name in _sources(told)]
    written = [number for child in children for number in NUMBER.findall(text_of(child.get("body")))]
    into = next((each for each in (*named, *written) if each != ticket), None)
    if into is not None:
        yield MergeRecord(external_id=ticket, into=into)


def _sources(via: Any) -> Iterator[str]:
    source = known(known(via).get("source"))
    for end in ("to", "from"):
        if (name := name_of(known(source.get(end)).get("ticket_id"))) is not None:
            yield name
