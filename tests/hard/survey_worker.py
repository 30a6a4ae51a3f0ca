"""A worker that takes clicks as the bot does, through Bolt, and says each acknowledgement the moment it would leave."""

from __future__ import annotations

import json
import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from slack_bolt import BoltRequest

from bot.app import Wiring, build_app
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import open_store
from bot.store.words import SurveyKind
from bot.surveys.wire import Pressed, write
from bot.views.survey import RATE
from commands import ACTIONS, COMMANDS, dispatch
from tests.surveys.cast import CARLA, NOW, TEAM, token

NOWHERE = "http://127.0.0.1:1/"
"""There is no Slack: whoever asks it before the acknowledgement would not come this far in time."""


def take(*, url: str, acks: str, clicks: list[list[float]]) -> None:
    """Handle each click (invitation, score, seconds after nine); write its number and score down when Slack would hear of it."""
    logging.disable(logging.CRITICAL)
    app = build_app(wiring(url))
    said = os.open(acks, os.O_WRONLY)
    for number, score, pressed in clicks:
        response = app.dispatch(BoltRequest(body=body(int(number), int(score), pressed), headers=FORM))
        if response.status == 200:
            os.write(said, f"{int(number)} {int(score)} {pressed}\n".encode())
    signal.pause()  # Nothing is left to do but to be killed.


def wiring(url: str) -> Wiring:
    """The app's parts, with a clock that stands at nine."""
    return Wiring(
        commands=COMMANDS,
        actions=ACTIONS,
        dispatch=dispatch,
        store=open_store(url),
        settings=read_settings({}),
        slack=Slack("xoxb-1", NOWHERE, timeout_s=1),
        now=lambda: NOW,
        later=ThreadPoolExecutor(1),
        sleep=lambda _: None,
    )


FORM = {"content-type": ["application/x-www-form-urlencoded"]}


def body(number: int, score: int, pressed: float) -> str:
    """A press as Slack delivers it."""
    stamp = f"{NOW.timestamp() + pressed:.6f}"
    value = write(Pressed(survey=SurveyKind.CSAT, token=token(number), score=score))
    action: dict[str, Any] = {
        "type": "button",
        "action_id": f"{RATE}{score}",
        "block_id": "b",
        "value": value,
        "action_ts": stamp,
    }
    payload = {
        "type": "block_actions",
        "user": {"id": CARLA.user_id, "team_id": TEAM},
        "team": {"id": TEAM},
        "channel": {"id": "D1"},
        "container": {"type": "message", "message_ts": "1.0", "channel_id": "D1"},
        "trigger_id": f"t{number}-{pressed}",
        "actions": [action],
    }
    return urlencode({"payload": json.dumps(payload)})


def lines(path: Path) -> list[str]:
    """What was acknowledged, whole lines only."""
    return path.read_text().split("\n")[:-1]
