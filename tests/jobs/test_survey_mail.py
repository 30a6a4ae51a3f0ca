"""People outside Slack are asked by mail, once: a mail the server certainly did not take waits, and no other goes twice."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from sqlmodel import select

from bot.settings import Settings, read_settings
from bot.slack.port import Slack
from bot.store.engine import Store
from bot.store.tables import Invitation
from bot.store.words import InvitationState, Via
from bot.surveys.admitting import Holder
from bot.surveys.answering import Recorded, record_click
from jobs.job import Tick
from jobs.survey_mail import SURVEY_MAIL
from jobs.surveys import invite
from tests.surveys.cast import DAY, MINUTE, NOW, add_customer, add_ticket, switch_on


@dataclass(slots=True)
class MailServer:
    """Takes mails over a real socket; `refuses` is what it answers to every recipient instead."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    refuses: str = ""


@pytest.fixture
def server() -> Iterator[MailServer]:
    told = MailServer()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 test")
            while line := self.rfile.readline().decode().strip():
                word = line.split(":")[0].split()[0].upper()
                if word == "RCPT" and told.refuses:
                    self.say(told.refuses)
                elif word == "DATA":
                    self.say("354 go on")
                    lines = list(iter(lambda: self.rfile.readline().rstrip(b"\r\n"), b"."))
                    told.mails.append(message_from_bytes(b"\n".join(lines)))
                    self.say("250 taken")
                else:
                    self.say("221 bye" if word == "QUIT" else "250 ok")
                if word == "QUIT":
                    return

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as running:
        running.daemon_threads = True
        told.port = running.server_address[1]
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield told
        running.shutdown()
        thread.join()


def settings(port: int) -> Settings:
    return read_settings(
        {
            "CX_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "CX_PUBLIC_URL": "https://cx.example/",
            "CX_MAIL_FROM": "Support Team <support@example.com>",
            "HOME": "/tmp",
        }
    )


def a_round(store: Store, port: int, now: Any = NOW) -> int:
    return SURVEY_MAIL.run(Tick(now=now, store=store, settings=settings(port), slack=Slack("xoxb-1", "http://127.0.0.1:1/")))


def solved(store: Store, name: str = "carla", **changes: Any) -> None:
    switch_on(store, "csat", by_mail=True)
    add_ticket(store, add_customer(store, name, **changes), name)
    invite(store, lambda _: None, now=NOW)


def the_link(mail: Message) -> str:
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(text, bytes)
    return text.decode().rstrip().rpartition(" ")[2]


def invitations(store: Store) -> list[Invitation]:
    with store.reading() as session:
        return list(session.exec(select(Invitation).order_by("id")))


def test_whoever_is_not_in_slack_gets_one_mail_whose_link_answers(store: Store, server: MailServer) -> None:
    solved(store, language="fr")
    assert a_round(store, server.port) == 1
    assert a_round(store, server.port, NOW + MINUTE) == 0
    (mail,) = server.mails
    assert (mail["To"], mail["Content-Language"]) == ("carla@customer.example", "fr")
    link = the_link(mail)
    assert link.startswith("https://cx.example/s/")
    assert mail["List-Unsubscribe"] == f"<{link}/stop>"
    with store.writing() as session:
        outcome = record_click(session, link.rpartition("/")[2], 5, by=Holder(), action_ts="1.0", now=NOW + MINUTE)
        assert isinstance(outcome, Recorded)


def test_without_the_rule_nobody_outside_slack_is_written_to(sqlite_store: Store, server: MailServer) -> None:
    switch_on(sqlite_store, "csat")
    add_ticket(sqlite_store, add_customer(sqlite_store))
    invite(sqlite_store, lambda _: None, now=NOW)
    assert a_round(sqlite_store, server.port) == 0
    assert invitations(sqlite_store)[0].state is InvitationState.UNMATCHED


def test_a_server_that_cannot_be_reached_loses_nothing(sqlite_store: Store, server: MailServer) -> None:
    solved(sqlite_store)
    assert a_round(sqlite_store, 1) == 0
    assert invitations(sqlite_store)[0].state is InvitationState.WAITING
    assert a_round(sqlite_store, server.port) == 1


def test_refused_for_now_waits_and_refused_for_good_is_counted(sqlite_store: Store, server: MailServer) -> None:
    solved(sqlite_store)
    server.refuses = "451 try later"
    assert a_round(sqlite_store, server.port) == 0
    assert invitations(sqlite_store)[0].state is InvitationState.WAITING
    server.refuses = "550 no such person"
    assert a_round(sqlite_store, server.port, NOW + 6 * MINUTE) == 0
    assert invitations(sqlite_store)[0].state is InvitationState.UNMATCHED
    assert server.mails == []


def test_one_reminder_at_most_and_both_links_lead_to_one_answer(store: Store, server: MailServer) -> None:
    solved(store)
    a_round(store, server.port)
    for day in (2, 3, 4, 5):
        a_round(store, server.port, NOW + day * DAY)
    first, second = server.mails
    assert "reminder" in second["Subject"]
    for number, mail in enumerate((first, second)):
        with store.writing() as session:
            token = the_link(mail).rpartition("/")[2]
            assert isinstance(
                record_click(session, token, 4 + number, by=Holder(), action_ts=f"{number + 1}.0", now=NOW + 5 * DAY), Recorded
            )
    (one,) = invitations(store)
    assert (one.state, one.via) == (InvitationState.ANSWERED, Via.MAIL)


@pytest.mark.parametrize("email", ["a@b\r\nBcc: all@example.com", "no address", "x@" + "y" * 300])
def test_what_is_no_address_is_never_written_to(sqlite_store: Store, server: MailServer, email: str) -> None:
    solved(sqlite_store, email=email)
    assert a_round(sqlite_store, server.port) == 0
    assert server.mails == []
