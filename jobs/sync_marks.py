"""What a sync notes beside what it stores: which tickets changed, each counted once, and why a stream could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import Session

from bot.store.tables import DeskCursor


@dataclass(slots=True)
class Counted:
    """Tickets met so far, by our ids: one bit each, because a first reading meets millions."""

    bits: bytearray = field(default_factory=bytearray)

    def add(self, ids: Iterable[int]) -> int:
        """Count these in; says how many of them were not before."""
        fresh = 0
        for number in ids:
            place, bit = number >> 3, 1 << (number & 7)
            if place >= len(self.bits):
                self.bits.extend(bytes(max(place + 1 - len(self.bits), len(self.bits))))
            fresh += not self.bits[place] & bit
            self.bits[place] |= bit
        return fresh


def remember_error(session: Session, source: str, stream: str, sentence: str) -> None:
    """Keep why a stream could not be read, beside where it stands. The caller commits."""
    row = session.get(DeskCursor, (source, stream)) or DeskCursor(source=source, stream=stream)
    row.last_error = sentence
    session.add(row)
