"""What a client makes of what a person types: entities, mentions, channel links."""

from __future__ import annotations

import re

from bot.sandbox.workspace import Workspace

MENTION = re.compile(r"(?<![\w<])@([a-z0-9][a-z0-9._-]*)", re.IGNORECASE)
LINK = re.compile(r"(?<![\w<&])#([a-z0-9][a-z0-9_-]*)", re.IGNORECASE)
READY = re.compile(r"&lt;(@[UW][A-Z0-9]+|#[CG][A-Z0-9]+)(\|[^&|]*)?&gt;")


def escaped(text: str) -> str:
    """`&`, `<` and `>` as entities, so that nobody types a broadcast by hand."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def as_message(workspace: Workspace, text: str) -> str:
    """The text of a person's message: escaped, with `@name` and `#channel` turned into links."""
    return _linked(workspace, READY.sub(r"<\1>", escaped(text)), with_names=False)


def as_escaped_arguments(workspace: Workspace, text: str) -> str:
    """A slash command's text under should_escape: `<@U..|name>` and `<#C..|name>`."""
    return _linked(workspace, text, with_names=True)


def _linked(workspace: Workspace, text: str, *, with_names: bool) -> str:
    people = {user.name: user.id for user in workspace.users.values()}
    rooms = {channel.name: channel.id for channel in workspace.channels.values() if channel.name}

    def person(found: re.Match[str]) -> str:
        name = found[1].lower()
        return f"<@{people[name]}{'|' + name if with_names else ''}>" if name in people else found[0]

    def room(found: re.Match[str]) -> str:
        name = found[1].lower()
        return f"<#{rooms[name]}|{name if with_names else ''}>" if name in rooms else found[0]

    return LINK.sub(room, MENTION.sub(person, text))
