"""What a workspace holds: people, channels, messages, files, and the views people have open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.refusal import Json, Refusal

KINDS = {"public": "public_channel", "private": "private_channel", "im": "im", "mpim": "mpim"}


@dataclass(slots=True, kw_only=True)
class Team:
    """A workspace as Slack names it."""

    id: str
    name: str
    domain: str


@dataclass(slots=True, kw_only=True)
class User:
    """A person or a bot. `is_stranger` people belong to another company and keep their e-mail to themselves."""

    id: str
    name: str
    real_name: str
    team_id: str
    email: str = ""
    tz: str = "UTC"
    locale: str = "en-US"
    title: str = ""
    is_admin: bool = False
    is_owner: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    is_bot: bool = False
    deleted: bool = False


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel or a direct conversation; `kind` is public, private, im or mpim."""

    id: str
    name: str
    kind: str = "public"
    members: list[str] = field(default_factory=list)
    created: int = 0
    topic: str = ""
    purpose: str = ""
    is_ext_shared: bool = False
    is_pending_ext_shared: bool = False
    is_archived: bool = False
    connected_team_ids: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Message:
    """One message as Slack would return it (`data`), with what only the sandbox knows around it."""

    channel: str
    data: Json
    ephemeral_to: str | None = None
    rev: int = 0
    deleted: bool = False

    @property
    def ts(self) -> str:
        return str(self.data["ts"])


@dataclass(slots=True, kw_only=True)
class OpenView:
    """A modal in one person's stack, or a person's Home tab."""

    user: str
    data: Json
    rev: int = 0
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """An upload: announced, received (`content`), completed, then processed into something blocks may show."""

    id: str
    name: str
    length: int
    user: str
    alt_txt: str = ""
    title: str = ""
    content: bytes | None = None
    completed: bool = False
    processed: bool = False
    deleted: bool = False
    mimetype: str = ""
    created: int = 0
    width: int = 0
    height: int = 0
    shared_in: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Workspace:
    """All of it, in memory. Touched by the sandbox's own event loop only."""

    clock: Clock
    team: Team
    bot: User
    app_id: str
    bot_id: str
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    modals: dict[str, list[OpenView]] = field(default_factory=dict)
    homes: dict[str, OpenView] = field(default_factory=dict)
    scheduled: dict[str, Json] = field(default_factory=dict)
    watchers: list[Callable[[], None]] = field(default_factory=list)
    _ids: Iterator[int] = field(default_factory=lambda: count(1))
    _revs: Iterator[int] = field(default_factory=lambda: count(1))

    def new_id(self, prefix: str) -> str:
        """An id in Slack's manner: a letter or two, then capitals and digits; the same on every run."""
        return f"{prefix}0{next(self._ids):08X}"

    def touch(self, thing: Message | OpenView | None = None) -> None:
        """Something changed: mark it and tell whoever is watching."""
        if thing is not None:
            thing.rev = next(self._revs)
        for watcher in self.watchers:
            watcher()

    def user(self, ref: str) -> User:
        """A person by id, handle, `@handle` or full name. Refuses with `users_not_found`."""
        wanted = ref.removeprefix("@").lower()
        for user in self.users.values():
            if ref == user.id or wanted in (user.name, user.real_name.lower()):
                return user
        raise Refusal("users_not_found")

    def channel(self, ref: str) -> Channel:
        """A channel by id or `#name`. Refuses with `channel_not_found`."""
        if ref in self.channels:
            return self.channels[ref]
        name = ref.removeprefix("#")
        for channel in self.channels.values():
            if channel.kind in ("public", "private") and channel.name == name:
                return channel
        raise Refusal("channel_not_found")

    def direct_channel(self, user: User) -> Channel:
        """The bot's conversation with a person, opened when there is none yet."""
        for channel in self.channels.values():
            if channel.kind == "im" and user.id in channel.members:
                return channel
        opened = Channel(id=self.new_id("D"), name="", kind="im", members=[user.id, self.bot.id], created=int(self.clock.now()))
        self.channels[opened.id] = opened
        return opened

    def post(self, channel: str, data: Json, *, ephemeral_to: str | None = None) -> Message:
        """Store a message under a fresh `ts` and show it."""
        stamped = {"type": "message", **data, "ts": self.clock.stamp()}
        message = Message(channel=channel, data=stamped, ephemeral_to=ephemeral_to)
        self.messages.append(message)
        self._count_reply(message)
        self.touch(message)
        return message

    def message(self, channel: str, ts: str) -> Message | None:
        """A message that is still there, ephemeral ones included."""
        for message in reversed(self.messages):
            if message.channel == channel and message.ts == ts and not message.deleted:
                return message
        return None

    def visible(self, channel: str) -> list[Message]:
        """What `conversations.history` may know of: neither deleted nor ephemeral, oldest first."""
        return [m for m in self.messages if m.channel == channel and not m.deleted and m.ephemeral_to is None]

    def thread(self, channel: str, root_ts: str) -> list[Message]:
        """A root message and its replies, oldest first."""
        return [m for m in self.visible(channel) if m.ts == root_ts or m.data.get("thread_ts") == root_ts]

    def delete(self, message: Message) -> None:
        """Take a message away."""
        message.deleted = True
        self.touch(message)

    def find_view(self, *, view_id: str = "", external_id: str = "") -> OpenView | None:
        """A view that is still open, by its id or by the name the app gave it."""
        for view in self.open_views():
            known: Any = view.data.get("external_id")
            if view.data["id"] == view_id or (external_id and known == external_id):
                return view
        return None

    def open_views(self) -> Iterator[OpenView]:
        """Every modal and every Home tab."""
        for stack in self.modals.values():
            yield from stack
        yield from self.homes.values()

    def _count_reply(self, message: Message) -> None:
        root_ts = message.data.get("thread_ts")
        root = self.message(message.channel, root_ts) if root_ts and message.ephemeral_to is None else None
        if root is None or root is message:
            return
        author = message.data.get("user", "")
        writers = [*dict.fromkeys([*root.data.get("reply_users", []), author])]
        root.data |= {
            "thread_ts": root.ts,
            "reply_count": root.data.get("reply_count", 0) + 1,
            "reply_users": writers,
            "reply_users_count": len(writers),
            "latest_reply": message.ts,
        }
        self.touch(root)
