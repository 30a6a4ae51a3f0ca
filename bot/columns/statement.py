"""What a SELECT is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import FromClause, Join
from sqlalchemy.sql.elements import Label

from bot.columns.frames import conditions, sources_of
from bot.errors import NotInColumns

AGGREGATES = frozenset({"count", "sum", "min", "max"})
# SQLAlchemy tells these by underscored names alone: asked for its tables in public, a SELECT takes longer than most answers.
PARTS = attrgetter(
    "_raw_columns", "_from_obj", "_where_criteria", "_group_by_clauses", "_order_by_clauses", "_limit_clause", "_distinct"
)
OTHERS = attrgetter("_setup_joins", "_memoized_select_entities", "_offset_clause", "_having_criteria")


@dataclass(frozen=True, slots=True)
class Statement:
    """The parts of one SELECT: of the table `source`, with those of `joins` joined to it in turn."""

    columns: Sequence[Any]
    source: FromClause
    joins: Sequence[Join]
    where: Sequence[Any]
    groups: Sequence[Any]
    order: Sequence[Any]
    limit: int | None
    distinct: bool

    @property
    def in_groups(self) -> bool:
        """Whether its rows are groups of rows."""
        return bool(self.groups) or any(map(_is_aggregate, self.columns))


def statement(select: Any) -> Statement:
    """A SELECT's parts. Raises NotInColumns where it has others."""
    columns, sources, where, groups, order, limit, distinct = PARTS(select)
    if any(one not in ((), None) for one in OTHERS(select)) or len(sources) > 1:
        raise NotInColumns("a SELECT of another kind")
    source, joins = _unjoined(sources[0] if sources else _only(columns))
    at_most = None if limit is None else limit.value
    return Statement(columns, source, joins, list(conditions(where)), groups, order, at_most, bool(distinct))


def _unjoined(source: FromClause) -> tuple[FromClause, list[Join]]:
    if not isinstance(source, Join):
        return source, []
    first, joins = _unjoined(source.left)
    return first, [*joins, source]


def _only(columns: Sequence[Any]) -> FromClause:
    (source,) = {one for column in columns for one in sources_of(column)}
    return source


def _is_aggregate(column: Any) -> bool:
    bare = column.element if isinstance(column, Label) else column
    kind = bare.__visit_name__
    return kind == "withingroup" or (kind == "function" and bare.name in AGGREGATES)
