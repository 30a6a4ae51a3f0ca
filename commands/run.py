"""The button under a hint: types the command it offers."""

from __future__ import annotations

from collections.abc import Callable

from bot.views.buttons import RUN, read_run
from commands.command import Action, Ask, Click, Command, Reply
from commands.hints import hint


def run_action(dispatch: Callable[[str], tuple[Command, str]]) -> Action:
    """The action that runs a suggestion as if it had been typed."""
    return Action(action=RUN, says="Runs the command on the button.", run=lambda click: run_typed(click, dispatch))


def run_typed(click: Click, dispatch: Callable[[str], tuple[Command, str]]) -> Reply:
    """Run a suggestion with the rights of whoever pressed. What changes anything must be typed."""
    typed = read_run(click.value)
    if typed is None:
        return hint("This button is from an older version.", "Type the command instead, for example `/cx backlog`.")
    command, rest = dispatch(typed)
    if command.writes:
        return hint("A button does not change settings.", f"Type `/cx {typed[:150]}` yourself.")
    return command.run(Ask(text=rest, now=click.now, session=click.session, workspace=click.workspace, asker=click.asker))
