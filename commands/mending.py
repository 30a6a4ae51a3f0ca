"""Typos: the nearest words that mean something, and the whole command with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

CLOSE = 0.6
LONGEST = 40
MOST = 4


def nearest(word: str, vocabulary: Iterable[str]) -> str | None:
    """The word of the vocabulary that a mistyped one is closest to, if any is close; of equals the first."""
    wanted = word.lower()[:LONGEST]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best, found = CLOSE, None
    for known in vocabulary:
        # Nothing whose length alone keeps it away is looked at: of a thousand words that leaves a few dozen.
        total = len(known) + len(wanted)
        if not total or 2 * min(len(known), len(wanted)) / total < best:
            continue
        matcher.set_seq1(known)
        if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best:
            ratio = matcher.ratio()
            if ratio > best or (found is None and ratio == best):
                best, found = ratio, known
    return found


def replaced(words: Sequence[str], changes: Iterable[tuple[int, int, str]]) -> str:
    """The words with stretches replaced: each change is the place, how many words, and what stands there instead."""
    kept: list[str] = list(words)
    for place, used, instead in sorted(changes, reverse=True):
        kept[place : place + used] = [instead] if instead else []
    return " ".join(kept)
