"""api.*, auth.*, apps.*, team.*, bots.*, users.* and reactions.*."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.sandbox.calls import TIER_2, TIER_3, TIER_4, Call, Method
from bot.sandbox.paging import page_of
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.workspace import User
from bot.sandbox.world import World

COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699")


def api_test(call: Call) -> Json:
    if "error" in call.args:
        raise Refusal(str(call.args["error"]), args=dict(call.args))
    return {"args": {key: value for key, value in call.args.items() if key != "token"}}


def auth_test(call: Call) -> Json:
    workspace = call.world.workspace
    return {
        "url": f"https://{workspace.team.domain}.slack.com/",
        "team": workspace.team.name,
        "user": workspace.bot.name,
        "team_id": workspace.team.id,
        "user_id": workspace.bot.id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def open_connection(call: Call) -> Json:
    world = call.world
    if not world.manifest.socket_mode:
        raise Refusal("forbidden")
    ticket = world.sockets.new_ticket()
    return {"url": f"{world.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={world.workspace.app_id}"}


def team_info(call: Call) -> Json:
    team = call.world.workspace.team
    icon = {"image_default": True}
    return {"team": {"id": team.id, "name": team.name, "domain": team.domain, "email_domain": "", "icon": icon}}


def bots_info(call: Call) -> Json:
    workspace = call.world.workspace
    if call.args.get("bot", workspace.bot_id) != workspace.bot_id:
        raise Refusal("bot_not_found")
    bot = {
        "id": workspace.bot_id,
        "deleted": False,
        "name": workspace.bot.real_name,
        "updated": 0,
        "app_id": workspace.app_id,
        "user_id": workspace.bot.id,
        "icons": {},
    }
    return {"bot": bot}


def users_info(call: Call) -> Json:
    return {"user": user_object(call.world, call.user(), with_locale=call.flag("include_locale"))}


def users_list(call: Call) -> Json:
    people = [
        user_object(call.world, user, with_locale=call.flag("include_locale")) for user in call.world.workspace.users.values()
    ]
    page, cursor = page_of(people, call.number("limit", 0) or len(people), call.args.get("cursor"))
    return {"members": page, "cache_ts": int(call.world.clock.now()), "response_metadata": {"next_cursor": cursor}}


def lookup_by_email(call: Call) -> Json:
    wanted = str(call.need("email")).lower()
    for user in call.world.workspace.users.values():
        if user.email.lower() == wanted and user.team_id == call.world.workspace.team.id and not user.deleted:
            return {"user": user_object(call.world, user)}
    raise Refusal("users_not_found")


def add_reaction(call: Call) -> Json:
    channel, name = call.channel(), str(call.need("name")).strip(":")
    message = call.world.workspace.message(channel.id, str(call.need("timestamp")))
    if message is None or message.ephemeral_to is not None:
        raise Refusal("message_not_found")
    reactions = message.data.setdefault("reactions", [])
    bot = call.world.workspace.bot.id
    known = next((reaction for reaction in reactions if reaction["name"] == name), None)
    if known is None:
        reactions.append({"name": name, "users": [bot], "count": 1})
    elif bot in known["users"]:
        raise Refusal("already_reacted")
    else:
        known |= {"users": [*known["users"], bot], "count": known["count"] + 1}
    call.world.workspace.touch(message)
    return {}


def user_object(world: World, user: User, *, with_locale: bool = False) -> Json:
    """A user as the Web API shows it. Strangers' e-mails and, without users:read.email, everyone's are withheld."""
    profile: Json = {"real_name": user.real_name, "display_name": user.name, "title": user.title, "team": user.team_id}
    if user.email and not user.is_stranger and "users:read.email" in world.manifest.scopes:
        profile["email"] = user.email
    shown: Json = {
        "id": user.id,
        "team_id": user.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "deleted": user.deleted,
        "color": COLORS[sum(map(ord, user.id)) % len(COLORS)],
        **_zone(world, user),
        "profile": profile,
        "is_admin": user.is_admin,
        "is_owner": user.is_owner,
        "is_primary_owner": False,
        "is_restricted": user.is_restricted,
        "is_ultra_restricted": user.is_ultra_restricted,
        "is_bot": user.is_bot,
        "is_app_user": False,
        "updated": 0,
    }
    if user.is_stranger:
        shown["is_stranger"] = True
    return shown | ({"locale": user.locale} if with_locale else {})


def _zone(world: World, user: User) -> Json:
    at = datetime.fromtimestamp(world.clock.now(), UTC).astimezone(ZoneInfo(user.tz))
    offset = at.utcoffset()
    return {"tz": user.tz, "tz_label": at.tzname() or user.tz, "tz_offset": int(offset.total_seconds()) if offset else 0}


TEAM: dict[str, Method] = {
    "api.test": Method(run=api_test, per_minute=TIER_4, caller="none"),
    "auth.test": Method(run=auth_test, per_minute=None),
    "apps.connections.open": Method(run=open_connection, per_minute=None, caller="app"),
    "team.info": Method(run=team_info, scopes=("team:read",), per_minute=TIER_3),
    "bots.info": Method(run=bots_info, scopes=("users:read",), per_minute=TIER_3),
    "users.info": Method(run=users_info, scopes=("users:read",), per_minute=TIER_4),
    "users.list": Method(run=users_list, scopes=("users:read",), per_minute=TIER_2),
    "users.lookupByEmail": Method(run=lookup_by_email, scopes=("users:read.email",), per_minute=TIER_3),
    "reactions.add": Method(run=add_reaction, scopes=("reactions:write",), per_minute=TIER_3),
}
