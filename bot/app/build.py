"""Builds the Bolt app: a factory that makes no network call, so that Slack may be down while we start."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.app.listeners import Listeners
from bot.app.wiring import Wiring

ANYTHING = re.compile(r"[\s\S]*")


def build_app(wiring: Wiring) -> App:
    """The app, ready to be dispatched to by any number of threads; each delivery is answered when `dispatch` returns.

    Requests are not verified here: the HTTP door does that before anything is read, and a socket needs no signature."""
    quiet = logging.getLogger("cx.bolt")
    quiet.setLevel(logging.CRITICAL)  # Bolt's own lines quote the bodies of requests.
    app = App(
        name=quiet.name,  # With every request Bolt sets the level of the logger of this name: as "cx" it silenced all of ours.
        logger=quiet,
        client=wiring.slack.write_client(),
        authorize=_authorized(wiring),
        token_verification_enabled=False,
        request_verification_enabled=False,
        process_before_response=True,  # Else every answer waits for a poll of ten milliseconds.
        listener_executor=wiring.later,
    )
    _listen(app, Listeners(wiring))
    return app


def _listen(app: App, listeners: Listeners) -> None:
    app.error(listeners.trouble)
    app.command(ANYTHING)(listeners.command)
    app.action(ANYTHING)(listeners.press)
    app.view_submission(ANYTHING)(listeners.submit)
    app.event("app_mention")(listeners.mentioned)
    app.event("message")(listeners.mentioned)
    app.event("app_home_opened")(listeners.home)
    app.event("member_joined_channel")(listeners.joined)
    app.event("channel_archive")(listeners.closed)
    app.event("channel_deleted")(listeners.closed)
    app.event("channel_left")(listeners.closed)
    app.event("group_archive")(listeners.closed)
    app.event("group_deleted")(listeners.closed)
    app.event("group_left")(listeners.closed)
    app.event("channel_id_changed")(listeners.moved)
    app.event("channel_shared")(listeners.read_by_others)
    app.event("channel_unshared")(listeners.read_by_others)
    app.event("app_uninstalled")(listeners.removed)
    app.event("tokens_revoked")(listeners.removed)
    app.event(ANYTHING)(listeners.ignored)
    app.view_closed(ANYTHING)(listeners.ignored)
    app.shortcut(ANYTHING)(listeners.ignored)


def _authorized(wiring: Wiring) -> Callable[..., AuthorizeResult]:
    """Bolt's own way asks auth.test before the first command: with Slack slow, that command would be lost."""

    def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=wiring.slack.write_client().token)

    return authorize
