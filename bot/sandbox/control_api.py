"""The control door: everything a test, a demo script or the page can do to the workspace, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiohttp import web

from bot.sandbox import people, snapshot, socket_mode
from bot.sandbox.refusal import Json, Refusal
from bot.sandbox.sockets import Connection
from bot.sandbox.workspace import Message, OpenView
from bot.sandbox.world import World

Command = Callable[[World, Json], Awaitable[Any]]


async def control(world: World, request: web.Request) -> web.StreamResponse:
    """POST `/control/{name}` with a JSON object: `{"ok": true, "result": ...}` or `{"ok": false, "error": ...}`."""
    command = COMMANDS.get(request.match_info["name"])
    if command is None:
        return web.json_response({"ok": False, "error": "no such command", "commands": sorted(COMMANDS)}, status=404)
    try:
        args = await request.json() if request.can_read_body else {}
        result = await command(world, args)
    except Refusal as refusal:
        return web.json_response(refusal.body(), status=400)
    except (KeyError, TypeError, ValueError) as problem:
        return web.json_response({"ok": False, "error": f"{type(problem).__name__}: {problem}"}, status=400)
    return web.json_response({"ok": True, "result": result})


async def slash(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    channel = snapshot.channel_for(world, user, args.get("channel", ""))
    return await people.slash(world, user, channel, args["text"])


async def click(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    pick = people.Pick(
        action_id=args["action_id"],
        block_id=args.get("block_id") or "",
        value=args.get("value"),
        values=args.get("values") or {},
    )
    if args.get("view_id"):
        return await people.click_in_view(world, user, _view(world, args), pick)
    return await people.click(world, user, _message(world, args), pick)


async def submit(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    return await people.submit(world, user, _view(world, args), args.get("values") or {})


async def close(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    return await people.close_view(world, user, _view(world, args), all_of_them=bool(args.get("all")))


async def suggest(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    found = {"action_id": args["action_id"], "block_id": args.get("block_id", ""), "value": args.get("value", "")}
    return await people.suggest(world, user, args.get("container") or {}, found)


async def shortcut(world: World, args: Json) -> Json:
    message = _message(world, args) if args.get("ts") else None
    return await people.run_shortcut(world, world.workspace.user(args["user"]), args["callback_id"], message)


async def say(world: World, args: Json) -> Json:
    user = world.workspace.user(args["user"])
    channel = snapshot.channel_for(world, user, args.get("channel", ""))
    said = people.say(world, user, channel, args["text"], thread_ts=args.get("thread_ts", ""))
    return snapshot.message(said)


async def home(world: World, args: Json) -> None:
    people.open_home(world, world.workspace.user(args["user"]))


async def join(world: World, args: Json) -> None:
    people.join(
        world, world.workspace.user(args["user"]), world.workspace.channel(args["channel"]), inviter=args.get("inviter", "")
    )


async def leave(world: World, args: Json) -> None:
    people.leave(world, world.workspace.user(args["user"]), world.workspace.channel(args["channel"]))


async def uninstall(world: World, args: Json) -> None:
    people.uninstall(world)


async def event(world: World, args: Json) -> None:
    """Send any inner event, subscribed or not by its own type."""
    people.tell(world, args["event"]["type"], args["event"], channel=args.get("channel", ""))


async def revoke(world: World, args: Json) -> None:
    world.revoked.add(world.app_token if args.get("token") == "app" else world.bot_token)


async def restore(world: World, args: Json) -> None:
    world.revoked.clear()
    world.installed = True


async def advance(world: World, args: Json) -> Json:
    world.clock.advance(float(args["seconds"]))
    world.timers.look_again()
    world.workspace.touch()
    return {"now": world.clock.now()}


async def fault(world: World, args: Json) -> None:
    fields = {key: value for key, value in args.items() if key not in ("kind", "method", "times")}
    world.faults.plan(args["kind"], method=args.get("method", "*"), times=int(args.get("times", 1)), **fields)


async def clear_faults(world: World, args: Json) -> None:
    world.faults.clear()
    for connection in world.sockets.open:
        connection.deaf = False


async def options(world: World, args: Json) -> None:
    world.change_options(**args)


async def disconnect(world: World, args: Json) -> Json:
    """Ask every connection to go: reason warning, refresh_requested or link_disabled."""
    return await _each(world, lambda c: socket_mode.retire(world, c, args.get("reason", "refresh_requested")))


async def drop(world: World, args: Json) -> Json:
    """Cut the TCP connection of every socket."""
    return await _each(world, _drop)


async def deafen(world: World, args: Json) -> Json:
    """Leave the sockets open, deliver nothing over them and answer no pings."""
    return await _each(world, _deafen)


async def channel(world: World, args: Json) -> Json:
    """Change a channel: is_archived, is_ext_shared, is_pending_ext_shared, topic."""
    changed = world.workspace.channel(args["channel"])
    for name in ("is_archived", "is_ext_shared", "is_pending_ext_shared", "topic"):
        if name in args:
            setattr(changed, name, args[name])
    world.workspace.touch()
    return snapshot.channel(world, changed)


async def state(world: World, args: Json) -> Json:
    """Everything there is to see, for tests; messages with metadata, ephemerals included."""
    return snapshot.everything(world)


async def messages(world: World, args: Json) -> list[Json]:
    return snapshot.messages(world, args.get("channel", ""), args.get("user", ""))


async def ephemerals(world: World, args: Json) -> list[Json]:
    return snapshot.ephemerals(world, args.get("user", ""), args.get("channel", ""))


async def views(world: World, args: Json) -> list[Json]:
    stack = world.workspace.modals.get(world.workspace.user(args["user"]).id, [])
    return [snapshot.view(one) for one in stack]


async def home_view(world: World, args: Json) -> Json | None:
    found = world.workspace.homes.get(world.workspace.user(args["user"]).id)
    return None if found is None else snapshot.view(found)


async def files(world: World, args: Json) -> list[Json]:
    return snapshot.files(world)


async def traffic(world: World, args: Json) -> list[Json]:
    return world.traffic.since(int(args.get("since", 0)))


async def deliveries(world: World, args: Json) -> list[Json]:
    return [one.summary() for one in world.deliveries]


async def notices(world: World, args: Json) -> list[Json]:
    return list(world.notices)


async def connections(world: World, args: Json) -> Json:
    return {"open": [one.number for one in world.sockets.open if not one.socket.closed]}


def _message(world: World, args: Json) -> Message:
    found = world.workspace.message(world.workspace.channel(args["channel"]).id, args["ts"])
    if found is None:
        raise Refusal("message_not_found")
    return found


def _view(world: World, args: Json) -> OpenView:
    user = world.workspace.user(args["user"])
    stack = world.workspace.modals.get(user.id, [])
    wanted = args.get("view_id") or (stack[-1].data["id"] if stack else "")
    home_tab = world.workspace.homes.get(user.id)
    for view in [*stack, *([home_tab] if home_tab else [])]:
        if view.data["id"] == wanted:
            return view
    raise Refusal("view_not_found")


async def _each(world: World, act: Callable[[Connection], Awaitable[None]]) -> Json:
    chosen = list(world.sockets.open)
    with suppress(ConnectionError):
        await asyncio.gather(*(act(one) for one in chosen))
    return {"connections": len(chosen)}


async def _drop(connection: Connection) -> None:
    connection.drop()


async def _deafen(connection: Connection) -> None:
    connection.deaf = True


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        slash,
        click,
        submit,
        close,
        suggest,
        shortcut,
        say,
        home,
        join,
        leave,
        uninstall,
        event,
        revoke,
        restore,
        advance,
        fault,
        clear_faults,
        options,
        disconnect,
        drop,
        deafen,
        channel,
        state,
        messages,
        ephemerals,
        views,
        home_view,
        files,
        traffic,
        deliveries,
        notices,
        connections,
    )
}
