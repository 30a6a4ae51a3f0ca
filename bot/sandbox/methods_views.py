"""views.*: modals and the Home tab."""

from __future__ import annotations

from typing import Any

from bot.sandbox import modals
from bot.sandbox.calls import TIER_4, Call, Method
from bot.sandbox.refusal import Json, Refusal


def open_view(call: Call) -> Json:
    view = _view(call)
    trigger = call.world.tickets.redeem(str(call.need("trigger_id")))
    return {"view": modals.open_modal(call.world, trigger.user, view).data}


def push_view(call: Call) -> Json:
    view = _view(call)
    trigger = call.world.tickets.redeem(str(call.need("trigger_id")))
    return {"view": modals.push_modal(call.world, trigger.user, view).data}


def update_view(call: Call) -> Json:
    names = {"view_id": str(call.args.get("view_id") or ""), "external_id": str(call.args.get("external_id") or "")}
    known = call.world.workspace.find_view(**names)
    if known is None:
        raise Refusal("not_found")
    return {"view": modals.update_view(call.world, known, _view(call), view_hash=str(call.args.get("hash") or "")).data}


def publish_view(call: Call) -> Json:
    user = call.world.workspace.users.get(str(call.need("user_id")))
    if user is None:
        raise Refusal("user_not_found")
    published = modals.publish_home(call.world, user.id, _view(call), view_hash=str(call.args.get("hash") or ""))
    return {"view": published.data}


def _view(call: Call) -> Any:
    return call.need("view")


VIEWS: dict[str, Method] = {
    "views.open": Method(run=open_view, per_minute=TIER_4),
    "views.push": Method(run=push_view, per_minute=TIER_4),
    "views.update": Method(run=update_view, per_minute=TIER_4),
    "views.publish": Method(run=publish_view, per_minute=TIER_4),
}
