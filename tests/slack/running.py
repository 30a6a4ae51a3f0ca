"""The whole bot but for its answers: app, doors, sender, on a sandbox over real sockets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bot.app import Wiring, build_app
from bot.app.wiring import by_first_word
from bot.clock import monotonic, now
from bot.sandbox.control import Control
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.slack.dispatch import Dispatcher
from bot.slack.loop import LoopThread
from bot.slack.port import Slack
from bot.slack.sender import Sender
from bot.slack.socket import SocketDoor
from bot.store.engine import Store
from bot.views.message import Message
from commands.command import Action, Ask, Click, Command, Reply

PING_S = 0.2


class Later(ThreadPoolExecutor):
    """A pool that can be waited for without being shut down."""

    def __init__(self) -> None:
        super().__init__(4)
        self.begun: list[Any] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        future = super().submit(fn, *args, **kwargs)
        self.begun.append(future)
        return future

    def finish(self) -> None:
        """Wait until all that was begun is done."""
        wait(self.begun, timeout=15)


@dataclass(slots=True)
class Bot:
    """A running bot and the ways to look at it."""

    sandbox: Sandbox
    store: Store
    slack: Slack
    wiring: Wiring
    dispatcher: Dispatcher
    door: SocketDoor
    doors: LoopThread
    later: Later
    seen: list[Any] = field(default_factory=list)

    @property
    def control(self) -> Control:
        return self.sandbox.control

    def settle(self, deliveries: int) -> None:
        """Wait until that many deliveries were handled, with all that follows."""
        self.control.wait_for(lambda: self.dispatcher.handled >= deliveries and not self.dispatcher.running)
        self.later.finish()

    def send(self) -> int:
        """Let the sender run once, after whatever follows an acknowledgement."""
        self.later.finish()
        return Sender(store=self.store, slack=self.slack, started=now(), sleep=time.sleep).run()

    def ephemeral_texts(self, user: str = "ana") -> list[str]:
        self.later.finish()
        return [str(message["text"]) for message in self.control.ephemerals(user)]


@contextmanager
def running(
    store: Store,
    sandbox: Sandbox,
    *,
    commands: Sequence[Command] = (),
    actions: Sequence[Action] = (),
    env: dict[str, str] | None = None,
    threads: int = 16,
    connections: int = 2,
    early_after_s: float = 2.2,
    ping_s: float = PING_S,
    **wired: Any,
) -> Iterator[Bot]:
    """Start everything, wait until Slack hears us, and stop it in the order the product does.

    An answer is waited for longer than in the product, so that a busy machine does not change which way it travels."""
    slack = Slack(sandbox.bot_token, sandbox.api_url, timeout_s=5)
    later, pool, doors = Later(), ThreadPoolExecutor(threads), LoopThread()
    known = tuple(commands) or (ECHO,)
    parts: dict[str, Any] = {
        "settings": read_settings(env or {}),
        "now": now,
        "sleep": time.sleep,
        "dispatch": by_first_word(known),
    }
    wiring = Wiring(commands=known, actions=tuple(actions), store=store, slack=slack, later=later, **(parts | wired))
    dispatcher = Dispatcher(app=build_app(wiring).dispatch, pool=pool, early_after_s=early_after_s)
    door = SocketDoor(dispatcher, sandbox.app_token, sandbox.api_url, clock=monotonic, connections=connections, ping_s=ping_s)
    doors.start()
    try:
        doors.run(door.open(), 5)
        sandbox.control.wait_for(lambda: len(sandbox.control.connections()) == connections and door.hearing() == connections)
        yield Bot(sandbox, store, slack, wiring, dispatcher, door, doors, later)
    finally:
        doors.run(door.close(), 15)
        doors.stop()
        pool.shutdown()
        later.shutdown()


def command(word: str, run: Callable[[Ask], Reply], *, writes: bool = False, also: tuple[str, ...] = ()) -> Command:
    return Command(word=word, usage=f"/cx {word}", says=f"Does {word}.", run=run, writes=writes, also=also)


def action(name: str, run: Callable[[Click], Reply], *, writes: bool = False) -> Action:
    return Action(action=name, says=f"Does {name}.", run=run, writes=writes)


def saying(text: str, **reply: Any) -> Callable[[Any], Reply]:
    """Answers the same to everything."""
    return lambda _asked: Reply(message=Message(text=text), **reply)


def buttons(*ids: str, value: str = "v") -> Message:
    """A message with buttons."""
    elements = [{"type": "button", "action_id": one, "value": value, "text": {"type": "plain_text", "text": one}} for one in ids]
    said = {"type": "section", "text": {"type": "mrkdwn", "text": "Press one."}}
    return Message(text="Press one.", blocks=(said, {"type": "actions", "block_id": "row", "elements": elements}))


def modal(callback_id: str, title: str = "Words") -> dict[str, Any]:
    """A form with one field."""
    words = {"type": "plain_text_input", "action_id": "words"}
    field_of = {"type": "input", "block_id": "words", "label": {"type": "plain_text", "text": "Words"}, "element": words}
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": {"type": "plain_text", "text": title},
        "submit": {"type": "plain_text", "text": "Send"},
        "private_metadata": "about-42",
        "blocks": [field_of],
    }


ECHO = Command(
    word="echo",
    usage="/cx echo WORDS",
    says="Says it again.",
    run=lambda ask: Reply(message=Message(text=f"you said: {ask.text}")),
)
