"""`cx` and `python -m bot`."""

from __future__ import annotations

import os
import signal
import sys

from bot.memory import hoard_nothing

LASTING = ["run"]
LEFT_BEFORE_IT_BEGAN: dict[int, int] = {signal.SIGTERM: 0, signal.SIGINT: 130}
"""With these exit codes: nothing is there yet that could be cut."""


def main() -> None:
    """Run the command line; before anything else is read, what runs for months begins in a way that lets it."""
    if sys.argv[1:] == LASTING:
        _hear_from_the_start()
        hoard_nothing()
    from bot.cli import main as command_line
    from bot.logs import log_what_nobody_catches

    if sys.argv[1:] == LASTING:
        log_what_nobody_catches()
    command_line()


def _hear_from_the_start() -> None:
    """As the first process of a container nobody is ended by a signal it does not handle, and to import the rest takes a second
    and more: a stop would be waited for, and then be a kill."""
    for number in LEFT_BEFORE_IT_BEGAN:
        signal.signal(number, lambda asked, _: os._exit(LEFT_BEFORE_IT_BEGAN[asked]))


if __name__ == "__main__":
    main()
