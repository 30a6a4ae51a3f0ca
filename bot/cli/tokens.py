"""Asks Slack whether it takes our tokens, before anything waits for answers that will never come."""

from __future__ import annotations

from collections.abc import Iterator

from bot.settings import Settings
from bot.slack.outcomes import OutcomeKind
from bot.slack.port import Slack

BOT = ("slack", "CX_SLACK_BOT_TOKEN", "auth.test", "OAuth & Permissions of your Slack app")
APP = ("socket", "CX_SLACK_APP_TOKEN", "apps.connections.open", "Basic Information, App-Level Tokens, with connections:write")


SIGNING = ("http", "CX_SLACK_SIGNING_SECRET", "", "Basic Information of your Slack app")


def missing_tokens(settings: Settings) -> Iterator[str]:
    """A sentence for each token that the door in use cannot do without."""
    door = (settings.slack_app_token, APP) if settings.slack_door == "socket" else (settings.slack_signing_secret, SIGNING)
    for token, (_, name, _, place) in ((settings.slack_bot_token, BOT), door):
        if token is None:
            yield f"{name} is missing. Take it from {place}."


def refused_tokens(settings: Settings) -> Iterator[tuple[str, str]]:
    """What each token that Slack refuses is for, and a sentence. What cannot be asked now passes: Slack may be down."""
    app = settings.slack_app_token if settings.slack_door == "socket" else None
    for token, (what, name, method, place) in ((settings.slack_bot_token, BOT), (app, APP)):
        if token is None:
            continue
        outcome = Slack(token.get_secret_value(), settings.slack_api_url).post(method, {})
        if outcome.kind is OutcomeKind.AUTH:
            yield what, f"Slack refuses {name}: {outcome.error}. Take it anew from {place}."
