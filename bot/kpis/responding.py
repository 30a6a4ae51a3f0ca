"""Says beside a score how many of those who were asked answered: a score of few is a score of the few who cared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import case, func

from bot.kpis.asked import Asked
from bot.kpis.cells import counted
from bot.kpis.columns import INVITATIONS
from bot.kpis.kpi import Ratio
from bot.kpis.sentiment import RESPONSE_RATE
from bot.store.words import SurveyKind

SCORES = frozenset({SurveyKind.CSAT, SurveyKind.NPS, SurveyKind.CES})


def response_note(asked: Asked) -> Sequence[str]:
    """`Response rate: 41% (82 of the 200 that cx asked in this window).`

    Nothing where nobody was asked by us, or where what is asked for tells answers apart and not questions, such as a scale."""
    kind, measure = asked.kpi.slug, RESPONSE_RATE.measure
    assert isinstance(measure, Ratio)
    if kind not in SCORES or any(one.dimension not in RESPONSE_RATE.splits for one in asked.query.filters):
        return ()
    scope = replace(asked.scope(), columns=None)
    answered = func.sum(case((measure.top, 1), else_=0))
    query = counted(measure.flow, scope, [asked.query.window.span]).where(INVITATIONS.c.survey == kind)
    count, hits = asked.session.connection().execute(query.with_only_columns(func.count(), answered)).one()
    return (f"Response rate: {hits / count:.0%} ({hits:,} of the {count:,} that cx asked in this window).",) if count else ()
