"""What we ask of Slack may be asked twice, what we tell it never is, and what it does not say counts against us."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.errors import SlackRefused
from bot.sandbox.sandbox import Sandbox
from bot.slack.memory import KEPT, Memory
from bot.slack.outcomes import OutcomeKind
from bot.slack.people import conversation_from, person_from
from bot.slack.port import Slack
from tests.slack.office import DIGEST, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def slack(sandbox: Sandbox, clock: HandClock) -> Slack:
    return Slack(sandbox.bot_token, sandbox.api_url, timeout_s=2, clock=clock)


def test_building_it_calls_nobody(sandbox: Sandbox, slack: Slack) -> None:
    assert sandbox.control.traffic() == []


def test_a_write_whose_answer_is_lost_is_made_once(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.control.fault("lost_reply", method="chat.postMessage")

    outcome = slack.post("chat.postMessage", {"channel": DIGEST, "text": "once"})
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert len(sandbox.control.messages("#cx-digest")) == 1


def test_bolts_own_client_repeats_nothing_either(slack: Slack) -> None:
    assert slack.write_client().retry_handlers == []


def test_a_read_whose_answer_is_lost_is_made_again(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.control.fault("lost_reply", method="users.info")

    assert slack.user("U0ANA").known


def test_a_read_waits_when_slack_asks_for_it(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.control.fault("ratelimited", method="users.info", seconds=1)

    assert slack.user("U0ANA").known


def test_who_we_are_is_asked_once_in_a_while(sandbox: Sandbox, slack: Slack, clock: HandClock) -> None:
    first = slack.identity()
    assert (first.team_id, first.user_id) == ("T0SANDBOX", "U0BOT")
    assert "commands" in first.scopes

    sandbox.control.revoke()
    assert slack.identity() == first
    clock.at += 601
    with pytest.raises(SlackRefused) as refused:
        slack.identity()
    assert refused.value.code == "token_revoked"
    assert "cx doctor" in refused.value.sentence()


def test_members_admins_and_strangers_are_told_apart(slack: Slack) -> None:
    assert not slack.user("U0ANA").is_outsider
    assert slack.user("U0LENA").is_admin
    assert slack.user("U0STEN").is_outsider
    nobody = slack.user("U0NOBODY")
    assert (nobody.known, nobody.is_outsider, nobody.is_admin) == (False, True, False)


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted", "is_stranger", "deleted"])
def test_guests_and_former_members_are_outsiders_even_as_admins(flag: str) -> None:
    member = {"id": "U1", "team_id": "T1", "is_admin": True}

    assert person_from(member, "T1").is_admin
    person = person_from(member | {flag: True}, "T1")
    assert (person.is_outsider, person.is_admin) == (True, False)


def test_people_of_another_workspace_are_outsiders() -> None:
    assert person_from({"id": "U1", "team_id": "T2"}, "T1").is_outsider
    assert person_from({"id": "U1"}, "").is_outsider, "nobody is a member of a workspace we do not know"


def test_a_person_is_found_by_address_or_not_at_all(sandbox: Sandbox, slack: Slack) -> None:
    ana = next(user for user in sandbox.control.state()["users"] if user["id"] == "U0ANA")
    email = ana["profile"]["email"]

    found = slack.user_by_email(email)
    assert found is not None
    assert found.id == "U0ANA"
    assert slack.user_by_email("nobody@example.com") is None
    sandbox.control.fault("error", method="users.lookupByEmail", code="missing_scope")
    with pytest.raises(SlackRefused):
        slack.user_by_email(email)


def test_a_conversation_is_remembered_for_ten_minutes(sandbox: Sandbox, slack: Slack, clock: HandClock) -> None:
    assert not slack.conversation(DIGEST).shared
    sandbox.control.change_channel("#cx-digest", is_ext_shared=True)

    clock.at += 599
    assert not slack.conversation(DIGEST).shared
    clock.at += 2
    assert slack.conversation(DIGEST).shared


def test_an_event_about_a_conversation_makes_us_ask_anew(sandbox: Sandbox, slack: Slack) -> None:
    slack.conversation(DIGEST)
    sandbox.control.change_channel("#cx-digest", is_pending_ext_shared=True)
    slack.forget(DIGEST)

    assert slack.conversation(DIGEST).shared


def test_a_conversation_slack_does_not_tell_about_counts_as_shared_for_a_moment(
    sandbox: Sandbox, slack: Slack, clock: HandClock
) -> None:
    sandbox.control.fault("error", method="conversations.info", code="missing_scope")

    assert slack.conversation(DIGEST).shared
    assert not slack.conversation(DIGEST).known
    clock.at += 16
    assert not slack.conversation(DIGEST).shared


def test_our_direct_conversations_are_nobody_elses(sandbox: Sandbox, slack: Slack) -> None:
    assert not slack.conversation("D0ANA").shared
    assert sandbox.control.traffic() == []


@pytest.mark.parametrize(
    ("channel", "shared"), [({}, False), ({"is_ext_shared": True}, True), ({"is_pending_ext_shared": True}, True)]
)
def test_a_share_that_is_only_pending_counts(channel: dict[str, Any], shared: bool) -> None:
    assert conversation_from({"id": "C1", **channel}).shared is shared


def test_copies_are_found_on_every_page(sandbox: Sandbox, slack: Slack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.slack.port.HISTORY_PAGE", 2)
    metadata = {"event_type": "cx_msg", "event_payload": {"id": "m-1"}}
    other = {"event_type": "cx_msg", "event_payload": {"id": "m-2"}}
    stamps = [slack.post("chat.postMessage", {"channel": DIGEST, "text": "x", "metadata": told}).ts
              for told in (metadata, other, other, other, metadata)]  # fmt: skip

    assert slack.posted_copies(DIGEST, "m-1", oldest=0) == (stamps[0], stamps[4])
    assert slack.posted_copies(DIGEST, "m-3", oldest=0) == ()


def test_history_that_cannot_be_read_is_not_an_empty_one(sandbox: Sandbox, slack: Slack) -> None:
    with pytest.raises(SlackRefused):
        slack.posted_copies("C0FINANCE", "m-1", oldest=0)


def test_an_expired_response_url_is_permanent_and_a_lost_answer_is_unknown(sandbox: Sandbox, slack: Slack) -> None:
    assert slack.respond(f"{sandbox.url}/actions/nothing", {"text": "x"}).kind is OutcomeKind.PERMANENT
    sandbox.control.fault("lost_reply", method="response_url")
    assert slack.respond(f"{sandbox.url}/actions/nothing", {"text": "x"}).kind is OutcomeKind.UNKNOWN


def test_being_refused_altogether_is_remembered_until_it_works_again(sandbox: Sandbox, slack: Slack) -> None:
    sandbox.control.revoke()
    slack.post("chat.postMessage", {"channel": DIGEST, "text": "x"})
    assert slack.refused == "token_revoked"

    sandbox.control.restore()
    slack.post("chat.postMessage", {"channel": DIGEST, "text": "x"})
    assert slack.refused is None


def test_a_memory_keeps_so_many_and_drops_the_oldest() -> None:
    memory: Memory[int] = Memory(HandClock(), lambda _: 60.0)
    for number in range(KEPT + 5):
        memory.keep(str(number), number)

    assert memory.known("4") is None
    assert memory.known("5") == 5


def test_a_memory_asks_once_and_forgets_when_told() -> None:
    asked: list[str] = []

    def ask() -> int:
        asked.append("asked")
        return len(asked)

    memory: Memory[int] = Memory(HandClock(), lambda _: 60.0)
    remembered: Callable[[], int] = lambda: memory.recall("a", ask)  # noqa: E731
    assert (remembered(), remembered()) == (1, 1)
    memory.forget("a")
    assert remembered() == 2
