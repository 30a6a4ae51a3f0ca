"""Typos: the nearest word that means something, and the whole command with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

CLOSE = 0.6
LONGEST = 40


def mended(said: Sequence[str], unknown: Sequence[str], vocabulary: Iterable[str]) -> str | None:
    """The words said with each unknown one replaced by its nearest known word; None when one has none near."""
    known = sorted({word for word in vocabulary if len(word) <= LONGEST})
    replaced: dict[str, str] = {}
    for word in unknown:
        near = get_close_matches(word.lower()[:LONGEST], known, 1, CLOSE)
        if not near:
            return None
        replaced[word] = near[0]
    return " ".join(replaced.get(word, word) for word in said)
