"""Tells the admins, once a day, that the disk is almost full: reading help desks has stopped, and nobody else can mend it."""

from __future__ import annotations

import logging
from datetime import timedelta

from bot.errors import StoreError
from bot.store.outbox import Letter, enqueue
from bot.store.room import require_room
from bot.store.workspace import Workspace, read_workspace
from bot.views.blocks import escape, section
from jobs.job import Job, Tick

log = logging.getLogger("cx.room")


def tell_of_room(tick: Tick) -> int:
    """One message a day to each admin while there is too little room; how many."""
    try:
        require_room(tick.store)
    except StoreError as error:
        log.error("the disk is almost full: help desks are not read")
        return _tell(tick, error.sentence())
    return 0


def _tell(tick: Tick, sentence: str) -> int:
    payload = {"text": sentence, "blocks": [section(escape(sentence), "room:short")]}
    with tick.store.writing() as session:
        admins = {*read_workspace(session, Workspace()).admins, *tick.settings.admins}
        letters = [
            Letter(dedupe_key=f"room:{tick.now:%Y-%m-%d}:{admin}", kind="alert", channel_id=admin, payload=payload)
            for admin in sorted(admins)
        ]
        return sum(enqueue(session, letter, tick.now) is not None for letter in letters)


ROOM = Job(slug="room", says="Tells the admins when the disk is almost full.", every=timedelta(minutes=1), run=tell_of_room)
