"""What the app's manifest allows: scopes, commands, events, tabs. Without a manifest everything is allowed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import BadConfig
from bot.sandbox.yaml_subset import read_yaml

EVERY_SCOPE = (
    "app_mentions:read,channels:history,channels:join,channels:read,chat:write,chat:write.public,commands,files:read,"
    "files:write,groups:history,groups:read,im:history,im:read,im:write,mpim:history,mpim:read,reactions:read,"
    "reactions:write,team:read,users:read,users:read.email"
)

EVENT_SCOPES: dict[str, tuple[str, ...]] = {
    "app_mention": ("app_mentions:read",),
    "message.im": ("im:history",),
    "message.mpim": ("mpim:history",),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "reaction_added": ("reactions:read",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command as the manifest declares it."""

    name: str
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The parts of an app manifest this Slack obeys; `None` means "not said, so anything goes"."""

    name: str = "cx"
    scopes: tuple[str, ...] = tuple(EVERY_SCOPE.split(","))
    commands: tuple[Command, ...] | None = None
    events: tuple[str, ...] | None = None
    home_tab: bool = True
    messages_tab: bool = True
    messages_read_only: bool = False
    interactivity: bool = True
    socket_mode: bool = True

    def command(self, name: str) -> Command | None:
        """The declared command; none if the manifest declares others, or has no `commands` scope."""
        if self.commands is None:
            return Command(name=name)
        if "commands" not in self.scopes:
            return None
        return next((command for command in self.commands if command.name == name), None)

    def hears(self, event: str) -> bool:
        """Whether the app subscribed to this event and has a scope to hear it."""
        wanted = EVENT_SCOPES.get(event, ())
        subscribed = self.events is None or event in self.events
        return subscribed and (not wanted or bool(set(wanted) & set(self.scopes)))


def load_manifest(source: str | Path | Mapping[str, Any] | None) -> Manifest:
    """Read a manifest from a mapping, a .json or a .yml file. Raises BadConfig when it cannot be read."""
    if source is None:
        return Manifest()
    return _from_mapping(source if isinstance(source, Mapping) else _read(Path(source)))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        found = json.loads(text) if path.suffix == ".json" else read_yaml(text)
    except (OSError, ValueError) as problem:
        raise BadConfig(f"The manifest {path} cannot be read: {problem}.", next_step="Check the file.") from problem
    if not isinstance(found, Mapping):
        raise BadConfig(f"The manifest {path} is not a mapping.", next_step="Check the file.")
    return found


def _from_mapping(manifest: Mapping[str, Any]) -> Manifest:
    features = manifest.get("features") or {}
    settings = manifest.get("settings") or {}
    home = features.get("app_home") or {}
    scopes = ((manifest.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []
    shown = (features.get("bot_user") or {}).get("display_name")
    return Manifest(
        name=shown or (manifest.get("display_information") or {}).get("name") or "cx",
        scopes=tuple(scopes),
        commands=tuple(_command(entry) for entry in features.get("slash_commands") or []),
        events=tuple((settings.get("event_subscriptions") or {}).get("bot_events") or []),
        home_tab=bool(home.get("home_tab_enabled", False)),
        messages_tab=bool(home.get("messages_tab_enabled", False)),
        messages_read_only=bool(home.get("messages_tab_read_only_enabled", False)),
        interactivity=bool((settings.get("interactivity") or {}).get("is_enabled", False)),
        socket_mode=bool(settings.get("socket_mode_enabled", False)),
    )


def _command(entry: Mapping[str, Any]) -> Command:
    return Command(
        name=str(entry.get("command", "")),
        description=str(entry.get("description", "")),
        usage_hint=str(entry.get("usage_hint", "")),
        should_escape=bool(entry.get("should_escape", False)),
    )
