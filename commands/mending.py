"""Typos: the nearest words that mean something, and the whole command with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

CLOSE = 0.6
LONGEST = 40
MOST = 4


def nearest(word: str, vocabulary: Iterable[str]) -> str | None:
    """The word of the vocabulary that a mistyped one is closest to, if any is close; of equals the one with the same
    letters, because fingers swap letters more often than they take others; else the first."""
    wanted = word.lower()[:LONGEST]
    size, letters, mask = len(wanted), sorted(wanted), _mask(wanted)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    best: tuple[float, bool] = (CLOSE, False)
    found: str | None = None
    for known in vocabulary:
        # What its length and its letters alone keep away is not looked at: of a thousand words that leaves a few.
        theirs, length = _mask(known), len(known)
        alike = min(length - (theirs & ~mask).bit_count(), size - (mask & ~theirs).bit_count())
        if not alike or 2 * alike < best[0] * (length + size):
            continue
        matcher.set_seq1(known)
        if matcher.quick_ratio() >= best[0]:
            rank = matcher.ratio(), sorted(known) == letters
            if rank > best or (found is None and rank == best):
                best, found = rank, known
    return found


@lru_cache(maxsize=20_000)
def _mask(word: str) -> int:
    """A bit for each letter of a word, of which 32 share one: a missing bit is a letter without its like."""
    mask = 0
    for letter in word:
        mask |= 1 << (ord(letter) & 31)
    return mask


def mended_in(whole: str, part: str, mended: str) -> str:
    """The whole with the words that mending changed in a part of it; empty where it changed more than single words."""
    before, after = part.split(), mended.split()
    if len(before) != len(after):
        return ""
    changed = {old: new for old, new in zip(before, after, strict=True) if old != new}
    return " ".join(changed.get(word, word) for word in whole.split())


def replaced(words: Sequence[str], changes: Iterable[tuple[int, int, str]]) -> str:
    """The words with stretches replaced: each change is the place, how many words, and what stands there instead."""
    kept: list[str] = list(words)
    for place, used, instead in sorted(changes, reverse=True):
        kept[place : place + used] = [instead] if instead else []
    return " ".join(kept)
