"""Looks into a table of settings key by key and keeps every mistake, so that a person mends them all in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any


@dataclass(slots=True)
class Faults:
    """What was wrong so far. Each question returns a value of the right type, or none after noting the mistake."""

    found: list[str] = field(default_factory=list)

    def add(self, sentence: str) -> None:
        self.found.append(sentence)

    def keys(self, table: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
        """Note keys that do not exist."""
        for key in table:
            if key not in allowed:
                self.add(f"{_at(where, key)} is no key{self.nearest(key, allowed)}")

    def nearest(self, word: str, allowed: Sequence[str]) -> str:
        """`; did you mean created_at?`, or the choices when they are few, or nothing."""
        near = get_close_matches(word, allowed, n=1, cutoff=0.6)
        if near:
            return f"; did you mean {near[0]}?"
        return f"; it can be {', '.join(allowed)}" if len(allowed) <= 12 else ""

    def text(self, table: Mapping[str, Any], key: str, where: str, *, required: bool = False) -> str | None:
        value = table.get(key)
        if isinstance(value, str) and value:
            return value
        if value is not None:
            self.add(f"{_at(where, key)} must be a text")
        elif required:
            self.add(f"{_at(where, key)} is missing")
        return None

    def texts(self, table: Mapping[str, Any], key: str, where: str, *, required: bool = False) -> tuple[str, ...]:
        """One text or a list of them."""
        value = table.get(key, [])
        several = [value] if isinstance(value, str) else value
        if not isinstance(several, list) or not all(isinstance(one, str) for one in several):
            self.add(f"{_at(where, key)} must be a text or a list of texts")
            return ()
        if required and not several:
            self.add(f"{_at(where, key)} is missing")
        return tuple(several)

    def word(
        self, table: Mapping[str, Any], key: str, allowed: Sequence[str], where: str, *, required: bool = False
    ) -> str | None:
        """One of a few words; a whole number counts as its digits."""
        value = table.get(key)
        if value is None:
            if required:
                self.add(f"{_at(where, key)} is missing; it can be {', '.join(allowed)}")
            return None
        if str(value) in allowed and not isinstance(value, bool):
            return str(value)
        self.add(f"{_at(where, key)} is {value!r}{self.nearest(str(value), allowed)}")
        return None

    def table(self, table: Mapping[str, Any], key: str, where: str = "", *, required: bool = False) -> Mapping[str, Any]:
        value = table.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.add(f"{where}{key} must be a table: [{where}{key}]")
        elif required:
            self.add(f"[{where}{key}] is missing")
        return {}

    def tables(self, table: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
        """One table or a list of them."""
        value = table.get(key, [])
        several = [value] if isinstance(value, dict) else value
        if not isinstance(several, list) or not all(isinstance(one, dict) for one in several):
            self.add(f"{key} must be a table: [{key}]")
            return []
        return several

    def texts_by_key(self, table: Mapping[str, Any], where: str) -> dict[str, str]:
        found = {key: self.text(table, key, where) for key in table}
        return {key: value for key, value in found.items() if value is not None}


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
