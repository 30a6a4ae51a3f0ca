"""Getting something to the app and its answer back: over Socket Mode or signed HTTP, in time or not, once or again."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from typing import Any

import aiohttp

from bot.sandbox import acks, payloads, request_urls
from bot.sandbox.deliveries import Delivery
from bot.sandbox.faults import Fault
from bot.sandbox.refusal import Json
from bot.sandbox.world import World

FAILURES = {
    "operation_timeout": "failed because the app did not respond (operation_timeout)",
    "dispatch_failed": "failed because the app could not be reached (dispatch_failed)",
    "http_error": "failed because the app answered with an error (http_service_error)",
}


async def deliver(world: World, delivery: Delivery) -> Delivery:
    """Send it, wait for the ack or the end of patience, apply the answer; events come again if unacked."""
    world.deliveries.append(delivery)
    fault = world.faults.take_delivery(delivery.type)
    copies = 1
    if fault is not None:
        copies = await _suffer(world, delivery, fault)
    for _ in range(copies):
        await _send(world, delivery)
    try:
        await asyncio.wait_for(delivery.done.wait(), world.options.ack_seconds)
    except TimeoutError:
        _fail(world, delivery, "operation_timeout")
    return delivery


async def deliver_event(world: World, delivery: Delivery) -> Delivery:
    """Deliver an event; if it stays unacked, plan the next attempt with the same event_id."""
    await deliver(world, delivery)
    if delivery.state != "acked" and delivery.attempt < len(world.options.redelivery_seconds):
        world.timers.after(world.options.redelivery_seconds[delivery.attempt], lambda: _again(world, delivery))
    return delivery


def acked(world: World, envelope_id: str, answer: Any) -> None:
    """The app acknowledged an envelope. A second or a late ack changes nothing."""
    for delivery in reversed(world.deliveries):
        if delivery.envelope_id == envelope_id:
            _settle(world, delivery, answer)
            return


def run(world: World, work: Any) -> asyncio.Task[Any]:
    """Let a delivery take its course in the background."""
    task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
    world.tasks.add(task)
    task.add_done_callback(world.tasks.discard)
    return task


def _settle(world: World, delivery: Delivery, answer: Any) -> None:
    if delivery.state != "waiting":
        world.traffic.note("in", f"late ack {delivery.type}", sent=answer, note=delivery.label)
        return
    delivery.state = "acked"
    delivery.answer = answer
    delivery.ack_ms = round((time.perf_counter() - delivery.sent_at) * 1000, 3)
    world.traffic.note("in", f"ack {delivery.type}", sent=answer, note=f"{delivery.ack_ms:.0f} ms")
    acks.apply(world, delivery, answer)
    delivery.done.set()


def _fail(world: World, delivery: Delivery, failure: str) -> None:
    if delivery.state != "waiting":
        return
    delivery.state = "failed"
    delivery.failure = failure
    delivery.done.set()
    if delivery.type != "events_api":
        text = f"{delivery.label} {FAILURES[failure]}"
        world.notify(failure, text, user=delivery.user, channel=delivery.channel)


async def _send(world: World, delivery: Delivery) -> None:
    delivery.sent_at = delivery.sent_at or time.perf_counter()
    if world.options.request_url:
        run(world, _over_http(world, delivery))
        return
    connection = world.sockets.next()
    if connection is None:
        _fail(world, delivery, "dispatch_failed")
        return
    world.traffic.note("out", delivery.type, sent=delivery.envelope(), note=f"connection {connection.number}")
    if not connection.deaf:
        await connection.socket.send_json(delivery.envelope())


async def _over_http(world: World, delivery: Delivery) -> None:
    body, headers = request_urls.signed_request(world, delivery)
    world.traffic.note("out", f"POST {delivery.type}", sent=delivery.payload)
    timeout = aiohttp.ClientTimeout(total=world.options.ack_seconds)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(world.options.request_url, data=body, headers=headers) as response,
        ):
            text = await response.text()
    except TimeoutError:
        return
    except aiohttp.ClientError:
        _fail(world, delivery, "dispatch_failed")
        return
    if response.status == 200:
        _settle(world, delivery, _parsed(text))
    else:
        _fail(world, delivery, "http_error")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except ValueError:
        return text


async def _suffer(world: World, delivery: Delivery, fault: Fault) -> int:
    """Apply a delivery fault; the answer is how many copies go out."""
    world.traffic.note("out", f"fault: {fault.kind}", note=delivery.label)
    if fault.kind == "delay":
        await asyncio.sleep(float(fault.fields.get("seconds", 1.0)))
    elif fault.kind == "reorder":
        await _wait_for_company(world, fault)
    elif fault.kind == "vanish":
        return 0
    return 2 if fault.kind == "duplicate" else 1


async def _wait_for_company(world: World, fault: Fault) -> None:
    """Hold a delivery until the planned number is there, then let them go: last come, first sent."""
    if fault.times == 0:
        run(world, _let_go(world))
        return
    gate = asyncio.Event()
    world.held.append(gate)
    await gate.wait()


async def _let_go(world: World) -> None:
    while world.held:
        await asyncio.sleep(0.02)
        world.held.pop().set()


def _again(world: World, before: Delivery) -> None:
    once_more = Delivery(
        type=before.type,
        payload=before.payload,
        accepts_response=before.accepts_response,
        user=before.user,
        channel=before.channel,
        label=before.label,
        envelope_id=str(uuid.uuid4()),
        attempt=before.attempt + 1,
        retry_reason=_reason(before),
    )
    run(world, deliver_event(world, once_more))


def _reason(before: Delivery) -> str:
    return {"operation_timeout": "timeout", "dispatch_failed": "connection_failed"}.get(before.failure, before.failure)


def event_callback(world: World, event: Json, *, channel: str = "") -> Delivery:
    """The envelope of an event, ready to be delivered."""
    return Delivery(
        type="events_api",
        payload=payloads.event_callback(world, event, channel=channel),
        accepts_response=False,
        user=str(event.get("user", "")),
        channel=channel,
        label=str(event["type"]),
    )
