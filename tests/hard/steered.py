"""The fuzzing with every branch of ours counted: atheris has to be there before what it counts is imported."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["commands", "bot.desks", "bot.slack", "bot.windows"]):
    from tests.hard import fuzzing

if __name__ == "__main__":
    fuzzing.main(*sys.argv[1:])
