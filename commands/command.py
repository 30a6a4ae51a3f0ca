"""The noun Command: something a person can say, and what it is given and gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.kpis.query import Query
from bot.store.tables import Published
from bot.store.workspace import Workspace
from bot.views.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A channel that somebody names. It is `shared` where another company reads along, or may; `missing` where Slack lets us
    see none of that id; unless it is `known`, Slack did not say."""

    known: bool = True
    missing: bool = False
    shared: bool = False
    archived: bool = False
    bot_is_there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and from where. `agent_id` is set when the person is known as an agent of a help desk, `leads` are the
    names of the teams they lead, `zone` is their own, `thread` where in the channel they speak, empty for the channel itself.
    Nothing can be posted there unless `bot_is_here`. `places` are the other channels they name, by id; `slack_refuses` is
    Slack's word for why it refuses our token, empty while it does not."""

    user_id: str
    team_id: str
    channel_id: str
    is_admin: bool = False
    is_outsider: bool = False
    shared_channel: bool = False
    bot_is_here: bool = True
    agent_id: int | None = None
    leads: tuple[str, ...] = ()
    zone: str = ""
    thread: str = ""
    places: Mapping[str, Place] = field(default_factory=dict)
    slack_refuses: str = ""

    @property
    def is_alone(self) -> bool:
        """Whether nobody else reads along: a conversation with us, or no place at all."""
        return not self.channel_id.startswith(("C", "G"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question: the words after `/cx`, the instant, one unit of work, and who asks. `follows` is the question before
    it in the same conversation."""

    text: str
    now: datetime
    session: Session
    workspace: Workspace
    asker: Asker
    follows: Query | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """One press of a button, choice in a menu or submitted view; `value` is what we once put into it."""

    action: str
    value: str
    now: datetime
    session: Session
    workspace: Workspace
    asker: Asker
    action_ts: str = ""
    message_ts: str | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    metadata: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A question as it was understood, to be kept under the id that the buttons of its answer carry."""

    query_id: str
    query: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the audit must hold about a question; never a customer's words. It is written `at_once`, before anybody sees the
    answer, or soon after it."""

    action: str
    detail: Mapping[str, Any]
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the person gets. Only they see it unless `public`; `replaces` puts it in the place of the message clicked.

    `modal` opens (or, after a submit, updates) a view; `errors` marks fields of a submitted view by block id.
    `keeps`, the `published` figures and, with them or where they must be there at once, `notes` are written in a short
    transaction after the question was answered and before anybody sees the reply: answering takes long, and a database
    with one writer must not wait for it.
    `names_people` marks what names agents or quotes subjects or customers; `shows_home` brings the Home tab up to date."""

    message: Message | None = None
    public: bool = False
    replaces: bool = False
    deletes: bool = False
    modal: Mapping[str, Any] | None = None
    errors: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[Kept, ...] = ()
    notes: tuple[Noted, ...] = ()
    published: tuple[Published, ...] = ()
    names_people: bool = False
    shows_home: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retold:
    """What one person was told, told again with the rights of whoever shares it; `typed` asks for it after `/cx`."""

    reply: Reply
    typed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A word after `/cx`. `writes` gives it a transaction that is committed; the others can change nothing."""

    word: str
    usage: str
    says: str
    run: Callable[[Ask], Reply]
    also: tuple[str, ...] = ()
    writes: bool = False
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What a button, menu or view does; `action` is the start of its action_id or its callback_id.

    `run_all` does the same for many presses at once, where that costs less than each by itself."""

    action: str
    says: str
    run: Callable[[Click], Reply]
    writes: bool = False
    run_all: Callable[[Sequence[Click]], Sequence[Reply]] | None = None
