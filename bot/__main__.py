"""`cx` and `python -m bot`."""

from __future__ import annotations

import sys

from bot.memory import hoard_nothing

LASTING = ["run"]


def main() -> None:
    """Run the command line; before anything else is read, what runs for months begins in a way that lets it."""
    if sys.argv[1:] == LASTING:
        hoard_nothing()
    from bot.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
