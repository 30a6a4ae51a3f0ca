"""How Alembic sees our tables: instants are big integers and words are text, whatever Python makes of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Connection, String
from sqlmodel import AutoString

from bot.store.columns import Instant, Word
from bot.store.tables import METADATA


def settings_for(connection: Connection) -> dict[str, Any]:
    """Alembic's options for upgrading, comparing and writing revisions alike."""
    return {
        "target_metadata": METADATA,
        "transactional_ddl": True,
        "render_as_batch": connection.dialect.name == "sqlite",
        "render_item": _render,
        "compare_type": _compare,
    }


def _render(kind: str, item: Any, _context: Any) -> str | bool:
    """A revision outlives the code it was made from: it names only SQLAlchemy's own types."""
    if kind == "type" and isinstance(item, Instant):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, (Word, AutoString)):
        return "sa.String()"
    return False


def _compare(_context: Any, _stored: Any, _declared: Any, stored_type: Any, declared_type: Any) -> bool | None:
    if isinstance(declared_type, Instant):
        return not isinstance(stored_type, BigInteger)
    if isinstance(declared_type, (Word, AutoString)):
        return not isinstance(stored_type, String)
    return None
