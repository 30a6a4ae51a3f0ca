"""The Web API as slack_sdk and bare HTTP see it: forms of arguments, tokens, scopes, and each error in Slack's words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox import Control, Options, Sandbox
from tests.sandbox.conftest import actions, button, modal, mrkdwn, plain, raw

JSON = {"Content-Type": "application/json; charset=utf-8"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MINUTE = 60.0


def manifest(*scopes: str, **features: Any) -> dict[str, Any]:
    return {
        "display_information": {"name": "cx"},
        "features": {"app_home": {"home_tab_enabled": True, "messages_tab_enabled": True}, **features},
        "oauth_config": {"scopes": {"bot": list(scopes)}},
        "settings": {"socket_mode_enabled": True, "interactivity": {"is_enabled": True}},
    }


def refused(client: WebClient, method: str, **args: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=args)
    return caught.value.response


def bearer(sandbox: Sandbox) -> dict[str, str]:
    return {"Authorization": f"Bearer {sandbox.bot_token}"}


def test_json_form_query_and_empty_bodies_are_all_understood(sandbox: Sandbox) -> None:
    said = {"channel": "C0SUPPORT", "text": "hi"}
    blocks = json.dumps([{"type": "section", "text": mrkdwn("hi")}])
    ways = [
        raw(sandbox, "POST", "/api/chat.postMessage", json.dumps(said), JSON | bearer(sandbox)),
        raw(sandbox, "POST", "/api/chat.postMessage", urlencode(said | {"blocks": blocks}), FORM | bearer(sandbox)),
        raw(sandbox, "GET", "/api/chat.postMessage?" + urlencode(said), None, bearer(sandbox)),
        raw(sandbox, "POST", "/api/auth.test", "", JSON | bearer(sandbox)),
        raw(sandbox, "POST", "/api/auth.test", "{}", JSON | bearer(sandbox)),
        raw(sandbox, "POST", "/api/auth.test", None, bearer(sandbox)),
        raw(sandbox, "POST", "/api/auth.test", urlencode({"token": sandbox.bot_token}), FORM),
    ]
    assert [json.loads(body)["ok"] for _, _, body in ways] == [True] * 7
    assert sandbox.control.messages("#support")[1]["blocks"][0]["text"]["text"] == "hi"


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[1]", "json_not_object")])
def test_broken_json_is_named(sandbox: Sandbox, body: str, error: str) -> None:
    status, _, answer = raw(sandbox, "POST", "/api/auth.test", body, JSON | bearer(sandbox))
    assert (status, json.loads(answer)["error"]) == (200, error)


def test_every_answer_names_the_scopes_granted(client: WebClient) -> None:
    answer = client.auth_test()
    assert answer["user_id"] == "U0BOT"
    assert "chat:write" in answer.headers["x-oauth-scopes"].split(",")


def test_tokens_are_told_apart(sandbox: Sandbox, control: Control) -> None:
    def error(token: str, method: str = "auth.test") -> str:
        _, _, answer = raw(sandbox, "POST", f"/api/{method}", "", {"Authorization": f"Bearer {token}"} if token else {})
        return str(json.loads(answer).get("error"))

    assert error("") == "not_authed"
    assert error("xoxb-other") == "invalid_auth"
    assert error(sandbox.app_token) == "not_allowed_token_type"
    assert error(sandbox.bot_token, "apps.connections.open") == "not_allowed_token_type"
    control.revoke()
    assert error(sandbox.bot_token) == "token_revoked"
    control.restore()
    control.uninstall()
    assert error(sandbox.bot_token) == "account_inactive"


def test_tokens_look_like_tokens_and_never_show_in_the_traffic(sandbox: Sandbox, client: WebClient) -> None:
    assert sandbox.bot_token.startswith("xoxb-")
    assert sandbox.app_token.startswith("xapp-")
    client.chat_postMessage(channel="#support", text=f"my token is {sandbox.bot_token}")
    seen = json.dumps(sandbox.control.traffic())
    assert sandbox.bot_token not in seen
    assert "xoxb-***" in seen


def test_a_method_that_does_not_exist_is_unknown(client: WebClient) -> None:
    assert refused(client, "chat.postNonsense")["error"] == "unknown_method"


@pytest.mark.parametrize(
    ("method", "args", "needed"),
    [
        ("chat.postMessage", {"channel": "C0SUPPORT", "text": "x"}, "chat:write"),
        ("users.info", {"user": "U0ANA"}, "users:read"),
        ("users.lookupByEmail", {"email": "ana@example.com"}, "users:read.email"),
        ("conversations.history", {"channel": "C0LEADS"}, "groups:history"),
        ("conversations.info", {"channel": "C0LEADS"}, "groups:read"),
        ("files.getUploadURLExternal", {"filename": "a.png", "length": 1}, "files:write"),
        ("conversations.join", {"channel": "C0RANDOM"}, "channels:join"),
        ("reactions.add", {"channel": "C0SUPPORT", "timestamp": "1.1", "name": "x"}, "reactions:write"),
        ("team.info", {}, "team:read"),
    ],
)
def test_a_missing_scope_is_named_with_those_granted(method: str, args: dict[str, Any], needed: str) -> None:
    with Sandbox.start(manifest=manifest("channels:history", "channels:read")) as sandbox:
        answer = refused(WebClient(sandbox.bot_token, base_url=sandbox.api_url), method, **args)
    assert answer["error"] == "missing_scope"
    assert needed in answer["needed"].split(",")
    assert answer["provided"] == "channels:history,channels:read"


def test_the_email_of_a_user_needs_its_own_scope() -> None:
    with Sandbox.start(manifest=manifest("users:read")) as sandbox:
        user = WebClient(sandbox.bot_token, base_url=sandbox.api_url).users_info(user="U0ANA")["user"]
    assert "email" not in user["profile"]


def test_without_chat_write_public_the_bot_posts_only_where_it_is() -> None:
    with Sandbox.start(manifest=manifest("chat:write")) as sandbox:
        client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
        assert client.chat_postMessage(channel="#support", text="x")["ok"]
        assert refused(client, "chat.postMessage", channel="C0RANDOM", text="x")["error"] == "not_in_channel"


def test_a_closed_messages_tab_takes_no_messages() -> None:
    tabs = {"app_home": {"home_tab_enabled": False, "messages_tab_enabled": False}}
    with Sandbox.start(manifest=manifest("chat:write", **tabs)) as sandbox:
        client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
        assert refused(client, "chat.postMessage", channel="U0ANA", text="x")["error"] == "messages_tab_disabled"
        home = {"type": "home", "blocks": []}
        assert refused(client, "views.publish", user_id="U0ANA", view=home)["error"] == "not_enabled"


def test_who_is_who(client: WebClient) -> None:
    ana = client.users_info(user="U0ANA", include_locale=True)["user"]
    assert (ana["tz"], ana["locale"], ana["profile"]["email"]) == ("Europe/Lisbon", "en-US", "ana@example.com")
    assert client.users_info(user="U0LENA")["user"]["is_admin"]
    assert client.users_info(user="U0GITA")["user"]["is_restricted"]
    sten = client.users_info(user="U0STEN")["user"]
    assert (sten["is_stranger"], sten["team_id"], "email" in sten["profile"]) == (True, "T0ACME", False)
    assert refused(client, "users.info", user="U0NOBODY")["error"] == "user_not_found"


def test_users_are_found_by_email_in_the_own_workspace_only(client: WebClient) -> None:
    assert client.users_lookupByEmail(email="carla.customer@example.com")["user"]["id"] == "U0CARLA"
    assert refused(client, "users.lookupByEmail", email="sten@acme.example")["error"] == "users_not_found"


def test_extra_people_can_be_seeded() -> None:
    eve = {"id": "U0EVE", "name": "eve", "real_name": "Eve Extra", "email": "eve@example.com", "tz": "Asia/Tokyo"}
    with Sandbox.start(seed=[eve]) as sandbox:
        client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
        assert client.users_lookupByEmail(email="eve@example.com")["user"]["tz_offset"] == 9 * 3600
        assert client.chat_postMessage(channel="U0EVE", text="hi")["channel"] == "D0EVE"


def test_channels_are_listed_by_kind_and_page(client: WebClient) -> None:
    first = client.conversations_list(types="public_channel,private_channel", limit=3)
    rest = client.conversations_list(
        types="public_channel,private_channel", limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    names = [channel["name"] for channel in first["channels"] + rest["channels"]]
    assert names == ["support", "cx-digest", "random", "leads", "acme-shared"]
    assert rest["response_metadata"]["next_cursor"] == ""
    assert refused(client, "conversations.list", cursor="nonsense")["error"] == "invalid_cursor"


def test_a_shared_channel_says_so(client: WebClient, control: Control) -> None:
    assert client.conversations_info(channel="C0ACME")["channel"]["is_ext_shared"]
    assert not client.conversations_info(channel="C0SUPPORT")["channel"]["is_ext_shared"]
    control.change_channel("#support", is_pending_ext_shared=True)
    assert client.conversations_info(channel="C0SUPPORT")["channel"]["is_pending_ext_shared"]


def test_a_private_channel_without_the_bot_does_not_exist_for_it(client: WebClient) -> None:
    assert refused(client, "conversations.info", channel="C0FINANCE")["error"] == "channel_not_found"
    assert refused(client, "chat.postMessage", channel="C0FINANCE", text="x")["error"] == "channel_not_found"


def test_members_joining_and_opening(client: WebClient) -> None:
    assert "U0STEN" in client.conversations_members(channel="C0ACME")["members"]
    assert client.conversations_join(channel="C0RANDOM")["channel"]["is_member"]
    assert client.conversations_join(channel="C0RANDOM")["warning"] == "already_in_channel"
    assert client.conversations_open(users="U0ANA")["channel"]["id"] == "D0ANA"
    assert refused(client, "conversations.open", users="U0NOBODY")["error"] == "user_not_found"


def test_history_pages_backwards_and_shows_metadata_on_request(client: WebClient) -> None:
    metadata = {"event_type": "cx_msg", "event_payload": {"id": "7"}}
    for number in range(5):
        client.chat_postMessage(channel="#support", text=str(number), metadata=metadata)
    page = client.conversations_history(channel="C0SUPPORT", limit=2)
    seen = [m["text"] for m in page["messages"]]
    while page["has_more"]:
        page = client.conversations_history(channel="C0SUPPORT", limit=2, cursor=page["response_metadata"]["next_cursor"])
        seen += [m["text"] for m in page["messages"]]
    assert seen == ["4", "3", "2", "1", "0"]
    assert "metadata" not in page["messages"][0]
    whole = client.conversations_history(channel="C0SUPPORT", include_all_metadata=True)["messages"]
    assert {m["metadata"]["event_payload"]["id"] for m in whole} == {"7"}


def test_history_between_two_instants_leaves_out_its_ends_unless_asked(client: WebClient) -> None:
    stamps = [client.chat_postMessage(channel="#support", text=str(number))["ts"] for number in range(4)]
    between = {"channel": "C0SUPPORT", "oldest": stamps[0], "latest": stamps[3]}
    assert [m["text"] for m in client.conversations_history(**between)["messages"]] == ["2", "1"]
    assert len(client.conversations_history(**between, inclusive=True)["messages"]) == 4


def test_threads_are_read_apart(client: WebClient) -> None:
    root = client.chat_postMessage(channel="#support", text="root")["ts"]
    client.chat_postMessage(channel="#support", text="reply", thread_ts=root)
    client.chat_postMessage(channel="#support", text="loud reply", thread_ts=root, reply_broadcast=True)
    history = client.conversations_history(channel="C0SUPPORT")["messages"]
    assert [m["text"] for m in history] == ["loud reply", "root"]
    replies = client.conversations_replies(channel="C0SUPPORT", ts=root)["messages"]
    assert [m["text"] for m in replies] == ["root", "reply", "loud reply"]
    assert replies[0]["reply_count"] == 2
    assert refused(client, "conversations.replies", channel="C0SUPPORT", ts="1.1")["error"] == "thread_not_found"


def test_history_needs_the_bot_in_the_channel(client: WebClient) -> None:
    assert refused(client, "conversations.history", channel="C0RANDOM")["error"] == "not_in_channel"


def test_posting_is_refused_for_its_reasons(client: WebClient, control: Control) -> None:
    assert refused(client, "chat.postMessage", channel="C0SUPPORT")["error"] == "no_text"
    assert refused(client, "chat.postMessage", channel="C0NOWHERE", text="x")["error"] == "channel_not_found"
    assert refused(client, "chat.postMessage", channel="C0SUPPORT", text="x", thread_ts="1.1")["error"] == "thread_not_found"
    bad = refused(
        client, "chat.postMessage", channel="C0SUPPORT", text="x", blocks=[{"type": "header", "text": plain("x" * 151)}]
    )
    assert bad["error"] == "invalid_blocks"
    assert bad["errors"] == ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"]
    assert bad["response_metadata"]["messages"] == ["[ERROR] " + bad["errors"][0]]
    control.change_channel("#support", is_archived=True)
    assert refused(client, "chat.postMessage", channel="C0SUPPORT", text="x")["error"] == "is_archived"
    assert control.messages("#support") == []


def test_a_second_table_is_refused_by_its_own_name(client: WebClient) -> None:
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}]]}
    answer = refused(client, "chat.postMessage", channel="C0SUPPORT", text="x", blocks=[table, table])
    assert answer["error"] == "invalid_attachments"
    assert "only_one_table_allowed" in answer["errors"][0]


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "x", "event_payload": []}, "invalid_metadata_format"),
        ({"event_type": "x", "event_payload": {"long": "y" * 9000}}, "metadata_too_large"),
    ],
)
def test_bad_metadata_is_refused(client: WebClient, metadata: dict[str, Any], error: str) -> None:
    assert refused(client, "chat.postMessage", channel="C0SUPPORT", text="x", metadata=metadata)["error"] == error


def test_a_long_text_is_cut_when_posted_and_refused_when_updated(client: WebClient) -> None:
    posted = client.chat_postMessage(channel="#support", text="x" * 40_100)
    assert len(posted["message"]["text"]) == 40_000
    assert refused(client, "chat.update", channel="C0SUPPORT", ts=posted["ts"], text="x" * 4_001)["error"] == "msg_too_long"


def test_an_update_leaves_alone_what_it_is_not_given(client: WebClient, control: Control) -> None:
    metadata = {"event_type": "cx_msg", "event_payload": {}}
    ts = client.chat_postMessage(channel="#support", text="a", blocks=[actions(button())], metadata=metadata)["ts"]
    client.chat_update(channel="C0SUPPORT", ts=ts, text="b")
    assert control.messages("#support")[0]["blocks"][0]["type"] == "actions"
    client.chat_update(channel="C0SUPPORT", ts=ts, text="c", blocks=[])
    changed = control.messages("#support")[0]
    assert (changed["text"], "blocks" in changed, changed["metadata"], "edited" in changed) == ("c", False, metadata, True)


def test_updating_and_deleting_touch_only_the_bots_own_visible_messages(client: WebClient, control: Control) -> None:
    said = control.say("mine", user="ana")
    unseen = client.chat_postEphemeral(channel="#support", user="U0ANA", text="psst")["message_ts"]
    at = {"channel": "C0SUPPORT", "text": "x"}
    assert refused(client, "chat.update", ts=said["ts"], **at)["error"] == "cant_update_message"
    assert refused(client, "chat.delete", ts=said["ts"], **at)["error"] == "cant_delete_message"
    assert refused(client, "chat.update", ts=unseen, **at)["error"] == "message_not_found"
    assert refused(client, "chat.update", ts="1.1", **at)["error"] == "message_not_found"
    own = client.chat_postMessage(channel="#support", text="x")["ts"]
    assert client.chat_delete(channel="C0SUPPORT", ts=own)["ok"]
    assert refused(client, "chat.delete", ts=own, **at)["error"] == "message_not_found"


def test_an_ephemeral_message_goes_to_members_only(client: WebClient, control: Control) -> None:
    client.chat_postEphemeral(channel="#support", user="U0ANA", text="psst")
    assert control.messages("#support") == []
    assert control.ephemerals("ana")[0]["ephemeral_to"] == "U0ANA"
    assert refused(client, "chat.postEphemeral", channel="C0LEADS", user="U0ANA", text="x")["error"] == "user_not_in_channel"


def test_a_permalink_points_at_the_message(client: WebClient) -> None:
    ts = client.chat_postMessage(channel="#support", text="x")["ts"]
    assert client.chat_getPermalink(channel="C0SUPPORT", message_ts=ts)["permalink"].endswith(
        "/C0SUPPORT/p" + ts.replace(".", "")
    )
    assert refused(client, "chat.getPermalink", channel="C0SUPPORT", message_ts="1.1")["error"] == "message_not_found"


def test_reactions_stand_under_the_message(client: WebClient, control: Control) -> None:
    at = {"channel": "C0SUPPORT", "timestamp": client.chat_postMessage(channel="#support", text="x")["ts"], "name": "eyes"}
    client.reactions_add(**at)
    assert control.messages("#support")[0]["reactions"] == [{"name": "eyes", "users": ["U0BOT"], "count": 1}]
    assert refused(client, "reactions.add", **at)["error"] == "already_reacted"


def test_a_scheduled_message_is_posted_when_its_time_comes(client: WebClient, control: Control) -> None:
    now = control.state()["now"]
    planned = client.chat_scheduleMessage(channel="C0SUPPORT", text="later", post_at=int(now + MINUTE))
    other = client.chat_scheduleMessage(channel="C0SUPPORT", text="never", post_at=int(now + MINUTE))
    client.chat_deleteScheduledMessage(channel="C0SUPPORT", scheduled_message_id=other["scheduled_message_id"])
    listed = client.chat_scheduledMessages_list(channel="C0SUPPORT")["scheduled_messages"]
    assert [one["id"] for one in listed] == [planned["scheduled_message_id"]]
    assert control.messages("#support") == []
    control.advance(MINUTE + 1)
    assert [m["text"] for m in control.messages("#support")] == ["later"]
    assert client.chat_scheduledMessages_list()["scheduled_messages"] == []


def test_scheduling_has_its_limits(client: WebClient, control: Control) -> None:
    now = int(control.state()["now"])
    at: dict[str, Any] = {"channel": "C0SUPPORT", "text": "x"}
    assert refused(client, "chat.scheduleMessage", post_at=now - 10, **at)["error"] == "time_in_past"
    assert refused(client, "chat.scheduleMessage", post_at=now + 121 * 86_400, **at)["error"] == "time_too_far"
    for _ in range(30):
        client.chat_scheduleMessage(post_at=now + 3600, **at)
    assert refused(client, "chat.scheduleMessage", post_at=now + 3600, **at)["error"] == "restricted_too_many"
    unknown = {"channel": "C0SUPPORT", "scheduled_message_id": "Q1"}
    assert refused(client, "chat.deleteScheduledMessage", **unknown)["error"] == "invalid_scheduled_message_id"


def test_a_scheduled_message_with_metadata_never_comes_as_slack_itself_warns(client: WebClient, control: Control) -> None:
    metadata = {"event_type": "cx_msg", "event_payload": {}}
    client.chat_scheduleMessage(channel="C0SUPPORT", text="x", post_at=int(control.state()["now"] + MINUTE), metadata=metadata)
    control.advance(2 * MINUTE)
    assert control.messages("#support") == []


def test_charts_can_be_missing_from_a_workspace(client: WebClient, control: Control) -> None:
    chart = {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]}}
    assert client.chat_postMessage(channel="#support", text="x", blocks=[chart])["ok"]
    control.options(charts=False)
    assert refused(client, "chat.postMessage", channel="C0SUPPORT", text="x", blocks=[chart])["error"] == "invalid_blocks"


def test_small_things_are_there(client: WebClient) -> None:
    assert client.api_test()["ok"]
    assert client.team_info()["team"]["domain"] == "sandbox"
    assert client.bots_info(bot="B0SANDBOX")["bot"]["user_id"] == "U0BOT"
    assert {"U0ANA", "U0BOT"} <= {user["id"] for user in client.users_list()["members"]}


@pytest.fixture
def strict() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="strict", posts_per_minute=600)) as running:
        yield running


def test_a_busy_channel_is_slowed_down_and_says_for_how_long(strict: Sandbox) -> None:
    client = WebClient(strict.bot_token, base_url=strict.api_url)
    for _ in range(4):
        client.chat_postMessage(channel="#support", text="x")
    limited = refused(client, "chat.postMessage", channel="C0SUPPORT", text="x")
    assert (limited.status_code, limited["error"], limited.headers["Retry-After"]) == (429, "ratelimited", "1")
    assert client.chat_postMessage(channel="#cx-digest", text="x")["ok"], "another channel is not affected"
    assert client.auth_test()["ok"], "another method is not affected"
    strict.control.advance(1)
    assert client.chat_postMessage(channel="#support", text="x")["ok"]


def test_a_tier_is_used_up_and_refills(strict: Sandbox) -> None:
    client = WebClient(strict.bot_token, base_url=strict.api_url)
    for _ in range(10):
        client.users_lookupByEmail(email="ana@example.com")
    limited = refused(client, "users.lookupByEmail", email="ana@example.com")
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "2")
    strict.control.advance(2)
    assert client.users_lookupByEmail(email="ana@example.com")["ok"]


def test_the_whole_workspace_has_a_limit_of_posts() -> None:
    with Sandbox.start(options=Options(posts_per_minute=60)) as sandbox:
        client = WebClient(sandbox.bot_token, base_url=sandbox.api_url)
        client.chat_postMessage(channel="#support", text="x")
        limited = refused(client, "chat.postMessage", channel="C0DIGEST", text="x")
        assert limited.status_code == 429
        sandbox.control.options(limits="off")
        assert client.chat_postMessage(channel="#cx-digest", text="x")["ok"]


def trigger(control: Control) -> str:
    control.slash("/cx")
    return str(control.deliveries()[-1] and last_payload(control)["trigger_id"])


def last_payload(control: Control) -> dict[str, Any]:
    return dict([entry for entry in control.traffic() if entry["name"] == "slash_commands"][-1]["sent"]["payload"])


def test_a_trigger_works_once_and_soon(app: Any, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack())
    app.connect()
    used = trigger(control)
    assert app.client.views_open(trigger_id=used, view=modal(actions(button())))["view"]["id"]
    assert refused(app.client, "views.open", trigger_id=used, view=modal(actions(button())))["error"] == "exchanged_trigger_id"
    late = trigger(control)
    control.advance(3.5)
    assert refused(app.client, "views.open", trigger_id=late, view=modal(actions(button())))["error"] == "expired_trigger_id"
    assert refused(app.client, "views.open", trigger_id="1.2.x", view=modal(actions(button())))["error"] == "invalid_trigger_id"


def test_views_are_checked_updated_and_stacked_at_most_three_high(app: Any, control: Control) -> None:
    app.bolt.command("/cx")(lambda ack: ack())
    app.connect()
    view = modal(actions(button()), external_id="mine")
    opened = app.client.views_open(trigger_id=trigger(control), view=view)["view"]
    for _ in range(2):
        app.client.views_push(trigger_id=trigger(control), view=modal(actions(button())))
    assert (
        refused(app.client, "views.push", trigger_id=trigger(control), view=modal(actions(button())))["error"]
        == "push_limit_reached"
    )
    changed = app.client.views_update(external_id="mine", view=view, hash=opened["hash"])["view"]
    assert changed["id"] == opened["id"]
    assert refused(app.client, "views.update", view_id=opened["id"], view=view, hash=opened["hash"])["error"] == "hash_conflict"
    assert refused(app.client, "views.update", view_id="V1", view=view)["error"] == "not_found"


def test_a_bad_view_is_refused_with_pointers(client: WebClient) -> None:
    answer = refused(client, "views.publish", user_id="U0ANA", view={"type": "home", "blocks": [{"type": "nope"}]})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] unsupported type: nope [json-pointer:/view/blocks/0/type]"]
    huge = {"type": "home", "blocks": [{"type": "section", "text": mrkdwn("x" * 3000)} for _ in range(90)]}
    assert refused(client, "views.publish", user_id="U0ANA", view=huge)["error"] == "view_too_large"
    assert refused(client, "views.publish", user_id="U0ANA", view=modal(actions(button())))["error"] == "invalid_arguments"
    assert refused(client, "views.publish", user_id="U0ANA")["error"] == "invalid_arguments"
