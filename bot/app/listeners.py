"""What happens when Slack delivers something: run it, commit it, acknowledge it, and then say the rest."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from slack_bolt import BoltContext, BoltResponse

from bot.app import asking, channels, replies
from bot.app.payloads import Press, Where, happened, pressed, submitted, typed
from bot.app.trouble import explained, field_errors
from bot.app.wiring import Wiring
from bot.errors import SlackRefused, StoreError
from bot.slack.ack import AckOnce
from bot.slack.memory import Memory
from bot.slack.pictures import has_new
from bot.store.departure import note_removal
from bot.views.message import Message
from commands.command import Reply

log = logging.getLogger("cx.app")

MODAL_REMEMBERED_S = 1_800.0
LINK = "link"
MENTION = re.compile(r"^\s*<@[^>]+>\s*")
GONE = Message(text="This button belongs to an older message and does nothing any more. Type `/cx` for a fresh one.")
WAITS = Message(
    text="Slack refuses my token, so this is kept, and posted as soon as it takes it again. An admin takes the token anew from "
    "OAuth &amp; Permissions of the Slack app, and starts me again."
)
Body = Mapping[str, Any]


class Listeners:
    """One listener for everything typed, one for everything pressed, one for everything submitted, and the events."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring
        self.opened: Memory[Where] = Memory(wiring.slack.clock, lambda _: MODAL_REMEMBERED_S)

    def command(self, body: Body, context: BoltContext) -> BoltResponse:
        """`/cx` and whatever follows; an answer of words travels in the acknowledgement when it is ready in time.

        No refusal comes back of an acknowledgement: a workspace that does not take Slack's own charts, or no longer does,
        would show nothing at all."""
        where = typed(body)
        reply = asking.ask(self.wiring, where, str(body.get("text") or ""))
        if reply.modal is not None:
            self._open(Press(where=where, action="", value=""), reply.modal)
        if reply.message is not None and replies.is_plain(reply) and not has_new(replies.words(reply.message)):
            return self._answer(where, reply.message, context)
        return self._rest(context, lambda: self._say(where, reply))

    def press(self, body: Body, context: BoltContext) -> BoltResponse:
        """A button or menu: committed, then acknowledged, then the message is changed or answered."""
        press = pressed(body)
        action = self.wiring.action(press.action)
        if action is None and press.action.startswith(LINK):
            return _ack()
        _promise(context).may_be_early = action is None or not action.writes
        reply = asking.press(self.wiring, press)
        if reply is None:
            return self._rest(context, lambda: replies.whisper(self.wiring, press.where, GONE))
        if reply.modal is not None:
            self._open(press, reply.modal)
        return self._rest(context, lambda: self._after_press(press, reply))

    def submit(self, body: Body, context: BoltContext) -> BoltResponse:
        """A submitted modal: its fields are marked, it is replaced, or it closes and the message follows."""
        press = submitted(body)
        view = body["view"]
        origin = self.opened.known(str(view.get("root_view_id") or view["id"]))
        if origin is not None:
            place = replace(press.where, channel_id=origin.channel_id, response_url=origin.response_url)
            press = replace(press, where=place)
        reply = asking.press(self.wiring, press) or Reply(message=GONE)
        if reply.errors:
            return _ack({"response_action": "errors", "errors": dict(reply.errors)})
        then = {"response_action": "update", "view": dict(reply.modal)} if reply.modal is not None else None
        return self._rest(context, lambda: self._after_submit(press.where, reply), then)

    def mentioned(self, body: Body, context: BoltContext) -> BoltResponse:
        """A mention or a direct message is a question; the answer is a message. The outbox knows a repeated delivery."""
        event = body["event"]
        if event.get("bot_id") or event.get("subtype") or not event.get("user"):
            return _ack()
        if event["type"] == "message" and event.get("channel_type") != "im":
            return _ack()
        where = happened(body)
        reply = asking.ask_aloud(self.wiring, where, MENTION.sub("", str(event.get("text") or "")))
        if reply.message is not None and self.wiring.store.refusal is None:
            replies.post(self.wiring, reply.message, where)
        elif reply.message is not None:
            return self._rest(context, lambda: self._say(where, replace(reply, public=False)))
        return _ack()

    def home(self, body: Body, context: BoltContext) -> BoltResponse:
        """Someone looks at the Home tab."""
        if body["event"].get("tab", "home") == "home":
            self._publish_home(happened(body))
        return _ack()

    def joined(self, body: Body, context: BoltContext) -> BoltResponse:
        """Somebody joined a channel; when it was us we say what we can do, unless others read along."""
        where = happened(body)
        slack = self.wiring.slack
        slack.forget(where.channel_id)
        greeting = self.wiring.greeting
        if greeting and where.user_id == slack.identity().user_id and not slack.conversation(where.channel_id).shared:
            replies.post(self.wiring, greeting, replace(where, once=f"hello:{where.channel_id}", thread_ts=None))
        return _ack()

    def removed(self, body: Body, context: BoltContext) -> BoltResponse:
        """The app was uninstalled or its token revoked: nothing can be sent, and everything is kept for thirty days."""
        kind = str(body["event"]["type"])
        self.wiring.slack.refused = kind
        with self.wiring.store.writing() as session:
            note_removal(session, self.wiring.now())
        log.error("slack took our access away", extra={"event": kind})
        return _ack()

    def closed(self, body: Body, context: BoltContext) -> BoltResponse:
        """A channel was archived or deleted, or we were removed: nothing is posted there, and whoever wanted it is told."""
        channels.closed(self.wiring, happened(body), str(body["event"]["type"]))
        return _ack()

    def moved(self, body: Body, context: BoltContext) -> BoltResponse:
        """A channel has another id: everything of ours follows it."""
        channels.moved(self.wiring, str(body["event"]["old_channel_id"]), str(body["event"]["new_channel_id"]))
        return _ack()

    def read_by_others(self, body: Body, context: BoltContext) -> BoltResponse:
        """Another company reads along from now on, or no longer does: what we knew of the channel counts no more."""
        self.wiring.slack.forget(happened(body).channel_id)
        return _ack()

    def ignored(self, context: BoltContext) -> BoltResponse:
        """Deliveries nobody asked for are acknowledged, or Slack would send them again and again."""
        return _ack()

    def trouble(self, error: Exception, body: Body, context: BoltContext) -> BoltResponse:
        """Whatever went wrong anywhere above: say it to the person in the way that is still open."""
        message = explained(error)
        if "command" in body:
            return self._answer(typed(body), message, context)
        if body.get("type") == "view_submission":
            return _ack(field_errors(body["view"], message))
        if body.get("type") == "block_actions":
            return self._rest(context, lambda: replies.whisper(self.wiring, pressed(body).where, message))
        event = body.get("event") or {}
        if event.get("type") in ("app_mention", "message") and event.get("user"):
            return self._rest(context, lambda: replies.whisper(self.wiring, happened(body), message))
        return _ack()

    def _answer(self, where: Where, message: Message, context: BoltContext) -> BoltResponse:
        if _promise(context).take():
            return _ack({"response_type": "ephemeral", **replies.words(message)})
        self._later(lambda: replies.whisper(self.wiring, where, message))
        return _ack()

    def _rest(self, context: BoltContext, rest: Callable[[], None], then: Body | None = None) -> BoltResponse:
        _promise(context).take()
        self._later(rest)
        return _ack(then)

    def _after_press(self, press: Press, reply: Reply) -> None:
        if reply.deletes:
            replies.dismiss(self.wiring, press.where)
        self._say(press.where, reply)
        action = self.wiring.action(press.action)
        if press.view_type == "home" and action is not None and action.writes:
            self._publish_home(press.where)

    def _after_submit(self, where: Where, reply: Reply) -> None:
        self._say(where, reply)
        if reply.shows_home:
            self._publish_home(where)

    def _say(self, where: Where, reply: Reply) -> None:
        if reply.message is None:
            return
        if reply.public:
            self._post(where, reply.message)
        else:
            replies.whisper(self.wiring, where, reply.message, replaces=reply.replaces)

    def _post(self, where: Where, message: Message) -> None:
        """It was acknowledged already: whoever asked hears here that it cannot be kept for posting, or has to wait, or never
        does."""
        try:
            replies.post(self.wiring, message, where)
        except StoreError as error:
            replies.whisper(self.wiring, where, explained(error))
        else:
            if self.wiring.slack.refused is not None:
                replies.whisper(self.wiring, where, WAITS)

    def _open(self, press: Press, view: Body) -> None:
        outcome = replies.open_modal(self.wiring, press, view)
        if not outcome.ok:
            raise SlackRefused(
                "Slack did not open the form.", code=outcome.error or outcome.kind.value, next_step="Press the button again."
            )
        opened = outcome.body.get("view") or {}
        if press.where.response_url and opened.get("id"):
            self.opened.keep(str(opened["id"]), press.where)

    def _publish_home(self, where: Where) -> None:
        view = asking.home_of(self.wiring, where)
        if view is not None:
            self.wiring.slack.publish_home(where.user_id, view)

    def _later(self, rest: Callable[[], None]) -> None:
        """After the acknowledgement, under the same name in the log."""
        self.wiring.later.submit(copy_context().run, rest).add_done_callback(_log_failure)


def _promise(context: BoltContext) -> AckOnce:
    """The acknowledgement still owed for this delivery."""
    owed = context.get("promise")
    return owed if isinstance(owed, AckOnce) else AckOnce(may_be_early=False)


def _ack(body: Body | None = None) -> BoltResponse:
    return BoltResponse(status=200, body=dict(body)) if body else BoltResponse(status=200, body="")


def _log_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.error("what should have followed an acknowledgement failed", exc_info=error)
