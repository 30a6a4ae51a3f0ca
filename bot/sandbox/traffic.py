"""Everything that went over the wire, both ways, for the page's inspector and for tests; tokens are struck out."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.refusal import Json

TOKEN = re.compile(r"xox[abeoprs]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+")
KEPT = 2000


@dataclass(slots=True, kw_only=True)
class Traffic:
    """The last exchanges, newest last; `direction` is `in` (the app called us) or `out` (we told the app)."""

    clock: Clock
    changed: Callable[[], None]
    entries: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))
    total: int = 0

    def note(self, direction: str, name: str, *, sent: Any = None, answered: Any = None, note: str = "") -> Json:
        """Write one exchange down and return its entry, which may be completed later."""
        self.total += 1
        entry = {
            "id": self.total,
            "at": self.clock.now(),
            "direction": direction,
            "name": name,
            "sent": sent,
            "answered": answered,
            "note": note,
        }
        self.entries.append(entry)
        self.changed()
        return entry

    def since(self, number: int) -> list[Json]:
        """Copies of the entries after this one, tokens struck out; an answer may have been added since it was noted."""
        return [dict(redacted(entry)) for entry in self.entries if entry["id"] > number]


def redacted(value: Any) -> Any:
    """A JSON copy with tokens replaced by their kind."""
    text = json.dumps(value, default=str)
    return json.loads(TOKEN.sub(lambda found: found.group(0).split("-")[0] + "-***", text))
