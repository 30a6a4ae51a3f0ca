"""The survey as a web page for people outside Slack: plain HTML that works without scripts, on a phone, and read aloud."""

from __future__ import annotations

from datetime import datetime
from html import escape

from bot.store.words import Box
from bot.surveys.admitting import Refused
from bot.surveys.answering import LONGEST_COMMENT, Recorded
from bot.surveys.sending import Invited
from bot.surveys.survey import FALLBACK, Scale, spoken
from bot.views.blocks import one_line
from bot.views.survey import choice, ends_in_words, refusal
from bot.views.survey_phrases import Phrases, phrases

STYLE = """
:root{color-scheme:light dark;--ink:#1d1c1d;--paper:#fff;--line:#8a8a8a;--strong:#0b5cad;--on:#fff;--soft:#565656}
@media(prefers-color-scheme:dark){:root{--ink:#f2f2f2;--paper:#1a1d21;--line:#9a9a9a;--strong:#8cc2ff;--on:#10151b;--soft:#c4c4c4}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1.125rem/1.5 system-ui,sans-serif}
main{max-width:40rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.5rem;line-height:1.3;margin:.5rem 0 1rem}
p{margin:.5rem 0}.soft{color:var(--soft);font-size:1rem}
.scores{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0;padding:0;border:0}
button{font:inherit;min-width:3rem;min-height:3rem;padding:.5rem 1rem;border:2px solid var(--line);border-radius:.5rem;
background:transparent;color:inherit;cursor:pointer}
button:focus-visible,textarea:focus-visible{outline:3px solid var(--strong);outline-offset:2px}
button[aria-pressed=true],.main{background:var(--strong);color:var(--on);border-color:var(--strong)}
label{display:block;margin:1.5rem 0 .5rem;font-weight:600}
textarea{font:inherit;width:100%;min-height:7rem;padding:.5rem;border:2px solid var(--line);border-radius:.5rem;
background:transparent;color:inherit}
.quiet{margin-top:2.5rem}.quiet button{font-size:1rem;border-width:1px}
""".strip()


def question_page(invited: Invited, *, until: datetime | None) -> str:
    """The question with a button a score. Nothing is recorded until one is pressed."""
    words = phrases(invited.language)
    question = invited.scale.wording(invited.language).question
    subject = one_line(invited.subject or "")
    told = [words.about.format(subject=subject)] if subject else []
    told += [words.anonymous] if invited.anonymous else []
    told += [words.open_until.format(day=f"{until:%Y-%m-%d}")] if until is not None else []
    body = [_heading(f"{words.again} {question}" if invited.again else question), *map(_soft, told)]
    body += [_scores(invited.scale, invited.language, question), _stop(words)]
    return _page(question, "".join(body), invited.language)


def answered_page(recorded: Recorded) -> str:
    """The thanks, the answer that counts marked among the others, and a field for words."""
    words = phrases(recorded.language)
    thanks = words.thanks.format(choice=choice(recorded.scale, recorded.score, recorded.language))
    asks = {Box.POSITIVE: words.went_well, Box.NEUTRAL: words.could_improve, Box.NEGATIVE: words.went_wrong}
    question = recorded.scale.wording(recorded.language).question
    body = [
        f'<div role="status"><h1>{escape(thanks)}</h1></div>',
        *([_soft(words.kept)] if recorded.comment else []),
        f'<form method="post"><label for="comment">{escape(asks[recorded.scale.box(recorded.score)])}</label>'
        f'<textarea id="comment" name="comment" maxlength="{LONGEST_COMMENT}">{escape(recorded.comment or "")}</textarea>'
        f'<p><button class="main">{escape(words.submit)}</button></p></form>',
        f"<h2>{escape(words.change)}</h2>",
        _scores(recorded.scale, recorded.language, question, recorded.score),
        _stop(words),
    ]
    return _page(thanks, "".join(body), recorded.language)


def refused_page(refused: Refused) -> str:
    """Why there is nothing to answer."""
    return sentence_page(refusal(refused), refused.language)


def gone_page(language: str | None = None) -> str:
    """For a link that leads to no question."""
    return sentence_page(phrases(language).gone, language)


def busy_page(language: str | None) -> str:
    """For a moment in which nothing can be read or kept."""
    return sentence_page(phrases(language).busy, language)


def stopped_page(language: str | None) -> str:
    """For someone who will not be asked again."""
    return sentence_page(phrases(language).stopped, language)


def sentence_page(sentence: str, language: str | None) -> str:
    """A page that says one thing."""
    return _page(sentence, f'<div role="status"><h1>{escape(sentence)}</h1></div>', language)


def _page(title: str, body: str, language: str | None) -> str:
    known = spoken(language) or FALLBACK
    return (
        f'<!doctype html><html lang="{escape(known)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def _heading(text: str) -> str:
    return f"<h1>{escape(text)}</h1>"


def _soft(text: str) -> str:
    return f'<p class="soft">{escape(text)}</p>'


def _scores(scale: Scale, language: str | None, question: str, chosen: int | None = None) -> str:
    buttons = "".join(_score(scale, score, language, chosen) for score in scale.scores)
    return (
        f'<form method="post"><fieldset class="scores" aria-label="{escape(question)}">{buttons}</fieldset></form>'
        f"{_soft(ends_in_words(scale, language))}"
    )


def _score(scale: Scale, score: int, language: str | None, chosen: int | None) -> str:
    name = scale.wording(language).names.get(score, "")
    shown = f"{scale.faces[score]} {name}" if score in scale.faces else str(score)
    label = phrases(language).rate.format(choice=choice(scale, score, language))
    pressed = f' aria-pressed="{"true" if score == chosen else "false"}"' if chosen is not None else ""
    return f'<button name="score" value="{score}" aria-label="{escape(label)}"{pressed}>{escape(shown)}</button>'


def _stop(words: Phrases) -> str:
    return f'<form class="quiet" method="post"><button name="stop" value="1">{escape(words.stop)}</button></form>'
