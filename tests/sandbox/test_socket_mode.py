"""Socket Mode frame by frame: tickets, hello, one envelope to one connection, refresh, redelivery, faults on the way."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from aiohttp import WSMsgType

from bot.sandbox import Control, Sandbox
from tests.sandbox.conftest import RunningApp, raw
from tests.sandbox.raw_socket import ack, connected, doing, frame, run, socket_url

MENTION = {"text": "hello", "user": "ana", "channel": "#support"}


def test_a_ticket_opens_one_connection_once(sandbox: Sandbox) -> None:
    async def scenario() -> None:
        url = await socket_url(sandbox)
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(url) as socket:
                hello = await frame(socket)
                assert hello["type"] == "hello"
                assert hello["num_connections"] == 1
                assert hello["connection_info"] == {"app_id": "A0SANDBOX"}
                assert hello["debug_info"]["approximate_connection_time"] == 3600
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(url)

    run(scenario)


def test_connections_need_socket_mode_in_the_manifest() -> None:
    manifest = {"oauth_config": {"scopes": {"bot": []}}, "settings": {"socket_mode_enabled": False}}
    with Sandbox.start(manifest=manifest) as sandbox:
        headers = {"Authorization": f"Bearer {sandbox.app_token}"}
        assert b'"forbidden"' in raw(sandbox, "POST", "/api/apps.connections.open", "", headers)[2]


def test_each_envelope_goes_to_exactly_one_connection(sandbox: Sandbox, control: Control) -> None:
    async def scenario() -> None:
        async with connected(sandbox) as one, connected(sandbox) as two:
            assert (await frame(one))["num_connections"] == 1
            assert (await frame(two))["num_connections"] == 2
            sent = [asyncio.ensure_future(doing(control.slash, f"/cx {n}")) for n in range(6)]
            texts = []
            for socket in (one, two):
                for _ in range(3):
                    envelope = await frame(socket)
                    texts.append(envelope["payload"]["text"])
                    await ack(socket, envelope)
            assert sorted(texts) == [str(n) for n in range(6)]
            assert {(await outcome)["state"] for outcome in sent} == {"acked"}

    run(scenario)


def test_a_frame_names_its_type_and_whether_it_takes_an_answer(sandbox: Sandbox, control: Control) -> None:
    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            typing = asyncio.ensure_future(doing(control.slash, "/cx"))
            envelope = await frame(socket)
            assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
            await ack(socket, envelope, {"text": "hi"})
            assert (await typing)["answer"] == {"text": "hi"}
            await doing(control.mention, **MENTION)
            event = await frame(socket)
            assert (event["type"], event["accepts_response_payload"]) == ("events_api", False)
            assert (event["retry_attempt"], event["retry_reason"]) == (0, "")
            assert event["payload"]["authorizations"][0]["user_id"] == "U0BOT"
            assert event["payload"]["type"] == "event_callback"
            assert event["payload"]["is_ext_shared_channel"] is False

    run(scenario)


def test_an_ack_counts_over_any_connection_and_only_once(sandbox: Sandbox, control: Control) -> None:
    async def scenario() -> None:
        async with connected(sandbox) as one, connected(sandbox) as two:
            await frame(one)
            await frame(two)
            typing = asyncio.ensure_future(doing(control.slash, "/cx"))
            receiving = [asyncio.ensure_future(frame(socket)) for socket in (one, two)]
            done, _ = await asyncio.wait(receiving, return_when=asyncio.FIRST_COMPLETED)
            envelope = done.pop().result()
            await ack(one, envelope, {"text": "first"})
            await ack(two, envelope, {"text": "second"})
            assert (await typing)["answer"] == {"text": "first"}
            for task in receiving:
                task.cancel()

    run(scenario)
    assert [m["text"] for m in control.ephemerals()] == ["first"]


def test_the_eleventh_connection_is_told_and_closed(sandbox: Sandbox) -> None:
    sandbox.control.options(max_connections=2)

    async def scenario() -> None:
        async with connected(sandbox) as one, connected(sandbox) as two, connected(sandbox) as three:
            assert (await frame(one))["type"] == (await frame(two))["type"] == "hello"
            assert (await frame(three))["reason"] == "too_many_websockets"
            assert (await three.receive(timeout=10)).type is WSMsgType.CLOSE
        assert sandbox.control.connections() in ([], [1], [2], [1, 2])

    run(scenario)


def test_pings_are_sent_and_answered(sandbox: Sandbox) -> None:
    sandbox.control.options(ping_seconds=0.05)

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            assert (await socket.receive(timeout=10)).type is WSMsgType.PING
            await socket.ping(b"sdk-ping-pong:1")
            while (message := await socket.receive(timeout=10)).type is WSMsgType.PING:
                continue
            assert (message.type, bytes(message.data)) == (WSMsgType.PONG, b"sdk-ping-pong:1")

    run(scenario)


@pytest.mark.parametrize(("extra", "seconds"), [("", 3600), ("&debug_reconnects=true", 360)])
def test_an_old_connection_is_warned_then_refreshed(sandbox: Sandbox, extra: str, seconds: int) -> None:
    async def scenario() -> None:
        async with connected(sandbox, extra) as socket:
            assert (await frame(socket))["debug_info"]["approximate_connection_time"] == seconds
            await doing(sandbox.control.advance, seconds - 9)
            assert (await frame(socket))["reason"] == "warning"
            await doing(sandbox.control.advance, 10)
            assert (await frame(socket))["reason"] == "refresh_requested"
            assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE

    run(scenario)


def test_a_retiring_connection_gets_nothing_while_another_listens(sandbox: Sandbox, control: Control) -> None:
    async def scenario() -> None:
        async with connected(sandbox) as old:
            await frame(old)
            await doing(control.disconnect, "warning")
            assert (await frame(old))["reason"] == "warning"
            async with connected(sandbox) as new:
                await frame(new)
                for _ in range(3):
                    typing = asyncio.ensure_future(doing(control.slash, "/cx"))
                    await ack(new, await frame(new))
                    assert (await typing)["state"] == "acked"

    run(scenario)


def test_an_unacked_event_comes_again_on_the_timetable_with_the_same_event_id(sandbox: Sandbox, control: Control) -> None:
    control.options(ack_seconds=0.05, redelivery_seconds=[1, 60, 300])

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            seen = [await frame(socket)]
            await doing(control.mention, **MENTION)
            seen = [await frame(socket)]
            mine = seen[0]["payload"]["event_id"]
            for wait in (1, 60, 300):
                await asyncio.sleep(0.12)
                await doing(control.advance, wait)
                while (again := await frame(socket))["payload"]["event_id"] != mine:
                    continue
                seen.append(again)
            assert [one["retry_attempt"] for one in seen] == [0, 1, 2, 3]
            assert [one["retry_reason"] for one in seen] == ["", "timeout", "timeout", "timeout"]
            assert len({one["envelope_id"] for one in seen}) == 4

    run(scenario)


def test_an_acked_event_does_not_come_again(sandbox: Sandbox, control: Control) -> None:
    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            await doing(control.open_home, "ana")
            await ack(socket, await frame(socket))
            await asyncio.sleep(0.05)
            await doing(control.advance, 1000)
            with pytest.raises(TimeoutError):
                await frame(socket, timeout=0.2)

    run(scenario)


def test_an_event_with_nobody_listening_waits_for_a_listener(app: RunningApp, control: Control) -> None:
    app.bolt.event("app_home_opened")(lambda: None)
    control.open_home("ana")
    control.wait_for(lambda: [one for one in control.deliveries() if one["state"] == "failed"])
    app.connect()
    heard = control.wait_for(lambda: app.heard)
    assert heard[0].retry_attempt
    assert heard[0].payload["event"]["type"] == "app_home_opened"


def test_commands_and_clicks_are_never_sent_again(sandbox: Sandbox, control: Control) -> None:
    control.options(ack_seconds=0.05)

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            await doing(control.slash, "/cx")
            assert (await frame(socket))["type"] == "slash_commands"
            await doing(control.advance, 1000)
            with pytest.raises(TimeoutError):
                await frame(socket, timeout=0.2)

    run(scenario)


def test_a_duplicate_arrives_twice_in_the_same_envelope(sandbox: Sandbox, control: Control) -> None:
    control.fault("duplicate", "events_api")

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            await doing(control.open_home, "ana")
            first, second = await frame(socket), await frame(socket)
            assert first == second

    run(scenario)


def test_deliveries_can_come_in_the_wrong_order(sandbox: Sandbox, control: Control) -> None:
    control.fault("reorder", "events_api", times=3)

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            for user in ("ana", "bo", "lena"):
                await doing(control.open_home, user)
            order = [(await frame(socket))["payload"]["event"]["user"] for _ in range(3)]
            assert order == ["U0LENA", "U0BO", "U0ANA"]

    run(scenario)


def test_a_delivery_can_be_late_or_lost(sandbox: Sandbox, control: Control) -> None:
    control.fault("delay", "events_api", seconds=0.3)
    control.fault("vanish", "slash_commands")
    control.options(ack_seconds=0.1)

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            await doing(control.open_home, "ana")
            with pytest.raises(TimeoutError):
                await frame(socket, timeout=0.15)
            assert (await frame(socket))["type"] == "events_api"
            assert (await doing(control.slash, "/cx"))["failure"] == "operation_timeout"

    run(scenario)


def test_a_deaf_socket_stays_open_but_answers_nothing(sandbox: Sandbox, control: Control) -> None:
    control.options(ack_seconds=0.1)

    async def scenario() -> None:
        async with connected(sandbox) as socket:
            await frame(socket)
            assert await doing(control.deafen_sockets) == 1
            assert (await doing(control.slash, "/cx"))["failure"] == "operation_timeout"
            await socket.ping(b"anyone")
            with pytest.raises(TimeoutError):
                await socket.receive(timeout=0.2)
            await doing(control.clear_faults)
            await socket.ping(b"anyone")
            assert (await socket.receive(timeout=10)).type is WSMsgType.PONG

    run(scenario)


def test_the_sdk_comes_back_after_a_refresh_and_after_a_cut(app: RunningApp, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack())
    app.connect()
    for end in (control.disconnect, control.drop_sockets):
        before = max(control.connections())
        assert end() >= 1
        control.wait_for(lambda newest=before: [one for one in control.connections() if one > newest])  # type: ignore[misc]
        control.wait_for(lambda: control.slash("/cx")["state"] == "acked")


def test_a_link_may_be_disabled(app: RunningApp, control: Control) -> None:
    app.connect()
    assert control.disconnect("link_disabled") == 1
    frames = [entry["sent"] for entry in control.traffic() if entry["name"] == "disconnect"]
    assert frames == [{"type": "disconnect", "reason": "link_disabled"}]


def test_ids_in_the_path_are_not_enough(sandbox: Sandbox) -> None:
    assert raw(sandbox, "GET", "/link/?ticket=guess")[0] == 404
