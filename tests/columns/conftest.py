"""The store of these tests is that of the numbers: one database of each kind for them all, emptied before each."""

from __future__ import annotations

from tests.kpis.conftest import lasting_store, store

__all__ = ["lasting_store", "store"]
