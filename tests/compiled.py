"""Statements are compiled once for all stores of a run of the tests, as in a bot that has been running for a while."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event

KEPT = 2_000


class Compiled:
    """Makes engines that share what the first one of their kind to be connected has compiled.

    Four tenths of the suite's time were spent on compiling the same statements anew for each test's own database."""

    def __init__(self) -> None:
        self._first: dict[str, Engine] = {}

    def create_engine(self, url: Any, **options: Any) -> Engine:
        """Stands in for SQLAlchemy's: the same engine, with the dialect and the statements of an earlier one.

        Not before that one was connected, which is when its dialect learns what the server can do."""
        engine = create_engine(url, query_cache_size=KEPT, **options)
        first = self._first.get(engine.dialect.name)
        if first is None:
            event.listen(engine, "connect", lambda *_: self._first.setdefault(engine.dialect.name, engine))
            return engine
        engine.dialect = engine.pool._dialect = first.dialect
        engine._compiled_cache = first._compiled_cache
        return engine
