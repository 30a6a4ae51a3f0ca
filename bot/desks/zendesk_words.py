"""What Zendesk's words mean in ours."""

from __future__ import annotations

from typing import Any

from bot.desks.fields import known
from bot.store.words import Channel, Metric, Status

STATUSES = {
    "new": Status.NEW,
    "open": Status.OPEN,
    "pending": Status.PENDING,
    "hold": Status.HOLD,
    "on-hold": Status.HOLD,
    "on_hold": Status.HOLD,
    "solved": Status.SOLVED,
    "closed": Status.CLOSED,
    "deleted": Status.DELETED,
    "suspended": Status.SPAM,
}
PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
MERGED_TAG = "closed_by_merge"
SYSTEM_USER = "-1"

CHANNELS: dict[str, Channel] = dict.fromkeys(("email", "mail", "closed_ticket", "forwarded_email"), Channel.EMAIL)
CHANNELS |= dict.fromkeys(
    (
        "web",
        "web form",
        "web_form",
        "web_widget",
        "web widget",
        "help_center",
        "helpcenter",
        "mobile",
        "mobile_sdk",
        "dropbox",
        "get satisfaction",
        "forum",
        "topic",
        "sample_ticket",
        "ios",
        "android",
        "ios_sdk",
        "android_sdk",
        "request_widget",
    ),
    Channel.WEB,
)
CHANNELS |= dict.fromkeys(
    ("chat", "chat_transcript", "native_messaging", "messaging", "web_messaging", "chat_offline_message", "answer_bot"),
    Channel.CHAT,
)
CHANNELS |= dict.fromkeys(
    (
        "voice",
        "phone",
        "phone call (inbound)",
        "phone call (outbound)",
        "voicemail",
        "phone_call_inbound",
        "phone_call_outbound",
        "api_voicemail",
        "api_phone_call_inbound",
        "api_phone_call_outbound",
        "sms",
        "text",
    ),
    Channel.PHONE,
)
CHANNELS |= dict.fromkeys(
    (
        "twitter",
        "twitter_dm",
        "twitter_like",
        "facebook",
        "facebook_post",
        "facebook_message",
        "instagram",
        "instagram_dm",
        "whatsapp",
        "line",
        "viber",
        "telegram",
        "wechat",
        "kakaotalk",
        "any_channel",
        "google_play",
        "youtube",
        "x",
    ),
    Channel.SOCIAL,
)
CHANNELS |= dict.fromkeys(("api", "web service", "web_service"), Channel.API)

VIA_IDS = {0: Channel.WEB, 4: Channel.EMAIL, 5: Channel.API, 26: Channel.SOCIAL, 29: Channel.CHAT, 30: Channel.SOCIAL}
VIA_IDS |= {23: Channel.SOCIAL, 38: Channel.SOCIAL, 41: Channel.SOCIAL, 48: Channel.WEB, 49: Channel.WEB, 75: Channel.CHAT}
VIA_IDS |= dict.fromkeys((33, 34, 35, 36, 44, 45, 46, 57), Channel.PHONE)

SLA_METRICS = {
    "first_reply_time": Metric.FIRST_REPLY,
    "next_reply_time": Metric.NEXT_REPLY,
    "periodic_update_time": Metric.PERIODIC_UPDATE,
    "pausable_update_time": Metric.PAUSABLE_UPDATE,
    "requester_wait_time": Metric.REQUESTER_WAIT,
    "agent_work_time": Metric.AGENT_WORK,
    "total_resolution_time": Metric.RESOLUTION,
    "resolution_time": Metric.RESOLUTION,
    "group_ownership_time": Metric.GROUP_OWNERSHIP,
}


def status_of(word: Any) -> Status | None:
    """What a status means; None for words nobody documented."""
    if not isinstance(word, str):
        return None
    return STATUSES.get(word) or STATUSES.get(word.strip().lower())


def priority_of(word: Any) -> int | None:
    """1 most urgent to 4; None without priority."""
    return PRIORITIES.get(word.strip().lower()) if isinstance(word, str) else None


def channel_of(via: Any) -> Channel:
    """The channel in a `via`, which is an object or only a text."""
    word = via if isinstance(via, str) else known(via).get("channel")
    if isinstance(word, int) and not isinstance(word, bool):
        return VIA_IDS.get(word, Channel.OTHER)
    return CHANNELS.get(word.strip().lower(), Channel.OTHER) if isinstance(word, str) else Channel.OTHER


def is_merge(via: Any) -> bool:
    """Whether something came about by merging tickets."""
    if isinstance(via, str):
        return "merge" in via.lower()
    source = known(known(via).get("source"))
    return "merge" in f"{known(via).get('channel')} {source.get('rel')}".lower()


def is_rule(via: Any) -> bool:
    """Whether a trigger, an automation or Zendesk itself did it."""
    word = via if isinstance(via, str) else known(via).get("channel")
    return isinstance(word, str) and word.strip().lower() in ("rule", "system", "automation", "trigger", "rule revision")
