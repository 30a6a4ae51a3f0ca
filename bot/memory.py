"""Keeps a process that runs for months from growing: one heap, a collector that looks often, free pages given back."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Have all threads take memory from one place, where the C library is the GNU one.

    Each of two dozen threads kept its own pieces, few of which ever came back: 3 MB an hour of commands, and 0.2 MB so."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def spare_the_collector() -> None:
    """Let the garbage collector pass over what stays for good, which is everything until now.

    It goes through everything only when a quarter as much has come since: beside 140,000 lasting objects garbage lay for an
    hour of commands until it went."""
    gc.collect()
    gc.freeze()
    gc.collect()  # else it would still reckon with what it counted before


def give_back() -> None:
    """Give pages that nothing lies on back to the machine: some 1 ms, at most 7 ms seen.

    What commands took and gave back left holes among what stays, 0.4 kB more of them with each: 0.8 MB an hour."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
