"""Asks help desks over HTTP: at a polite pace, again where that helps, and with errors that hold no secret.

```python
http = Http("https://example.zendesk.com", name="Zendesk", sign=basic(user, password), pace=asked.pace)
body = http.get("/api/v2/groups", {"page[size]": 100})          # a JSON object, or DeskError
body = http.search("/conversations/search", {"query": ...})     # a read by POST: may be repeated
```
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx2

from bot.desks.desk import Pace
from bot.desks.http_limits import Limits, retry_after_s, told_date
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskRefused, DeskRejected, DeskUnavailable

Params = Mapping[str, Any]
Sign = Callable[[], Mapping[str, str]]
"""Gives the headers that prove who asks; called anew for each request, because tokens run out."""

TRIES = 7
AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 529})
BROKEN_TRIES = 3
CONNECT_S = 30.0
LARGEST_BODY = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A JSON answer: the body, and the headers by their names in lower case."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Http:
    """One help desk over HTTP. `name` is what errors call it, `key_help` how to get a new key; `params` go with every request
    (a key in the query stays out of all errors). `renew` is asked after a 401 whether it could get a new key: then the request
    is made once more. `limits` holds the pace of each class of requests; `told_at` is the desk's clock at its last answer,
    `is_silent` after a request that had none."""

    base: str
    name: str
    sign: Sign = dict
    params: Params = field(default_factory=dict)
    key_help: str = ""
    renew: Callable[[], bool] | None = None
    pace: Pace = field(default_factory=Pace)
    limits: Limits = field(default_factory=Limits)
    transport: httpx2.BaseTransport | None = None
    random: Random = field(default_factory=lambda: Random(0))  # noqa: S311 (spreads retries, hides nothing)
    told_at: datetime | None = field(init=False, default=None)
    is_silent: bool = field(init=False, default=False)
    client: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadConfig(f"The address of {self.name} is not one.", next_step="Write it as https://example.com.")
        self.base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        near = parts.hostname in ("localhost", "127.0.0.1", "::1")  # No proxy of the machine's stands before itself.
        self.client = httpx2.Client(
            timeout=httpx2.Timeout(min(CONNECT_S, self.pace.answer_s), read=self.pace.answer_s),
            follow_redirects=False,
            transport=self.transport,
            trust_env=not near,
            verify=parts.scheme == "https",  # Reading all the certificates there are takes longer than a request.
        )

    def get(self, path: str, params: Params | None = None, *, kind: str = "account", tries: int = TRIES) -> Any:
        """The JSON body under a path; `kind` is the class of requests whose limits apply. Raises DeskError."""
        return self.ask("GET", path, params=params, kind=kind, tries=tries).body

    def search(self, path: str, document: Any, params: Params | None = None, *, kind: str = "account") -> Any:
        """The same for a read by POST, which changes nothing and may be repeated."""
        return self.ask("POST", path, params=params, document=document, kind=kind).body

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        document: Any = None,
        kind: str = "account",
        tries: int = TRIES,
    ) -> Answer:
        """A request that may be repeated, and its answer with its headers. Raises DeskError."""
        patience = _Patience(self, most=tries)
        while True:
            self.limits.wait(kind, self.pace)
            try:
                response = self._send(method, path, params, document)
            except httpx2.HTTPError as error:
                self.is_silent = True
                patience.after_no_answer(error)
                continue
            self.is_silent = False
            self.limits.learn(kind, response.headers, self.pace.clock())
            self.told_at = told_date(response.headers.get("date", ""))
            if response.status_code in AGAIN:
                patience.after_refusal(response)
                continue
            if response.status_code == HTTPStatus.UNAUTHORIZED and patience.renews():
                continue
            self._refuse_bad(response, path)
            try:
                return Answer(body=json.loads(response.content), headers=_lower(response.headers))
            except (ValueError, RecursionError):
                patience.after_nonsense(response)

    def exchange(self, path: str, document: Params) -> Mapping[str, Any]:
        """A token exchange: sent once and never repeated, because what it spends may be spent. Raises DeskError."""
        try:
            response = self.client.post(self.base + path, json=dict(document), headers={"Accept": "application/json"})
        except httpx2.HTTPError as error:
            raise DeskUnavailable(f"{self.name} does not answer ({type(error).__name__}).") from None
        if response.status_code in AGAIN:
            raise DeskUnavailable(f"{self.name} is not ready to hand out a token ({response.status_code}).")
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            raise DeskRefused(f"{self.name} hands out no token ({response.status_code}).", next_step=self.key_help)
        try:
            told = response.json()
        except ValueError:
            raise DeskUnavailable(f"{self.name} answered a request for a token with something else than JSON.") from None
        return told if isinstance(told, dict) else {}

    def close(self) -> None:
        """Give connections back."""
        self.client.close()

    def _send(self, method: str, path: str, params: Params | None, document: Any) -> httpx2.Response:
        headers = {"Accept": "application/json", **self.sign()}
        every = {**self.params, **(params or {})}
        return self.client.request(method, self.base + path, params=every or None, json=document, headers=headers)

    def _refuse_bad(self, response: httpx2.Response, path: str) -> None:
        """Raises the error a person can act on. It names the path, never the query, the headers or the body."""
        status = response.status_code
        if status < HTTPStatus.MULTIPLE_CHOICES:
            return
        where = f"{self.name} ({path})"
        if status == HTTPStatus.UNAUTHORIZED:
            raise DeskRefused(f"{self.name} does not accept the key (401).", next_step=self.key_help)
        if status == HTTPStatus.FORBIDDEN:
            raise DeskDenied(f"{where} may not be read with this key (403).", next_step=self.key_help)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.METHOD_NOT_ALLOWED):
            raise DeskMissing(f"{where} does not exist there ({status}).")
        if status < HTTPStatus.BAD_REQUEST:
            raise DeskRefused(f"{where} sends us elsewhere ({status}).", next_step="Check the address in the settings.")
        raise RefusedRequest(f"{where} refused the request ({status}).", status=status)


class RefusedRequest(DeskRejected):
    """The help desk says the request itself is wrong (400, 422 and the like)."""

    def __init__(self, what: str, *, status: int) -> None:
        super().__init__(what, next_step="The next sync asks again; if it stays, tell an admin.")
        self.status = status


@dataclass(slots=True)
class _Patience:
    """How often one request has been tried, and how long it has waited for."""

    http: Http
    most: int = TRIES
    tries: int = 0
    broken: int = 0
    waited_s: float = 0.0
    renewed: bool = False

    def renews(self) -> bool:
        """Whether there is a new key to try with; asked for once."""
        if self.renewed or self.http.renew is None:
            return False
        self.renewed = True
        return self.http.renew()

    def after_no_answer(self, error: httpx2.HTTPError) -> None:
        """Wait and let it be tried again. The error's own text may show the URL, and so a key: only its class is told."""
        if isinstance(error, (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError)):
            raise DeskRefused(f"{self.http.name} cannot be asked: the address or the key holds a character it cannot.") from None
        self._wait(None, f"{self.http.name} does not answer ({type(error).__name__}).")

    def after_refusal(self, response: httpx2.Response) -> None:
        """Wait as long as the desk says, or longer each time."""
        told = retry_after_s(response.headers)
        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS and not told:
            told = 60.0
        what = "asks us to wait" if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else "is in trouble"
        self._wait(told, f"{self.http.name} {what} ({response.status_code}).")

    def after_nonsense(self, response: httpx2.Response) -> None:
        """A web page, half a body or nothing where there should be JSON: tried again a few times."""
        self.broken += 1
        page = "text/html" in response.headers.get("content-type", "")
        what = f"{self.http.name} answered with {'a web page' if page else 'a body that is not JSON, or not all of it'}."
        if self.broken >= BROKEN_TRIES:
            raise DeskUnavailable(what, still_true=KEPT, next_step="Check the address in the settings if it stays so.")
        self._wait(None, what)

    def _wait(self, told_s: float | None, what: str) -> None:
        self.tries += 1
        wait_s = told_s if told_s else min(2.0 ** (self.tries - 1), 60.0) * (1 + self.http.random.random() / 4)
        self.waited_s += wait_s
        if self.tries >= self.most or self.waited_s > self.http.pace.patience_s:
            raise DeskUnavailable(what, retry_after_s=told_s, still_true=KEPT, next_step="The next sync tries again.")
        self.http.pace.sleep(wait_s)


KEPT = "What was read before is kept."


def _lower(headers: httpx2.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
