"""The way into Zendesk: who we are, how fast we may ask, and how lists are walked to their end."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from bot.desks.desk import Pace
from bot.desks.fields import Json, known, name_of, objects, text_of
from bot.desks.http import TRIES, Http, RefusedRequest, Sign
from bot.desks.http_limits import USUAL_SHARE, Limits
from bot.desks.zendesk_tokens import Tokens
from bot.errors import BadConfig, DeskDenied, DeskMissing

API = "/api/v2"
LISTED, SIZE = 100, "page[size]"
SIDELOADS = ("metric_sets,users,groups,organizations", "metric_sets,users,groups", "")
"""What is to come along with tickets; a server that knows less is asked for less."""
KEY_HELP = (
    "In Zendesk's Admin Center open Apps and integrations, APIs, OAuth clients: make a confidential client, and set "
    "CX_ZENDESK_CLIENT_ID and CX_ZENDESK_CLIENT_SECRET. It must act for an admin."
)
DOCUMENTED = {"account": 200.0, "incremental": 10.0, "deleted": 10.0, "audits": 450.0}
"""Requests a minute of the smallest plan; what the answers say corrects them."""
HEADERS = {
    "incremental": "zendesk-ratelimit-incremental-exports",
    "incremental-cursor": "zendesk-ratelimit-incremental-exports-cursor",
    "audits": "zendesk-ratelimit-ticket-audits",
    "deleted": "zendesk-ratelimit-deleted-tickets",
}


@dataclass(slots=True)
class Door:
    """Zendesk's API. Some servers want `.json` after a path and some do not: what answered first is kept to."""

    http: Http
    endings: dict[str, str] = field(default_factory=dict)
    sideloads: tuple[str, ...] = SIDELOADS

    def close(self) -> None:
        """Give connections back."""
        self.http.close()

    def get(self, path: str, params: Mapping[str, Any] | None = None, *, kind: str = "account", tries: int = TRIES) -> Json:
        """The object under a path such as `/groups`. Raises DeskError."""
        name = "/".join("#" if part.isdigit() else part for part in path.split("/"))
        if name in self.endings:
            return known(self.http.get(f"{API}{path}{self.endings[name]}", params, kind=kind, tries=tries))
        try:
            found = known(self.http.get(f"{API}{path}", params, kind=kind, tries=tries))
            self.endings[name] = ""
        except DeskMissing:
            found = known(self.http.get(f"{API}{path}.json", params, kind=kind, tries=tries))
            self.endings[name] = ".json"
        return found

    def with_sideloads(self, path: str, params: Mapping[str, Any], *, kind: str = "incremental") -> Json:
        """A page of tickets with all that comes along; what a server refused to send along is not asked for again."""
        while True:
            more = {"include": self.sideloads[0]} if self.sideloads[0] else {}
            try:
                return self.get(path, {**params, **more}, kind=kind)
            except RefusedRequest:
                if not more:
                    raise
                self.sideloads = self.sideloads[1:]

    def walk(self, path: str, *, params: Mapping[str, Any] | None = None, kind: str = "account") -> Iterator[Json]:
        """The pages of a list, by cursor where the server knows cursors, else by page numbers; never the same page twice."""
        asked: dict[str, Any] = {SIZE: LISTED, **(params or {})}
        seen: set[str] = set()
        while True:
            mark = json.dumps(asked, sort_keys=True)
            if mark in seen:
                return
            seen.add(mark)
            try:
                page = self.get(path, asked, kind=kind)
            except RefusedRequest:
                if SIZE not in asked:
                    raise
                asked = {**{name: value for name, value in asked.items() if name != SIZE}, "per_page": LISTED}
                continue  # It knows numbered pages only.
            yield page
            following = _following(page)
            if following is None:
                return
            asked = {**following, **(params or {})}

    def items(self, path: str, name: str, *, params: Mapping[str, Any] | None = None, kind: str = "account") -> Iterator[Json]:
        """The objects called `name` of all pages of a list."""
        for page in self.walk(path, params=params, kind=kind):
            yield from objects(page.get(name))

    def items_or_none(self, path: str, name: str) -> list[Json] | None:
        """The same of a list that not every plan, key or server has; None without it."""
        try:
            return list(self.items(path, name))
        except (DeskDenied, DeskMissing, RefusedRequest):
            return None


def _following(page: Json) -> dict[str, str] | None:
    """The parameters of the next page; only they are taken from its link, so that the key goes nowhere else."""
    meta, links = known(page.get("meta")), known(page.get("links"))
    if meta:
        link = links.get("next") if meta.get("has_more") else None
        after = meta.get("after_cursor") if meta.get("has_more") else None
        if not link and after:
            return {SIZE: str(LISTED), "page[after]": str(after)}
    else:
        link = page.get("next_page") or links.get("next")
    return dict(parse_qsl(urlsplit(link).query)) if isinstance(link, str) and link else None


def after(page: Json) -> str | None:
    """The cursor behind a page of an export: as it says, or as its link does."""
    told = name_of(page.get("after_cursor"))
    return told or dict(parse_qsl(urlsplit(text_of(page.get("after_url"))).query)).get("cursor")


def open_door(settings: Mapping[str, str], pace: Pace) -> Door:
    """The door for these settings. Raises BadConfig naming what is missing."""
    base = settings.get("url", "").strip().rstrip("/").removesuffix(API)
    if not base:
        raise BadConfig("CX_ZENDESK_URL is missing.", next_step="Set it to https://your-name.zendesk.com.")
    base = base if "://" in base else f"https://{base if '.' in base else f'{base}.zendesk.com'}"
    http = Http(base, "Zendesk", key_help=KEY_HELP, pace=pace, limits=_limits(base, settings))
    http.sign = _sign(settings, http)
    return Door(http)


def _limits(base: str, settings: Mapping[str, str]) -> Limits:
    """Somebody else's server that speaks like Zendesk has the limits it tells of and no others."""
    its_own = (urlsplit(base).hostname or "").endswith(".zendesk.com")
    return Limits(share=_share(settings), documented=DOCUMENTED if its_own else {}, headers=HEADERS)


def _share(settings: Mapping[str, str]) -> float:
    told = settings.get("share", "")
    if not told:
        return USUAL_SHARE
    try:
        share = float(told.rstrip("% ")) / (100.0 if told.strip().endswith("%") else 1.0)
    except ValueError:
        share = 0.0
    if not 0.0 < share <= 1.0:
        raise BadConfig("CX_ZENDESK_SHARE is not a share of the quota.", next_step="Write it as 50% or 0.5.")
    return share


def _sign(settings: Mapping[str, str], http: Http) -> Sign:
    """OAuth where a client is given; else the older e-mail and API token; else a token somebody made by hand."""
    if settings.get("client_id") and settings.get("client_secret"):
        tokens = Tokens.of(settings, http)
        http.renew = tokens.forget
        return tokens.headers
    if settings.get("email") and settings.get("token"):
        pair = f"{settings['email'].removesuffix('/token')}/token:{settings['token']}"
        return _always({"Authorization": f"Basic {b64encode(pair.encode()).decode()}"})
    if settings.get("token"):
        return _always({"Authorization": f"Bearer {settings['token']}"})
    raise BadConfig("Zendesk has no key.", next_step=KEY_HELP)


def _always(headers: Mapping[str, str]) -> Callable[[], Mapping[str, str]]:
    return lambda: headers
