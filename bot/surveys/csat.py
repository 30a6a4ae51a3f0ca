"""Customer satisfaction: how happy someone is with the help on one ticket."""

from __future__ import annotations

from collections.abc import Mapping

from bot.store.words import SurveyKind
from bot.surveys.survey import Scale, Survey, Wording

QUESTIONS = {
    "en": "How satisfied are you with the help you got?",
    "de": "Wie zufrieden sind Sie mit der Hilfe, die Sie bekommen haben?",
    "es": "¿Qué tan satisfecho está con la ayuda que recibió?",
    "fr": "Êtes-vous satisfait de l’aide que vous avez reçue ?",
    "pt": "Qual é a sua satisfação com a ajuda que recebeu?",
    "ja": "今回のサポート対応にどのくらい満足されましたか？",
}

HOW_WAS_IT = {
    "en": "How was the help you got?",
    "de": "Wie war die Hilfe, die Sie bekommen haben?",
    "es": "¿Cómo fue la ayuda que recibió?",
    "fr": "Comment était l’aide que vous avez reçue ?",
    "pt": "Como foi a ajuda que recebeu?",
    "ja": "今回のサポート対応はいかがでしたか？",
}

FIVE = {
    "en": ("very dissatisfied", "dissatisfied", "neutral", "satisfied", "very satisfied"),
    "de": ("sehr unzufrieden", "unzufrieden", "teils, teils", "zufrieden", "sehr zufrieden"),
    "es": ("muy insatisfecho", "insatisfecho", "neutral", "satisfecho", "muy satisfecho"),
    "fr": ("très insatisfait", "insatisfait", "neutre", "satisfait", "très satisfait"),
    "pt": ("muito insatisfeito", "insatisfeito", "neutro", "satisfeito", "muito satisfeito"),
    "ja": ("とても不満", "不満", "どちらでもない", "満足", "とても満足"),
}

SIX = {
    "en": ("very dissatisfied", "dissatisfied", "rather dissatisfied", "neutral", "satisfied", "very satisfied"),
    "de": ("sehr unzufrieden", "unzufrieden", "eher unzufrieden", "teils, teils", "zufrieden", "sehr zufrieden"),
    "es": ("muy insatisfecho", "insatisfecho", "algo insatisfecho", "neutral", "satisfecho", "muy satisfecho"),
    "fr": ("très insatisfait", "insatisfait", "plutôt insatisfait", "neutre", "satisfait", "très satisfait"),
    "pt": ("muito insatisfeito", "insatisfeito", "um pouco insatisfeito", "neutro", "satisfeito", "muito satisfeito"),
    "ja": ("とても不満", "不満", "やや不満", "どちらでもない", "満足", "とても満足"),
}

THREE = {
    "en": ("dissatisfied", "neutral", "satisfied"),
    "de": ("unzufrieden", "teils, teils", "zufrieden"),
    "es": ("insatisfecho", "neutral", "satisfecho"),
    "fr": ("insatisfait", "neutre", "satisfait"),
    "pt": ("insatisfeito", "neutro", "satisfeito"),
    "ja": ("不満", "どちらでもない", "満足"),
}

TWO = {
    "en": ("bad", "good"),
    "de": ("schlecht", "gut"),
    "es": ("mala", "buena"),
    "fr": ("mauvaise", "bonne"),
    "pt": ("ruim", "boa"),
    "ja": ("悪い", "良い"),
}


def _wordings(questions: Mapping[str, str], names: Mapping[str, tuple[str, ...]], first: int) -> dict[str, Wording]:
    return {
        language: Wording(question=questions[language], names=dict(enumerate(words, first))) for language, words in names.items()
    }


CSAT_1_5 = Scale(
    slug="csat-1-5",
    says="Five steps of satisfaction, 1 to 5; 4 and 5 are positive.",
    scores=(1, 2, 3, 4, 5),
    positive=frozenset({4, 5}),
    negative=frozenset({1, 2}),
    wordings=_wordings(QUESTIONS, FIVE, first=1),
)
CSAT_1_6 = Scale(
    slug="csat-1-6",
    says="Six steps of satisfaction, 1 to 6; 5 and 6 are positive, 4 is neutral.",
    scores=(1, 2, 3, 4, 5, 6),
    positive=frozenset({5, 6}),
    negative=frozenset({1, 2, 3}),
    wordings=_wordings(QUESTIONS, SIX, first=1),
)
CSAT_GOOD_BAD = Scale(
    slug="csat-good-bad",
    says="Good (1) or bad (0).",
    scores=(0, 1),
    positive=frozenset({1}),
    negative=frozenset({0}),
    wordings=_wordings(HOW_WAS_IT, TWO, first=0),
    faces={0: "👎", 1: "👍"},
)
CSAT_FACES_3 = Scale(
    slug="csat-faces-3",
    says="Three faces, 1 to 3; only the smile is positive.",
    scores=(1, 2, 3),
    positive=frozenset({3}),
    negative=frozenset({1}),
    wordings=_wordings(QUESTIONS, THREE, first=1),
    faces={1: "🙁", 2: "😐", 3: "🙂"},
)

CSAT = Survey(
    slug=SurveyKind.CSAT,
    name="CSAT",
    says="Asks how satisfied the customer is with the help on one ticket.",
    scales=(CSAT_1_5, CSAT_1_6, CSAT_GOOD_BAD, CSAT_FACES_3),
    rest_days=30,
    after_solve=True,
)
