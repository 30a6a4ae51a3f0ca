"""What was said where everybody saw it, so that what a late event makes of it can be told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, LargeBinary
from sqlmodel import Column, Field, SQLModel

from bot.store.columns import Instant, indexed


class Published(SQLModel, table=True):
    """One figure of a window that was over when it was posted, with the rows it was counted from.

    `rows` is compressed JSON, `[source, number, [[at, amount, in the numerator, score], ...]]` for each ticket; None where
    there were too many, or where a person entered the number."""

    __tablename__ = "published"
    __table_args__ = (indexed("published", "published_at"),)

    id: int | None = Field(default=None, primary_key=True)
    kpi: str
    place: str = Field(description="where it was posted, in words")
    query: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    profile: str
    clock: str
    value: float | None = None
    n: int
    published_at: datetime = Field(sa_column=Column(Instant, nullable=False))
    rows: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
