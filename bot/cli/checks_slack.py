"""What `cx doctor` asks Slack: whether it takes our tokens, grants what the manifest asks for, and lets us into our channels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sqlmodel import col, select

from bot import clock
from bot.cli.check import Check
from bot.cli.tokens import refused_tokens
from bot.errors import CxError
from bot.manifest import SCOPES
from bot.settings import Settings
from bot.slack.outcomes import Outcome
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.tables import Subscription

SKEW = timedelta(seconds=60)
"""A request of Slack's is refused when its time differs by five minutes; a minute is the time to act."""


def slack_checks(settings: Settings, store: Store | None) -> list[Check]:
    """Everything Slack can be asked. The channels are those that something is posted to."""
    if settings.slack_bot_token is None:
        return [_missing("slack", "CX_SLACK_BOT_TOKEN", "OAuth & Permissions of your Slack app")]
    found = [Check(name=what, ok=False, says=sentence) for what, sentence in refused_tokens(settings)]
    found += _door(settings)
    if any(check.name == "slack" for check in found):
        return found
    slack = Slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    asked = slack.post("auth.test", {})
    if not asked.ok:
        says = f"Slack does not answer: {asked.error}. Check the network and CX_SLACK_API_URL; cx connects by itself when it can."
        return [Check(name="slack", ok=False, says=says), *found]
    return [*_connected(asked), *found, *_channels(slack, store)]


def _door(settings: Settings) -> Iterator[Check]:
    if settings.slack_door == "socket" and settings.slack_app_token is None:
        yield _missing("socket", "CX_SLACK_APP_TOKEN", "App-Level Tokens")
    if settings.slack_door == "http" and settings.slack_signing_secret is None:
        yield _missing("http", "CX_SLACK_SIGNING_SECRET", "Basic Information of your Slack app")


def _missing(name: str, setting: str, place: str) -> Check:
    return Check(name=name, ok=False, says=f"{setting} is not set: take it from {place}.")


def _connected(asked: Outcome) -> Iterator[Check]:
    yield Check(
        name="slack", ok=True, says=f"connected as {asked.body.get('user_id')} to {asked.body.get('team', 'a workspace')}"
    )
    granted = {scope for scope in asked.headers.get("x-oauth-scopes", "").replace(" ", "").split(",") if scope}
    if granted:
        yield _scopes(granted)
    told = _instant(asked.headers.get("date", ""))
    if told is not None:
        yield _clock(told, clock.now())


def _instant(date: str) -> datetime | None:
    """What a Date header says; None where whatever stands between Slack and us has made it unreadable."""
    try:
        told = parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return None
    return told.replace(tzinfo=UTC) if told.tzinfo is None else told


def _scopes(granted: set[str]) -> Check:
    """Missing ones stop something; those too many are a risk, and said."""
    missing = [f"{scope} ({reason})" for scope, reason in SCOPES.items() if scope not in granted]
    if missing:
        says = (
            f"missing {'; '.join(missing)}. Put the manifest of `cx manifest` into the app's settings and install the app again."
        )
        return Check(name="scopes", ok=False, says=says)
    more = sorted(granted - SCOPES.keys())
    note = f"; not needed, better taken away: {', '.join(more)}" if more else ""
    return Check(name="scopes", ok=True, says=f"all {len(SCOPES)} of the manifest are granted{note}")


def _clock(theirs: datetime, ours: datetime) -> Check:
    apart = abs(ours - theirs)
    if apart <= SKEW:
        return Check(name="clock", ok=True, says=f"within {SKEW.total_seconds():.0f} s of Slack's")
    way = "ahead of" if ours > theirs else "behind"
    fix = "digests come at the wrong time. Let the machine set its clock: timedatectl set-ntp true."
    return Check(name="clock", ok=False, says=f"{apart.total_seconds():,.0f} s {way} Slack's: {fix}")


def _channels(slack: Slack, store: Store | None) -> list[Check]:
    try:
        return [_channel(slack, channel) for channel in _subscribed(store)]
    except CxError as error:
        return [Check(name="channels", ok=False, says=error.sentence())]


def _subscribed(store: Store | None) -> Iterable[str]:
    if store is None:
        return []
    with store.reading() as session:
        wanted = select(Subscription.channel_id).where(col(Subscription.enabled)).distinct().order_by(Subscription.channel_id)
        return [channel for channel in session.exec(wanted) if channel.startswith(("C", "G"))]


def _channel(slack: Slack, channel_id: str) -> Check:
    place = slack.conversation(channel_id)
    name = f"channel #{place.name or channel_id}"
    if place.is_missing or not place.known:
        return Check(
            name=name, ok=False, says="cannot be seen: it is gone, or private and cx is not in it. Type /invite @cx there."
        )
    if place.is_archived:
        return Check(name=name, ok=False, says="is archived: subscribe in another channel.")
    if place.shared:
        return Check(
            name=name, ok=False, says="is shared with another company: nothing is posted there. Use a channel of your own."
        )
    if not place.is_member:
        return Check(name=name, ok=False, says="cx is not in it: type /invite @cx there.")
    return Check(name=name, ok=True, says="can be posted to")
