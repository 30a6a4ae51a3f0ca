"""A message to Slack arrives once: never lost, never twice, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.sandbox.sandbox import Sandbox
from bot.slack.outcomes import Outcome
from bot.store import outbox
from bot.store.engine import Store
from tests.slack.office import ANA, DEV, DIGEST, SHARED, SUPPORT, Office, block_types, picture, with_chart


def test_a_kept_message_is_posted_once_with_the_id_of_its_row(office: Office) -> None:
    message_id = office.keep("yesterday in numbers")

    assert office.send() == 1
    assert office.send(after=2) == 0

    [posted] = office.sandbox.control.messages("#cx-digest")
    assert posted["text"] == "yesterday in numbers"
    assert posted["metadata"] == {"event_type": "cx_msg", "event_payload": {"id": message_id}}
    row = office.row(message_id)
    assert (row["state"], row["ts"], row["posted_channel"]) == ("sent", posted["ts"], DIGEST)


def test_the_same_key_is_kept_only_once(office: Office) -> None:
    office.keep("monday", dedupe_key="digest:1:2026-11-23T09:00")

    with office.store.writing() as session:
        letter = outbox.Letter(
            dedupe_key="digest:1:2026-11-23T09:00", kind="digest", channel_id=DIGEST, payload={"text": "again"}
        )
        assert outbox.enqueue(session, letter, office.now) is None

    office.send()
    assert office.texts() == ["monday"]


def test_an_idle_second_calls_nobody(office: Office) -> None:
    assert office.send() == 0
    assert not office.sandbox.control.traffic()


def test_a_lost_answer_ends_in_one_message(office: Office) -> None:
    message_id = office.keep("posted, but the answer is lost")
    office.sandbox.control.fault("lost_reply", method="chat.postMessage")

    assert office.send() == 0
    assert office.row(message_id)["state"] == "uncertain"
    assert office.send(after=30) == 0, "it settles for a minute before anybody asks"
    assert office.send(after=31) == 1

    [posted] = office.sandbox.control.messages("#cx-digest")
    assert office.row(message_id)["ts"] == posted["ts"]


@pytest.mark.parametrize("kind", ["drop", "server_error", "internal_error"])
def test_a_message_that_was_not_posted_is_found_missing_and_sent_again(sqlite_office: Office, kind: str) -> None:
    sqlite_office.keep("not there yet")
    sqlite_office.sandbox.control.fault(kind, method="chat.postMessage")

    assert sqlite_office.send() == 0
    assert sqlite_office.texts() == []
    assert sqlite_office.send(after=61) == 1
    assert sqlite_office.texts() == ["not there yet"]


@pytest.mark.parametrize("kind", ["fatal_error", "garbled"])
def test_an_error_that_hides_a_posted_message_does_not_post_it_twice(sqlite_office: Office, kind: str) -> None:
    sqlite_office.keep("there already")
    sqlite_office.sandbox.control.fault(kind, method="chat.postMessage")

    assert sqlite_office.send() == 0
    assert sqlite_office.send(after=61) == 1
    assert sqlite_office.texts() == ["there already"]


def test_unreadable_history_keeps_the_doubt_instead_of_guessing(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("perhaps")
    sqlite_office.sandbox.control.fault("lost_reply", method="chat.postMessage")
    sqlite_office.send()
    sqlite_office.sandbox.control.fault("error", method="conversations.history", code="missing_scope")

    assert sqlite_office.send(after=61) == 0
    assert sqlite_office.row(message_id)["state"] == "uncertain"
    assert sqlite_office.row(message_id)["last_error"] == "history: missing_scope"
    assert sqlite_office.send(after=300) == 1
    assert sqlite_office.texts() == ["perhaps"]


def test_a_worker_killed_between_claim_and_post_loses_nothing(office: Office) -> None:
    office.keep("survives a kill")
    office.claim()

    assert office.send(after=60) == 0, "its lease still holds"
    assert office.send(after=61) == 1
    assert office.texts() == ["survives a kill"]


def test_a_worker_killed_between_post_and_settling_posts_nothing_twice(office: Office) -> None:
    office.keep("posted before the kill")
    claim = office.claim()
    said = {"channel": DIGEST, "text": "posted before the kill", "metadata": _metadata(claim.id)}
    assert office.slack.post("chat.postMessage", said).ok

    assert office.send(after=121) == 1
    assert office.texts() == ["posted before the kill"]


def test_whoever_lost_the_lease_can_settle_nothing(office: Office) -> None:
    message_id = office.keep("two workers")
    first = office.claim()
    office.send(after=121)

    with office.store.writing() as session:
        assert not outbox.settle_dead(session, first, error="too late")
    assert office.row(message_id)["state"] == "sent"


def test_a_worker_that_slept_too_long_does_not_post(sqlite_office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_office.keep("sleepy")
    sleepy = sqlite_office.port()
    ask = sleepy.conversation

    def asleep(channel_id: str) -> object:
        sqlite_office.clock.at += 110
        return ask(channel_id)

    monkeypatch.setattr(sleepy, "conversation", asleep)

    assert sqlite_office.send(slack=sleepy) == 0
    assert sqlite_office.texts() == []
    assert sqlite_office.states() == {"ready": 1}


def test_a_copy_that_slipped_through_is_removed_within_two_leases(office: Office) -> None:
    message_id = office.keep("frozen in the last window")
    office.claim()
    office.send(after=121)
    late = {"channel": DIGEST, "text": "frozen in the last window", "metadata": _metadata(message_id)}
    assert office.slack.post("chat.postMessage", late).ok
    assert len(office.texts()) == 2

    office.send(after=241)

    [left] = office.sandbox.control.messages("#cx-digest")
    assert left["ts"] == office.row(message_id)["ts"]
    assert office.row(message_id)["verify_at"] is None


def test_a_message_sent_without_any_doubt_is_not_looked_up_again(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("plain")
    sqlite_office.send()

    assert sqlite_office.row(message_id)["verify_at"] is None


def test_slack_asking_to_wait_is_obeyed_to_the_second(sqlite_office: Office) -> None:
    sqlite_office.keep("one")
    sqlite_office.keep("two", channel_id=SUPPORT)
    sqlite_office.sandbox.control.fault("ratelimited", method="chat.postMessage", seconds=20)

    assert sqlite_office.send() == 0
    assert sqlite_office.send(after=10) == 0
    assert sqlite_office.texts() == sqlite_office.texts("#support") == []
    assert sqlite_office.send(after=11) == 2
    assert sqlite_office.texts() + sqlite_office.texts("#support") == ["one", "two"]


def test_a_channel_gets_one_message_a_second_and_others_do_not_wait_for_it(sqlite_office: Office) -> None:
    for number in range(3):
        sqlite_office.keep(f"digest {number}")
    sqlite_office.keep("support", channel_id=SUPPORT)

    assert sqlite_office.send() == 2
    assert sqlite_office.texts() == ["digest 0"]
    assert sqlite_office.texts("#support") == ["support"]
    assert sqlite_office.send(after=1.1) == 1
    assert sqlite_office.send(after=1.1) == 1
    assert sqlite_office.texts() == ["digest 0", "digest 1", "digest 2"]


def test_an_answer_goes_before_a_survey(sqlite_office: Office) -> None:
    sqlite_office.keep("survey", kind="survey", dedupe_key="s")
    sqlite_office.keep("reply", kind="reply", dedupe_key="r")

    sqlite_office.send()
    assert sqlite_office.texts() == ["reply"]


@pytest.mark.parametrize(
    "code", ["channel_not_found", "not_in_channel", "is_archived", "restricted_action", "msg_blocks_too_long"]
)
def test_what_can_never_be_posted_is_dead_and_does_not_stop_the_others(sqlite_office: Office, code: str) -> None:
    dead = sqlite_office.keep("into the void")
    sqlite_office.keep("fine", channel_id=SUPPORT)
    sqlite_office.sandbox.control.fault("error", method="chat.postMessage", code=code)

    assert sqlite_office.send() == 1
    assert sqlite_office.row(dead)["state"] == "dead"
    assert sqlite_office.row(dead)["last_error"] == code
    assert sqlite_office.texts("#support") == ["fine"]


def test_a_dead_message_is_sent_when_a_person_says_so(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("second chance")
    sqlite_office.sandbox.control.fault("error", method="chat.postMessage", code="is_archived")
    sqlite_office.send()

    with sqlite_office.store.writing() as session:
        assert outbox.send_again(session, message_id, sqlite_office.now)
    assert sqlite_office.send(after=2) == 1


def test_a_revoked_token_stops_the_sender_and_keeps_the_queue(office: Office) -> None:
    for channel in (DIGEST, SUPPORT):
        office.keep(f"for {channel}", channel_id=channel)
    office.slack.conversation(DIGEST), office.slack.conversation(SUPPORT)
    office.sandbox.control.revoke()

    assert office.send() == 0
    assert office.slack.refused == "token_revoked"
    assert office.states() == {"ready": 2}

    posts = office.calls("chat.postMessage")
    for _ in range(25):
        office.send(after=1)
    assert office.calls("chat.postMessage") == posts, "the sender stands still while Slack refuses us"

    office.sandbox.control.restore()
    assert office.send(after=31) == 2
    assert office.slack.refused is None


def test_a_revoked_token_is_noticed_before_anything_is_posted(sqlite_office: Office) -> None:
    """Where nothing is known of the channel yet, the first call is one that reads."""
    sqlite_office.keep("waits")
    sqlite_office.sandbox.control.revoke()

    assert sqlite_office.send() == 0
    assert sqlite_office.slack.refused == "token_revoked"
    assert sqlite_office.states() == {"ready": 1}
    calls = sqlite_office.calls("conversations.info")
    for _ in range(5):
        sqlite_office.send(after=1)
    assert sqlite_office.calls("conversations.info") == calls, "the sender stands still while Slack refuses us"

    sqlite_office.sandbox.control.restore()
    sqlite_office.send(after=31)
    assert sqlite_office.slack.refused is None
    assert sqlite_office.texts() == ["waits"]


def test_with_nothing_to_send_a_token_that_works_again_is_noticed(sqlite_office: Office) -> None:
    sqlite_office.sandbox.control.revoke()
    assert not sqlite_office.slack.user(ANA).known
    assert sqlite_office.slack.refused == "token_revoked"

    sqlite_office.sandbox.control.restore()
    sqlite_office.send(after=31)
    assert sqlite_office.slack.refused is None


@pytest.mark.parametrize(("place", "error"), [("C0FINANCE", "channel_not_found"), ("U0NOBODY", "user_gone"), (ANA, "user_gone")])
def test_what_is_for_a_place_that_is_not_there_is_given_up_at_once(sqlite_office: Office, place: str, error: str) -> None:
    """A private channel we are not in, an id Slack does not know, a member who left."""
    sqlite_office.sandbox._world.workspace.users[ANA].deleted = True
    message_id = sqlite_office.keep("to nobody", channel_id=place)

    assert sqlite_office.send() == 0
    row = sqlite_office.row(message_id)
    assert (row["state"], row["last_error"]) == ("dead", error)


def test_numbers_never_go_where_another_company_reads(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("our numbers", channel_id=SHARED)

    assert sqlite_office.send() == 0
    assert sqlite_office.row(message_id)["last_error"] == "shared_with_another_company"
    assert sqlite_office.texts("#acme-shared") == []


def test_when_slack_cannot_say_who_reads_along_the_message_waits(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("patient")
    sqlite_office.sandbox.control.fault("error", method="conversations.info", code="internal_error")

    assert sqlite_office.send() == 0
    assert (sqlite_office.row(message_id)["state"], sqlite_office.row(message_id)["last_error"]) == ("ready", "place_unknown")
    assert sqlite_office.send(after=20) == 1


def test_a_survey_may_go_to_an_outsider_and_a_number_may_not(sqlite_office: Office) -> None:
    sqlite_office.keep("how was it?", kind="survey", channel_id="U0STEN")
    number = sqlite_office.keep("42 tickets", kind="reply", channel_id="U0STEN")

    sqlite_office.send()
    assert [message["text"] for message in sqlite_office.sandbox.control.messages(user="sten")] == ["how was it?"]
    assert sqlite_office.row(number)["state"] == "dead"


def test_a_survey_that_was_sent_keeps_no_token(sqlite_office: Office) -> None:
    message_id = sqlite_office.keep("v1|csat|token", kind="survey", channel_id=DEV)
    sqlite_office.send()

    assert sqlite_office.row(message_id)["payload"] == {}


def test_a_doubt_about_a_direct_message_is_settled_in_the_direct_conversation(sqlite_office: Office) -> None:
    sqlite_office.keep("only for ana", channel_id=ANA)
    sqlite_office.sandbox.control.fault("lost_reply", method="chat.postMessage")

    sqlite_office.send()
    assert sqlite_office.send(after=61) == 1
    assert [message["text"] for message in sqlite_office.sandbox.control.messages(user="ana")] == ["only for ana"]


def test_a_chart_is_uploaded_and_shown_in_the_message(office: Office) -> None:
    office.sandbox.control.options(file_seconds=0.0)
    message_id = office.keep("12 open tickets", payload=with_chart(), files=(picture(),))

    assert office.send() == 1
    [posted] = office.sandbox.control.messages("#cx-digest")
    assert block_types(posted) == ["section", "image"]
    [file] = office.sandbox.control.files()
    assert posted["blocks"][1]["slack_file"]["id"] == file["id"]
    assert office.row(message_id)["files"] == [], "the picture is not kept twice"


def test_a_picture_slack_has_not_looked_at_is_waited_for(sqlite_office: Office) -> None:
    sqlite_office.sandbox.control.options(file_seconds=3.0)
    sqlite_office.keep("12 open tickets", payload=with_chart(), files=(picture(),))

    assert sqlite_office.send() == 1
    [posted] = sqlite_office.sandbox.control.messages("#cx-digest")
    assert block_types(posted) == ["section", "image"]
    assert sqlite_office.slept == [0.5, 1.0, 2.0]


def test_a_picture_that_takes_too_long_is_left_out_and_the_words_remain(sqlite_office: Office) -> None:
    sqlite_office.sandbox.control.options(file_seconds=60.0)
    sqlite_office.keep("12 open tickets", payload=with_chart(), files=(picture(),))

    assert sqlite_office.send() == 1
    [posted] = sqlite_office.sandbox.control.messages("#cx-digest")
    assert (posted["text"], block_types(posted)) == ("12 open tickets", ["section"])
    assert sqlite_office.slept == [0.5, 1.0, 2.0, 4.0]


def test_an_upload_that_fails_is_tried_again_and_then_done_without(sqlite_office: Office) -> None:
    sqlite_office.keep("12 open tickets", payload=with_chart(), files=(picture(),))
    sqlite_office.sandbox.control.fault("server_error", method="files.getUploadURLExternal", times=3)

    assert sqlite_office.send() == 0
    assert sqlite_office.send(after=10) == 0
    assert sqlite_office.send(after=10) == 1
    [posted] = sqlite_office.sandbox.control.messages("#cx-digest")
    assert block_types(posted) == ["section"]


def test_a_picture_is_not_uploaded_again_for_a_second_try(sqlite_office: Office) -> None:
    sqlite_office.sandbox.control.options(file_seconds=0.0)
    sqlite_office.keep("12 open tickets", payload=with_chart(), files=(picture(),))
    sqlite_office.sandbox.control.fault("drop", method="chat.postMessage")

    sqlite_office.send()
    assert sqlite_office.send(after=61) == 1
    assert len(sqlite_office.sandbox.control.files()) == 1


def test_a_workspace_without_native_charts_gets_the_rest(sqlite_office: Office) -> None:
    sqlite_office.sandbox.control.options(charts=False)
    said = {"type": "section", "text": {"type": "mrkdwn", "text": "volume"}}
    points = [{"label": "Mon", "value": 3}]
    native = {
        "type": "data_visualization",
        "title": "Volume",
        "chart": {"type": "bar", "series": [{"name": "new", "data": points}], "axis_config": {"categories": ["Mon"]}},
    }
    sqlite_office.keep("volume", payload={"text": "volume", "blocks": [said, native]})

    assert sqlite_office.send() == 1
    [posted] = sqlite_office.sandbox.control.messages("#cx-digest")
    assert block_types(posted) == ["section", "context"]
    assert "Type the question again" in str(posted["blocks"][1]), "the chart went, and it says how to get it"
    before = sqlite_office.calls("chat.postMessage")
    sqlite_office.keep("volume again", payload={"text": "volume", "blocks": [said, native]})
    assert sqlite_office.send(after=2) == 1
    assert sqlite_office.calls("chat.postMessage") == before + 1, "what it refused is not tried again"


def test_blocks_slack_refuses_altogether_leave_the_words(sqlite_office: Office) -> None:
    sqlite_office.keep("all that matters", payload={"text": "all that matters", "blocks": [{"type": "nonsense"}]})

    assert sqlite_office.send() == 1
    [posted] = sqlite_office.sandbox.control.messages("#cx-digest")
    assert (posted["text"], block_types(posted)) == ("all that matters", [])


def test_a_reply_in_a_thread_waits_for_its_parent(office: Office) -> None:
    parent = office.keep("case opened")
    office.keep("and closed", parent_id=parent)

    assert office.send() == 1
    assert office.send(after=1.1) == 1
    first, second = office.sandbox.control.messages("#cx-digest")
    assert second["thread_ts"] == first["ts"]


def test_a_lost_answer_in_a_thread_is_looked_up_in_the_thread(sqlite_office: Office) -> None:
    parent = sqlite_office.keep("case opened")
    sqlite_office.send()
    sqlite_office.keep("and closed", parent_id=parent)
    sqlite_office.sandbox.control.fault("lost_reply", method="chat.postMessage")

    sqlite_office.send(after=1.1)
    assert sqlite_office.send(after=61) == 1
    assert sqlite_office.texts() == ["case opened", "and closed"]


def test_what_hangs_on_a_dead_message_is_cancelled(office: Office) -> None:
    parent = office.keep("case opened")
    office.keep("and closed", parent_id=parent)
    office.sandbox.control.fault("error", method="chat.postMessage", code="is_archived")

    office.send()
    assert office.send(after=2) == 0
    assert office.states() == {"dead": 1, "cancelled": 1}


def test_what_says_enough_by_itself_is_posted_where_its_parent_is_dead(office: Office) -> None:
    """Two digests in the thread of a third one that Slack will not take: the first of them takes its place."""
    parent = office.keep("the week")
    office.keep("a detail", parent_id=parent)
    office.keep("the day", parent_id=parent, stands_alone=True)
    office.keep("the day of a team", parent_id=parent, stands_alone=True)
    office.sandbox.control.fault("error", method="chat.postMessage", code="msg_too_long")

    assert [office.send(), office.send(after=2), office.send(after=2)] == [0, 1, 1], "one a second in a channel"
    day, team = office.sandbox.control.messages("#cx-digest")
    assert (day["text"], team["text"], team["thread_ts"]) == ("the day", "the day of a team", day["ts"])
    assert office.states() == {"dead": 1, "cancelled": 1, "sent": 2}


def test_a_living_message_is_edited_in_place_however_often_the_edit_is_tried(office: Office) -> None:
    parent = office.keep("3 tickets at risk")
    office.send()
    office.keep("2 tickets at risk", method="chat.update", kind="update", parent_id=parent)
    office.sandbox.control.fault("lost_reply", method="chat.update")

    assert office.send(after=1.1) == 0
    assert office.send(after=3) == 1
    assert office.texts() == ["2 tickets at risk"]


def test_an_edit_that_was_overtaken_never_shows_again(office: Office) -> None:
    parent = office.keep("3 tickets at risk")
    office.send()
    edit = {"method": "chat.update", "kind": "update", "parent_id": parent}
    office.keep("2 tickets at risk", **edit)
    office.sandbox.control.fault("ratelimited", method="chat.update", seconds=20)
    office.send(after=1.1)
    office.keep("1 ticket at risk", **edit)

    assert office.send(after=21) == 1
    assert office.texts() == ["1 ticket at risk"]
    assert office.states() == {"sent": 2, "cancelled": 1}


def test_an_edit_waits_while_another_of_the_same_message_is_under_way(office: Office) -> None:
    parent = office.keep("3 tickets at risk")
    office.send()
    edit = {"method": "chat.update", "kind": "update", "parent_id": parent}
    office.keep("2 tickets at risk", **edit)
    office.later(1.1)
    assert office.claim().payload == {"text": "2 tickets at risk"}
    office.keep("1 ticket at risk", **edit)

    assert office.send(after=60) == 0, "who holds the first may be writing it just now"
    assert office.send(after=61) == 1
    assert office.texts() == ["1 ticket at risk"]


def test_who_wakes_long_after_the_sweep_has_its_own_copy_removed(office: Office) -> None:
    """A freeze of ten minutes between the last check and the call outlasts every look for copies."""
    message_id = office.keep("frozen for long")
    frozen = office.port()
    post = frozen.post

    def thaw(method: str, payload: Mapping[str, Any]) -> Outcome:
        office.send(after=121)
        office.send(after=241)
        return post(method, payload)

    frozen.post = thaw  # type: ignore[method-assign]
    office.send(slack=frozen)
    assert len(office.texts()) <= 2

    office.send(after=1)
    [left] = office.sandbox.control.messages("#cx-digest")
    assert left["ts"] == office.row(message_id)["ts"]


def test_a_message_nobody_began_to_send_can_be_taken_back(office: Office) -> None:
    office.keep("never mind")

    with office.store.writing() as session:
        assert outbox.cancel(session, "never mind")
    assert office.send() == 0
    assert office.states() == {"cancelled": 1}


def test_two_senders_at_once_send_each_message_once(
    store: Store, sandbox: Sandbox, together: Callable[..., list[object]]
) -> None:
    office = Office(store, sandbox)
    channels = [f"U0{name}" for name in ("ANA", "BO", "LENA", "CARLA", "DEV", "GITA")]
    for channel in channels:
        office.keep(f"hello {channel}", channel_id=channel, kind="survey")

    ports = [office.port() for _ in range(3)]
    sent = together(*[lambda port=port: office.send(slack=port) for port in ports])

    assert sum(sent) == len(channels)
    for name in ("ana", "bo", "lena", "carla", "dev", "gita"):
        assert len(office.sandbox.control.messages(user=name)) == 1


def _metadata(message_id: str) -> dict[str, object]:
    return {"event_type": "cx_msg", "event_payload": {"id": message_id}}
