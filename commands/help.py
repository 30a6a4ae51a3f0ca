"""`/cx help`: everything that can be asked, or everything about one number or command."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.kpis import KPIS
from bot.views.help_text import help_overview
from commands.command import Ask, Command, Reply
from commands.define import describe
from commands.hints import hint
from commands.tokens import plain


def help_command(commands: Callable[[], Sequence[Command]]) -> Command:
    """The command that explains the others."""
    return Command(
        word="help",
        usage="/cx help [number]",
        says="Explains everything, or one number.",
        run=lambda ask: show_help(ask, commands()),
        also=("?", "h", "usage"),
    )


def show_help(ask: Ask, commands: Sequence[Command]) -> Reply:
    """The overview, or what one command or number is. Anybody may read it: it holds no number."""
    topic = plain(ask.text)
    if not topic:
        return Reply(message=help_overview(commands, KPIS))
    command = next((one for one in commands if topic.lower() in (one.word, *one.also)), None)
    return hint(command.says, f"Type `{command.usage}`.") if command is not None else describe(ask, topic)
