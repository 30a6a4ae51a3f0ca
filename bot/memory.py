"""Keeps a process that runs for months from growing.

Threads hoard nothing, the collector looks often, and free pages are given back."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

TUNABLES = "GLIBC_TUNABLES"
SHARED = "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0"
BEGUN_ANEW = "cx_begun_anew"
"""Among the words and not only in the environment: of a program with privileges the system drops the variable each time."""


def hoard_nothing() -> None:
    """Begin this very process anew, with all threads taking memory from one place, where the C library is the GNU one.

    Each of two dozen threads kept pieces for itself, few of which ever came back: 3 MB an hour of commands from heaps of their
    own, and 2 MB from what each keeps at hand. That is read when a process begins and never after, hence the beginning anew,
    under the same number; who set the variable otherwise is left to it. Where it cannot be, all goes on as it is."""
    if TUNABLES in os.environ or BEGUN_ANEW in sys.orig_argv or not (_of_gnu() and _knows_its_program()):
        return
    words = [sys.executable, "-X", BEGUN_ANEW, *sys.orig_argv[1:]]
    with suppress(OSError):
        os.execve(sys.executable, words, os.environ | {TUNABLES: SHARED})  # noqa: S606 - the same words once more


def _of_gnu() -> bool:
    with suppress(AttributeError, OSError, ValueError):
        return bool(os.confstr("CS_GNU_LIBC_VERSION"))
    return False


def _knows_its_program() -> bool:
    """Python takes what it was called for its own path: `exec -a cx python -m bot run` made it the script `cx`, or nothing."""
    with suppress(OSError):
        return Path(sys.executable).samefile("/proc/self/exe")
    return False


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
