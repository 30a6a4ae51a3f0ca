"""Says when answers on several scales stand in one number, and how each of them came out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, func

from bot.clock import Span
from bot.kpis.cells import Scope, counted
from bot.kpis.columns import ANSWERS
from bot.kpis.kpi import Balance, Kpi, Ratio

MOST = 6


def mixed_scales(kpi: Kpi, scope: Scope, span: Span) -> Sequence[str]:
    """One note where a share of positive answers is made of several scales; a share is all that they have in common."""
    kind = kpi.measure
    if not isinstance(kind, Ratio | Balance) or kind.flow.table is not ANSWERS:
        return ()
    positive: Any = kind.top if isinstance(kind, Ratio) else kind.plus
    rows = (
        counted(kind.flow, scope, [span])
        .with_only_columns(ANSWERS.c.scale.label("scale"), case((positive, 1), else_=0).label("positive"))
        .subquery("answers")
    )
    query = rows.select().with_only_columns(rows.c.scale, func.count(), func.sum(rows.c.positive)).group_by(rows.c.scale)
    found = sorted(scope.facts.execute(query), key=lambda row: (-int(row[1]), str(row[0])))
    if len(found) < 2:
        return ()
    each = ", ".join(f"{scale} {int(hits):,} of {int(n):,}" for scale, n, hits in found[:MOST])
    more = f" and {len(found) - MOST} more" if len(found) > MOST else ""
    return (
        f"Answers on {len(found)} scales, never averaged: the share of positive ones, {each}{more}. Ask *{kpi.slug} by scale*.",
    )
