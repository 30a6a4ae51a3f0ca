"""What a score means on its own scale, for answers from here and from help desks alike."""

from __future__ import annotations

from bot.errors import BadInput
from bot.store.ratings import Grade
from bot.store.words import SurveyKind
from bot.surveys import SURVEYS
from bot.surveys.survey import Scale, Survey


def grade(scale_slug: str, score: int) -> Grade:
    """The grade of a score. Raises BadInput for a scale we do not know and for a score it does not have."""
    scale = find_scale(scale_slug)
    if scale is None:
        known = ", ".join(one.slug for survey in SURVEYS for one in survey.scales)
        raise BadInput("There is no such rating scale.", next_step=f"Use one of {known}.")
    if score not in scale.scores:
        scores = ", ".join(str(one) for one in scale.scores)
        raise BadInput(f"The scale {scale.slug} has no such score.", next_step=f"Its scores are {scores}.")
    return Grade(scale_min=scale.min, scale_max=scale.max, direction=scale.direction, box=scale.box(score))


def find_scale(slug: str) -> Scale | None:
    """The scale of this slug, of whichever survey."""
    return next((scale for survey in SURVEYS for scale in survey.scales if scale.slug == slug), None)


def find_survey(kind: SurveyKind) -> Survey:
    """The survey of a kind; every kind has one."""
    return next(survey for survey in SURVEYS if survey.slug == kind)
