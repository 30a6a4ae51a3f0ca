"""One line of what `cx doctor` says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at; `says` is how it is, or what is wrong and the fix."""

    name: str
    ok: bool
    says: str
