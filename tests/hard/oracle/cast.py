"""The people, groups, opening hours and promises of the made-up account that the stranger's check looks at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

BEGIN = datetime(2026, 1, 5, 0, 0, tzinfo=UTC)
PAST = datetime(2026, 3, 16, 9, 30, 31, tzinfo=UTC)
END = datetime(2026, 4, 20, 12, 0, 1, tzinfo=UTC)
SYSTEM = -1
FIELD = 5550
Ask = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody of the account; `role` is Zendesk's word, `kind` tells light agents, bots and API users apart."""

    id: int
    name: str
    role: str
    kind: str = "human"
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Opening hours as Zendesk tells them: minutes from Sunday 00:00 local time, whole local days off, a Rails zone name."""

    id: int
    name: str
    rails: str
    zone: str
    intervals: tuple[tuple[int, int], ...]
    holidays: tuple[tuple[str, date, date], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a policy promises for one metric and priority, in minutes."""

    metric: str
    priority: str
    minutes: int
    business: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A service-level policy: holds where each of `every` does and one of `some`, if there are any; first match wins.

    Each is a field, an operator and a value, as Zendesk writes them."""

    id: int
    title: str
    every: tuple[Ask, ...] = ()
    some: tuple[Ask, ...] = ()
    targets: tuple[Target, ...]


def _week(days: range | tuple[int, ...], *spans: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((day * 1440 + start * 30, day * 1440 + end * 30) for day in days for start, end in spans)


def _targets(metric: str, business: bool, *minutes: int) -> tuple[Target, ...]:
    words = ("low", "normal", "high", "urgent")
    return tuple(
        Target(metric=metric, priority=word, minutes=m, business=business) for word, m in zip(words, minutes, strict=True)
    )


SCHEDULES = (
    Schedule(
        id=36001,
        name="New York",
        rails="Eastern Time (US & Canada)",
        zone="America/New_York",
        intervals=_week(range(1, 6), (18, 35)),
        holidays=(("King Day", date(2026, 1, 19), date(2026, 1, 19)), ("Easter break", date(2026, 4, 2), date(2026, 4, 6))),
    ),
    Schedule(
        id=36002,
        name="Berlin, split",
        rails="Berlin",
        zone="Europe/Berlin",
        intervals=(*_week(range(1, 6), (16, 24), (26, 36)), *_week((6,), (20, 28))),
        holidays=(("Easter", date(2026, 4, 3), date(2026, 4, 6)),),
    ),
    Schedule(id=36003, name="Nights", rails="Kolkata", zone="Asia/Kolkata", intervals=((60, 9000), (9900, 10080))),
)
GROUPS = {501: "Billing", 502: "Technik", 503: "Escalations", 504: "Débuts & Fin"}
ORGANIZATIONS = {801: "Acme, Inc.", 802: "株式会社サンプル", 803: '=HYPERLINK("x")'}
USERS = (
    User(id=1001, name="Ada Admin", role="admin"),
    *(
        User(id=1010 + n, name=name, role="agent")
        for n, name in enumerate(("Bo Berg", "Cy Chen", "Di Díaz", "Ed Eze", "Flo Fink"))
    ),
    User(id=1030, name="Lee Light", role="agent", kind="light"),
    User(id=1040, name="Api Integration", role="agent", kind="api"),
    *(User(id=2000 + n, name=f"Customer {n}", role="end-user") for n in range(40)),
    User(id=2990, name="Spam Sam", role="end-user", suspended=True),
)
BY_ID = {user.id: user for user in USERS}
POLICIES = (
    Policy(
        id=7010,
        title="Acme",
        every=(("organization_id", "is", "801"), ("current_tags", "not_includes", "beta")),
        targets=(
            *_targets("first_reply_time", False, 700, 350, 90, 20),
            *_targets("agent_work_time", False, 5000, 2500, 800, 200),
        ),
    ),
    Policy(
        id=7001,
        title="Escalated",
        every=(("group_id", "is", "503"),),
        targets=(
            *_targets("first_reply_time", True, 480, 240, 60, 30),
            *_targets("next_reply_time", True, 600, 300, 120, 45),
            *_targets("requester_wait_time", False, 4000, 2880, 1440, 240),
        ),
    ),
    Policy(
        id=7020,
        title="Delicate",
        every=(("via_id", "is_not", "5"),),
        some=(
            ("current_tags", "includes", "refund vip"),
            ("type", "is", "incident"),
            (f"custom_fields_{FIELD}", "is", "gold"),
            ("assignee_id", "is", "1011"),
        ),
        targets=(
            *_targets("first_reply_time", True, 600, 300, 100, 40),
            *_targets("next_reply_time", True, 700, 350, 150, 50),
            *_targets("requester_wait_time", True, 3000, 2000, 1000, 400),
        ),
    ),
    Policy(
        id=7002,
        title="Everyone",
        targets=(
            *_targets("first_reply_time", True, 960, 480, 240, 60),
            *_targets("next_reply_time", False, 2880, 1440, 480, 120),
            *_targets("requester_wait_time", True, 4000, 2400, 1500, 600),
            *_targets("agent_work_time", True, 2000, 1200, 700, 300),
        ),
    ),
)
