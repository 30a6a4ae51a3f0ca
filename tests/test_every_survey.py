"""What must hold for every survey there is, and for whoever adds the next one."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from slack_sdk.models.blocks import Block

import bot.surveys
from bot.sandbox.blocks import check_message
from bot.store.engine import Store
from bot.store.words import Box, InvitationState, SurveyKind
from bot.surveys import SURVEYS
from bot.surveys.answering import Recorded, record_click
from bot.surveys.asking import SlackPerson, decide, whom_to_ask
from bot.surveys.grading import find_scale, find_survey, grade
from bot.surveys.rules import read_rules
from bot.surveys.sending import Invited, due, hand_out
from bot.surveys.survey import Scale, Survey
from bot.surveys.wire import Pressed, read, write
from bot.views.survey import RATE, invitation_message
from tests.surveys.cast import (
    CARLA,
    DAY,
    HOUR,
    NOW,
    TEAM,
    action_ts,
    add_customer,
    add_ticket,
    history,
    switch_on,
    the_answer,
    token,
)

SCALES = [(survey, scale) for survey in SURVEYS for scale in survey.scales]
each_survey = pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.slug.value)
each_scale = pytest.mark.parametrize(("survey", "scale"), SCALES, ids=[scale.slug for _, scale in SCALES])

LANGUAGES = {"en", "de", "es", "fr", "pt", "ja"}

# Answers and invitations name these for ever. Slugs are only ever added, and what a score means never changes.
SCALES_OF_ALL_TIME = {
    "csat-1-5": (1, 5, "up", {4, 5}, {1, 2}),
    "csat-1-6": (1, 6, "up", {5, 6}, {1, 2, 3}),
    "csat-good-bad": (0, 1, "up", {1}, {0}),
    "csat-faces-3": (1, 3, "up", {3}, {1}),
    "ces-1-7": (1, 7, "up", {5, 6, 7}, {1, 2, 3}),
    "ces-1-5": (1, 5, "up", {4, 5}, {1, 2}),
    "ces-faces": (1, 10, "up", {10}, {1}),
    "ces-effort-1-7": (1, 7, "down", {1, 2, 3}, {5, 6, 7}),
    "ces-effort-1-5": (1, 5, "down", {1, 2}, {4, 5}),
    "nps-0-10": (0, 10, "up", {9, 10}, {0, 1, 2, 3, 4, 5, 6}),
}


def asked(store: Store, survey: Survey) -> Invited:
    """Carla, asked this survey the way the product asks."""
    switch_on(store, survey.slug.value)
    add_ticket(store, add_customer(store))
    with store.writing() as session:
        rules = read_rules(session)
        (candidate,) = whom_to_ask(session, rules, now=NOW)
        decide(session, candidate, SlackPerson(user_id=CARLA.user_id, team_id=TEAM), rules=rules, now=NOW)
        (invitation_id,) = due(session, now=NOW)
        invited = hand_out(session, invitation_id, token(), rules=rules, now=NOW)
    assert invited is not None
    return invited


def test_there_is_one_survey_of_every_kind_in_the_order_people_see_them() -> None:
    assert [survey.slug for survey in SURVEYS] == list(SurveyKind)
    assert all(find_survey(survey.slug) is survey for survey in SURVEYS)


def test_every_survey_in_the_room_is_in_the_tuple() -> None:
    assert {one for one in vars(bot.surveys).values() if isinstance(one, Survey)} == set(SURVEYS)


@each_survey
def test_it_says_one_sentence_and_asks_no_more_often_than_monthly(survey: Survey) -> None:
    assert survey.says.endswith(".")
    assert survey.says.count(".") == 1
    assert survey.name == survey.slug.value.upper()
    assert survey.rest_days >= 30


@each_scale
def test_a_scale_bears_the_name_of_its_survey_and_says_what_it_is(survey: Survey, scale: Scale) -> None:
    assert scale.slug.startswith(f"{survey.slug}-")
    assert scale.says.endswith(".")
    assert find_scale(scale.slug) is scale
    assert str(scale.min) in scale.says or scale.faces


@each_scale
def test_boxes_are_disjoint_parts_of_the_scores_and_both_sides_exist(survey: Survey, scale: Scale) -> None:
    assert len(set(scale.scores)) == len(scale.scores) >= 2
    assert scale.scores == tuple(sorted(scale.scores))
    assert scale.positive
    assert scale.negative
    assert not scale.positive & scale.negative
    assert scale.positive | scale.neutral | scale.negative == set(scale.scores)


@each_scale
def test_the_boxes_lie_the_way_the_scale_points(survey: Survey, scale: Scale) -> None:
    by_share = sorted(scale.scores, key=scale.share)
    order = [Box.NEGATIVE, Box.NEUTRAL, Box.POSITIVE]
    places = [order.index(scale.box(score)) for score in by_share]
    assert places == sorted(places)


@pytest.mark.parametrize("slug", SCALES_OF_ALL_TIME)
def test_what_a_score_means_never_changes(slug: str) -> None:
    low, high, direction, positive, negative = SCALES_OF_ALL_TIME[slug]
    scale = find_scale(slug)
    assert scale is not None
    assert (scale.min, scale.max, scale.direction, scale.positive, scale.negative) == (low, high, direction, positive, negative)
    assert grade(slug, low).direction == direction


def test_every_scale_is_pinned() -> None:
    assert {scale.slug for _, scale in SCALES} == set(SCALES_OF_ALL_TIME)


@each_scale
def test_it_asks_in_every_language_and_names_both_ends(survey: Survey, scale: Scale) -> None:
    assert set(scale.wordings) == LANGUAGES
    for wording in scale.wordings.values():
        assert wording.question.endswith(("?", "？"))
        assert {scale.scores[0], scale.scores[-1]} <= set(wording.names) <= set(scale.scores)
        assert len(set(wording.names.values())) == len(wording.names)
    assert len({wording.question for wording in scale.wordings.values()}) == len(LANGUAGES)


@each_scale
def test_every_button_survives_the_wire(survey: Survey, scale: Scale) -> None:
    for score in (*scale.scores, None):
        pressed = Pressed(survey=survey.slug, token=token(), score=score)
        assert read(write(pressed)) == pressed
        assert len(write(pressed)) <= 2000


@each_scale
def test_slack_takes_its_message(survey: Survey, scale: Scale) -> None:
    invited = Invited(
        invitation_id=1, user_id="U1", survey=survey, scale=scale, token=token(), language="de", subject="<!here> " * 99
    )
    message = invitation_message(invited)
    blocks: list[dict[str, Any]] = list(message.blocks)
    assert check_message({"text": message.text, "blocks": blocks}) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for block in Block.parse_all(blocks):
            block.validate_json()


@each_survey
def test_it_is_off_until_switched_on(store: Store, survey: Survey) -> None:
    add_ticket(store, add_customer(store))
    with store.reading() as session:
        assert not read_rules(session)[survey.slug].on
        assert whom_to_ask(session, read_rules(session), now=NOW) == []


@each_survey
def test_the_button_that_was_sent_records_the_answer_and_a_second_click_changes_it(store: Store, survey: Survey) -> None:
    invited = asked(store, survey)
    rows = [block["elements"] for block in invitation_message(invited).blocks if block["type"] == "actions"]
    values = [button["value"] for row in rows for button in row if button["action_id"].startswith(RATE)]
    for place, value in enumerate((values[0], values[-1])):
        pressed = read(value)
        assert pressed is not None
        assert pressed.score is not None
        with store.writing() as session:
            outcome = record_click(session, pressed.token, pressed.score, by=CARLA, action_ts=action_ts(place), now=NOW + HOUR)
            assert isinstance(outcome, Recorded)
    with store.reading() as session:
        assert the_answer(session).score == survey.default.scores[-1]
        assert [score for _, score in history(session)] == [survey.default.scores[0], survey.default.scores[-1]]


@each_survey
def test_who_was_asked_rests(store: Store, survey: Survey) -> None:
    asked(store, survey)
    ends = NOW + survey.rest_days * DAY
    add_ticket(store, add_customer(store, "carla.again"), "2", solved=(ends - 3 * HOUR,))
    person = SlackPerson(user_id=CARLA.user_id, team_id=TEAM)
    with store.writing() as session:
        rules = read_rules(session)
        (candidate,) = [
            one for one in whom_to_ask(session, rules, now=ends - HOUR) if one.email == "carla.again@customer.example"
        ]
        invitation = decide(session, candidate, person, rules=rules, now=ends - HOUR)
        assert invitation is not None
        assert invitation.state is InvitationState.THROTTLED
