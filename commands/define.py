"""`/cx define frt`: the exact rule behind a number, by the definitions in force, with what was left out and the SQL that ran."""

from __future__ import annotations

from bot.errors import CxError
from bot.facts.profiles import profile_of
from bot.kpis.explain import watched
from bot.kpis.kpi import Kpi
from bot.kpis.query import Query
from bot.kpis.variants import under
from bot.views.answer_explained import explained_message
from bot.views.help_text import kpi_help
from commands.answering import answered, noted
from commands.command import Ask, Command, Reply
from commands.grammar import read
from commands.hints import hint
from commands.keeping import kept
from commands.question import Understood
from commands.tokens import bare, plain
from commands.vocabulary import kpi_names


def define(ask: Ask) -> Reply:
    """What a number means and how it came about, over its usual window or the one asked for."""
    topic = plain(ask.text)
    if not topic:
        return hint(
            "Say which number to define, such as *frt*.", "All of them are in *help*.", ("define frt", "define csat", "help")
        )
    understood = read(topic, now=ask.now, workspace=ask.workspace, session=ask.session)
    if understood.kpi is None or understood.query is None:
        return describe(ask, topic)
    try:
        return _explained(ask, understood.kpi, understood.query)
    except CxError:  # The rule is nobody's secret; what it comes to is not for everybody, and not always known.
        return _ruled(ask, understood.kpi)


def describe(ask: Ask, topic: str) -> Reply:
    """The rule of the number that some words name, or the number they come near to."""
    understood = read(topic, now=ask.now, workspace=ask.workspace)
    if understood.kpi is not None:
        return _ruled(ask, understood.kpi)
    return _unknown(ask, topic, understood)


def _explained(ask: Ask, kpi: Kpi, query: Query) -> Reply:
    with watched() as watch:
        answer = answered(ask, kpi, query)
    remembered = kept(answer.query)
    message = explained_message(answer, watch.told(), remembered.query_id)
    return Reply(message=message, keeps=(remembered,), notes=noted(answer.query, "explained"))


def _ruled(ask: Ask, kpi: Kpi) -> Reply:
    return Reply(message=kpi_help(under(kpi, profile_of(ask.workspace.profile))))


def _unknown(ask: Ask, topic: str, understood: Understood) -> Reply:
    near = read(understood.suggestions[0], now=ask.now, workspace=ask.workspace) if understood.suggestions else None
    named = dict.fromkeys(kpi.slug for name, kpi in kpi_names().items() if bare(topic) in name.split())
    offers = [f"define {slug}" for slug in named]
    if not offers and near is not None and near.kpi is not None and understood.healed:
        offers = [f"define {near.kpi.slug}"]
    return hint(f"I know no number called *{topic[:60]}*.", "All of them are in *help*.", [*offers, "help"])


DEFINE = Command(
    word="define",
    usage="/cx define frt",
    says="Says exactly how a number is made.",
    run=define,
    also=("definition", "explain"),
)
