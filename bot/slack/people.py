"""Who somebody is and where a conversation is seen from, as Slack tells it; when in doubt, an outsider and a shared place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are: the answer of auth.test, and the scopes we were granted."""

    team_id: str
    user_id: str
    bot_id: str
    team: str = ""
    url: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A Slack user. `known` is false when Slack could not be asked: then nothing is trusted. Who `is_gone` was deactivated; who
    `is_missing` is nobody Slack knows."""

    id: str
    team_id: str = ""
    name: str = ""
    email: str | None = None
    zone: str | None = None
    is_admin: bool = False
    is_outsider: bool = True
    is_bot: bool = False
    is_gone: bool = False
    is_missing: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A channel or direct conversation. `shared`: somebody of another company may read it, or we cannot tell. One that
    `is_missing` is none that Slack lets us see."""

    id: str
    name: str = ""
    shared: bool = True
    is_archived: bool = False
    is_member: bool = False
    is_private: bool = False
    is_missing: bool = False
    known: bool = False


def person_from(user: Mapping[str, Any], our_team: str) -> Person:
    """A person from a user object of the Web API; guests, strangers and people of other workspaces are outsiders."""
    profile = user.get("profile") or {}
    team_id = str(user.get("team_id") or profile.get("team") or "")
    guest = any(user.get(flag) for flag in ("is_restricted", "is_ultra_restricted", "is_stranger"))
    outsider = bool(guest or user.get("deleted") or not our_team or team_id != our_team)
    return Person(
        id=str(user.get("id", "")),
        team_id=team_id,
        name=str(user.get("real_name") or user.get("name") or ""),
        email=profile.get("email") or None,
        zone=user.get("tz") or None,
        is_admin=bool(user.get("is_admin") or user.get("is_owner")) and not outsider,
        is_outsider=outsider,
        is_bot=bool(user.get("is_bot")) or user.get("id") == "USLACKBOT",
        is_gone=bool(user.get("deleted")),
        known=True,
    )


def conversation_from(channel: Mapping[str, Any]) -> Conversation:
    """A conversation from a channel object of the Web API; a share that is only pending counts already."""
    return Conversation(
        id=str(channel.get("id", "")),
        name=str(channel.get("name") or ""),
        shared=any(channel.get(flag) for flag in ("is_ext_shared", "is_pending_ext_shared")),
        is_archived=bool(channel.get("is_archived")),
        is_member=bool(channel.get("is_member") or channel.get("is_im")),
        is_private=bool(channel.get("is_private") or channel.get("is_im") or channel.get("is_mpim")),
        known=True,
    )
