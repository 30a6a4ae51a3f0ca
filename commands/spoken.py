"""Finds the command in what was typed: by its first word, unless the words name a number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from commands.command import Command
from commands.question import begins_with_kpi
from commands.tokens import bare as stripped
from commands.tokens import plain

Dispatch = Callable[[str], tuple[Command, str]]


def by_word(text: str, commands: Sequence[Command], *, bare: Command, other: Command) -> tuple[Command, str]:
    """The command that the first word names, and the rest. `cost per ticket` is a number although `cost` is a command."""
    said = plain(text)
    first, _, rest = said.partition(" ")
    while first.lower() in ("/cx", "cx"):
        said = rest
        first, _, rest = said.partition(" ")
    if not said.strip("/ "):
        return bare, ""
    word = stripped(first) or first
    known = {name: command for command in reversed(commands) for name in (*command.also, command.word)}
    if word not in known or begins_with_kpi(said):
        return other, said
    return known[word], rest.strip()
