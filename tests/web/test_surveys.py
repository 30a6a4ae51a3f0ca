"""For people outside Slack: looking records nothing, sending the form does, and a page says in their language what holds."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlmodel import select

from bot.errors import StoreError
from bot.store.engine import Store
from bot.store.tables import Invitation, OptOut, SurveyAnswer
from bot.store.words import InvitationState
from bot.surveys import SURVEYS
from bot.surveys.anonymous import HELD_BACK
from bot.views.survey_phrases import PHRASES
from tests.sandbox.browser import chromium, opened
from tests.surveys.cast import DAY, NOW, add_invitation, history, the_answer, token
from tests.web.door import Site, opened_site, path, sent_by_mail


@pytest.fixture
def site(sqlite_store: Store) -> Iterator[Site]:
    with opened_site(sqlite_store) as here:
        yield here


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def answers(store: Store) -> list[SurveyAnswer]:
    with store.reading() as session:
        return list(session.exec(select(SurveyAnswer)))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_never_records_however_often_a_scanner_looks(site: Site, method: str) -> None:
    sent_by_mail(site.store)
    for _ in range(5):
        assert site.ask(method, path())[0] == 200
        assert site.ask(method, f"{path()}?score=1&stop=1&comment=x")[0] == 200
    assert answers(site.store) == []
    with site.store.reading() as session:
        assert session.exec(select(OptOut)).all() == []
        assert session.exec(select(Invitation.state)).one() is InvitationState.SENT


def test_one_press_records_and_the_page_then_thanks(site: Site) -> None:
    sent_by_mail(site.store)
    status, headers, _ = site.ask("POST", path(), {"score": "4"})
    assert (status, headers["location"]) == (303, path())
    with site.store.reading() as session:
        answer = the_answer(session)
        assert (answer.score, answer.source, answer.agent_id) == (4, "web", 7)
    assert "Thank you, you chose 4 of 5, satisfied." in site.ask("GET", path())[2]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="score"\r\n\r\n5\r\n--x--\r\n'),
        ("application/x-www-form-urlencoded", b"score=5&" + b"a&" * 10_000),
        ("text/plain", b"score=5"),
        ("", b"\xff\xfe\x00"),
    ],
)
def test_what_no_page_of_ours_sends_records_nothing_and_is_no_error(
    site: Site, caplog: pytest.LogCaptureFixture, content_type: str, body: bytes
) -> None:
    sent_by_mail(site.store)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("POST", path(), body, {"Content-Type": content_type})
    status = connection.getresponse().status
    connection.close()

    assert (status, answers(site.store)) == (400, [])
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


def test_a_form_in_an_encoding_nobody_knows_is_read_as_ever(site: Site) -> None:
    sent_by_mail(site.store)
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    connection.request("POST", path(), b"score=4", {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"})
    status = connection.getresponse().status
    connection.close()

    assert (status, [answer.score for answer in answers(site.store)]) == (303, [4])


def test_an_answer_can_be_changed_and_its_history_is_kept(site: Site) -> None:
    sent_by_mail(site.store)
    for score in ("2", "5", "3"):
        site.now += DAY / 24
        assert site.ask("POST", path(), {"score": score})[0] == 303
    with site.store.reading() as session:
        assert the_answer(session).score == 3
        assert [score for _, score in history(session)] == [2, 5, 3]


def test_words_are_kept_as_written_and_shown_as_text(site: Site) -> None:
    sent_by_mail(site.store)
    site.ask("POST", path(), {"score": "1"})
    words = '<script>alert(1)</script> & "quotes" \x00 \ud83d'.encode("utf-8", "replace").decode()
    assert site.ask("POST", path(), {"comment": words})[0] == 303
    _, _, html = site.ask("GET", path())
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;quotes&quot;" in html
    with site.store.reading() as session:
        assert (the_answer(session).comment or "").startswith("<script>")


def test_a_comment_before_a_score_is_refused_and_a_long_one_is_cut(site: Site) -> None:
    sent_by_mail(site.store)
    assert site.ask("POST", path(), {"comment": "first"})[0] == 400
    site.ask("POST", path(), {"score": "1"})
    site.ask("POST", path(), {"comment": "x" * 20_000})
    with site.store.reading() as session:
        assert len(the_answer(session).comment or "") == 3_000


@pytest.mark.parametrize("score", ["0", "6", "-1", "", "five", "4.5", "٤", "9" * 99, "4; DROP TABLE"])
def test_a_score_outside_the_scale_is_a_polite_no(site: Site, score: str) -> None:
    sent_by_mail(site.store)
    status, _, html = site.ask("POST", path(), {"score": score})
    assert (status, "no such score" in html) == (400, True)
    assert answers(site.store) == []


@pytest.mark.parametrize("wrong", ["x", "A" * 22, "A" * 21 + "%00", "..%2f..%2fetc", "A" * 500, "<script>", "%F0%9F%98%80"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_nobody_wrote_is_not_found(site: Site, wrong: str, method: str) -> None:
    status, _, html = site.ask(method, f"/s/{wrong}", {"score": "5"} if method == "POST" else None)
    assert status == 404
    assert "<script" not in html


def test_a_token_from_slack_opens_no_page_and_one_from_a_mail_no_button(site: Site) -> None:
    add_invitation(site.store, 1)
    assert site.ask("GET", path())[0] == 404
    assert site.ask("POST", path(), {"score": "5"})[0] == 404
    assert answers(site.store) == []


@pytest.mark.parametrize(
    "changes", [{"state": InvitationState.WITHDRAWN}, {"state": InvitationState.EXPIRED}, {"expires_at": NOW}], ids=str
)
def test_what_is_over_is_gone(site: Site, changes: dict[str, Any]) -> None:
    sent_by_mail(site.store, language="de", **changes)
    for method, form in (("GET", None), ("POST", {"score": "5"})):
        status, _, html = site.ask(method, path(), form)
        assert status == 410
        assert 'lang="de"' in html
    assert answers(site.store) == []


@pytest.mark.parametrize(("where", "form"), [("", {"stop": "1"}), ("/stop", {"List-Unsubscribe": "One-Click"})])
def test_never_again_is_kept_for_the_address(site: Site, where: str, form: dict[str, str]) -> None:
    sent_by_mail(site.store)
    status, _, html = site.ask("POST", path() + where, form)
    assert (status, "not ask you again" in html) == (200, True)
    with site.store.reading() as session:
        assert session.exec(select(OptOut.person)).all() == ["carla1@customer.example"]
        assert session.exec(select(Invitation.state)).one() is InvitationState.OPTED_OUT


def test_an_anonymous_answer_leads_nowhere_from_the_question_and_can_be_changed_by_its_own_link(site: Site) -> None:
    sent_by_mail(site.store, anonymous=True)
    assert "at least four others" in site.ask("GET", path())[2]
    _, headers, _ = site.ask("POST", path(), {"score": "2"})
    receipt = headers["location"]
    assert receipt != path()
    assert site.ask("POST", path(), {"score": "5"})[0] == 410
    assert site.ask("POST", receipt, {"score": "3"})[0] == 303
    assert site.ask("POST", receipt, {"comment": "fine"})[0] == 303
    (answer,) = answers(site.store)
    told = (answer.score, answer.comment, answer.ticket_id, answer.customer_id, answer.agent_id, answer.excluded)
    assert told == (3, "fine", None, None, None, HELD_BACK)
    assert answer.answered_at == NOW.replace(hour=0)


def test_the_page_is_not_kept_framed_indexed_or_scripted(site: Site) -> None:
    sent_by_mail(site.store)
    _, headers, html = site.ask("GET", path())
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "<script" not in html
    assert token() not in html


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.slug.value)
@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "pt", "ja"])
def test_every_survey_has_a_page_in_every_language(site: Site, survey: Any, language: str) -> None:
    sent_by_mail(site.store, survey=survey.slug.value, language=language)
    _, _, html = site.ask("GET", path())
    assert f'<html lang="{language}">' in html
    assert survey.default.wordings[language].question.split()[0].replace("'", "&#x27;") in html
    assert html.count('name="score"') == len(survey.default.scores)


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
def test_a_person_answers_in_a_browser_without_scripts(browser: Browser, site: Site, width: int, scheme: str) -> None:
    sent_by_mail(site.store, survey="nps")
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        java_script_enabled=False,  # type: ignore[arg-type]
    )
    page = context.new_page()
    page.goto(site.url + path())
    assert page.locator("h1").inner_text().startswith("How likely")
    group = page.get_by_role("group", name="How likely are you to recommend us to a friend or colleague?")
    assert group.get_by_role("button").count() == 11
    page.get_by_role("button", name="Rate 9 of 10").click()
    assert page.get_by_role("status").get_by_role("heading", level=1).inner_text() == "Thank you, you chose 9 of 10."
    page.get_by_label("What did we do well?").fill("Fast & kind")
    page.get_by_role("button", name="Send").click()
    assert page.get_by_label("What did we do well?").input_value() == "Fast & kind"
    page.get_by_role("button", name="Rate 10 of 10, extremely likely").click()
    assert page.get_by_role("button", name="Rate 10 of 10, extremely likely").get_attribute("aria-pressed") == "true"
    context.close()
    with site.store.reading() as session:
        answer = the_answer(session)
        assert (answer.score, answer.comment) == (10, "Fast & kind")


@pytest.mark.browser
def test_on_a_phone_nothing_sticks_out_and_buttons_are_large_enough_to_touch(browser: Browser, site: Site) -> None:
    sent_by_mail(site.store, survey="nps", language="de")
    with opened(browser, site.url + path(), width=390) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        sizes = [page.get_by_role("button").nth(place).bounding_box() for place in range(12)]
        assert all(box is not None and box["height"] >= 44 and box["width"] >= 44 for box in sizes)


@pytest.mark.parametrize(("accepted", "language"), [("de-CH,de;q=0.9", "de"), ("ja", "ja"), ("sw", "en"), ("", "en")])
def test_while_nothing_can_be_kept_the_page_says_so_in_the_language_of_the_browser(
    site: Site, accepted: str, language: str
) -> None:
    sent_by_mail(site.store)
    site.store.refusal = StoreError("The database file is damaged.")
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=10)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept-Language": accepted}
    connection.request("POST", path(), "score=4", form)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()

    assert (response.status, PHRASES[language].busy in page) == (503, True)
    assert f'<html lang="{language}">' in page
