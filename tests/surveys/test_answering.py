"""One press answers; the newest press counts; nobody answers for someone else."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from bot.store.engine import Store
from bot.store.tables import AnswerHistory, Invitation, SurveyAnswer
from bot.store.words import Box, InvitationState, SurveyKind
from bot.surveys.admitting import Clicker, Refused, Why
from bot.surveys.answering import Recorded, look, read_action_ts, record_click, record_comment, storable
from tests.surveys.cast import (
    CARLA,
    DAY,
    DEV,
    HOUR,
    MINUTE,
    NOW,
    TEAM,
    action_ts,
    add_customer,
    add_invitation,
    add_ticket,
    history,
    the_answer,
    token,
)


def press(
    store: Store, score: int, at: float = 1, *, number: int = 1, by: Clicker = CARLA, now: datetime = NOW + MINUTE
) -> Recorded | Refused:
    with store.writing() as session:
        return record_click(session, token(number), score, by=by, action_ts=action_ts(at), now=now)


def recorded(outcome: Recorded | Refused) -> Recorded:
    assert isinstance(outcome, Recorded), outcome
    return outcome


def refused(outcome: Recorded | Refused) -> Why:
    assert isinstance(outcome, Refused), outcome
    assert outcome.reason.endswith(".")
    return outcome.why


def nothing_kept(session: Session) -> bool:
    return session.exec(select(SurveyAnswer)).first() is None and session.exec(select(AnswerHistory)).first() is None


def test_one_press_is_an_answer_with_its_scale_ticket_agent_and_box(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, ticket_id=ticket_id)
    assert recorded(press(store, 4)).score == 4
    with store.reading() as session:
        answer = the_answer(session)
        assert (answer.survey, answer.scale, answer.scale_min, answer.scale_max) == (SurveyKind.CSAT, "csat-1-5", 1, 5)
        assert (answer.score, answer.box, answer.direction) == (4, Box.POSITIVE, "up")
        assert (answer.ticket_id, answer.agent_id, answer.source) == (ticket_id, 7, "slack")
        assert (answer.answered_at, answer.changed_at, answer.superseded) == (NOW + MINUTE, None, False)
        assert session.exec(select(Invitation.state)).one() is InvitationState.ANSWERED


def test_the_same_delivery_twice_is_one_answer_and_one_click(store: Store) -> None:
    add_invitation(store)
    press(store, 4)
    assert recorded(press(store, 4, now=NOW + HOUR)).score == 4
    with store.reading() as session:
        assert history(session) == [(action_ts(1), 4)]
        assert the_answer(session).changed_at is None


def test_a_later_press_changes_the_score_and_keeps_the_window_of_the_first(store: Store) -> None:
    add_invitation(store)
    press(store, 2, 1, now=NOW + MINUTE)
    assert recorded(press(store, 5, 2, now=NOW + DAY)).score == 5
    with store.reading() as session:
        answer = the_answer(session)
        assert (answer.score, answer.box) == (5, Box.POSITIVE)
        assert (answer.answered_at, answer.changed_at) == (NOW + MINUTE, NOW + DAY)
        assert history(session) == [(action_ts(1), 2), (action_ts(2), 5)]


def test_an_older_press_delivered_late_is_kept_and_changes_nothing(store: Store) -> None:
    add_invitation(store)
    press(store, 5, 2)
    assert recorded(press(store, 1, 1, now=NOW + HOUR)).score == 5
    with store.reading() as session:
        answer = the_answer(session)
        assert (answer.score, answer.box, answer.changed_at) == (5, Box.POSITIVE, None)
        assert history(session) == [(action_ts(1), 1), (action_ts(2), 5)]


def test_pressing_the_same_score_again_is_no_change(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    press(sqlite_store, 3, 1)
    press(sqlite_store, 3, 2, now=NOW + HOUR)
    with sqlite_store.reading() as session:
        assert the_answer(session).changed_at is None
        assert len(history(session)) == 2


def test_presses_order_by_time_and_not_by_text(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    with sqlite_store.writing() as session:
        record_click(session, token(), 1, by=CARLA, action_ts="999999999.9", now=NOW)
        record_click(session, token(), 5, by=CARLA, action_ts="1000000000.000001", now=NOW)
    with sqlite_store.reading() as session:
        assert the_answer(session).score == 5


@pytest.mark.parametrize(
    "stamp", ["", "abc", "1763456400", "1763456400.", ".5", "1e9.0", "-1.0", "1763456400.0000001", "１.５", "1.5\n"]
)
def test_a_press_without_a_readable_instant_is_refused(sqlite_store: Store, stamp: str) -> None:
    add_invitation(sqlite_store)
    with sqlite_store.writing() as session:
        assert refused(record_click(session, token(), 4, by=CARLA, action_ts=stamp, now=NOW)) is Why.UNREADABLE
    with sqlite_store.reading() as session:
        assert nothing_kept(session)


@given(st.integers(0, 9_999_999_999), st.integers(0, 999_999), st.integers(0, 9_999_999_999), st.integers(0, 999_999))
def test_stamps_sort_as_their_instants_do(s1: int, u1: int, s2: int, u2: int) -> None:
    first, second = read_action_ts(f"{s1}.{u1:06d}"), read_action_ts(f"{s2}.{u2:06d}")
    assert first is not None
    assert second is not None
    assert (first < second) == ((s1, u1) < (s2, u2))


def test_a_forged_token_is_refused(store: Store) -> None:
    add_invitation(store)
    assert refused(press(store, 4, number=2)) is Why.FORGED
    with store.reading() as session:
        assert nothing_kept(session)


def test_the_hash_of_a_token_is_no_token(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    with sqlite_store.reading() as session:
        stored = session.exec(select(Invitation.token_hash)).one()
    with sqlite_store.writing() as session:
        assert refused(record_click(session, stored, 4, by=CARLA, action_ts=action_ts(1), now=NOW)) is Why.FORGED


def test_nobody_answers_for_someone_else(store: Store) -> None:
    add_invitation(store)
    assert refused(press(store, 1, by=DEV)) is Why.SOMEONE_ELSE
    with store.reading() as session:
        assert nothing_kept(session)


def test_a_press_from_another_workspace_is_refused_even_under_the_same_user_id(store: Store) -> None:
    add_invitation(store)
    assert refused(press(store, 4, by=Clicker(user_id=CARLA.user_id, team_id="T-OTHERS"))) is Why.ELSEWHERE


def test_a_question_without_a_slack_person_cannot_be_answered_in_slack(sqlite_store: Store) -> None:
    add_invitation(sqlite_store, slack_team_id=None, slack_user_id=None)
    assert refused(press(sqlite_store, 4)) is Why.ELSEWHERE


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (InvitationState.WITHDRAWN, Why.WITHDRAWN),
        (InvitationState.OPTED_OUT, Why.WITHDRAWN),
        (InvitationState.EXPIRED, Why.EXPIRED),
        (InvitationState.WAITING, Why.FORGED),
        (InvitationState.THROTTLED, Why.FORGED),
        (InvitationState.UNMATCHED, Why.FORGED),
    ],
)
def test_a_question_that_is_not_out_cannot_be_answered(sqlite_store: Store, state: InvitationState, why: Why) -> None:
    add_invitation(sqlite_store, state=state)
    assert refused(press(sqlite_store, 4)) is why
    with sqlite_store.reading() as session:
        assert nothing_kept(session)


def test_the_last_second_counts_and_the_next_does_not(store: Store) -> None:
    add_invitation(store)
    end = NOW + 7 * DAY
    assert recorded(press(store, 4, 1, now=end - timedelta(seconds=1))).score == 4
    assert refused(press(store, 1, 2, now=end)) is Why.EXPIRED
    with store.reading() as session:
        assert the_answer(session).score == 4


@pytest.mark.parametrize("score", [0, 6, -1, 100])
def test_a_score_outside_the_scale_is_refused(sqlite_store: Store, score: int) -> None:
    add_invitation(sqlite_store)
    assert refused(press(sqlite_store, score)) is Why.OFF_SCALE
    with sqlite_store.reading() as session:
        assert nothing_kept(session)


def test_between_the_faces_there_is_no_score(sqlite_store: Store) -> None:
    add_invitation(sqlite_store, survey=SurveyKind.CES, scale="ces-faces")
    assert refused(press(sqlite_store, 7)) is Why.OFF_SCALE
    assert recorded(press(sqlite_store, 10)).scale.slug == "ces-faces"


def test_effort_is_kept_with_its_direction(sqlite_store: Store) -> None:
    add_invitation(sqlite_store, survey=SurveyKind.CES, scale="ces-effort-1-7")
    press(sqlite_store, 1)
    with sqlite_store.reading() as session:
        answer = the_answer(session)
        assert (answer.direction, answer.box) == ("down", Box.POSITIVE)


def test_of_two_answers_about_one_ticket_only_the_later_counts(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, 1, ticket_id=ticket_id)
    add_invitation(store, 2, ticket_id=ticket_id, resolution=2)
    press(store, 1, 1, number=1, now=NOW + MINUTE)
    press(store, 5, 2, number=2, now=NOW + HOUR)
    with store.reading() as session:
        assert [the_answer(session, number).superseded for number in (1, 2)] == [True, False]


def test_changing_the_earlier_answer_does_not_make_it_count_again(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, 1, ticket_id=ticket_id)
    add_invitation(store, 2, ticket_id=ticket_id, resolution=2)
    press(store, 1, 1, number=1, now=NOW + MINUTE)
    press(store, 5, 2, number=2, now=NOW + HOUR)
    press(store, 3, 3, number=1, now=NOW + 2 * HOUR)
    with store.reading() as session:
        assert [the_answer(session, number).superseded for number in (1, 2)] == [True, False]
        assert the_answer(session, 1).score == 3


def test_csat_and_ces_about_one_ticket_both_count(store: Store) -> None:
    ticket_id = add_ticket(store, add_customer(store))
    add_invitation(store, 1, ticket_id=ticket_id)
    add_invitation(store, 2, ticket_id=ticket_id, survey=SurveyKind.CES)
    press(store, 1, number=1)
    press(store, 7, number=2)
    with store.reading() as session:
        assert [the_answer(session, number).superseded for number in (1, 2)] == [False, False]


def test_nps_answers_are_about_no_ticket_and_none_supersedes_another(store: Store) -> None:
    add_invitation(store, 1, survey=SurveyKind.NPS)
    add_invitation(store, 2, survey=SurveyKind.NPS)
    press(store, 10, number=1)
    press(store, 0, number=2)
    with store.reading() as session:
        assert [the_answer(session, number).superseded for number in (1, 2)] == [False, False]


def press_and_crash(store: Store) -> None:
    with store.writing() as session:
        record_click(session, token(), 4, by=CARLA, action_ts=action_ts(1), now=NOW)
        raise RuntimeError("before the commit")


def test_an_unfinished_unit_of_work_keeps_nothing(store: Store) -> None:
    add_invitation(store)
    with pytest.raises(RuntimeError, match="before the commit"):
        press_and_crash(store)
    with store.reading() as session:
        assert nothing_kept(session)
        assert session.exec(select(Invitation.state)).one() is InvitationState.SENT


def say(store: Store, words: str, *, by: Clicker = CARLA, now: datetime = NOW + HOUR) -> Recorded | Refused:
    with store.writing() as session:
        return record_comment(session, token(), words, by=by, now=now)


def test_a_comment_is_kept_as_written_with_its_answer(store: Store) -> None:
    add_invitation(store)
    press(store, 2)
    words = "Slow & <!channel> *rude* <https://evil.example|here> 我很失望 👎"
    assert recorded(say(store, f"  {words}\n")).comment == words
    with store.reading() as session:
        assert the_answer(session).comment == words


def test_the_last_comment_counts_and_a_blank_one_takes_it_back(store: Store) -> None:
    add_invitation(store)
    press(store, 2)
    say(store, "first")
    assert recorded(say(store, "second")).comment == "second"
    assert recorded(say(store, " \n ")).comment is None


def test_changing_the_score_keeps_the_comment(store: Store) -> None:
    add_invitation(store)
    press(store, 2, 1)
    say(store, "first")
    assert recorded(press(store, 4, 2)).comment == "first"


def test_a_comment_of_three_thousand_characters_is_whole_and_a_longer_one_is_cut(store: Store) -> None:
    add_invitation(store)
    press(store, 2)
    assert recorded(say(store, "<" * 3000)).comment == "<" * 3000
    assert recorded(say(store, "界" * 3001)).comment == "界" * 3000


def test_what_no_database_can_hold_is_mended(store: Store) -> None:
    add_invitation(store)
    press(store, 2)
    assert recorded(say(store, "a\x00b\ud800c")).comment == "ab?c"


@given(st.text(max_size=50))
def test_mended_text_can_always_be_written_as_utf8_and_is_otherwise_the_same(text: str) -> None:
    assert "\x00" not in storable(text)
    assert storable(text).encode("utf-8").decode("utf-8") == text.replace("\x00", "")


def test_a_comment_without_an_answer_is_refused(store: Store) -> None:
    add_invitation(store)
    assert refused(say(store, "words")) is Why.UNANSWERED


def test_a_comment_obeys_the_rules_of_a_press(store: Store) -> None:
    add_invitation(store)
    press(store, 2)
    assert refused(say(store, "words", by=DEV)) is Why.SOMEONE_ELSE
    assert refused(say(store, "words", by=Clicker(user_id=CARLA.user_id, team_id="T-OTHERS"))) is Why.ELSEWHERE
    assert refused(say(store, "words", now=NOW + 7 * DAY)) is Why.EXPIRED
    with store.reading() as session:
        assert the_answer(session).comment is None


def test_looking_shows_the_answer_to_its_author_and_changes_nothing(store: Store) -> None:
    customer_id = add_customer(store, language="de")
    add_invitation(store, customer_id=customer_id)
    press(store, 2)
    say(store, "words")
    with store.reading() as session:
        standing = recorded(look(session, token(), by=CARLA, now=NOW + HOUR))
        assert (standing.score, standing.comment, standing.language) == (2, "words", "de")
        assert refused(look(session, token(), by=DEV, now=NOW + HOUR)) is Why.SOMEONE_ELSE
        assert refused(look(session, token(2), by=CARLA, now=NOW + HOUR)) is Why.FORGED
        assert refused(look(session, token(), by=CARLA, now=NOW + 7 * DAY)) is Why.EXPIRED


def test_there_is_nothing_to_look_at_before_the_first_press(sqlite_store: Store) -> None:
    add_invitation(sqlite_store)
    with sqlite_store.reading() as session:
        assert refused(look(session, token(), by=CARLA, now=NOW)) is Why.UNANSWERED


def test_only_the_right_person_learns_in_which_language_the_question_was(store: Store) -> None:
    add_invitation(store, customer_id=add_customer(store, language="ja"))
    for by, language in ((CARLA, "ja"), (DEV, None), (Clicker(user_id=CARLA.user_id, team_id="T"), None)):
        outcome = press(store, 9, by=by)
        assert isinstance(outcome, Refused)
        assert outcome.language == language
    assert TEAM != "T"
