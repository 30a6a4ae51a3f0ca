"""Says when no help desk we read can know a number, so that nobody takes a 0 for an answer."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists
from sqlmodel import Session, col, select

from bot.desks import DESKS
from bot.desks.desk import Fact
from bot.kpis.kpi import Kpi
from bot.kpis.quantities import find_quantity
from bot.kpis.query import Filter
from bot.store.tables import DeskCursor, Invitation, SurveyAnswer


def unknowable(session: Session, kpi: Kpi, filters: Sequence[Filter] = ()) -> str:
    """A sentence when none of the synced help desks can tell what the KPI and filters need; empty when one can, or nobody knows.

    A source named otherwise than a desk, such as an import, counts as knowing; so do our own surveys for ratings."""
    needs = kpi.needs.union(*(one.needs for one in map(find_quantity, (f.dimension for f in filters if f.op)) if one is not None))
    desks = {desk.slug: desk for desk in DESKS}
    sources = session.exec(select(DeskCursor.source).distinct().order_by(col(DeskCursor.source))).all()
    found = [desks[name] for name in sources if name in desks]
    if not found or len(found) < len(sources):
        return ""
    missing = {desk.name: sorted(fact.value for fact in needs - desk.knows) for desk in found}
    if not all(missing.values()) or (Fact.RATINGS in needs and _asks_itself(session)):
        return ""
    told = [f"{name} has no {' and no '.join(facts)}" for name, facts in missing.items()]
    return f"{'; '.join(told)}, so there is no {kpi.name.lower() if kpi.name[1:2].islower() else kpi.name} to show."


def _asks_itself(session: Session) -> bool:
    asked = exists().where(col(Invitation.id).is_not(None))
    answered = exists().where(col(SurveyAnswer.id).is_not(None))
    return bool(session.execute(select(asked | answered)).scalar())
