"""Several charts on one sheet, one under the other, to be passed on as one picture."""

from dataclasses import dataclass
from typing import Any

from bot.views.chart_spec.parts import ALT_LIMIT, Heading
from bot.views.labels import clean


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet(Heading):
    """The charts from top to bottom, one at least."""

    # Any: each is one of the other kinds.
    parts: tuple[Any, ...]

    @property
    def alt(self) -> str:
        return clean(" ".join(str(part.alt) for part in self.parts), ALT_LIMIT)
