"""The nouns Survey and Scale: what we ask customers, and what their answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.store.words import Box, SurveyKind

FALLBACK = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The question and the names of the scores in one language; at least both ends of the scale have a name."""

    question: str
    names: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """The scores an answer can have, in the order they are shown, and the box each falls in.

    `direction` is `up` where a high score is good for us and `down` where it is bad (effort). `min` and `max` bound the
    range, but not every number between them need be a score: the three CES faces are 1, 5 and 10.
    `faces` are drawn on the buttons beside the names instead of numbers."""

    slug: str
    says: str
    scores: tuple[int, ...]
    positive: frozenset[int]
    negative: frozenset[int]
    direction: str = "up"
    wordings: Mapping[str, Wording] = field(hash=False, repr=False)
    faces: Mapping[int, str] = field(default_factory=dict, hash=False, repr=False)

    @property
    def min(self) -> int:
        """The lowest score."""
        return min(self.scores)

    @property
    def max(self) -> int:
        """The highest score."""
        return max(self.scores)

    @property
    def neutral(self) -> frozenset[int]:
        """The scores that are neither good nor bad."""
        return frozenset(self.scores) - self.positive - self.negative

    def box(self, score: int) -> Box:
        """Which box a score of this scale falls in. Raises ValueError when the scale has no such score."""
        if score not in self.scores:
            raise ValueError(f"{self.slug} has no score {score}")
        if score in self.positive:
            return Box.POSITIVE
        return Box.NEGATIVE if score in self.negative else Box.NEUTRAL

    def share(self, score: float) -> float:
        """How far a score, or a mean of scores, is towards the good end: 0.0 to 1.0, whatever the direction.

        The only thing by which answers on different scales compare (kept as ease % for CES)."""
        up = (score - self.min) / (self.max - self.min)
        return 1 - up if self.direction == "down" else up

    def wording(self, language: str | None) -> Wording:
        """The words in a language (`pt`, `pt-BR` and `pt_br` are one), or in English where we do not speak it."""
        return self.wordings.get(spoken(language), self.wordings[FALLBACK])


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A question we ask. The first scale is the default.

    `after_solve` surveys ask about one resolution; the others ask a customer about us, at most once in `rest_days`.
    A person who was asked rests `rest_days` before the same survey, and the shorter of both rests before another."""

    slug: SurveyKind
    name: str
    says: str
    scales: tuple[Scale, ...]
    rest_days: int
    after_solve: bool

    @property
    def default(self) -> Scale:
        """The scale used unless the workspace chose another."""
        return self.scales[0]

    def scale(self, slug: str | None) -> Scale:
        """The scale of this survey by its slug, or the default for None and for names it does not have."""
        return next((scale for scale in self.scales if scale.slug == slug), self.default)


def spoken(language: str | None) -> str:
    """The ISO 639-1 code of a language tag in lower case; an empty string for none."""
    return (language or "").replace("_", "-").split("-", 1)[0].strip().lower()
