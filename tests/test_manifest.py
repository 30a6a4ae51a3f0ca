"""The manifest asks for what the code needs, says why, asks for nothing more, and is what Slack would take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import yaml

from bot.manifest import (
    CREATE_APP,
    EVENT_SCOPES,
    EVENTS,
    METHOD_SCOPES,
    SCOPES,
    create_app_link,
    manifest,
    manifest_yaml,
    usage_hint,
)
from bot.sandbox.manifest import load_manifest
from bot.sandbox.yaml_subset import read_yaml
from commands import COMMANDS
from commands.command import Command

ROOT = Path(__file__).parents[1]
ROOMS = ("bot/slack", "bot/app", "commands", "jobs")
FAMILIES = "admin|api|apps|auth|bookmarks|bots|chat|conversations|files|pins|reactions|search|team|usergroups|users|views"
METHOD = re.compile(rf'"((?:{FAMILIES})\.[a-z][A-Za-z.]*)"')
SDK_CALL = re.compile(rf"\.((?:{FAMILIES})_[A-Za-z_0-9]+)\(")
BEHIND_SDK_CALL: dict[str, set[str]] = {
    "api_call": set(),
    "files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"},
}
HEARD = re.compile(r'app\.event\("([a-z_]+)"\)')

# Names that exist, for bots. Slack's schema takes `chat:writ`.
BOT_SCOPES = frozenset(
    "app_mentions:read assistant:write bookmarks:read bookmarks:write calls:read calls:write canvases:read canvases:write "
    "channels:history channels:join channels:manage channels:read channels:write.invites channels:write.topic chat:write "
    "chat:write.customize chat:write.public commands dnd:read emoji:read files:read files:write groups:history groups:read "
    "groups:write groups:write.invites groups:write.topic im:history im:read im:write im:write.topic incoming-webhook links:read "
    "links:write lists:read lists:write metadata.message:read mpim:history mpim:read mpim:write mpim:write.topic pins:read "
    "pins:write reactions:read reactions:write reminders:read reminders:write remote_files:read remote_files:share "
    "remote_files:write search:read.files search:read.public search:read.users team.preferences:read team:read usergroups:read "
    "usergroups:write users.profile:read users:read users:read.email users:write workflow.steps:execute".split()
)
BOT_EVENTS = frozenset(
    "app_home_opened app_mention app_uninstalled assistant_thread_context_changed assistant_thread_started channel_archive "
    "channel_deleted channel_left group_deleted group_left "
    "channel_id_changed channel_rename channel_shared channel_unarchive channel_unshared entity_details_requested file_shared "
    "group_archive link_shared member_joined_channel member_left_channel message.channels message.groups message.im message.mpim "
    "message_metadata_posted reaction_added reaction_removed team_join tokens_revoked user_change user_profile_changed".split()
)


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """The manifest in the root of the repository."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text(encoding="utf-8"))
    return found


def sources() -> str:
    """All code that talks to Slack."""
    return "\n".join(path.read_text(encoding="utf-8") for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))


def methods() -> set[str]:
    """Every method of the Web API that the code names or calls through the SDK."""
    text = sources()
    behind = [BEHIND_SDK_CALL.get(call, {call}) for call in SDK_CALL.findall(text)]
    return set(METHOD.findall(text)).union(*behind)


def test_the_file_is_what_the_code_renders() -> None:
    assert (ROOT / "manifest.yml").read_text(encoding="utf-8") == manifest_yaml(COMMANDS), (
        "write it anew: cx manifest > manifest.yml"
    )


def test_both_readers_read_the_same(written: dict[str, Any]) -> None:
    assert read_yaml((ROOT / "manifest.yml").read_text(encoding="utf-8")) == written


def test_the_code_names_the_methods_it_calls() -> None:
    assert {"chat.postMessage", "conversations.history", "views.open", "files.completeUploadExternal"} <= methods()


def test_every_method_called_has_its_scopes_in_the_table() -> None:
    assert methods() <= set(METHOD_SCOPES), "say which scopes a new method needs"
    assert set(METHOD_SCOPES) <= methods(), "a method nobody calls needs no scopes"


def test_the_scopes_cover_what_is_called_and_heard(written: dict[str, Any]) -> None:
    granted = set(written["oauth_config"]["scopes"]["bot"])
    needed = {"commands"}.union(*METHOD_SCOPES.values(), *EVENT_SCOPES.values())

    assert granted == needed, "no more and no less"


def test_every_scope_exists_and_has_a_reason() -> None:
    assert set(SCOPES) <= BOT_SCOPES
    assert all(len(reason) > 5 for reason in SCOPES.values())


@pytest.mark.parametrize(
    "scope", ["chat:write.public", "chat:write.customize", "files:read", "channels:join", "search:read.public", "admin"]
)
def test_what_is_not_needed_is_not_asked_for(scope: str) -> None:
    assert scope not in SCOPES


def test_every_event_exists_has_a_reason_and_is_listened_to() -> None:
    build = (ROOT / "bot" / "app" / "build.py").read_text(encoding="utf-8")
    heard = {"message.im" if event == "message" else event for event in HEARD.findall(build)}

    assert set(EVENTS) <= BOT_EVENTS
    assert heard == set(EVENTS)
    assert set(EVENT_SCOPES) <= set(EVENTS)


def test_the_reasons_stand_beside_the_scopes() -> None:
    text = manifest_yaml(COMMANDS)

    for scope, reason in SCOPES.items():
        assert f"- {scope}  # {reason}" in text


def test_the_page_on_security_gives_the_same_reasons() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")

    assert dict(re.findall(r"^\| `([a-z_:.]+)` \| (.+) \|$", page, re.MULTILINE)) == dict(SCOPES)


def test_slack_would_take_it(written: dict[str, Any]) -> None:
    assert problems(written) == []


@pytest.mark.parametrize(
    ("where", "wrong"),
    [
        (("display_information", "name"), "x" * 36),
        (("display_information", "description"), "x" * 141),
        (("display_information", "long_description"), "too short"),
        (("features", "slash_commands", 0, "command"), "cx"),
        (("features", "slash_commands", 0, "usage_hint"), "x" * 1001),
        (("features", "unfurl_domains"), []),
        (("oauth_config", "scopes", "bot"), ["chat:writ"]),
        (("settings", "event_subscriptions", "bot_events"), ["app_menton"]),
        (("settings", "socket_mode_enabled"), "yes"),
    ],
)
def test_the_rules_find_what_is_wrong(written: dict[str, Any], where: tuple[str | int, ...], wrong: object) -> None:
    broken = yaml.safe_load(yaml.safe_dump(written))
    inner: Any = broken
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = wrong

    assert problems(broken)


def test_one_command_hears_everything_with_names_as_ids(written: dict[str, Any]) -> None:
    [slash] = written["features"]["slash_commands"]

    assert (slash["command"], slash["should_escape"]) == ("/cx", True)


def test_the_hint_shows_how_commands_are_used() -> None:
    def command(word: str, usage: str) -> Command:
        return Command(word=word, usage=usage, says="", run=lambda ask: None)  # type: ignore[arg-type,return-value]

    assert (
        usage_hint([command("now", "/cx"), command("frt", "/cx frt last week"), command("help", "/cx help")])
        == "frt last week | help"
    )
    assert usage_hint([]) == "help"
    assert len(usage_hint([command("x", "/cx " + "x" * 2_000)])) == 1_000


def test_over_http_every_address_is_told_and_the_socket_is_off() -> None:
    url = "https://cx.example.com/slack/events"
    found = yaml.safe_load(manifest_yaml(COMMANDS, request_url=url))

    assert found["settings"]["socket_mode_enabled"] is False
    assert found["settings"]["event_subscriptions"]["request_url"] == url
    assert found["settings"]["interactivity"]["request_url"] == url
    assert found["features"]["slash_commands"][0]["url"] == url
    assert problems(found) == []


def test_the_sandbox_grants_what_the_manifest_asks_for() -> None:
    granted = load_manifest(ROOT / "manifest.yml")

    assert set(granted.scopes) == set(SCOPES)
    assert granted.command("/cx") is not None
    assert granted.hears("message.im")


def test_the_link_that_creates_the_app_holds_all_of_it() -> None:
    link = create_app_link(COMMANDS)

    assert len(link) < 4_000, "browsers and proxies cut longer ones"
    told = yaml.safe_load(unquote(link.removeprefix(CREATE_APP)))
    assert told == yaml.safe_load(manifest_yaml(COMMANDS))


def test_the_same_commands_give_the_same_bytes() -> None:
    assert manifest_yaml(COMMANDS) == manifest_yaml(COMMANDS)
    assert manifest(COMMANDS) == manifest(COMMANDS)


def problems(found: dict[str, Any]) -> list[str]:
    """What Slack's rules for manifests would object to."""
    shown, features, settings = found["display_information"], found["features"], found["settings"]
    return [
        *_lengths("name", shown["name"], 1, 35),
        *_lengths("description", shown["description"], 1, 140),
        *_lengths("long_description", shown["long_description"], 175, 4000),
        *([] if re.fullmatch(r"#[0-9a-f]{6}", shown["background_color"]) else ["background_color"]),
        *_lengths("display_name", features["bot_user"]["display_name"], 1, 80),
        *[problem for slash in features["slash_commands"] for problem in _slash(slash)],
        *_lengths("slash_commands", features["slash_commands"], 1, 50),
        *(_lengths("unfurl_domains", features["unfurl_domains"], 1, 5) if "unfurl_domains" in features else []),
        *_lengths("bot_events", settings["event_subscriptions"]["bot_events"], 1, 100),
        *[f"no scope {scope}" for scope in found["oauth_config"]["scopes"]["bot"] if scope not in BOT_SCOPES],
        *[f"no event {event}" for event in settings["event_subscriptions"]["bot_events"] if event not in BOT_EVENTS],
        *[key for key, value in settings.items() if key.endswith("_enabled") and not isinstance(value, bool)],
        *[key for key in found if key not in ("_metadata", "display_information", "features", "oauth_config", "settings")],
    ]


def _slash(slash: dict[str, Any]) -> list[str]:
    return [
        *([] if re.fullmatch(r"/\S{1,31}", slash["command"]) else ["command"]),
        *_lengths("command description", slash["description"], 1, 2000),
        *_lengths("usage_hint", slash["usage_hint"], 0, 1000),
    ]


def _lengths(name: str, value: str | list[Any], least: int, most: int) -> list[str]:
    return [] if least <= len(value) <= most else [f"{name}: {len(value)} is not within {least} to {most}"]
