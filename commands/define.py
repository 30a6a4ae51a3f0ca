"""`/cx define frt`: the exact rule behind a number."""

from __future__ import annotations

from bot.views.help_text import kpi_help
from commands.command import Ask, Command, Reply
from commands.grammar import read
from commands.hints import hint
from commands.tokens import plain


def define(ask: Ask) -> Reply:
    """What a number means, how it is computed, and what the field calls good."""
    topic = plain(ask.text)
    if not topic:
        return hint(
            "Say which number to define, such as *frt*.", "All of them are in *help*.", ("define frt", "define csat", "help")
        )
    return describe(ask, topic)


def describe(ask: Ask, topic: str) -> Reply:
    """Everything about the number that some words name, or the number they come near to."""
    understood = read(topic, now=ask.now, workspace=ask.workspace)
    if understood.kpi is not None:
        return Reply(message=kpi_help(understood.kpi))
    near = read(understood.suggestions[0], now=ask.now, workspace=ask.workspace) if understood.suggestions else None
    offers = [f"define {near.kpi.slug}"] if near is not None and near.kpi is not None and understood.healed else []
    return hint(f"I know no number called *{topic[:60]}*.", "All of them are in *help*.", [*offers, "help"])


DEFINE = Command(
    word="define",
    usage="/cx define frt",
    says="Says exactly how a number is made.",
    run=define,
    also=("definition", "explain"),
)
