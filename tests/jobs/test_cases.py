"""In Slack, a bad answer reaches its owners within a minute, as one message that lives until the matter is over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.sandbox.options import Options
from bot.sandbox.sandbox import Sandbox
from bot.settings import read_settings
from bot.store.engine import Store
from bot.store.tables import Setting
from bot.store.workspace import Workspace
from bot.surveys.admitting import Clicker
from bot.surveys.answering import record_click, record_comment
from bot.views.case import CLAIM, RESOLVED
from commands.case import ACTIONS
from commands.command import Asker, Click, Reply
from jobs.cases import CASES
from jobs.job import Tick
from tests.slack.office import Office
from tests.surveys.cast import NOW, add_customer, add_invitation, add_ticket, switch_on, token

CARLA = Clicker(user_id="U0CARLA", team_id="T0SANDBOX")


@pytest.fixture(scope="module")
def slack_workspace() -> Iterator[Sandbox]:
    with Sandbox.start(options=Options(limits="off")) as sandbox:
        yield sandbox


def tick(office: Office) -> Tick:
    settings = read_settings({"CX_DATABASE_URL": "sqlite:////tmp/unused.db", "HOME": "/tmp"})
    return Tick(now=office.now, store=office.store, settings=settings, slack=office.slack)


def unhappy(office: Office, comment: str = "") -> None:
    """Carla presses 1 on a question about ticket 4711, and perhaps says why."""
    switch_on(office.store, "csat")
    with office.store.writing() as session:
        session.merge(Setting(key="cases", value={"channel": "C0LEADS"}, changed_at=NOW, changed_by="U0LENA"))
    customer_id = add_customer(office.store)
    ticket_id = add_ticket(office.store, customer_id, "4711", first_response_s=5400, reassignments=3, reopens=1)
    facts = {"ticket_id": ticket_id, "customer_id": customer_id, "expires_at": office.now + timedelta(days=7)}
    add_invitation(office.store, slack_user_id="U0CARLA", slack_team_id="T0SANDBOX", **facts)
    with office.store.writing() as session:
        record_click(session, token(), 1, by=CARLA, action_ts=f"{office.now.timestamp():.6f}", now=office.now)
        if comment:
            record_comment(session, token(), comment, by=CARLA, now=office.now)


def press(office: Office, action_id: str, value: str, by: str) -> Reply:
    action = next(one for one in ACTIONS if one.action == action_id)
    with office.store.writing() as session:
        asker = Asker(user_id=by, team_id="T0SANDBOX", channel_id="C0LEADS")
        return action.run(
            Click(action=action_id, value=value, now=office.now, session=session, workspace=Workspace(), asker=asker)
        )


def test_the_case_is_told_lives_and_ends(store: Store, slack_workspace: Sandbox) -> None:
    office = Office(store, slack_workspace)
    before = len(slack_workspace.control.messages("C0LEADS"))
    unhappy(office)
    assert CASES.every <= timedelta(seconds=30)
    assert CASES.run(tick(office)) == 2
    office.send()
    (message,) = slack_workspace.control.messages("C0LEADS")[before:]
    assert message["text"].startswith("CSAT 1 of 5, very dissatisfied from Carla. No comment yet. Nobody has it yet")
    shown = str(message["blocks"])
    assert "First reply after 1 h 30 min" in shown
    assert "reassigned 3 times" in shown
    assert "reopened once" in shown
    value = next(one["value"] for block in message["blocks"] if block["type"] == "actions" for one in block["elements"])

    with store.writing() as session:
        record_comment(session, token(), "<!channel> slow & <https://evil.example|rude>", by=CARLA, now=office.now)
    office.later(10)
    assert CASES.run(tick(office)) == 1
    assert CASES.run(tick(office)) == 0
    office.send()
    message = slack_workspace.control.messages("C0LEADS")[before]
    quoted = next(block for block in message["blocks"] if block["block_id"] == "case:words")
    assert quoted["elements"][0]["elements"] == [{"type": "text", "text": "<!channel> slow & <https://evil.example|rude>"}]
    assert "&lt;!channel&gt;" in message["text"]

    assert press(office, CLAIM, value, "U0ANA") == Reply()
    late = press(office, CLAIM, value, "U0BO")
    assert late.message is not None
    assert "said before by somebody else" in late.message.text
    office.later(5)
    office.send()
    message = slack_workspace.control.messages("C0LEADS")[before]
    assert "Claimed by <@U0ANA>" in message["text"]

    office.later(86_400)
    assert CASES.run(tick(office)) >= 1
    office.send()
    press(office, RESOLVED, value, "U0BO")
    for _ in range(5):
        office.send(after=2)
    texts = [one["text"] for one in slack_workspace.control.messages("C0LEADS")[before:]]
    assert "Resolved by <@U0BO>" in texts[0]
    assert [text.split(".")[0] for text in texts[1:]][:1] == ["<@U0ANA> claimed this"]
    assert any(text.startswith("<@U0ANA>: This case was due") for text in texts)
    assert any(text.startswith("<@U0BO> resolved this") for text in texts)
    assert CASES.run(tick(office)) == 0


def test_in_a_channel_that_others_read_no_case_is_told(sqlite_store: Store, slack_workspace: Sandbox) -> None:
    office = Office(sqlite_store, slack_workspace)
    unhappy(office, "my words")
    with sqlite_store.writing() as session:
        session.merge(Setting(key="cases", value={"channel": "C0ACME"}, changed_at=NOW, changed_by="U0LENA"))
    before = len(slack_workspace.control.messages("C0ACME"))
    CASES.run(tick(office))
    office.send()
    assert len(slack_workspace.control.messages("C0ACME")) == before


@pytest.mark.parametrize("value", ["", "x", "-1", "999999", "1; DROP TABLE", "１", "9" * 400])
def test_a_button_of_no_case_is_answered_politely(sqlite_store: Store, slack_workspace: Sandbox, value: str) -> None:
    reply = press(Office(sqlite_store, slack_workspace), CLAIM, value, "U0ANA")
    assert reply.message is not None
    assert "not there any more" in reply.message.text
