"""The closed vocabularies of the store."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """What a ticket's status means, whatever its help desk calls it."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    HOLD = "hold"
    SOLVED = "solved"
    CLOSED = "closed"
    DELETED = "deleted"
    MERGED = "merged"
    SPAM = "spam"


UNSOLVED = (Status.NEW, Status.OPEN, Status.PENDING, Status.HOLD)
RESOLVED = (Status.SOLVED, Status.CLOSED)
GONE = (Status.DELETED, Status.MERGED, Status.SPAM)


class Channel(StrEnum):
    """Where a ticket came from."""

    EMAIL = "email"
    WEB = "web"
    CHAT = "chat"
    PHONE = "phone"
    SOCIAL = "social"
    API = "api"
    OTHER = "other"


class Kind(StrEnum):
    """What happened to a ticket."""

    CREATED = "created"
    STATUS = "status"
    ASSIGNED = "assigned"
    TEAM = "team"
    PRIORITY = "priority"
    CATEGORY = "category"
    REPLY = "reply"  # public comment; who wrote it decides whose reply it is
    NOTE = "note"  # internal comment
    WORKED = "worked"  # time logged without a comment
    SCHEDULE = "schedule"
    TRAIT = "trait"  # something that counts nowhere, but that service-level policies ask for
    SLA_APPLIED = "sla_applied"
    SLA_ACHIEVED = "sla_achieved"
    SLA_BREACHED = "sla_breached"
    SLA_RETRACTED = "sla_retracted"


class Actor(StrEnum):
    """Who did it, as the help desk told us at the time."""

    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"
    SYSTEM = "system"


class Role(StrEnum):
    """What a person of the help desk is today."""

    AGENT = "agent"
    ADMIN = "admin"
    BOT = "bot"
    FORMER = "former"


class Metric(StrEnum):
    """What a service-level target measures."""

    FIRST_REPLY = "first_reply"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    PAUSABLE_UPDATE = "pausable_update"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WORK = "agent_work"
    RESOLUTION = "resolution"
    GROUP_OWNERSHIP = "group_ownership"  # how long one team holds a ticket: promised among colleagues, not to the customer


class SurveyKind(StrEnum):
    """Which question was asked."""

    CSAT = "csat"
    CES = "ces"
    NPS = "nps"


class Box(StrEnum):
    """Which side of its own scale an answer falls on (promoter, passive and detractor for NPS)."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class InvitationState(StrEnum):
    """What became of asking one person about one ticket."""

    WAITING = "waiting"
    SENT = "sent"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    THROTTLED = "throttled"
    UNMATCHED = "unmatched"
    SAMPLED_OUT = "sampled_out"
    OPTED_OUT = "opted_out"
    SKIPPED = "skipped"  # by a rule, or by hand


class Via(StrEnum):
    """How a question reaches a person."""

    SLACK = "slack"
    MAIL = "mail"
    LINK = "link"  # handed to whoever asked for it, to be put into a reply


class CaseState(StrEnum):
    """How far somebody came with a bad answer."""

    OPEN = "open"
    CLAIMED = "claimed"
    CONTACTED = "contacted"
    RESOLVED = "resolved"


class RunState(StrEnum):
    """What became of one slot of one subscription."""

    POSTED = "posted"
    SKIPPED = "skipped"
    FAILED = "failed"


class OutboxState(StrEnum):
    """Where a message to Slack stands."""

    READY = "ready"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"
