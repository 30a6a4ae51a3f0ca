"""Asking help desks: waits that are asked for, trouble that passes, refusals that name no secret, and a polite pace."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import httpx2
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from bot.desks.desk import Pace
from bot.desks.http import TRIES, Http, RefusedRequest
from bot.desks.http_limits import Limits, Quota, retry_after_s
from bot.errors import BadConfig, DeskDenied, DeskMissing, DeskRefused, DeskUnavailable
from tests.desks.standin import IN_TROUBLE, TRUNCATED, UNAUTHORIZED, WEB_PAGE, Fault, Naps, StandIn, json_answer

KEY = "canary-key-99"


class Echo(StandIn):
    """Tells back what it was asked."""

    told: Mapping[str, str] = {}

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get("/{path:.*}", self._echo), web.post("/{path:.*}", self._echo)]

    async def _echo(self, request: web.Request) -> web.Response:
        return json_answer({"path": request.path, "query": dict(request.query)}, **self.told)


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as server:
        yield server


@pytest.fixture
def naps() -> Naps:
    return Naps()


Open = Callable[..., Http]


@pytest.fixture
def opening(echo: Echo, naps: Naps) -> Iterator[Open]:
    opened: list[Http] = []

    def open_one(base: str = "", **more: Any) -> Http:
        opened.append(Http(base or echo.url, "Echo", pace=naps.pace(), **more))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def http(opening: Open) -> Http:
    return opening(params={"access_key": KEY}, key_help="Make a new key.")


def test_an_answer_is_its_json(http: Http) -> None:
    assert http.get("/a", {"b": 1}) == {"path": "/a", "query": {"access_key": KEY, "b": "1"}}
    assert http.search("/find", {"q": 1})["path"] == "/find"


@pytest.mark.parametrize(("told", "waited"), [("7", 7.0), ("0", 60.0), ("", 60.0), ("soon", 60.0), ("2.5", 2.5)])
def test_too_many_waits_as_long_as_told_or_a_minute(http: Http, echo: Echo, naps: Naps, told: str, waited: float) -> None:
    echo.fail(Fault(status=429, headers={"Retry-After": told} if told else {}))
    assert http.get("/a")
    assert naps.taken == [waited]


def test_a_date_to_wait_for_counts_from_the_desks_own_clock() -> None:
    dates = {"date": "Mon, 16 Nov 2026 09:00:00 GMT", "retry-after": "Mon, 16 Nov 2026 09:01:30 GMT"}
    assert retry_after_s(dates) == 90.0
    assert retry_after_s({"retry-after": "Mon, 16 Nov 2026 09:01:30 GMT"}) is None
    assert retry_after_s({"x-ratelimit-retry-after": "11"}) == 11.0


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524, 409, 408])
def test_trouble_is_tried_again_and_later_each_time(http: Http, echo: Echo, naps: Naps, status: int) -> None:
    echo.fail(*[Fault(status=status)] * 4)
    assert http.get("/a")
    assert len(naps.taken) == 4
    assert naps.taken == sorted(naps.taken)
    assert 1.0 <= naps.taken[0] < 2.0


@pytest.mark.parametrize("fault", [WEB_PAGE, TRUNCATED, Fault(body=""), Fault(dropped=True)])
def test_an_answer_that_is_none_is_asked_for_again(http: Http, echo: Echo, naps: Naps, fault: Fault) -> None:
    echo.fail(fault)
    assert http.get("/a")
    assert len(naps.taken) == 1


def test_trouble_that_stays_is_said_and_ends(http: Http, echo: Echo) -> None:
    echo.fail(*[IN_TROUBLE] * 50)
    with pytest.raises(DeskUnavailable, match="in trouble"):
        http.get("/a")
    assert len(echo.asked) == TRIES


def test_nothing_waits_longer_than_a_quarter_of_an_hour(http: Http, echo: Echo, naps: Naps) -> None:
    echo.fail(Fault(status=429, headers={"Retry-After": "86400"}))
    with pytest.raises(DeskUnavailable) as told:
        http.get("/a")
    assert (told.value.retry_after_s, naps.taken) == (86400.0, [])


def test_a_desk_that_is_not_there_is_unavailable(opening: Open) -> None:
    with pytest.raises(DeskUnavailable, match="does not answer"):
        opening("http://127.0.0.1:9").get("/a")


@pytest.mark.parametrize(
    ("status", "error"),
    [(401, DeskRefused), (403, DeskDenied), (404, DeskMissing), (410, DeskMissing), (302, DeskRefused), (422, RefusedRequest)],
)
def test_a_refusal_is_told_by_what_can_be_done_and_holds_no_key(
    http: Http, echo: Echo, naps: Naps, status: int, error: type[Exception]
) -> None:
    echo.fail(Fault(status=status, body=f"no {KEY}", headers={"Location": f"/x?k={KEY}"}))
    with pytest.raises(error) as told:
        http.get("/a")
    assert KEY not in f"{told.value!r} {told.value.sentence()} {told.value.__cause__!r}"  # type: ignore[attr-defined]
    assert naps.taken == []


def test_a_401_says_how_to_make_a_new_key(http: Http, echo: Echo) -> None:
    echo.fail(UNAUTHORIZED)
    with pytest.raises(DeskRefused) as told:
        http.get("/a")
    assert told.value.next_step == "Make a new key."


def test_a_key_that_ran_out_is_renewed_once(opening: Open, echo: Echo) -> None:
    renewed: list[int] = []
    http = opening(renew=lambda: not renewed.append(1))
    echo.fail(UNAUTHORIZED)
    assert http.get("/a")
    echo.fail(UNAUTHORIZED, UNAUTHORIZED)
    with pytest.raises(DeskRefused):
        http.get("/a")
    assert len(renewed) == 2


def test_a_token_exchange_is_never_repeated(http: Http, echo: Echo) -> None:
    for fault in (IN_TROUBLE, Fault(dropped=True), WEB_PAGE):
        echo.asked.clear()
        echo.fail(fault)
        with pytest.raises(DeskUnavailable):
            http.exchange("/oauth", {"client_secret": KEY})
        assert len(echo.asked) == 1
    echo.fail(UNAUTHORIZED)
    with pytest.raises(DeskRefused) as told:
        http.exchange("/oauth", {"client_secret": KEY})
    assert KEY not in told.value.sentence()


def test_no_log_line_shows_the_key(http: Http, echo: Echo, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG)
    echo.fail(IN_TROUBLE, Fault(dropped=True), WEB_PAGE)
    http.get("/a")
    assert KEY not in caplog.text


@pytest.mark.parametrize("address", ["example", "ftp://example.com", "http://", "  "])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadConfig):
        Http(address, "Echo")


def test_a_password_in_the_address_is_not_kept() -> None:
    assert Http("https://user:pass@example.com/help/", "Echo").base == "https://example.com/help"


def test_only_half_of_a_documented_quota_is_used(opening: Open, naps: Naps) -> None:
    http = opening(limits=Limits(documented={"export": 10.0}))
    for _ in range(10):
        http.get("/a", kind="export")
    assert naps.taken == [60.0]
    http.get("/a")
    assert naps.taken == [60.0]


def test_the_share_of_the_quota_can_be_set(opening: Open, naps: Naps) -> None:
    http = opening(limits=Limits(share=1.0, documented={"account": 10.0}))
    for _ in range(10):
        http.get("/a")
    assert naps.taken == []


def test_what_a_desk_tells_of_its_quota_is_believed(opening: Open, echo: Echo, naps: Naps) -> None:
    echo.told = {"export-limit": "total=10; remaining=4; resets=12"}
    http = opening(limits=Limits(headers={"export": "export-limit"}))
    http.get("/a", kind="export")
    assert naps.taken == []
    http.get("/a", kind="export")
    assert naps.taken == [12.0]


@pytest.mark.parametrize(
    "told",
    [
        {"ratelimit_limit": "100", "ratelimit_remaining": "50", "ratelimit_reset": "9"},
        {"X_Rate_Limit": "100", "X_Rate_Limit_Remaining": "50", "ratelimit_reset": "9"},
    ],
)
def test_the_usual_headers_are_understood(opening: Open, echo: Echo, naps: Naps, told: dict[str, str]) -> None:
    echo.told = told
    http = opening()
    http.get("/a")
    http.get("/a")
    assert naps.taken == [9.0]


@given(total=st.integers(1, 500), share=st.floats(0.01, 1.0), asked=st.integers(1, 60))
def test_no_window_ever_holds_more_than_our_share(total: int, share: float, asked: int) -> None:
    quota, now, at = Quota(float(total)), 0.0, []
    for _ in range(asked):
        now += quota.take(now, share)
        at.append(now)
    most = max(sum(1 for each in at if start <= each < start + 60.0) for start in at)
    assert most <= max(total * share + 1, 1)


def test_without_a_quota_nothing_waits() -> None:
    def never(_: float) -> None:
        raise AssertionError

    Limits().wait("anything", Pace(clock=lambda: 0.0, sleep=never))


def test_nothing_of_a_transport_error_reaches_the_words(opening: Open) -> None:
    def broken(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadError(f"while reading {request.url}", request=request)

    http = opening("https://e.example", params={"k": KEY}, transport=httpx2.MockTransport(broken))
    with pytest.raises(DeskUnavailable) as told:
        http.get("/a")
    assert KEY not in told.value.sentence()
    assert told.value.__cause__ is None


class Old(BaseHTTPRequestHandler):
    """A server of HTTP/1.0: it ends each answer by hanging up, and tells no length."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "said": self.request_version}).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body[: -1 if self.path in self.broken else None])
        self.broken.discard(self.path)

    def log_message(self, *_: object) -> None:
        """Nothing."""

    broken: ClassVar[set[str]] = set()


@pytest.fixture
def old() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Old) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def test_a_server_that_hangs_up_after_each_answer_is_read_too(opening: Open, old: str, naps: Naps) -> None:
    http = opening(old)
    assert [http.get(f"/{number}")["path"] for number in range(3)] == ["/0", "/1", "/2"]
    assert naps.taken == []


def test_an_answer_that_breaks_off_where_no_length_was_told_is_asked_for_again(opening: Open, old: str, naps: Naps) -> None:
    Old.broken.add("/a")
    assert opening(old).get("/a")["path"] == "/a"
    assert len(naps.taken) == 1
