"""What a customer presses: the message becomes a thank-you, can be changed and commented, and nobody else gets in."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.sandbox.blocks import check_message, check_view
from bot.store.engine import Store
from bot.store.tables import AnswerHistory, Invitation, OptOut, SurveyAnswer
from bot.store.words import InvitationState, SurveyKind
from bot.store.workspace import Workspace
from bot.surveys.wire import Pressed, write
from bot.views import survey as view
from commands.command import Action, Asker, Click, Reply
from commands.rate import ACTIONS
from tests.surveys.cast import CARLA, DAY, NOW, TEAM, action_ts, add_customer, add_invitation, the_answer, token

BY_NAME = {action.action: action for action in ACTIONS}


@dataclass(slots=True)
class Phone:
    """Someone's Slack: presses buttons and submits modals, each in a unit of work as the app gives it."""

    store: Store
    user_id: str = CARLA.user_id
    team_id: str = TEAM
    now: datetime = NOW
    stamps: int = 0

    def press(self, message_button: Mapping[str, Any]) -> Reply:
        return self.do(message_button["action_id"], message_button["value"])

    def do(self, action_id: str, value: str = "", *, metadata: str = "", state: Mapping[str, Any] | None = None) -> Reply:
        self.stamps += 1
        action = action_for(action_id)
        unit = self.store.writing if action.writes else self.store.reading
        with unit() as session:
            asker = Asker(user_id=self.user_id, team_id=self.team_id, channel_id="D1", is_outsider=True)
            return action.run(
                Click(
                    action=action_id,
                    value=value,
                    now=self.now,
                    session=session,
                    workspace=Workspace(),
                    asker=asker,
                    action_ts=action_ts(self.stamps),
                    message_ts="1.0",
                    state=state or {},
                    metadata=metadata,
                )
            )

    def submit(self, modal: Mapping[str, Any], words: str | None) -> Reply:
        state = {view.WORDS: {view.WORDS: {"type": "plain_text_input", "value": words}}}
        return self.do(modal["callback_id"], modal["private_metadata"], metadata=modal["private_metadata"], state=state)


def action_for(action_id: str) -> Action:
    """The action whose name begins the id, as the app finds it; exactly one does."""
    (found,) = [action for action in ACTIONS if action_id.startswith(action.action)]
    return found


def rate(score: int, number: int = 1) -> dict[str, str]:
    pressed = Pressed(survey=SurveyKind.CSAT, token=token(number), score=score)
    return {"action_id": f"{view.RATE}{score}", "value": write(pressed)}


def said(reply: Reply) -> str:
    assert reply.message is not None
    assert check_message({"text": reply.message.text, "blocks": list(reply.message.blocks)}) == []
    return reply.message.text


def button(reply: Reply, action_id: str) -> Mapping[str, Any]:
    assert reply.message is not None
    elements = [one for block in reply.message.blocks if block["type"] == "actions" for one in block["elements"]]
    return next(one for one in elements if one["action_id"] == action_id)


def modal_of(reply: Reply) -> Mapping[str, Any]:
    assert reply.modal is not None
    assert check_view(reply.modal) == []
    return reply.modal


def test_one_press_records_and_replaces_the_question_with_thanks(store: Store) -> None:
    add_invitation(store)
    reply = Phone(store).press(rate(4))
    assert said(reply) == "Thank you, you chose 4 of 5, satisfied."
    assert reply.replaces
    with store.reading() as session:
        assert the_answer(session).score == 4


def test_change_asks_again_and_the_next_press_counts(store: Store) -> None:
    add_invitation(store)
    phone = Phone(store)
    again = phone.press(button(phone.press(rate(2)), view.CHANGE))
    assert again.replaces
    with store.reading() as session:
        assert the_answer(session).score == 2
    assert said(phone.press(button(again, f"{view.RATE}5"))) == "Thank you, you chose 5 of 5, very satisfied."
    with store.reading() as session:
        assert the_answer(session).score == 5


def test_a_comment_is_asked_for_in_a_modal_and_kept(store: Store) -> None:
    add_invitation(store)
    phone = Phone(store)
    opened = phone.press(button(phone.press(rate(1)), view.COMMENT))
    assert opened.message is None
    modal = modal_of(opened)
    assert modal["blocks"][0]["label"]["text"] == "What went wrong?"
    kept = phone.submit(modal, "Too <b>slow</b> & cold")
    assert "kept with your answer" in modal_of(kept)["blocks"][0]["text"]["text"]
    assert said(kept).endswith("Your comment was kept with your answer.")
    assert kept.replaces
    with store.reading() as session:
        assert the_answer(session).comment == "Too <b>slow</b> & cold"
    assert modal_of(phone.press(button(kept, view.COMMENT)))["blocks"][0]["element"]["initial_value"] == "Too <b>slow</b> & cold"


@pytest.mark.parametrize("words", [None, "", "   "])
def test_an_empty_comment_is_no_comment(sqlite_store: Store, words: str | None) -> None:
    add_invitation(sqlite_store)
    phone = Phone(sqlite_store)
    modal = modal_of(phone.press(button(phone.press(rate(1)), view.COMMENT)))
    assert "without a comment" in modal_of(phone.submit(modal, words))["blocks"][0]["text"]["text"]
    with sqlite_store.reading() as session:
        assert the_answer(session).comment is None


@pytest.mark.parametrize(
    "state", [{}, {"words": None}, {"words": {}}, {"words": {"words": None}}, {"words": {"words": {"value": 7}}}]
)
def test_a_misshapen_modal_keeps_no_comment_and_does_not_crash(sqlite_store: Store, state: Mapping[str, Any]) -> None:
    add_invitation(sqlite_store)
    phone = Phone(sqlite_store)
    modal = modal_of(phone.press(button(phone.press(rate(1)), view.COMMENT)))
    assert phone.do(view.SAID, metadata=modal["private_metadata"], state=state).modal is not None
    with sqlite_store.reading() as session:
        assert the_answer(session).comment is None


def test_a_customer_is_thanked_in_their_language(store: Store) -> None:
    add_invitation(store, customer_id=add_customer(store, language="de-AT"))
    assert said(Phone(store).press(rate(4))) == "Danke, Sie haben 4 von 5, zufrieden gewählt."


def test_never_again_replaces_the_question_and_is_kept(store: Store) -> None:
    add_invitation(store)
    reply = Phone(store).do(view.STOP, write(Pressed(survey=SurveyKind.CSAT, token=token())))
    assert "not ask you again" in said(reply)
    assert reply.replaces
    with store.reading() as session:
        assert session.exec(select(OptOut.person)).all() == [CARLA.user_id]
        assert session.exec(select(Invitation.state)).one() is InvitationState.OPTED_OUT


@pytest.mark.parametrize("action_id", ["rate:1", view.CHANGE, view.COMMENT, view.STOP])
def test_someone_elses_press_is_answered_to_them_alone_and_leaves_the_question(sqlite_store: Store, action_id: str) -> None:
    add_invitation(sqlite_store)
    Phone(sqlite_store).press(rate(4))
    value = write(Pressed(survey=SurveyKind.CSAT, token=token(), score=1 if action_id == "rate:1" else None))
    reply = Phone(sqlite_store, user_id="U-MALLORY", stamps=50).do(action_id, value)
    assert "for someone else" in said(reply)
    assert not reply.replaces
    with sqlite_store.reading() as session:
        assert the_answer(session).score == 4
        assert session.exec(select(OptOut)).first() is None


def test_someone_elses_comment_is_refused_in_the_modal(store: Store) -> None:
    add_invitation(store)
    phone = Phone(store)
    modal = modal_of(phone.press(button(phone.press(rate(4)), view.COMMENT)))
    reply = Phone(store, user_id="U-MALLORY").submit(modal, "words")
    assert "for someone else" in modal_of(reply)["blocks"][0]["text"]["text"]
    assert reply.message is None
    with store.reading() as session:
        assert the_answer(session).comment is None


def test_a_press_from_another_workspace_is_refused(store: Store) -> None:
    add_invitation(store)
    assert "another workspace" in said(Phone(store, team_id="T-OTHERS").press(rate(4)))


def test_an_expired_question_is_replaced_by_a_sentence(store: Store) -> None:
    add_invitation(store)
    reply = Phone(store, now=NOW + 7 * DAY).press(rate(4))
    assert "time to answer this question is over" in said(reply)
    assert reply.replaces
    with store.reading() as session:
        assert session.exec(select(SurveyAnswer)).first() is None


def test_a_withdrawn_question_is_replaced_by_a_sentence(store: Store) -> None:
    add_invitation(store, state=InvitationState.WITHDRAWN)
    reply = Phone(store).press(rate(4))
    assert "taken back" in said(reply)
    assert reply.replaces


def test_a_score_off_the_scale_is_refused_and_the_question_stays(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    reply = Phone(sqlite_store).press(rate(9))
    assert "no such score" in said(reply)
    assert not reply.replaces


values = st.one_of(
    st.text(max_size=60),
    st.builds(lambda score, number: rate(score, number)["value"], st.integers(-99, 999), st.integers(2, 9)),
    st.sampled_from(["", "v1|csat||", "v1|csat|" + "A" * 22 + "|", "v0|x", "null", "{}", "v1|nps|" + "0" * 22 + "|3"]),
)


@given(value=values, action_id=st.sampled_from([*BY_NAME, "rate:4", "rate:", "rate:99999"]), metadata=values)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_button_carries_is_answered_politely_and_never_recorded(
    sqlite_store: Store, value: str, action_id: str, metadata: str
) -> None:
    reply = Phone(sqlite_store).do(action_id, value, metadata=metadata)
    if reply.modal is not None:
        modal_of(reply)
    else:
        assert said(reply).endswith(".")
    with sqlite_store.reading() as session:
        assert session.exec(select(AnswerHistory)).first() is None
        assert session.exec(select(OptOut)).first() is None


def test_a_refusal_is_logged_without_token_and_words(sqlite_store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    add_invitation(sqlite_store)
    phone = Phone(sqlite_store, user_id="U-MALLORY")
    phone.press(rate(4))
    phone.do(
        view.SAID,
        metadata=write(Pressed(survey=SurveyKind.CSAT, token=token())),
        state={"words": {"words": {"value": "private"}}},
    )
    ours = [record for record in caplog.records if record.name == "cx.surveys"]
    assert [record.getMessage() for record in ours] == ["survey press refused: someone else"] * 2
    assert not any(token() in str(record.__dict__) or "private" in str(record.__dict__) for record in ours)


def test_what_only_looks_cannot_write() -> None:
    assert {name for name, action in BY_NAME.items() if action.writes} == {view.RATE, view.SAID, view.STOP}
    assert all(action.says.endswith(".") for action in ACTIONS)
    assert len(BY_NAME) == len(ACTIONS)
