"""The tour that `cx demo --once` plays: what a person would type and press, each step shown to have happened."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox import Control, ControlRefused

Message = Mapping[str, Any]
WAIT_S = 20.0
NEXT_SECOND_S = 1.1
CASE_S = 60.0
SUPPORT, DIGEST, LEADS = "#support", "#cx-digest", "#leads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step of the tour: whether it happened, how long it took, and what it showed."""

    name: str
    ok: bool
    seconds: float
    says: str


class Missing(Exception):
    """What should have been seen was not."""


def play(slack: Control, *, made_up: bool = True) -> list[Told]:
    """Take every step of the tour. With a file's tickets there are no customers of the workspace, so no surveys to answer."""
    tour = _Tour(slack)
    steps: list[tuple[str, Callable[[], str]]] = [
        ("the bot connects", tour.connects),
        ("/cx answers with a snapshot", lambda: tour.asks("", "Backlog")),
        ("/cx backlog", lambda: tour.asks("backlog", "Backlog")),
        ("/cx frt last 30 days by channel", lambda: tour.asks("frt last 30 days by channel", "First response")),
        ("/cx help", lambda: tour.asks("help", "frt")),
        ("/cx baklog is healed by a button", tour.heals),
        ("an answer is shared to the channel", tour.shares),
        ("this morning's digest shows a chart", tour.digests),
    ]
    if made_up:
        steps += [
            ("a customer answers NPS, unhappily", lambda: tour.answers("emi", "nps", "rate:2")),
            ("/cx csat before the click", tour.csat_before),
            ("a customer answers CSAT with one click", lambda: tour.answers("carla", "csat", "rate:5")),
            ("and adds a comment", tour.comments),
            ("/cx csat moves", tour.csat_after),
            ("a customer answers CES", lambda: tour.answers("dev", "ces", "rate:6")),
            ("the unhappy answer is a case for the leads", tour.opens_case),
            ("a lead claims the case", tour.claims_case),
        ]
    return [_told(name, step) for name, step in steps]


def _told(name: str, step: Callable[[], str]) -> Told:
    begun = time.perf_counter()
    try:
        says, ok = step(), True
    except (Missing, ControlRefused, TimeoutError, LookupError) as problem:
        says, ok = str(problem) or type(problem).__name__, False
    return Told(name=name, ok=ok, seconds=time.perf_counter() - begun, says=says)


class _Tour:
    """What the steps remember of one another."""

    def __init__(self, slack: Control) -> None:
        self.slack = slack
        self.csat_n = 0
        self.rated: Message = {}

    def connects(self) -> str:
        count = len(self.slack.wait_for(self.slack.connections, WAIT_S))
        return f"{count} connections"

    def asks(self, words: str, expected: str, *, user: str = "lena") -> str:
        return _text(self.ask(words, expected, user=user))

    def ask(self, words: str, expected: str, *, user: str = "lena") -> Message:
        """Type a command and wait for the answer that only its asker sees."""
        seen = len(self.slack.ephemerals(user))
        delivery = self.slack.slash(f"/cx {words}".strip(), user=user, channel=SUPPORT)
        if delivery["state"] != "acked":
            raise Missing(f"the command was not acknowledged: {delivery.get('failure')}")
        answer = self.slack.wait_for(lambda: self.slack.ephemerals(user)[seen:], WAIT_S)[-1]
        return _showing(answer, expected)

    def heals(self) -> str:
        offer = self.ask("baklog", "backlog")
        seen = len(self.slack.ephemerals("lena"))
        self.slack.click(offer, _action(offer, "run"), user="lena")
        fresh = self.slack.wait_for(lambda: self.slack.ephemerals("lena")[seen:] or self._replaced(offer), WAIT_S)
        return _text(_showing(fresh[-1], "Backlog"))

    def _replaced(self, offer: Message) -> list[Message]:
        now = [m for m in self.slack.ephemerals("lena") if m["ts"] == offer["ts"]]
        return [m for m in now if _text(m) != _text(offer)]

    def shares(self) -> str:
        answer = self.ask("backlog", "Backlog")
        seen = len(self.slack.messages(SUPPORT))
        self.slack.click(answer, _action(answer, "share"), user="lena")
        shared = self.slack.wait_for(lambda: self.slack.messages(SUPPORT)[seen:], WAIT_S)[-1]
        return _text(_showing(shared, "Backlog"))

    def digests(self) -> str:
        posted = self.slack.wait_for(lambda: self.slack.messages(DIGEST), WAIT_S)[0]
        pictures = [b for b in posted["blocks"] if b["type"] == "image" and b.get("slack_file", {}).get("id", "").startswith("F")]
        if not pictures:
            raise Missing("the digest has no picture")
        return _text(posted)

    def csat_before(self) -> str:
        said = _text(self.ask("csat", "satisfaction"))
        self.csat_n = _n(said)
        return said

    def csat_after(self) -> str:
        # A window ends before the second in which it is asked for: the click counts from the next second on.
        time.sleep(NEXT_SECOND_S)
        said = _text(self.ask("csat", "satisfaction"))
        if _n(said) != self.csat_n + 1:
            raise Missing(f"n was {self.csat_n} and is {_n(said)}")
        return said

    def answers(self, user: str, survey: str, action: str) -> str:
        """Press a score in the conversation with the bot; the question must give way to thanks."""
        question = self.slack.wait_for(lambda: self._question(user, survey, action), WAIT_S)
        self.slack.click(question, action, user=user)
        self.rated = self.slack.wait_for(lambda: self._thanks(user, question), WAIT_S)
        return _text(self.rated)

    def comments(self) -> str:
        self.slack.click(self.rated, _action(self.rated, "rating-comment"), user="carla")
        view = self.slack.wait_for(lambda: self.slack.views("carla"), WAIT_S)[-1]
        block = next(b for b in view["blocks"] if b["type"] == "input")
        self.slack.submit({block["block_id"]: {block["element"]["action_id"]: "Quick and kind, thank you!"}}, user="carla")
        self.slack.clear_views(user="carla")
        return "kept"

    def opens_case(self) -> str:
        return _text(self.slack.wait_for(self._case, CASE_S))

    def claims_case(self) -> str:
        case = self._case()
        self.slack.click(case, _action(case, "case-claim"), user="lena")
        return _text(self.slack.wait_for(lambda: self._claimed(case), WAIT_S))

    def _case(self) -> Message:
        """The newest case that somebody can claim, or an empty message while there is none."""
        told = [m for m in self.slack.messages(LEADS) if any(a["action_id"].startswith("case-claim") for a in _buttons(m))]
        return told[-1] if told else {}

    def _claimed(self, case: Message) -> Message:
        """The message of the case once it says who sees to it."""
        now = [m for m in self.slack.messages(LEADS) if m["ts"] == case["ts"]]
        return next((m for m in now if not any(a["action_id"].startswith("case-claim") for a in _buttons(m))), {})

    def _question(self, user: str, survey: str, action: str) -> Message:
        """The question, or an empty message while it has not come."""
        asked = [m for m in self.slack.messages("dm", user=user) if any(a["action_id"] == action for a in _buttons(m))]
        return next((m for m in asked if any(f"|{survey}|" in a.get("value", "") for a in _buttons(m))), {})

    def _thanks(self, user: str, question: Message) -> Message:
        """What stands in the question's place, or an empty message while it is still there."""
        now = [m for m in self.slack.messages("dm", user=user) if m["ts"] == question["ts"]]
        return next((m for m in now if not any(a["action_id"].startswith("rate") for a in _buttons(m))), {})


def _buttons(message: Message) -> list[Mapping[str, Any]]:
    return [e for b in message.get("blocks") or [] if b["type"] == "actions" for e in b["elements"]]


def _action(message: Message, start: str) -> str:
    """The action_id of the button whose id begins so."""
    found = [e["action_id"] for e in _buttons(message) if e["action_id"].split(":")[0] == start]
    if not found:
        raise Missing(f"there is no {start} button; there are: {', '.join(e['action_id'] for e in _buttons(message)) or 'none'}")
    return str(found[0])


def _showing(message: Message, expected: str) -> Message:
    if expected.lower() not in _text(message).lower():
        raise Missing(f"expected {expected!r} in: {_text(message)[:300]}")
    return message


def _text(message: Message) -> str:
    return str(message.get("text") or "")


def _n(text: str) -> int:
    found = re.search(r"n\s?=\s?([\d,.]+)|\bof ([\d,]+)|([\d,]+) (?:CSAT )?answers", text)
    if found is None:
        raise Missing(f"no n in: {text[:200]}")
    return int(re.sub(r"\D", "", next(group for group in found.groups() if group)))
