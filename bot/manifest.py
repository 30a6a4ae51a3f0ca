"""The app's manifest: rendered from the commands there are, the events we hear and the scopes we need, each with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from commands.command import Command

CREATE_APP = "https://api.slack.com/apps?new_app=1&manifest_yaml="

SCOPES: Mapping[str, str] = {
    "commands": "hear /cx",
    "chat:write": "post, change and remove its own messages, and write to a person who is asked or answered",
    "files:write": "upload charts",
    "users:read": "know admins, guests, bots and former members, and a person's time zone",
    "users:read.email": "find the member of the workspace whom a ticket's e-mail address belongs to",
    "channels:read": "see whether a public channel is shared with another company before anything is said there",
    "groups:read": "the same for private channels it is in",
    "channels:history": "look whether a message whose answer was lost is in a public channel, before it is sent again",
    "groups:history": "the same for private channels it is in",
    "im:history": "hear what is written to it in private, and look there for a message whose answer was lost",
    "im:write": "find its conversation with a person when the answer to a first message was lost",
    "app_mentions:read": "hear questions that mention it",
}

EVENTS: Mapping[str, str] = {
    "app_home_opened": "show the Home tab",
    "app_mention": "answer questions in channels",
    "message.im": "answer questions in private",
    "member_joined_channel": "say hello when invited, and notice who reads along",
    "channel_archive": "pause what is posted there, and tell who asked for it",
    "channel_deleted": "the same",
    "channel_left": "the same, when it was removed from a channel",
    "group_archive": "the same for private channels",
    "group_deleted": "the same for private channels",
    "group_left": "the same for private channels",
    "channel_id_changed": "follow a channel to its new id",
    "channel_shared": "notice at once that another company reads along",
    "channel_unshared": "notice at once that it no longer does",
    "app_uninstalled": "stop sending and keep the queue",
    "tokens_revoked": "stop sending and keep the queue",
}

METHOD_SCOPES: Mapping[str, frozenset[str]] = {
    "auth.test": frozenset(),
    "chat.delete": frozenset({"chat:write"}),
    "chat.postEphemeral": frozenset({"chat:write"}),
    "chat.postMessage": frozenset({"chat:write"}),
    "chat.update": frozenset({"chat:write"}),
    "conversations.history": frozenset({"channels:history", "groups:history", "im:history"}),
    "conversations.info": frozenset({"channels:read", "groups:read"}),
    "conversations.open": frozenset({"im:write"}),
    "conversations.replies": frozenset({"channels:history", "groups:history", "im:history"}),
    "files.completeUploadExternal": frozenset({"files:write"}),
    "files.getUploadURLExternal": frozenset({"files:write"}),
    "users.info": frozenset({"users:read"}),
    "users.lookupByEmail": frozenset({"users:read.email"}),
    "views.open": frozenset(),
    "views.publish": frozenset(),
    "views.push": frozenset(),
    "views.update": frozenset(),
}

EVENT_SCOPES: Mapping[str, frozenset[str]] = {
    "app_mention": frozenset({"app_mentions:read"}),
    "message.im": frozenset({"im:history"}),
    "member_joined_channel": frozenset({"channels:read", "groups:read"}),
    "channel_archive": frozenset({"channels:read"}),
    "channel_deleted": frozenset({"channels:read"}),
    "channel_left": frozenset({"channels:read"}),
    "group_archive": frozenset({"groups:read"}),
    "group_deleted": frozenset({"groups:read"}),
    "group_left": frozenset({"groups:read"}),
    "channel_id_changed": frozenset({"channels:read", "groups:read"}),
    "channel_shared": frozenset({"channels:read", "groups:read"}),
    "channel_unshared": frozenset({"channels:read", "groups:read"}),
}

SHORT = "Answers for your support team: every support number on demand, a daily digest, one-click surveys."
LONG = (
    "cx keeps a copy of your tickets and answers questions about them where you work. Type /cx backlog, /cx frt last 30 days "
    "by channel or /cx csat and get the number, how it was counted, from how many tickets, and the tickets themselves. It posts "
    "a digest with charts when you want one, warns before a service level is missed, and asks customers CSAT, CES and NPS with "
    "one click. It runs on your own machine: tickets, answers and surveys stay there."
)
HINTS = 4
LONGEST_HINT = 1_000
WORDS_OF_YAML = frozenset({"true", "false", "null", "yes", "no", "on", "off"})


@dataclass(frozen=True, slots=True)
class Said:
    """A value with the reason for it, written beside it as a comment."""

    value: str
    reason: str


def manifest(commands: Sequence[Command], *, request_url: str | None = None) -> dict[str, Any]:
    """The manifest as Slack reads it: for Socket Mode, or for the address where our HTTP door is seen from outside."""
    return {
        "display_information": {"name": "cx", "description": SHORT, "long_description": LONG, "background_color": "#26323d"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "cx", "always_online": True},
            "slash_commands": [_slash(commands, request_url)],
        },
        "oauth_config": {"scopes": {"bot": [Said(scope, reason) for scope, reason in SCOPES.items()]}},
        "settings": {
            "event_subscriptions": _at(request_url) | {"bot_events": [Said(event, reason) for event, reason in EVENTS.items()]},
            "interactivity": {"is_enabled": True} | _at(request_url),
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def manifest_yaml(commands: Sequence[Command], *, request_url: str | None = None) -> str:
    """The manifest as a YAML file with the reason of each scope and event; the same commands give the same bytes."""
    lines = [
        "# Written by `cx manifest`; change the code, not this file.",
        *_lines(manifest(commands, request_url=request_url), 0),
    ]
    return "\n".join(lines) + "\n"


def create_app_link(commands: Sequence[Command]) -> str:
    """An address that opens Slack's page for creating the app, filled in."""
    return CREATE_APP + quote("\n".join(_lines(_plain(manifest(commands)), 0)))


def _slash(commands: Sequence[Command], request_url: str | None) -> dict[str, Any]:
    url = {} if request_url is None else {"url": request_url}
    spoken = {"description": "Ask about your support numbers", "usage_hint": usage_hint(commands), "should_escape": True}
    return {"command": "/cx", **url, **spoken}


def usage_hint(commands: Sequence[Command]) -> str:
    """What Slack shows behind `/cx` while someone types: how the first few commands are used."""
    used = (command.usage.removeprefix("/cx").strip() for command in commands)
    return " | ".join([usage for usage in used if usage][:HINTS])[:LONGEST_HINT] or "help"


def _at(request_url: str | None) -> dict[str, str]:
    return {} if request_url is None else {"request_url": request_url}


def _plain(value: Any) -> Any:
    """The same without reasons, which an address has no room for."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value.value if isinstance(value, Said) else value


def _lines(value: Mapping[str, Any], depth: int) -> Iterator[str]:
    """Block style with two spaces: maps, lists of maps, lists of scalars."""
    indent = "  " * depth
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            yield f"{indent}{key}:"
            yield from _lines(inner, depth + 1)
        elif isinstance(inner, list):
            yield f"{indent}{key}:"
            yield from (line for item in inner for line in _item(item, depth + 1))
        else:
            yield f"{indent}{key}: {_scalar(inner)}"


def _item(item: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    if isinstance(item, Mapping):
        first, *others = _lines(item, 0)
        yield f"{indent}- {first}"
        yield from (f"{indent}  {line}" for line in others)
    else:
        yield f"{indent}- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, Said):
        return f"{_scalar(value.value)}  # {value.reason}"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if text.lower() in WORDS_OF_YAML:
        return json.dumps(text)
    return text if re.fullmatch(r"[A-Za-z/][\w.:/-]*(?: [\w.:/,-]+)*", text) and ": " not in text else json.dumps(text)
