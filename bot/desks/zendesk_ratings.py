"""Both generations of Zendesk's customer satisfaction: good or bad, and the newer surveys on scales."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.desks.fields import Json, Unreadable, known, name_of, needed_instant, objects, text_of, whole
from bot.store.records import BadRecord, RatingRecord, Record
from bot.store.words import SurveyKind

SCORES = {"good": 1, "bad": 0}
SCALES = {2: "csat-good-bad", 3: "csat-faces-3", 5: "csat-1-5", 6: "csat-1-6"}
USUAL_STEPS = 5


def rating(told: Json) -> Record | None:
    """A rating of the older kind; None for one that was only offered."""
    external_id, word = name_of(told.get("id")) or "?", text_of(told.get("score")).lower()
    score = SCORES.get(word.split("_")[0] if word else "")
    if score is None:
        return None
    try:
        at = needed_instant(told.get("updated_at") or told.get("created_at"), "Its time")
    except Unreadable as reason:
        return BadRecord(stream="ratings", external_id=external_id, reason=str(reason))
    return RatingRecord(
        external_id=f"rating-{external_id}",
        survey=SurveyKind.CSAT,
        scale="csat-good-bad",
        score=score,
        answered_at=at,
        ticket=name_of(told.get("ticket_id")),
        customer=name_of(told.get("requester_id")),
        agent=name_of(told.get("assignee_id")),
        comment=text_of(told.get("comment")) or None,
    )


def survey_response(told: Json) -> Record | None:
    """An answer of the newer kind, on the scale of its question; None while it holds no rating."""
    external_id = name_of(told.get("id")) or "?"
    answers = list(objects(told.get("answers")))
    rated = next((each for each in answers if whole(each.get("rating")) is not None), None)
    if rated is None:
        return None
    subjects = objects(told.get("subjects"))
    ticket = next((each for each in subjects if text_of(each.get("type")) == "ticket"), {})
    try:
        at = needed_instant(_answered(rated, told), "Its time")
        scale, score = _on_scale(rated)
    except Unreadable as reason:
        return BadRecord(stream="ratings", external_id=external_id, reason=str(reason))
    return RatingRecord(
        external_id=f"survey-{external_id}",
        survey=SurveyKind.CSAT,
        scale=scale,
        score=score,
        answered_at=at,
        ticket=name_of(ticket.get("id")),
        customer=name_of(told.get("responder_id")),
        comment=next(_comments(answers), None),
    )


def _answered(rated: Json, told: Json) -> Any:
    return next((each for each in (rated.get("updated_at"), rated.get("created_at"), told.get("updated_at")) if each), None)


def _comments(answers: Sequence[Json]) -> Iterator[str]:
    return (text_of(each.get("value")) for each in answers if text_of(each.get("type")) == "open_ended" and each.get("value"))


def _on_scale(rated: Json) -> tuple[str, int]:
    """The scale by the number of steps the question has, and the step as that scale counts it."""
    rating_value = whole(rated.get("rating")) or 0
    options = objects(known(rated.get("question")).get("options"))
    steps = sorted({step for each in options if (step := whole(each.get("rating"))) is not None})
    scale = SCALES.get(len(steps) or USUAL_STEPS)
    if scale is None:
        raise Unreadable("Its scale has a number of steps that cx does not know.")
    if not steps:
        return scale, rating_value
    if rating_value not in steps:
        raise Unreadable("Its rating is none of the steps of its scale.")
    return scale, steps.index(rating_value) + (0 if len(steps) == len(SCORES) else 1)
