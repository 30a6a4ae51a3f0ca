"""What cx does over a damaged SQLite file: it tells its owners once, writes nothing, and answers what can still be read."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import clock
from bot.cli.backing import folder_of
from bot.cli.opening import Opened, settle
from bot.errors import StoreError
from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.backup import newest_good
from bot.store.engine import Store, damage, open_store, sqlite_file
from bot.store.refusals import is_damage
from bot.store.schema import HEAD, ensure_schema, version_of
from bot.store.workspace import Workspace, read_workspace

READ_ONLY = "Until then cx answers what can still be read, and does nothing else: no digests, no surveys, no help desks."
CANNOT = "Until then cx cannot start."

NOT_KEPT = StoreError(
    "The database file is damaged, so nothing can be kept or sent.",
    still_true="Questions are still answered.",
    next_step="Whoever looks after cx has to restore a copy: cx doctor says which.",
)
"""Told to whoever tries. Its owners alone hear where the copies are."""

log = logging.getLogger("cx.run")


@contextmanager
def opened_to_run(settings: Settings) -> Iterator[Opened]:
    """The store as every command opens it; a damaged one as it is, to be read only. Its owners hear of the damage first.

    Raises StoreError for a file of which nothing can be read."""
    try:
        store = open_store(settings.database_url.get_secret_value())
    except StoreError as error:
        if is_damage(error):
            tell_owners(settings, f"{_refusal(settings, error.what).sentence()} {CANNOT}", frozenset(settings.admins))
        raise
    try:
        now = clock.now()
        if refuse_if_damaged(store, settings) is None:
            ensure_schema(store)
            settle(store, settings, now)
        yield Opened(settings=settings, store=store, now=now)
    finally:
        store.close()


def refuse_if_damaged(store: Store, settings: Settings) -> StoreError | None:
    """What is wrong with the file; if anything is, nothing is written to it any more, and its owners have been told.

    Each write may bury more of it. Reads it whole, about a second a gigabyte. Raises StoreError when nothing can be read."""
    wrong = damage(store)
    if wrong is None:
        _note(settings).unlink(missing_ok=True)
        return None
    refusal, readable = _refusal(settings, wrong), _is_readable(store)
    store.refusal = NOT_KEPT
    log.error("the database file is damaged and is not written to", extra={"questions_answered": readable})
    tell_owners(settings, f"{refusal.sentence()} {READ_ONLY if readable else CANNOT}", _admins(store, settings))
    if not readable or settings.slack_bot_token is None:
        raise refusal
    return refusal


def tell_owners(settings: Settings, sentence: str, admins: frozenset[str]) -> int:
    """One private message to each admin, straight to Slack, for there is no outbox; how many arrived.

    Once for the same damage, however often cx is started over it: a note beside the file remembers that."""
    note, token = _note(settings), settings.slack_bot_token
    if token is None or (note.exists() and note.read_text(encoding="utf-8") == sentence):
        return 0
    slack = Slack(token.get_secret_value(), settings.slack_api_url)
    told = sum(slack.post("chat.postMessage", {"channel": admin, "text": sentence}).ok for admin in sorted(admins))
    if told:
        note.write_text(sentence, encoding="utf-8")
    else:
        log.error("nobody could be told of the damaged database file", extra={"admins": len(admins)})
    return told


def _refusal(settings: Settings, wrong: str) -> StoreError:
    copy = newest_good(folder_of(settings))
    mend = (
        f"Put the newest good copy in its place: stop cx, then cx restore {copy}" if copy else "Restore a copy: cx restore FILE"
    )
    return StoreError(
        f"The database file is damaged: {wrong.rstrip('.')}.",
        still_true="Nothing is written to it any more.",
        next_step=f"{mend}.",
    )


def _is_readable(store: Store) -> bool:
    """Whether it can still be told that the tables are those of this program."""
    try:
        with store.reading() as session:
            return version_of(session.connection()) == HEAD
    except StoreError:
        return False


def _admins(store: Store, settings: Settings) -> frozenset[str]:
    """Whoever may be told: of the settings, and of the store where that part of it can be read."""
    try:
        with store.reading() as session:
            return frozenset({*read_workspace(session, Workspace()).admins, *settings.admins})
    except StoreError:
        return frozenset(settings.admins)


def _note(settings: Settings) -> Path:
    file = sqlite_file(settings.database_url.get_secret_value())
    return Path(f"{file}.damage-told") if file is not None else settings.home / "damage-told"
