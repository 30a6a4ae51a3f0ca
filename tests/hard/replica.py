"""`cx run`, with leases of the length that its last word says (seconds): the real ones would be most of a test's time."""

from __future__ import annotations

import sys
from datetime import timedelta

import bot.store.outbox

if __name__ == "__main__":
    bot.store.outbox.LEASE = timedelta(seconds=float(sys.argv.pop()))
    from bot.__main__ import main  # Only now: others take the lease over by its name when they are imported.

    main()
