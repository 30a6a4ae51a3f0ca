"""Help is made from the declarations: whatever is declared is explained, whatever is explained is declared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.kpis import KPIS, kpi_of
from bot.views.buttons import read_run
from bot.views.check import check_message
from bot.views.help_text import formula, help_overview, kpi_facts, kpi_help
from bot.views.kpi_dictionary import kpi_dictionary
from tests.slack_validators import problems
from tests.views.answers import HOSTILE


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    word: str
    usage: str
    says: str
    listed: bool = True


COMMANDS = (
    Word(word="help", usage="/cx help [kpi]", says="Explains what can be asked."),
    Word(word="secret", usage="/cx secret", says="Is not shown.", listed=False),
)


def judged(message):
    return [*check_message(message), *problems({"text": message.text, "blocks": message.blocks})]


def shown(message):
    return str(message.blocks)


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_every_kpi_is_explained_in_full_and_in_words(kpi):
    message = kpi_help(kpi)
    assert judged(message) == []
    for part in (kpi.name, kpi.says, kpi.definition, formula(kpi.measure), *(one.source for one in kpi.benchmarks)):
        assert part in message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    for example in kpi.examples:
        assert f"{example.says}: {example.shown} ({example.source})" in message.text


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.slug)
def test_the_buttons_of_a_kpis_help_type_a_question_about_it(kpi):
    [buttons] = [block for block in kpi_help(kpi).blocks if block["type"] == "actions"]
    typed = [read_run(button["value"]) for button in buttons["elements"]]
    assert all(text is not None and text.startswith(kpi.slug) for text in typed)


@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("backlog", "number of unsolved tickets at the instant"),
        ("volume", "number of tickets created"),
        ("solved", "number of different tickets among the solves"),
        ("csat", "positive ÷ CSAT answers × 100"),
        ("replies", "replies ÷ tickets resolved"),
        ("nps", "(promoters − detractors) ÷ NPS answers × 100"),
        ("reopen-rate", "different tickets among the reopened tickets ÷ different tickets among the solves × 100"),
        ("per-agent", "different tickets among the solves ÷ different agents among the replies and solves"),
        ("cost-per-ticket", "cost ÷ tickets created"),
        ("churn", "customers lost ÷ customers at the start × 100"),
        ("retention", "customers kept ÷ customers at the start × 100"),
    ],
)
def test_a_formula_is_read_off_the_declaration(slug, words):
    assert formula(kpi_of(slug).measure) == words


def test_the_overview_names_every_kpi_and_every_listed_command():
    message = help_overview(COMMANDS, KPIS)
    assert judged(message) == []
    for kpi in KPIS:
        assert kpi.slug in message.text
        assert kpi.says in shown(message)
    assert "/cx help [kpi]" in message.text
    assert "secret" not in message.text + shown(message)


def test_the_overview_is_whole_without_any_command():
    assert judged(help_overview((), KPIS)) == []


def test_the_examples_of_the_overview_can_be_pressed():
    [buttons] = [block for block in help_overview(COMMANDS, KPIS).blocks if block["type"] == "actions"]
    assert read_run(buttons["elements"][0]["value"]) == "backlog"


@pytest.mark.parametrize("words", [words.encode("utf-8", "ignore").decode() for words in HOSTILE], ids=range(len(HOSTILE)))
def test_any_words_of_a_command_or_kpi_keep_help_within_its_limits(words):
    odd = replace(KPIS[0], name=words or "x", says=words, definition=words, also=(words,) * 9)
    assert judged(kpi_help(odd)) == []
    assert judged(help_overview([Word(word="w", usage=words, says=words)] * 40, [odd] * 60)) == []


def test_facts_without_words_are_left_out():
    names = [name for name, _ in kpi_facts(kpi_of("volume"))]
    assert "Benchmarks" not in names
    assert "Formula" in names
    assert "Benchmarks" in [name for name, _ in kpi_facts(kpi_of("csat"))]


def test_what_may_still_change_and_what_may_pass_100_is_said():
    assert dict(kpi_facts(kpi_of("fcr")))["Can change later"]
    assert "may pass 100 %" in dict(kpi_facts(kpi_of("reopen-rate")))["Unit"]


def test_the_dictionary_has_a_chapter_for_each_kpi_and_is_the_same_every_time():
    page = kpi_dictionary(KPIS)
    assert page == kpi_dictionary(KPIS)
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == [kpi.slug for kpi in KPIS]
    assert page.endswith("\n")
    assert not page.endswith("\n\n")


def test_the_dictionary_says_what_define_says():
    page = kpi_dictionary(KPIS).replace("\\", "")
    for kpi in KPIS:
        for name, words in kpi_facts(kpi):
            assert f"- **{name}**:" in page
            assert all(line in page for line in words.split("\n"))


def test_markup_in_a_definition_stays_words_in_the_dictionary():
    odd = replace(KPIS[0], definition="a | b <script> *c* `d` [e](f)")
    assert r"a \| b \<script\> \*c\* \`d\` \[e\](f)" in kpi_dictionary([odd])
