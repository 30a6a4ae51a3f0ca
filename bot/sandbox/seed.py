"""The people and channels a fresh workspace opens with; the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bot.sandbox.clock import Clock
from bot.sandbox.workspace import Channel, Team, User, Workspace

HOME = Team(id="T0SANDBOX", name="Sandbox", domain="sandbox")
ACME = Team(id="T0ACME", name="Acme Ltd", domain="acme")


def _person(name: str, real_name: str, email: str, tz: str, **fields: Any) -> User:
    return User(id=f"U0{name.upper()}", name=name, real_name=real_name, email=email, tz=tz, **{"team_id": HOME.id, **fields})


def the_cast() -> list[User]:
    """Two agents, their lead (an admin), three customers, a guest, and someone from another company."""
    return [
        _person("lena", "Lena Lead", "lena@example.com", "Europe/Berlin", locale="de-DE", title="Team lead", is_admin=True),
        _person("ana", "Ana Agent", "ana@example.com", "Europe/Lisbon", title="Agent"),
        _person("bo", "Bo Agent", "bo@example.com", "America/New_York", title="Agent"),
        _person("carla", "Carla Customer", "carla.customer@example.com", "Europe/Madrid", title="Customer"),
        _person("dev", "Dev Customer", "dev.customer@example.com", "Asia/Kolkata", title="Customer"),
        _person("emi", "Emi Customer", "emi.customer@example.com", "Asia/Tokyo", title="Customer"),
        _person("gita", "Gita Guest", "gita@contractor.example", "Europe/London", title="Guest", is_restricted=True),
        _person(
            "sten", "Sten Stranger", "sten@acme.example", "Europe/Stockholm", title="Acme Ltd", team_id=ACME.id, is_stranger=True
        ),
    ]


STAFF = ("U0LENA", "U0ANA", "U0BO")


def fresh_workspace(clock: Clock, *, bot_name: str = "cx", extra_users: Iterable[Mapping[str, Any]] = ()) -> Workspace:
    """The seed workspace; `extra_users` are mappings of User's own fields (id, name, real_name, email, tz, ...)."""
    bot = User(id="U0BOT", name=bot_name.lower(), real_name=bot_name, team_id=HOME.id, is_bot=True)
    workspace = Workspace(clock=clock, team=HOME, bot=bot, app_id="A0SANDBOX", bot_id="B0SANDBOX")
    workspace.teams = {HOME.id: HOME, ACME.id: ACME}
    others = [User(**{"team_id": HOME.id, **fields}) for fields in extra_users]
    people = the_cast() + others
    workspace.users = {user.id: user for user in [*people, bot]}
    workspace.channels = {channel.id: channel for channel in _channels(clock, bot, people)}
    return workspace


def _channels(clock: Clock, bot: User, people: list[User]) -> list[Channel]:
    created = int(clock.now()) - 90 * 86_400
    inside = [user.id for user in people if not user.is_stranger]
    rooms = [
        Channel(id="C0SUPPORT", name="support", members=[*inside, bot.id], topic="Customers' questions"),
        Channel(id="C0DIGEST", name="cx-digest", members=[*STAFF, bot.id], topic="Yesterday in numbers"),
        Channel(id="C0RANDOM", name="random", members=[*inside], topic="Off topic; the bot is not here"),
        Channel(id="C0LEADS", name="leads", kind="private", members=["U0LENA", "U0BO", bot.id], topic="Leads only"),
        Channel(id="C0FINANCE", name="finance", kind="private", members=["U0LENA"], topic="The bot is not here"),
        Channel(
            id="C0ACME",
            name="acme-shared",
            members=["U0LENA", "U0ANA", "U0STEN", bot.id],
            topic="With Acme Ltd",
            is_ext_shared=True,
            connected_team_ids=(ACME.id,),
        ),
    ]
    directs = [Channel(id="D" + user.id[1:], name="", kind="im", members=[user.id, bot.id]) for user in people]
    for channel in [*rooms, *directs]:
        channel.created = created
    return [*rooms, *directs]
