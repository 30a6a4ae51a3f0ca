"""Values of many rows at once, with SQL's three truths: what compares with no data is neither true nor false."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.columns.packed import Flags, Numbers, Words
from bot.errors import NotInColumns

Plain = bool | int | float | str | None
FEW = 6
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Vector:
    """A value a row; `nulls` says where there is none, None that there is one everywhere."""

    values: Numbers
    nulls: Flags | None = None
    words: Words | None = None

    def taken(self, rows: Any) -> Vector:
        """The values of some of the rows."""
        return Vector(self.values[rows], None if self.nulls is None else self.nulls[rows], self.words)


Value = Vector | Plain


def spread(value: Value, count: int) -> Vector:
    """A value for each of so many rows."""
    if isinstance(value, Vector):
        return value
    if value is None:
        return Vector(np.zeros(count, np.int8), np.ones(count, bool))
    if isinstance(value, str):
        words = Words()
        return Vector(np.broadcast_to(np.int64(words.code(value)), (count,)), None, words)
    return Vector(np.broadcast_to(np.array(value), (count,)))


def together(parts: Sequence[Vector]) -> Vector:
    """The rows of several vectors one after the other."""
    if len(parts) == 1:
        return parts[0]
    if any(part.words is not parts[0].words for part in parts):
        raise NotInColumns("words of several columns in one")
    nulls = None
    if any(part.nulls is not None for part in parts):
        nulls = np.concatenate([_flags(part.nulls, len(part.values)) for part in parts])
    return Vector(np.concatenate([part.values for part in parts]), nulls, parts[0].words)


def _flags(flags: Flags | None, count: int) -> Flags:
    return np.zeros(count, bool) if flags is None else flags


def either(one: Flags | None, other: Flags | None) -> Flags | None:
    """Where one or the other is."""
    if one is None or other is None:
        return one if other is None else other
    return one | other


def compared(op: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """The comparison of two values."""
    if left is None or right is None:
        return None
    if isinstance(left, Vector) and isinstance(right, str):
        return Vector(op(left.values, _code(left, right, op)), left.nulls)
    if isinstance(right, Vector) and isinstance(left, str):
        return Vector(op(_code(right, left, op), right.values), right.nulls)
    return _both(op, left, right)


def _code(vector: Vector, word: str, op: Callable[[Any, Any], Any]) -> int:
    if vector.words is None or op not in (operator.eq, operator.ne):
        raise NotInColumns("words in an order")
    return vector.words.codes.get(word, UNKNOWN)


def computed(op: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    """Arithmetic that never overflows: in 64 bits, or in as many as the column has where the result cannot need more."""
    if left is None or right is None:
        return None
    if isinstance(left, Vector) and isinstance(right, int) and left.values.dtype.kind == "i":
        return _with_number(op, left, right)
    return _both(op, _wide(left), _wide(right))


def _with_number(op: Callable[[Any, Any], Any], left: Vector, number: int) -> Vector:
    values = left.values
    if op is operator.add and number == 0:
        return left
    info = np.iinfo(values.dtype)
    if op in (operator.floordiv, operator.mod) and 0 < number <= info.max:
        whole = values // values.dtype.type(number)
        # Dividing by one number is quick, taking the rest is not.
        return Vector(whole if op is operator.floordiv else values - whole * values.dtype.type(number), left.nulls)
    if op in (operator.add, operator.sub) and abs(number) <= info.max and len(values):
        low, high = int(op(int(values.min()), number)), int(op(int(values.max()), number))
        if left.nulls is None and info.min <= low and high <= info.max:
            return Vector(op(values, values.dtype.type(number)), None)
    return Vector(op(values.astype(np.int64), number), left.nulls)


def _wide(value: Value) -> Value:
    if isinstance(value, Vector) and value.values.dtype.kind == "i":
        return Vector(value.values.astype(np.int64), value.nulls)
    return value


def _both(op: Callable[[Any, Any], Any], left: Any, right: Any) -> Value:
    if not isinstance(left, Vector) and not isinstance(right, Vector):
        told: Value = op(left, right)
        return told
    values = [one.values if isinstance(one, Vector) else one for one in (left, right)]
    nulls = [one.nulls if isinstance(one, Vector) else None for one in (left, right)]
    return Vector(op(*values), either(*nulls))


def among(left: Value, values: Sequence[Plain]) -> Value:
    """Whether a value is one of some; of nothing it is none."""
    if left is None:
        return None
    if not isinstance(left, Vector):
        return left in values
    known: list[Any] = [left.words.codes.get(one, UNKNOWN) for one in values] if left.words is not None else list(values)
    if len(known) > FEW:
        return Vector(np.isin(left.values, np.array(known)), left.nulls)
    found = np.zeros(len(left.values), bool)
    for one in known:
        found |= left.values == one
    return Vector(found, left.nulls)


def absent(value: Value) -> Value:
    """Whether there is no data."""
    if not isinstance(value, Vector):
        return value is None
    return False if value.nulls is None else Vector(value.nulls)


def truth(value: Value) -> Flags | bool:
    """Where a value is true, rather than false or unknown."""
    if not isinstance(value, Vector):
        return bool(value)
    flags = value.values if value.values.dtype == bool else value.values != 0
    return flags if value.nulls is None else flags & ~value.nulls


def negated(value: Value) -> Value:
    """True for false, false for true, and unknown for unknown."""
    if not isinstance(value, Vector):
        return None if value is None else not value
    flags = value.values if value.values.dtype == bool else value.values != 0
    return Vector(~flags, value.nulls)


def conjunction(values: Sequence[Value]) -> Value:
    """All of them: false where one is false, unknown where the others are true."""
    return negated(disjunction([negated(value) for value in values]))


def disjunction(values: Sequence[Value]) -> Value:
    """Any of them: true where one is true, unknown where the others are false."""
    vectors = [value for value in values if isinstance(value, Vector)]
    if any(value is not None and not isinstance(value, Vector) and value for value in values):
        return True
    unknown = any(value is None for value in values)
    if not vectors:
        return None if unknown else False
    found: Flags = np.zeros(len(vectors[0].values), bool)
    nulls: Flags | None = np.ones(len(found), bool) if unknown else None
    for one in vectors:
        found = found | truth(one)
        nulls = either(nulls, one.nulls)
    return Vector(found, None if nulls is None else nulls & ~found)


def chosen(whens: Sequence[tuple[Value, Value]], otherwise: Value) -> Value:
    """The value of the first condition that is true."""
    value = otherwise
    for condition, told in reversed(whens):
        flags = truth(condition)
        if isinstance(flags, bool):
            value = told if flags else value
            continue
        one, other = spread(told, len(flags)), spread(value, len(flags))
        if one.words is not other.words:
            raise NotInColumns("words of several columns in one")
        nulls = None
        if one.nulls is not None or other.nulls is not None:
            nulls = np.where(flags, _flags(one.nulls, len(flags)), _flags(other.nulls, len(flags)))
        value = Vector(np.where(flags, one.values, other.values), nulls, one.words)
    return value
