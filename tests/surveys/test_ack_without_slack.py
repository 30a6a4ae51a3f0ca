"""A click on a survey is recorded from what Slack signed: it is kept and acknowledged while Slack itself answers nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import App, BoltRequest
from sqlmodel import select

from bot.app import Wiring, build_app
from bot.settings import read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.tables import Invitation, SurveyAnswer
from bot.store.words import InvitationState, SurveyKind
from bot.surveys.wire import Pressed, write
from bot.views.survey import CHANGE, RATE, STOP
from commands import ACTIONS, COMMANDS, dispatch
from tests.surveys.cast import CARLA, NOW, TEAM, add_invitation, the_answer, token


class Asked(AssertionError):
    """Slack was asked before the acknowledgement."""


class SilentSlack(Slack):
    """A Slack that must not be asked who anybody is."""

    def user(self, user_id: str) -> Any:
        raise Asked(f"users.info of {user_id}")

    def conversation(self, channel_id: str) -> Any:
        raise Asked(f"conversations.info of {channel_id}")


@pytest.fixture
def app(store: Store) -> Iterator[App]:
    with ThreadPoolExecutor(1) as later:
        later.submit = lambda *_, **__: _Done()  # type: ignore[method-assign,assignment] - what follows the ack asks Slack
        yield build_app(
            Wiring(
                commands=COMMANDS,
                actions=ACTIONS,
                dispatch=dispatch,
                store=store,
                settings=read_settings({}),
                slack=SilentSlack("xoxb-1", "http://127.0.0.1:1/"),
                now=lambda: NOW,
                later=later,
                sleep=lambda _: None,
            )
        )


class _Done:
    def add_done_callback(self, _: Any) -> None:
        return None


def press(app: App, action_id: str, score: int | None = None, user_id: str = CARLA.user_id) -> int:
    """A press as Slack delivers it, from a conversation that is shared with another company; the status of the ack."""
    value = write(Pressed(survey=SurveyKind.CSAT, token=token(), score=score))
    action = {"type": "button", "action_id": action_id, "block_id": "b", "value": value, "action_ts": f"{NOW.timestamp():.6f}"}
    payload = {
        "type": "block_actions", "user": {"id": user_id, "team_id": TEAM}, "team": {"id": TEAM}, "channel": {"id": "C0ACME"},
        "container": {"type": "message", "message_ts": "1.0", "channel_id": "C0ACME"}, "trigger_id": "t", "actions": [action],
    }  # fmt: skip
    body = urlencode({"payload": json.dumps(payload)})
    response = app.dispatch(BoltRequest(body=body, headers={"content-type": ["application/x-www-form-urlencoded"]}))
    return int(response.status)


def test_a_score_is_kept_and_acknowledged(app: App, store: Store) -> None:
    add_invitation(store)
    assert press(app, f"{RATE}4", 4) == 200
    with store.reading() as session:
        assert the_answer(session).score == 4


def test_to_change_and_to_opt_out_asks_nobody_either(app: App, store: Store) -> None:
    invitation_id = add_invitation(store)
    assert press(app, f"{RATE}4", 4) == press(app, CHANGE) == press(app, STOP) == 200
    with store.reading() as session:
        assert session.get_one(Invitation, invitation_id).state is InvitationState.ANSWERED


def test_somebody_else_is_refused_by_the_ids_alone(app: App, store: Store) -> None:
    add_invitation(store)
    assert press(app, f"{RATE}5", 5, user_id="U-MALLORY") == 200
    with store.reading() as session:
        assert session.exec(select(SurveyAnswer)).all() == []
