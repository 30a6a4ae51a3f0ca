"""Customer effort: how easy it was to get one ticket solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.store.words import SurveyKind
from bot.surveys.survey import Scale, Survey, Wording

# Changing a word here changes what is measured: keep the statement as it is within a language.
STATEMENTS = {
    "en": "How far do you agree: “You made it easy for me to get my issue solved”?",
    "de": "Wie sehr stimmen Sie zu: „Sie haben es mir leicht gemacht, mein Anliegen zu lösen“?",
    "es": "¿Hasta qué punto está de acuerdo: «Me resultó fácil resolver mi problema con ustedes»?",
    "fr": "Dans quelle mesure êtes-vous d’accord : « Vous m’avez facilité la résolution de mon problème » ?",
    "pt": "Até que ponto concorda: “Foi fácil resolver o meu problema com vocês”?",
    "ja": "「問題を簡単に解決できた」にどの程度同意されますか？",
}

EASE = {
    "en": "How easy was it to get your issue solved?",
    "de": "Wie einfach war es, Ihr Anliegen zu lösen?",
    "es": "¿Qué tan fácil fue resolver su problema?",
    "fr": "A-t-il été facile de résoudre votre problème ?",
    "pt": "Foi fácil resolver o seu problema?",
    "ja": "問題の解決はどのくらい簡単でしたか？",
}

EFFORT = {
    "en": "How much effort did it take you to get your issue solved?",
    "de": "Wie viel Mühe hat es Sie gekostet, Ihr Anliegen zu lösen?",
    "es": "¿Cuánto esfuerzo le costó resolver su problema?",
    "fr": "Combien d’efforts vous a demandé la résolution de votre problème ?",
    "pt": "Quanto esforço lhe custou resolver o seu problema?",
    "ja": "問題の解決にどのくらい手間がかかりましたか？",
}

AGREE_7 = {
    "en": ("strongly disagree", "disagree", "rather disagree", "neither", "rather agree", "agree", "strongly agree"),
    "de": (
        "stimme gar nicht zu", "stimme nicht zu", "stimme eher nicht zu", "weder noch",
        "stimme eher zu", "stimme zu", "stimme voll zu",
    ),
    "es": (
        "totalmente en desacuerdo", "en desacuerdo", "algo en desacuerdo", "ni lo uno ni lo otro",
        "algo de acuerdo", "de acuerdo", "totalmente de acuerdo",
    ),
    "fr": (
        "pas du tout d’accord", "pas d’accord", "plutôt pas d’accord", "ni l’un ni l’autre",
        "plutôt d’accord", "d’accord", "tout à fait d’accord",
    ),
    "pt": (
        "discordo totalmente", "discordo", "discordo em parte", "nem uma coisa nem outra",
        "concordo em parte", "concordo", "concordo totalmente",
    ),
    "ja": (
        "まったく同意しない", "同意しない", "あまり同意しない", "どちらでもない",
        "やや同意する", "同意する", "強く同意する",
    ),
}  # fmt: skip

EASY_3 = {
    "en": ("hard", "neither", "easy"),
    "de": ("schwierig", "weder noch", "einfach"),
    "es": ("difícil", "ni lo uno ni lo otro", "fácil"),
    "fr": ("difficile", "ni l’un ni l’autre", "facile"),
    "pt": ("difícil", "nem uma coisa nem outra", "fácil"),
    "ja": ("難しかった", "どちらでもない", "簡単だった"),
}

EFFORT_5 = {
    "en": ("very little", "little", "some", "much", "very much"),
    "de": ("sehr wenig", "wenig", "etwas", "viel", "sehr viel"),
    "es": ("muy poco", "poco", "algo", "mucho", "muchísimo"),
    "fr": ("très peu", "peu", "moyennement", "beaucoup", "énormément"),
    "pt": ("muito pouco", "pouco", "algum", "muito", "muitíssimo"),
    "ja": ("ほとんどない", "少し", "いくらか", "多い", "とても多い"),
}


def _wordings(questions: Mapping[str, str], names: Mapping[str, tuple[str, ...]], scores: Iterable[int]) -> dict[str, Wording]:
    at = tuple(scores)
    return {
        language: Wording(question=questions[language], names=dict(zip(at, words, strict=True)))
        for language, words in names.items()
    }


def _picked(names: Mapping[str, tuple[str, ...]], *places: int) -> dict[str, tuple[str, ...]]:
    return {language: tuple(words[place] for place in places) for language, words in names.items()}


CES_1_7 = Scale(
    slug="ces-1-7",
    says="Seven steps of agreement that it was easy, 1 to 7; high is easy.",
    scores=(1, 2, 3, 4, 5, 6, 7),
    positive=frozenset({5, 6, 7}),
    negative=frozenset({1, 2, 3}),
    wordings=_wordings(STATEMENTS, AGREE_7, range(1, 8)),
)
CES_1_5 = Scale(
    slug="ces-1-5",
    says="Five steps of agreement that it was easy, 1 to 5; high is easy.",
    scores=(1, 2, 3, 4, 5),
    positive=frozenset({4, 5}),
    negative=frozenset({1, 2}),
    wordings=_wordings(STATEMENTS, _picked(AGREE_7, 0, 1, 3, 5, 6), range(1, 6)),
)
CES_FACES = Scale(
    slug="ces-faces",
    says="Three faces worth 1, 5 and 10; high is easy.",
    scores=(1, 5, 10),
    positive=frozenset({10}),
    negative=frozenset({1}),
    wordings=_wordings(EASE, EASY_3, (1, 5, 10)),
    faces={1: "🙁", 5: "😐", 10: "🙂"},
)
CES_EFFORT_1_7 = Scale(
    slug="ces-effort-1-7",
    says="Seven steps of effort, 1 to 7; high is hard.",
    scores=(1, 2, 3, 4, 5, 6, 7),
    positive=frozenset({1, 2, 3}),
    negative=frozenset({5, 6, 7}),
    direction="down",
    wordings=_wordings(EFFORT, _picked(EFFORT_5, 0, 2, 4), (1, 4, 7)),
)
CES_EFFORT_1_5 = Scale(
    slug="ces-effort-1-5",
    says="Five steps of effort, 1 to 5; high is hard.",
    scores=(1, 2, 3, 4, 5),
    positive=frozenset({1, 2}),
    negative=frozenset({4, 5}),
    direction="down",
    wordings=_wordings(EFFORT, EFFORT_5, range(1, 6)),
)

CES = Survey(
    slug=SurveyKind.CES,
    name="CES",
    says="Asks how easy it was to get one ticket solved.",
    scales=(CES_1_7, CES_1_5, CES_FACES, CES_EFFORT_1_7, CES_EFFORT_1_5),
    rest_days=30,
    after_solve=True,
)
