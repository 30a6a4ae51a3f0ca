"""What a declared expression is of some rows: the same expressions that the store compiles to SQL."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np
from sqlalchemy import BindParameter, ScalarSelect
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import AsBoolean

from bot.columns.frames import Frame, conditions, found, plain, sources_of, table_name
from bot.columns.packed import Packed
from bot.columns.vectors import (
    Value,
    Vector,
    absent,
    among,
    chosen,
    compared,
    computed,
    conjunction,
    disjunction,
    negated,
    spread,
    truth,
)
from bot.errors import NotInColumns

COMPARISONS = {operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge}
WHERE = attrgetter("_where_criteria")
ARITHMETIC = {operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod}


class Reading:
    """The tables as of one moment, and how to evaluate expressions over their rows."""

    def __init__(self, tables: Mapping[str, Packed], listed: Callable[[Any], list[Any]]) -> None:
        self.tables = tables
        self._listed = listed

    def table(self, name: str) -> Packed:
        """A table. Raises NotInColumns."""
        known = self.tables.get(name)
        if known is None:
            raise NotInColumns(f"rows of {name}")
        return known

    def value(self, node: Any, frame: Frame) -> Value:
        """An expression over the rows of a frame. Raises NotInColumns for what is not known here."""
        turn = TURNS.get(node.__visit_name__)
        if turn is None:
            raise NotInColumns(f"a {node.__visit_name__}")
        return turn(self, node, frame)

    def among_listed(self, left: Value, node: Any, frame: Frame) -> Value:
        """Whether a value is in a list, given or selected."""
        if isinstance(node, BindParameter):
            return among(left, plain(node))
        if isinstance(node, ScalarSelect):
            return among(left, self._listed(node.element))
        return among(left, [_plain(self.value(one, frame)) for one in getattr(node, "element", node).get_children()])

    def exists(self, where: Sequence[Any], frame: Frame) -> Value:
        """Whether another table has a row of the same ticket that meets some conditions."""
        (source,) = {source for one in where for source in sources_of(one)} - frame.sides.keys()
        inner = [one for one in where if sources_of(one) == {source}]
        (link,) = (one for one in where if sources_of(one) != {source})
        ours, theirs = (link.left, link.right) if link.left.table is not source else (link.right, link.left)
        rows = found(self.table(table_name(source)), source, inner, self.value)
        keys, wanted = spread(self.value(theirs, rows), rows.count), spread(self.value(ours, frame), frame.count)
        told = keys.values if keys.nulls is None else keys.values[~keys.nulls]
        marks = np.zeros(int(max(told.max(initial=0), wanted.values.max(initial=0))) + 1, bool)
        marks[told] = True
        hit = marks[np.maximum(wanted.values, 0)]
        return Vector(hit if wanted.nulls is None else hit & ~wanted.nulls)


def _plain(value: Value) -> Any:
    if isinstance(value, Vector):
        raise NotInColumns("a list of columns")
    return value


def _column(reading: Reading, node: Any, frame: Frame) -> Value:
    if node.table is None:
        raise NotInColumns(f"the text {node.name}")
    told = frame.vector(node)
    return told if isinstance(told, Vector) else reading.value(told, frame)


def _binary(reading: Reading, node: Any, frame: Frame) -> Value:
    op = node.operator
    if op in (operators.in_op, operators.not_in_op):
        told = reading.among_listed(reading.value(node.left, frame), node.right, frame)
        return told if op is operators.in_op else negated(told)
    left, right = reading.value(node.left, frame), reading.value(node.right, frame)
    if op in (operators.is_, operators.is_not):
        same = absent(left) if right is None else _is(left, right)
        return same if op is operators.is_ else negated(same)
    if op in COMPARISONS:
        return compared(op, left, right)
    if op in ARITHMETIC:
        return computed(op, left, right)
    raise NotInColumns(f"the operator {op}")


def _is(left: Value, right: Value) -> Value:
    """IS TRUE and IS FALSE: never unknown."""
    flags = truth(left) if right else truth(negated(left))
    return flags if isinstance(flags, bool) else Vector(flags)


def _clauses(reading: Reading, node: Any, frame: Frame) -> Value:
    values = [reading.value(one, frame) for one in node.clauses]
    if node.operator is operator.and_:
        return conjunction(values)
    if node.operator is operator.or_:
        return disjunction(values)
    if node.operator in ARITHMETIC:
        told = values[0]
        for one in values[1:]:
            told = computed(node.operator, told, one)
        return told
    raise NotInColumns(f"the operator {node.operator}")


def _unary(reading: Reading, node: Any, frame: Frame) -> Value:
    if isinstance(node, AsBoolean):
        value = reading.value(node.element, frame)
        return value if node.operator is operators.is_true else negated(value)
    if node.operator is operators.exists:
        return reading.exists(list(conditions(WHERE(node.element.element))), frame)
    if node.operator is operators.inv:
        return negated(reading.value(node.element, frame))
    if node.operator is operators.neg:
        return computed(operator.sub, 0, reading.value(node.element, frame))
    raise NotInColumns(f"the operator {node.operator}")


def _case(reading: Reading, node: Any, frame: Frame) -> Value:
    whens = [(reading.value(when, frame), reading.value(then, frame)) for when, then in node.whens]
    return chosen(whens, None if node.else_ is None else reading.value(node.else_, frame))


def _function(reading: Reading, node: Any, frame: Frame) -> Value:
    if node.name != "coalesce":
        raise NotInColumns(f"the function {node.name}")
    *earlier, last = [reading.value(one, frame) for one in node.clauses]
    for one in reversed(earlier):
        last = chosen([(negated(absent(one)), one)], last)
    return last


def _inside(reading: Reading, node: Any, frame: Frame) -> Value:
    return reading.value(node.clause if node.__visit_name__ == "type_coerce" else node.element, frame)


TURNS: Mapping[str, Callable[[Reading, Any, Frame], Value]] = {
    "column": _column,
    "bindparam": lambda _, node, __: plain(node),
    "null": lambda *_: None,
    "true": lambda *_: True,
    "false": lambda *_: False,
    "binary": _binary,
    "expression_clauselist": _clauses,
    "unary": _unary,
    "case": _case,
    "function": _function,
    "label": _inside,
    "grouping": _inside,
    "type_coerce": _inside,
}
