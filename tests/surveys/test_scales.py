"""What scores mean: boxes, ranges, directions."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.store.words import Box, SurveyKind
from bot.surveys import SURVEYS
from bot.surveys.ces import CES_1_7, CES_EFFORT_1_5, CES_EFFORT_1_7, CES_FACES
from bot.surveys.csat import CSAT_1_5, CSAT_1_6, CSAT_FACES_3, CSAT_GOOD_BAD
from bot.surveys.grading import find_scale, find_survey, grade
from bot.surveys.nps import NPS_0_10
from bot.surveys.survey import Scale, spoken

ALL_SCALES = [scale for survey in SURVEYS for scale in survey.scales]


def boxes(scale: Scale) -> Counter[Box]:
    return Counter(scale.box(score) for score in scale.scores)


def test_two_of_five_csat_scores_are_positive() -> None:
    assert boxes(CSAT_1_5) == {Box.NEGATIVE: 2, Box.NEUTRAL: 1, Box.POSITIVE: 2}
    assert CSAT_1_5.positive == {4, 5}


def test_csat_on_six_steps_is_negative_to_three_neutral_at_four_and_positive_above() -> None:
    assert [CSAT_1_6.box(score) for score in (1, 2, 3)] == [Box.NEGATIVE] * 3
    assert CSAT_1_6.neutral == {4}
    assert CSAT_1_6.positive == {5, 6}


def test_good_is_one_and_bad_is_zero() -> None:
    assert CSAT_GOOD_BAD.box(1) is Box.POSITIVE
    assert CSAT_GOOD_BAD.box(0) is Box.NEGATIVE
    assert CSAT_GOOD_BAD.neutral == frozenset()


def test_only_the_smile_is_positive() -> None:
    assert boxes(CSAT_FACES_3) == {Box.NEGATIVE: 1, Box.NEUTRAL: 1, Box.POSITIVE: 1}


def test_six_and_below_detract_seven_and_eight_are_passive_nine_and_ten_promote() -> None:
    assert [NPS_0_10.box(score) for score in (0, 6, 7, 8, 9, 10)] == [
        Box.NEGATIVE,
        Box.NEGATIVE,
        Box.NEUTRAL,
        Box.NEUTRAL,
        Box.POSITIVE,
        Box.POSITIVE,
    ]


def test_ces_faces_are_worth_one_five_and_ten_and_high_is_easy() -> None:
    assert CES_FACES.scores == (1, 5, 10)
    assert (CES_FACES.min, CES_FACES.max, CES_FACES.direction) == (1, 10, "up")
    assert CES_FACES.box(10) is Box.POSITIVE


def test_ces_counts_agreement_by_default() -> None:
    assert find_survey(SurveyKind.CES).default is CES_1_7
    assert CES_1_7.direction == "up"
    assert CES_1_7.positive == {5, 6, 7}


@pytest.mark.parametrize("scale", [CES_EFFORT_1_5, CES_EFFORT_1_7])
def test_where_high_is_hard_low_scores_are_positive(scale: Scale) -> None:
    assert scale.direction == "down"
    assert scale.box(scale.min) is Box.POSITIVE
    assert scale.box(scale.max) is Box.NEGATIVE


@pytest.mark.parametrize("scale", ALL_SCALES, ids=lambda scale: scale.slug)
def test_the_good_end_is_a_whole_share_and_the_bad_end_none(scale: Scale) -> None:
    good, bad = (scale.min, scale.max) if scale.direction == "down" else (scale.max, scale.min)
    assert scale.share(good) == 1.0
    assert scale.share(bad) == 0.0


@given(st.floats(min_value=1, max_value=7))
def test_turning_a_scale_round_complements_its_share(mean: float) -> None:
    assert CES_1_7.share(mean) + CES_EFFORT_1_7.share(mean) == pytest.approx(1.0)


@pytest.mark.parametrize("scale", ALL_SCALES, ids=lambda scale: scale.slug)
def test_a_grade_says_what_the_scale_says(scale: Scale) -> None:
    for score in scale.scores:
        graded = grade(scale.slug, score)
        assert (graded.scale_min, graded.scale_max, graded.direction) == (scale.min, scale.max, scale.direction)
        assert graded.box is scale.box(score)


@pytest.mark.parametrize(
    ("slug", "score"), [("csat-1-5", 0), ("csat-1-5", 6), ("ces-faces", 7), ("nps-0-10", 11), ("nps-0-10", -1)]
)
def test_a_score_off_its_scale_is_refused_with_the_scores_there_are(slug: str, score: int) -> None:
    with pytest.raises(BadInput, match="no such score") as refused:
        grade(slug, score)
    assert "Its scores are" in refused.value.next_step


def test_an_unknown_scale_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(BadInput) as refused:
        grade("csat-1-9", 3)
    assert "csat-1-5" in refused.value.next_step
    assert find_scale("csat-1-9") is None


def test_a_scale_cannot_box_a_score_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="ces-faces has no score 2"):
        CES_FACES.box(2)


@pytest.mark.parametrize(("tag", "code"), [("pt-BR", "pt"), ("pt_br", "pt"), ("DE", "de"), (" fr ", "fr"), (None, ""), ("", "")])
def test_a_language_tag_is_known_by_its_language(tag: str | None, code: str) -> None:
    assert spoken(tag) == code


@pytest.mark.parametrize("language", ["sw", "", None, "xx-YY", "zz"])
def test_who_speaks_no_language_of_ours_is_asked_in_english(language: str | None) -> None:
    assert CSAT_1_5.wording(language) is CSAT_1_5.wordings["en"]


def test_a_survey_finds_its_scales_and_falls_back_to_the_default() -> None:
    csat = find_survey(SurveyKind.CSAT)
    assert csat.scale("csat-1-6") is CSAT_1_6
    assert csat.scale("nps-0-10") is CSAT_1_5
    assert csat.scale(None) is CSAT_1_5
