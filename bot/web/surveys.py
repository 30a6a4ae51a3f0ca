"""The web door of surveys at `/s/<token>`: looking at it shows, and only sending the form records.

Mail scanners follow links before people do; they look and send nothing, so they cannot vote."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl

from aiohttp import web

from bot.errors import StoreError
from bot.store.engine import Store
from bot.surveys.admitting import Holder, Refused, Why, admit_owner
from bot.surveys.answering import look, record_click, record_comment
from bot.surveys.closing import opt_out
from bot.surveys.sending import shown_to_holder
from bot.views import survey_page as view
from bot.views.survey_phrases import language_wanted

log = logging.getLogger("cx.surveys")

FORM, MOST_FIELDS = "application/x-www-form-urlencoded", 10
SCORE = re.compile(r"-?[0-9]{1,3}", re.ASCII)
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
GONE = frozenset({Why.EXPIRED, Why.WITHDRAWN, Why.USED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a browser gets: HTML, or where to look instead."""

    html: str = ""
    status: int = 200
    see: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyDoor:
    """Answers browsers; the database is asked in the pool, never on the event loop."""

    store: Store
    pool: Executor
    now: Callable[[], datetime]

    def routes(self) -> Sequence[web.RouteDef]:
        """What the HTTP door is to serve."""
        return (web.get("/s/{token}", self._get), web.post("/s/{token}", self._post), web.post("/s/{token}/stop", self._stop))

    def show(self, token: str) -> Page:
        """The page as it stands; changes nothing."""
        now = self.now()
        with self.store.reading() as session:
            standing = look(session, token, by=Holder(), now=now)
            if not isinstance(standing, Refused):
                return Page(html=view.answered_page(standing))
            invitation = admit_owner(session, token, by=Holder())
            if standing.why is Why.UNANSWERED and not isinstance(invitation, Refused):
                invited = shown_to_holder(session, invitation, token)
                return Page(html=view.question_page(invited, until=invitation.expires_at))
        return _refused(standing)

    def record(self, token: str, form: Mapping[str, str]) -> Page:
        """Keep what was sent, commit, and only then answer."""
        if "stop" in form:
            return self.stop(token)
        if "comment" in form and "score" not in form:
            return self._keep_comment(token, form["comment"])
        score = form.get("score", "")
        now = self.now()
        with self.store.writing() as session:
            value = int(score) if SCORE.fullmatch(score) else -1_000
            outcome = record_click(session, token, value, by=Holder(), action_ts=f"{now.timestamp():.6f}", now=now)
        if isinstance(outcome, Refused):
            return _refused(outcome)
        return Page(status=303, see=f"/s/{outcome.token or token}")

    def stop(self, token: str) -> Page:
        """Never ask the person behind this link again."""
        with self.store.writing() as session:
            outcome = opt_out(session, token, by=Holder(), now=self.now())
        return _refused(outcome) if isinstance(outcome, Refused) else Page(html=view.stopped_page(outcome.language))

    def _keep_comment(self, token: str, comment: str) -> Page:
        with self.store.writing() as session:
            outcome = record_comment(session, token, comment, by=Holder(), now=self.now())
        return _refused(outcome) if isinstance(outcome, Refused) else Page(status=303, see=f"/s/{token}")

    async def _get(self, request: web.Request) -> web.Response:
        return await self._answer(request, self.show)

    async def _post(self, request: web.Request) -> web.Response:
        form = form_of(await request.read(), request.content_type)
        return await self._answer(request, lambda token: self.record(token, form))

    async def _stop(self, request: web.Request) -> web.Response:
        """What a mail program sends when its reader presses its own button to be left alone."""
        return await self._answer(request, self.stop)

    async def _answer(self, request: web.Request, work: Callable[[str], Page]) -> web.Response:
        token = request.match_info["token"]
        try:
            page = (
                _nothing()
                if not TOKEN.fullmatch(token)
                else await asyncio.get_running_loop().run_in_executor(self.pool, work, token)
            )
        except StoreError:
            page = Page(html=view.busy_page(language_wanted(request.headers.get("Accept-Language", ""))), status=503)
        if page.see:
            return web.Response(status=page.status, headers={**HEADERS, "Location": page.see})
        return web.Response(text=page.html, status=page.status, content_type="text/html", headers=HEADERS)


def form_of(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form as our own pages send it; none of anything else, which may come from anybody."""
    try:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}
    return dict(fields) if content_type == FORM else {}


def _refused(refused: Refused) -> Page:
    """A link nobody wrote is not found, one that is over is gone, and a score that does not exist is a bad request."""
    log.warning("survey page refused: %s", refused.why.value)
    if refused.why is Why.FORGED:
        return _nothing()
    status = 410 if refused.why in GONE else 400
    return Page(html=view.refused_page(refused), status=status)


def _nothing() -> Page:
    return Page(html=view.gone_page(), status=404)
