"""What `cx doctor` looks at, from the inside out: settings, store, help desks, Slack, fonts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import select

from bot.cli.opening import settings_here
from bot.cli.tokens import refused_tokens
from bot.desks.desk import StreamState
from bot.errors import BadConfig, CxError
from bot.settings import Settings
from bot.slack.port import Slack
from bot.store.engine import Store, open_store
from bot.store.schema import ensure_schema
from bot.store.tables import DeskCursor, Quarantine, Ticket
from bot.views.chart.fonts import CJK_PACKAGE, others, own
from jobs.sync import configured

SAFE_SQLITE = (3, 51, 3)
SCRIPTS = "漢字かな한국어عربية"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `says` is how it is, or what to do."""

    name: str
    ok: bool
    says: str


def checks() -> list[Check]:
    """Everything that can be checked from here; a broken part hides only what depends on it."""
    try:
        settings = settings_here()
    except BadConfig as error:
        return [Check(name="settings", ok=False, says=error.sentence())]
    found = [Check(name="settings", ok=True, says=f"zone {settings.zone}, profile {settings.profile}")]
    found += _store(settings)
    found += [check for desk in configured(settings.desks) for check in _desk(desk.slug, settings)]
    found += _slack(settings)
    return [*found, _fonts()]


def _store(settings: Settings) -> list[Check]:
    try:
        store = open_store(settings.database_url.get_secret_value())
        ensure_schema(store)
    except CxError as error:
        return [Check(name="store", ok=False, says=error.sentence())]
    try:
        return list(_contents(store))
    finally:
        store.close()


def _contents(store: Store) -> Iterator[Check]:
    with store.reading() as session:
        tickets = session.exec(select(func.count()).select_from(Ticket)).one()
        aside = session.exec(select(func.count()).select_from(Quarantine)).one()
        cursors = session.exec(select(DeskCursor)).all()
    yield Check(name="store", ok=True, says=f"{store.dialect}, {tickets:,} tickets")
    if store.dialect == "sqlite":
        # Versions before the fix can damage the file when a checkpoint races a commit; only our writer checkpoints.
        old = sqlite3.sqlite_version_info < SAFE_SQLITE
        note = " (older than 3.51.3: only one process may write)" if old else ""
        yield Check(name="sqlite", ok=True, says=f"{sqlite3.sqlite_version}{note}")
    if aside:
        yield Check(
            name="quarantine", ok=False, says=f"{aside:,} records were set aside; their reasons are in the table quarantine."
        )
    for cursor in cursors:
        when = f"last read {cursor.synced_at:%Y-%m-%d %H:%M} UTC" if cursor.synced_at else "never read"
        yield Check(name=f"{cursor.source} {cursor.stream}", ok=cursor.last_error is None, says=cursor.last_error or when)


def _desk(slug: str, settings: Settings) -> Iterator[Check]:
    desk = next(d for d in configured(settings.desks) if d.slug == slug)
    for stream in desk.check(settings.desk(slug)):
        yield Check(name=f"{desk.name}, {stream.stream}", ok=stream.state is StreamState.OK, says=stream.says)


def _slack(settings: Settings) -> list[Check]:
    if settings.slack_bot_token is None:
        return [
            Check(
                name="slack", ok=False, says="CX_SLACK_BOT_TOKEN is not set: take it from OAuth & Permissions of your Slack app."
            )
        ]
    found = [Check(name=what, ok=False, says=sentence) for what, sentence in refused_tokens(settings)]
    if settings.slack_door == "socket" and settings.slack_app_token is None:
        found.append(Check(name="socket", ok=False, says="CX_SLACK_APP_TOKEN is not set: take it from App-Level Tokens."))
    if any(check.name == "slack" for check in found):
        return found
    return [*_identity(settings.slack_bot_token.get_secret_value(), settings.slack_api_url), *found]


def _identity(token: str, api_url: str) -> Iterator[Check]:
    try:
        identity = Slack(token, api_url).identity()
    except CxError as error:
        yield Check(name="slack", ok=False, says=error.sentence())
    else:
        yield Check(name="slack", ok=True, says=f"connected as {identity.user_id}")


def _fonts() -> Check:
    """Well in either case: what no font here can draw is shown as a question mark, and the text says it in full."""
    every = all(ord(char) in own() or ord(char) in others() for char in SCRIPTS)
    says = "all scripts can be drawn" if every else f"Chinese, Japanese or Korean is drawn as '?': apt-get install {CJK_PACKAGE}"
    return Check(name="fonts", ok=True, says=says)
