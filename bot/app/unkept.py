"""The questions behind buttons while the store may not be written: known in memory alone, until the next start."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session

from bot.store.tables import SavedQuery
from commands.command import Reply

MOST = 200
"""Questions known at a time: each is laid beside the store for every press."""


@dataclass(frozen=True, slots=True)
class Unkept:
    """Without them every button under an answer that is given over a damaged file would find nothing."""

    _asked: dict[str, SavedQuery] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def remember(self, reply: Reply, like: SavedQuery) -> None:
        """Know what a reply would have kept; who asked, where and when is as in `like`. The oldest are forgotten."""
        with self._lock:
            for kept in reply.keeps:
                self._asked[kept.query_id] = like.model_copy(update={"id": kept.query_id, "query": dict(kept.query)})
            while len(self._asked) > MOST:
                del self._asked[next(iter(self._asked))]

    def lay_beside(self, session: Session) -> None:
        """Have a session find them as if they stood in the store. It must not be committed."""
        with self._lock:
            asked = [SavedQuery(**known.model_dump()) for known in self._asked.values()]
        session.info["unkept"] = asked  # A session holds what was not changed by weak references only.
        for one in asked:
            make_transient_to_detached(one)
            session.add(one)
