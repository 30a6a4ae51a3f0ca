"""Where else somebody's words are shown: cases, surveys on every way, alerts, the Home tab, digests, tickets."""

from __future__ import annotations

import email.policy
import re
from collections import Counter
from dataclasses import fields
from datetime import timedelta
from email.parser import BytesParser
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.kpis.at_risk import AtRisk
from bot.store.alert_tables import Alert, Incident, IncidentState
from bot.store.words import CaseState, SurveyKind
from bot.surveys import CSAT
from bot.surveys.answering import Recorded
from bot.surveys.case_file import CaseFile, TicketClock
from bot.surveys.sending import Invited
from bot.views.alert import alerts_message, incident_message
from bot.views.case import case_message, cases_message, overdue_text
from bot.views.digest import detail
from bot.views.doubt import doubt_payload
from bot.views.home import Home, home_view
from bot.views.message import Message
from bot.views.survey import comment_modal, invitation_message, question_again, reminder_message, thanks_message
from bot.views.survey_mail import survey_mail
from bot.views.survey_page import answered_page, question_page
from tests.commands.room import Room
from tests.kpis.office import say
from tests.payloads import ALL
from tests.surveys.cast import NOW, token
from tests.test_injection import SPLITS, faults, hostile, shown

__all__ = ["hostile"]

LINK = "https://cx.example/s/" + token()


def case(bad: str) -> CaseFile:
    clock = TicketClock(first_response_s=60, full_resolution_s=600, on_hold_s=0, reassignments=1, reopens=1, agent_replies=2)
    who = {"customer": bad, "agent": bad, "team": bad, "number": bad, "subject": bad, "url": bad, "comment": bad}
    stands = {"state": CaseState.OPEN, "survey": SurveyKind.CSAT, "scale": CSAT.default, "score": 1, "was_changed": True}
    marks: dict[str, Any] = dict.fromkeys(("claimed_by", "contacted_by", "resolved_by", "recovered"))
    when = {"opened_at": NOW, "due_at": NOW, "is_overdue": True, "asked_again": False}
    return CaseFile(case_id=1, clock=clock, **who, **stands, **marks, **when)  # type: ignore[arg-type]


def invited(bad: str) -> Invited:
    return Invited(
        invitation_id=1, user_id="U1", survey=CSAT, scale=CSAT.default, token=token(), language="de", subject=bad,
        email="carla@customer.example",
    )  # fmt: skip


def recorded(bad: str) -> Recorded:
    return Recorded(survey=SurveyKind.CSAT, scale=CSAT.default, score=2, comment=bad)


def incident(bad: str) -> Incident:
    said = dict.fromkeys(("heading", "says", "ends", "peak_says", "key"), bad)
    return Incident(id=1, alert_id=1, state=IncidentState.BREACHED, opened_at=NOW, told_at=NOW, **said)


class Tags(HTMLParser):
    """The tags and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.update([tag, *(f"{tag} {name}" for name, _ in attrs)])

    def handle_comment(self, data: str) -> None:
        self.tags.update(["comment"])

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_bad_answer_is_told_in_plain_words_whatever_they_are() -> None:
    for bad in ALL:
        file = case(bad)
        assert faults(case_message(file, "UTC")) == [], bad
        assert faults(cases_message([file], 1, "UTC")) == [], bad
        assert faults(Message(text=overdue_text(file, "UTC"))) == [], bad


def test_our_own_instant_in_a_case_is_still_one() -> None:
    assert re.search(r"due <!date\^\d+\^|was due <!date\^\d+\^", case_message(case("plain words"), "UTC").text)


def test_a_question_and_its_thanks_only_quote() -> None:
    for bad in ALL:
        asked, told = invited(bad), recorded(bad)
        messages = (
            invitation_message(asked),
            reminder_message(asked),
            thanks_message(told, token()),
            question_again(told, token()),
        )
        assert [fault for message in messages for fault in faults(message)] == [], bad
        assert faults(comment_modal(told, token())) == [], bad


@pytest.mark.parametrize("page", ["question", "answered"])
def test_the_page_holds_the_same_tags_whatever_was_written(page: str) -> None:
    def drawn(words: str) -> Tags:
        if page == "answered":
            return Tags(answered_page(recorded(words)))
        return Tags(question_page(invited(words), until=NOW + timedelta(days=1)))

    plain = drawn("plain words").tags
    for bad in ALL:
        assert drawn(bad).tags <= plain, bad
    assert "<b>bold</b>" in drawn("<b>bold</b>").words


def test_a_mail_has_the_same_headers_and_tags_whatever_the_subject_was() -> None:
    def read(words: str) -> tuple[list[str], Counter[str]]:
        raw = survey_mail(invited(words), link=LINK, sender="Support <support@example.com>").as_bytes()
        parsed: Any = BytesParser(policy=email.policy.default).parsebytes(raw)
        page = parsed.get_body(("html",)).get_content()
        return [name for name, _ in parsed.items()], Tags(page).tags

    headers, tags = read("plain words")
    for bad in ALL:
        found, drawn = read(bad.encode("utf-8", "ignore").decode())
        assert found == headers, bad
        assert drawn <= tags, bad


def test_an_alert_about_anything_only_names_it() -> None:
    for bad in ALL:
        alert = Alert(id=1, channel_id="C0SUPPORT", owner="U0LENA", text=bad, rule={}, zone="UTC", created_at=NOW)
        assert faults(incident_message(bad, incident(bad), "UTC")) == [], bad
        assert faults(alerts_message([alert], {1: 1})) == [], bad


def test_what_is_at_risk_stands_on_the_home_tab_as_words() -> None:
    for bad in ALL:
        known: dict[str, Any] = {one.name: bad for one in fields(AtRisk) if one.type in ("str", "str | None")}
        rest = {one.name: NOW if "datetime" in str(one.type) else 1 for one in fields(AtRisk) if one.name not in known}
        view = home_view(Home(zone="UTC", fresh="now", risks=(AtRisk(**known, **rest),), risks_of=bad))
        assert faults(view) == [], bad


def test_a_message_in_doubt_is_quoted_as_words() -> None:
    for bad in ALL:
        payload = doubt_payload("id", kind="digest", channel_id="C0SUPPORT", text=bad)
        assert faults(Message(text=payload["text"], blocks=tuple(payload["blocks"]))) == [], bad


@pytest.mark.parametrize("split", SPLITS)
def test_a_digest_s_details_by_anything_are_only_read(hostile: Room, split: str) -> None:
    assert faults(detail(say(hostile.store, f"volume all time by {split}"))) == []


def test_the_clock_of_every_ticket_and_why_a_number_moved_are_only_read(hostile: Room) -> None:
    for number in range(0, len(ALL), 12):
        assert list(shown(hostile.type(f"ticket {number}"))) == []
    for words in ("why volume last 30 days", "why csat", "cases", "goals", "survey", "survey bias", "forecast volume"):
        assert list(shown(hostile.type(words))) == []
