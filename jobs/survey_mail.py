"""Sends surveys by mail to people outside Slack, where a mail server and a public address are set.

A mail cannot be looked up afterwards as a message in Slack can. So the invitation is marked as sent and committed before
the server hears of it, and goes back to waiting only where the server certainly took nothing: never twice, and one may be
lost when the machine stops between the two."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import unquote, urlsplit

from sqlmodel import Session

from bot.settings import Settings
from bot.store.engine import Store
from bot.store.tables import Invitation
from bot.store.words import InvitationState, Via
from bot.surveys.rules import read_rules
from bot.surveys.sending import Invited, due, due_for_reminder, hand_out, put_back, remind
from bot.surveys.wire import new_token
from bot.views.survey_mail import survey_mail
from bot.views.survey_phrases import phrases
from jobs.job import Job, Tick

log = logging.getLogger("cx.surveys")

A_ROUND = 100
TIMEOUT_S = 20
LATER = timedelta(minutes=5)
REFUSED_FOR_GOOD = 500
HandOut = Callable[[Session, int, str], Invited | None]


def run(tick: Tick) -> int:
    """One round; how many mails the server took."""
    settings = tick.settings
    if settings.smtp_url is None or not settings.public_url or not settings.mail_from:
        return 0
    with tick.store.reading() as session:
        rules = read_rules(session)
        first = due(session, now=tick.now, via=Via.MAIL, limit=A_ROUND)
        silent = [one for one in due_for_reminder(session, rules, now=tick.now, limit=A_ROUND) if _is_by_mail(session, one)]
    if not first and not silent:
        return 0
    post = Postman(store=tick.store, settings=settings, now=tick.now)
    try:
        with connected(settings.smtp_url.get_secret_value()) as server:
            asked = sum(post.deliver(server, one, lambda s, i, t: hand_out(s, i, t, rules=rules, now=tick.now)) for one in first)
            again = (
                post.deliver(server, one, lambda s, i, t: remind(s, i, t, rules=rules, now=tick.now), again=True)
                for one in silent
            )
            return asked + sum(again)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("the mail server cannot be reached", extra={"error": type(error).__name__})
        return post.delivered


SURVEY_MAIL = Job(
    slug="survey-mail",
    says="Asks customers outside Slack by mail, with a link to a page.",
    every=timedelta(minutes=1),
    run=run,
)


class Postman:
    """Hands invitations out and mails to the server, one unit of work each."""

    def __init__(self, *, store: Store, settings: Settings, now: datetime) -> None:
        self.store, self.settings, self.now = store, settings, now
        self.delivered = 0

    def deliver(self, server: smtplib.SMTP, invitation_id: int, give: HandOut, *, again: bool = False) -> int:
        """Mark it as sent, then send it; whether the server took it."""
        token = new_token()
        with self.store.writing() as session:
            invited = give(session, invitation_id, token)
        if invited is None:
            return 0
        opening = phrases(invited.language).reminder if again else ""
        link = f"{self.settings.public_url.rstrip('/')}/s/{token}"
        try:
            server.send_message(survey_mail(invited, link=link, sender=self.settings.mail_from, opening=opening))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, ValueError) as refused:
            self._refused(invitation_id, refused, again=again)
            return 0
        self.delivered += 1
        return 1

    def _refused(self, invitation_id: int, refused: Exception, *, again: bool) -> None:
        """The server said no: for good, or for now. What follows from a refused reminder is nothing."""
        log.warning("a survey was not taken by the mail server", extra={"error": type(refused).__name__})
        if again:
            return
        with self.store.writing() as session:
            if _code(refused) >= REFUSED_FOR_GOOD:
                invitation = session.get_one(Invitation, invitation_id)
                invitation.state, invitation.reason = InvitationState.UNMATCHED, "the mail server refused the address"
                session.add(invitation)
            else:
                put_back(session, invitation_id, again_at=self.now + LATER)


def connected(url: str) -> smtplib.SMTP:
    """A session with the server of `smtp://user:password@host:port` (encrypted where it can be) or `smtps://`."""
    parts = urlsplit(url)
    host, safe = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT_S, context=safe)
    else:
        server = smtplib.SMTP(host, parts.port or 25, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=safe)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _code(refused: Exception) -> int:
    if isinstance(refused, smtplib.SMTPRecipientsRefused):
        return max((code for code, _ in refused.recipients.values()), default=REFUSED_FOR_GOOD)
    return int(refused.smtp_code) if isinstance(refused, smtplib.SMTPResponseException) else REFUSED_FOR_GOOD


def _is_by_mail(session: Session, invitation_id: int) -> bool:
    invitation = session.get(Invitation, invitation_id)
    return invitation is not None and invitation.via is Via.MAIL
