"""Typos: the nearest words that mean something, and the whole command with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

CLOSE = 0.6
LONGEST = 40
MOST = 4


def nearest(word: str, vocabulary: Iterable[str]) -> str | None:
    """The word of the vocabulary that a mistyped one is closest to, if any is close; of equals the one with the same
    letters, because fingers swap letters more often than they take others; else the first."""
    wanted = word.lower()[:LONGEST]
    letters = sorted(wanted)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best: tuple[float, bool] = (CLOSE, False)
    found: str | None = None
    for known in vocabulary:
        # What its length alone keeps away is not looked at: of a thousand words that leaves a few dozen.
        longest = len(known) + len(wanted)
        if not longest or 2 * min(len(known), len(wanted)) / longest < best[0]:
            continue
        matcher.set_seq1(known)
        if matcher.quick_ratio() >= best[0]:
            rank = matcher.ratio(), sorted(known) == letters
            if rank > best or (found is None and rank == best):
                best, found = rank, known
    return found


def replaced(words: Sequence[str], changes: Iterable[tuple[int, int, str]]) -> str:
    """The words with stretches replaced: each change is the place, how many words, and what stands there instead."""
    kept: list[str] = list(words)
    for place, used, instead in sorted(changes, reverse=True):
        kept[place : place + used] = [instead] if instead else []
    return " ".join(kept)
