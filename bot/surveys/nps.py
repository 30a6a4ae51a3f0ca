"""Net promoter: how likely a customer is to recommend us, asked about the relation and not about one ticket."""

from __future__ import annotations

from bot.store.words import SurveyKind
from bot.surveys.survey import Scale, Survey, Wording

WORDS = {
    "en": ("How likely are you to recommend us to a friend or colleague?", "not at all likely", "extremely likely"),
    "de": (
        "Wie wahrscheinlich ist es, dass Sie uns Freunden oder Kollegen weiterempfehlen?",
        "gar nicht wahrscheinlich",
        "äußerst wahrscheinlich",
    ),
    "es": ("¿Qué probabilidad hay de que nos recomiende a un amigo o colega?", "nada probable", "muy probable"),
    "fr": (
        "Quelle est la probabilité que vous nous recommandiez à un ami ou à un collègue ?",
        "pas du tout probable",
        "très probable",
    ),
    "pt": ("Qual é a probabilidade de nos recomendar a um amigo ou colega?", "nada provável", "muito provável"),
    "ja": ("私たちを友人や同僚に薦める可能性はどのくらいありますか？", "まったくない", "とても高い"),
}

NPS_0_10 = Scale(
    slug="nps-0-10",
    says="How likely to recommend, 0 to 10; 9 and 10 are promoters, 7 and 8 passives, 0 to 6 detractors.",
    scores=tuple(range(11)),
    positive=frozenset({9, 10}),
    negative=frozenset(range(7)),
    wordings={
        language: Wording(question=question, names={0: low, 10: high}) for language, (question, low, high) in WORDS.items()
    },
)

NPS = Survey(
    slug=SurveyKind.NPS,
    name="NPS",
    says="Asks how likely a customer is to recommend us.",
    scales=(NPS_0_10,),
    rest_days=90,
    after_solve=False,
)
