"""A survey's messages: heard as well as seen, taken by Slack, safe with anybody's words, in every language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.blocks import check_message, check_view
from bot.store.words import SurveyKind
from bot.surveys import CES, CSAT, NPS, SURVEYS
from bot.surveys.admitting import REASONS, Refused, Why
from bot.surveys.answering import Recorded
from bot.surveys.csat import CSAT_GOOD_BAD
from bot.surveys.sending import Invited
from bot.surveys.survey import Scale, Survey
from bot.surveys.wire import Pressed, read
from bot.views import survey as view
from bot.views.message import Message
from bot.views.survey_phrases import PHRASES, language_seen, language_wanted, phrases
from tests.surveys.cast import token

SCALES = [(survey, scale) for survey in SURVEYS for scale in survey.scales]
each_scale = pytest.mark.parametrize(("survey", "scale"), SCALES, ids=[scale.slug for _, scale in SCALES])
each_language = pytest.mark.parametrize("language", sorted(PHRASES))


def invited(survey: Survey = CSAT, scale: Scale | None = None, **changes: Any) -> Invited:
    facts = {"invitation_id": 1, "user_id": "U1", "token": token(), "language": "en", "subject": "Charged twice"}
    return Invited(survey=survey, scale=scale or survey.default, **{**facts, **changes})


def recorded(score: int = 4, scale: Scale = CSAT.default, **changes: Any) -> Recorded:
    return Recorded(survey=SurveyKind(scale.slug.split("-")[0]), scale=scale, score=score, **changes)


def payload(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks)}


def buttons(message: Message) -> list[dict[str, Any]]:
    return [button for block in message.blocks if block["type"] == "actions" for button in block["elements"]]


def scores(message: Message) -> list[dict[str, Any]]:
    return [button for button in buttons(message) if button["action_id"].startswith(view.RATE)]


def carried(value: str) -> Pressed:
    """What a button or modal of ours carries."""
    pressed = read(value)
    assert pressed is not None
    return pressed


def every_string(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from every_string(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from every_string(inner)


@each_scale
@each_language
def test_slack_takes_every_message_and_view_in_every_language(survey: Survey, scale: Scale, language: str) -> None:
    assert check_message(payload(view.invitation_message(invited(survey, scale, language=language)))) == []
    for score in scale.scores:
        for comment in (None, "words"):
            standing = recorded(score, scale, language=language, comment=comment)
            assert check_message(payload(view.thanks_message(standing, token()))) == []
            assert check_message(payload(view.question_again(standing, token()))) == []
            assert check_view(view.comment_modal(standing, token())) == []
            assert check_view(view.comment_kept_modal(standing)) == []


@each_language
@pytest.mark.parametrize("why", list(Why))
def test_slack_takes_every_refusal(why: Why, language: str) -> None:
    refused = Refused(why=why, language=language)
    assert check_message(payload(view.refusal_message(refused))) == []
    assert check_message(payload(view.closed_message(why, language))) == []
    assert check_view(view.refusal_modal(refused)) == []


@each_scale
def test_there_is_one_button_a_score_in_order_with_ids_of_their_own(survey: Survey, scale: Scale) -> None:
    message = view.invitation_message(invited(survey, scale))
    assert [button["action_id"] for button in scores(message)] == [f"rate:{score}" for score in scale.scores]
    assert [carried(button["value"]).score for button in scores(message)] == list(scale.scores)
    assert len({button["action_id"] for button in buttons(message)}) == len(buttons(message))


def test_csat_has_five_buttons_ces_seven_and_nps_eleven() -> None:
    assert [len(scores(view.invitation_message(invited(survey)))) for survey in (CSAT, CES, NPS)] == [5, 7, 11]


def test_eleven_buttons_stand_in_rows_of_six_and_five() -> None:
    message = view.invitation_message(invited(NPS))
    assert [len(block["elements"]) for block in message.blocks if block["type"] == "actions"] == [6, 5, 1]


@each_language
def test_every_question_can_be_answered_with_never_again(language: str) -> None:
    stop = buttons(view.invitation_message(invited(language=language)))[-1]
    assert stop["action_id"] == view.STOP
    assert stop["text"]["text"] == PHRASES[language].stop


def test_a_number_on_a_button_is_read_aloud_with_its_meaning() -> None:
    labels = [button["accessibility_label"] for button in scores(view.invitation_message(invited()))]
    assert labels[0] == "Rate 1 of 5, very dissatisfied"
    assert labels[3] == "Rate 4 of 5, satisfied"
    assert scores(view.invitation_message(invited(NPS)))[7]["accessibility_label"] == "Rate 7 of 10"


def test_a_face_never_carries_meaning_alone() -> None:
    good_bad = scores(view.invitation_message(invited(CSAT, CSAT_GOOD_BAD)))
    assert [button["text"]["text"] for button in good_bad] == ["👎 bad", "👍 good"]
    assert [button["accessibility_label"] for button in good_bad] == ["Rate bad", "Rate good"]


@each_scale
@each_language
def test_no_label_is_cut(survey: Survey, scale: Scale, language: str) -> None:
    message = view.invitation_message(invited(survey, scale, language=language))
    assert not any("…" in button["accessibility_label"] + button["text"]["text"] for button in buttons(message)[:-1])


@each_scale
@each_language
def test_both_ends_stand_in_words_in_what_is_seen_and_in_what_is_heard(survey: Survey, scale: Scale, language: str) -> None:
    message = view.invitation_message(invited(survey, scale, language=language, subject=None))
    names = scale.wording(language).names
    for end in (names[scale.scores[0]], names[scale.scores[-1]]):
        assert end in message.text
        assert any(end in text for text in every_string(list(message.blocks)))


def test_what_is_heard_begins_with_the_question_and_names_the_ticket() -> None:
    text = view.invitation_message(invited()).text
    assert text == (
        "How satisfied are you with the help you got? About: Charged twice. "
        "1 very dissatisfied · 5 very satisfied. Press a button to answer."
    )


def test_a_question_about_no_ticket_names_none() -> None:
    assert "About" not in view.invitation_message(invited(NPS, subject=None)).text
    assert "About" not in view.invitation_message(invited(subject=" \n\u202e")).text


@given(st.text(max_size=400))
def test_no_subject_can_do_more_than_be_read(subject: str) -> None:
    message = view.invitation_message(invited(subject=subject))
    assert check_message(payload(message)) == []
    assert "<" not in message.text
    assert ">" not in message.text
    assert not any(block.get("text", {}).get("type") == "mrkdwn" for block in message.blocks)
    assert "mrkdwn" not in list(every_string(list(message.blocks)))


def test_a_loud_subject_stays_quiet() -> None:
    message = view.invitation_message(invited(subject="<!channel> & <https://evil.example|click>"))
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in message.text
    assert "About: <!channel> & <https://evil.example|click>" in list(every_string(list(message.blocks)))


def test_a_long_subject_is_cut_with_an_ellipsis() -> None:
    shown = view.invitation_message(invited(subject="x" * 500)).text
    assert "x" * 149 + "…" in shown
    assert "x" * 150 not in shown


def test_thanks_say_what_counts_and_offer_to_change_it_or_to_say_more() -> None:
    message = view.thanks_message(recorded(4), token())
    assert message.text == "Thank you, you chose 4 of 5, satisfied."
    assert [button["text"]["text"] for button in buttons(message)] == ["Change", "Add a comment"]
    assert all(carried(button["value"]).token == token() for button in buttons(message))


def test_thanks_for_words_say_that_they_were_kept_and_never_repeat_them() -> None:
    message = view.thanks_message(recorded(4, comment="secret words"), token())
    assert message.text == "Thank you, you chose 4 of 5, satisfied. Thank you. Your comment was kept with your answer."
    assert [button["text"]["text"] for button in buttons(message)] == ["Change", "Change the comment"]
    assert not any("secret" in text for text in every_string(list(message.blocks)))


def test_changing_shows_the_question_again_with_the_choice_marked() -> None:
    message = view.question_again(recorded(2), token())
    assert [button.get("style") for button in scores(message)] == [None, "primary", None, None, None]
    assert "you chose 2 of 5, dissatisfied" in message.text


def test_no_block_id_is_kept_when_a_message_takes_the_place_of_another() -> None:
    asked, again = view.invitation_message(invited()), view.question_again(recorded(), token())
    ids = [block["block_id"] for message in (asked, view.thanks_message(recorded(), token()), again) for block in message.blocks]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("score", "asks"), [(5, "What did we do well?"), (3, "What could we do better?"), (1, "What went wrong?")]
)
def test_words_are_asked_for_by_what_was_answered(score: int, asks: str) -> None:
    modal = view.comment_modal(recorded(score), token())
    assert modal["blocks"][0]["label"]["text"] == asks
    assert modal["callback_id"] == view.SAID
    assert carried(modal["private_metadata"]).token == token()


def test_the_modal_takes_three_thousand_characters_and_shows_those_already_kept() -> None:
    element = view.comment_modal(recorded(comment="<b> & 界" * 400), token())["blocks"][0]["element"]
    assert element["max_length"] == 3000
    assert element["initial_value"] == "<b> & 界" * 400
    assert "initial_value" not in view.comment_modal(recorded(), token())["blocks"][0]["element"]


def test_the_token_is_in_no_text() -> None:
    for message in (view.invitation_message(invited()), view.thanks_message(recorded(), token())):
        assert token() not in message.text


def test_an_owner_is_refused_in_their_language_and_a_stranger_in_english() -> None:
    assert view.refusal_message(Refused(why=Why.EXPIRED, language="de")).text == PHRASES["de"].expired
    assert view.refusal_message(Refused(why=Why.SOMEONE_ELSE)).text == REASONS[Why.SOMEONE_ELSE]


@each_language
def test_no_phrase_is_left_out_or_left_in_english(language: str) -> None:
    ours = PHRASES[language]
    for name in ours.__slots__:
        assert getattr(ours, name).strip()
        assert language == "en" or getattr(ours, name) != getattr(PHRASES["en"], name)


@each_language
def test_titles_and_buttons_of_modals_fit_into_24_characters(language: str) -> None:
    ours = PHRASES[language]
    assert max(len(one) for one in (ours.title, ours.submit, ours.close)) <= 24


@pytest.mark.parametrize("survey", SURVEYS, ids=lambda survey: survey.slug)
@each_language
def test_the_language_of_whatever_a_customer_looks_at_can_be_told_from_its_words(survey: Survey, language: str) -> None:
    given = recorded(survey.default.scores[0], survey.default, language=language)
    for message in (
        view.invitation_message(invited(survey, language=language)),
        view.question_again(given, token()),
        view.thanks_message(given, token()),
    ):
        assert language_seen((message.text, *(one["text"]["text"] for one in buttons(message)))) == language
    assert language_seen((view.comment_modal(given, token())["title"]["text"],)) == language


def test_no_word_that_tells_a_language_is_said_in_two() -> None:
    telling = [word for ours in PHRASES.values() for word in {ours.stop, ours.change, ours.comment, ours.title, ours.press}]
    assert len(telling) == len(set(telling))
    assert language_seen(("", "5")) is None


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-CH,de;q=0.9,en;q=0.8", "de"), ("sw, ja;q=0.5", "ja"), ("", None), ("*", None), (";;,,", None), ("x" * 9_999, None)],
)
def test_the_language_of_a_page_is_the_first_we_speak_of_those_the_browser_names(header: str, language: str | None) -> None:
    assert language_wanted(header) == language


def test_an_unknown_language_is_english() -> None:
    assert phrases("sw") is PHRASES["en"]
    assert phrases("pt-BR") is PHRASES["pt"]
