"""What becomes of a request at the demo desk, from arrival to end: told whole, shown as time passes."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from random import Random

from bot.desks.demo_arrivals import Arrival, Fate, pick
from bot.desks.demo_cast import BILLING, BOT, LIVE, SUPPORT, TECHNICAL
from bot.desks.demo_story import DAY_S, HOUR, MINUTE, House, Stars, Story
from bot.desks.demo_words import COMPLAINTS, PRAISE
from bot.store.words import Actor, Channel, Kind, Status, SurveyKind

# No story is longer, because each wait below has a cap: a later pull looks no further back.
LONGEST_DAYS = 120
CLOSES_AFTER = 4 * DAY_S
MOST_SOLVES = 3

FIRST_REPLY_MINUTES: Mapping[Channel, float] = {
    Channel.EMAIL: 60.0,
    Channel.WEB: 56.0,
    Channel.CHAT: 2.3,
    Channel.PHONE: 19.0,
    Channel.SOCIAL: 38.0,
}
URGENCY = (0.4, 0.65, 1.0, 1.45)


def tell(arrival: Arrival, house: House, rng: Random) -> Story:
    """The whole story; nothing in it depends on the instant of asking."""
    story = Story(arrival=arrival, house=house, rng=rng, now=arrival.at, team=arrival.team)
    by_agent = arrival.channel is Channel.PHONE and rng.random() < 0.6
    author = story.someone()[0] if by_agent else story.customer
    story.log(Kind.CREATED, author, Actor.AGENT if by_agent else Actor.CUSTOMER, new=Status.NEW.value)
    story.log(Kind.TEAM, None, Actor.SYSTEM, new=story.team)
    PLOTS[arrival.fate](story)
    return story


def _helped(story: Story) -> None:
    if story.arrival.channel in (Channel.CHAT, Channel.EMAIL) and story.chance(0.35):
        story.wait_for(6, spread=0.5, cap_s=30)
        story.log(Kind.REPLY, BOT.external_id, Actor.BOT)
    _pick_up(story)
    if story.chance(0.13):
        _hand_over(story)
    if story.chance(0.12):
        story.note()
        story.work_for(4 * MINUTE, cap_s=HOUR)
    story.agent_writes()
    for _ in range(pick((54, 82, 94, 98, 100), story.rng)):
        if not _exchange(story):
            return
    if story.chance(0.4):
        _go_deep(story)
    _solve(story)
    _after_solve(story)


def _pick_up(story: Story) -> None:
    arrival, rng = story.arrival, story.rng
    pace = URGENCY[arrival.priority - 1] * (2.3 if arrival.troubled else 1.0)
    median_s = FIRST_REPLY_MINUTES[arrival.channel] * MINUTE * pace
    story.work_for(median_s * 0.6, spread=1.05, cap_s=12 * HOUR)
    story.assign(None, Actor.SYSTEM)
    if story.chance(0.04) and arrival.priority > 1:
        story.log(Kind.PRIORITY, story.agent, Actor.AGENT, old=str(arrival.priority), new=str(arrival.priority - 1))
    if story.chance(0.03):
        other = rng.choice([name for name in ("How-to", "Bug report", "Integrations") if name != arrival.category])
        story.log(Kind.CATEGORY, story.agent, Actor.AGENT, old=arrival.category, new=other)
    if story.chance(0.5):
        story.become(Status.OPEN, story.agent, Actor.AGENT)
    story.work_for(median_s * 0.33 * story.manner.pace, spread=0.8, cap_s=6 * HOUR)


def _hand_over(story: Story) -> None:
    story.become(Status.OPEN, story.agent, Actor.AGENT)
    story.note()
    team, agent = story.team, story.agent
    if story.chance(0.65):
        story.team = story.rng.choice([other for other in (SUPPORT, BILLING, TECHNICAL) if other != team])
        story.log(Kind.TEAM, agent, Actor.AGENT, old=team, new=story.team)
    story.assign(agent, Actor.AGENT)
    story.work_for(35 * MINUTE, cap_s=8 * HOUR)


def _exchange(story: Story) -> bool:
    """Another party must act first, or something is asked back; False when the customer never answers."""
    if story.chance(0.3 if story.team == TECHNICAL else 0.08):
        story.become(Status.HOLD, story.agent, Actor.AGENT)
        story.work_for(13 * HOUR, spread=0.8, cap_s=30 * HOUR)
        story.become(Status.OPEN, story.agent, Actor.AGENT)
    else:
        story.become(Status.PENDING, story.agent, Actor.AGENT)
        if story.chance(0.05):
            _give_up(story)
            return False
        talking = story.arrival.channel in (Channel.CHAT, Channel.PHONE)
        story.wait_for(8 * MINUTE if talking else 16 * HOUR, spread=1.3, cap_s=5 * DAY_S)
        story.customer_writes()
    story.work_for((6 if story.team == LIVE else 62) * MINUTE * story.manner.pace, spread=1.0, cap_s=20 * HOUR)
    story.agent_writes()
    return True


def _go_deep(story: Story) -> None:
    """Days with the engineers, the carrier or the bank: these are most of any backlog."""
    story.become(Status.HOLD if story.chance(0.7) else Status.OPEN, story.agent, Actor.AGENT)
    story.work_for(50 * HOUR, spread=0.6, cap_s=120 * HOUR)
    story.agent_writes()


def _give_up(story: Story) -> None:
    story.now += 5 * DAY_S
    story.become(Status.SOLVED, None, Actor.SYSTEM)
    _after_solve(story)


def _solve(story: Story) -> None:
    # Many are solved with the reply itself, the others after some work on them.
    if story.chance(0.38):
        story.become(Status.OPEN, story.agent, Actor.AGENT)
        story.work_for((25 if story.team == LIVE else 420) * MINUTE * story.manner.pace, spread=1.15, cap_s=45 * HOUR)
        story.log_work()
    story.become(Status.SOLVED, story.agent, Actor.AGENT)


def _after_solve(story: Story) -> None:
    """Reopened by the customer or, seldom, by an agent; else perhaps rated, and closed for good."""
    if story.solves < MOST_SOLVES and story.chance(0.045 if story.solves == 1 else 0.12):
        story.wait_for(14 * HOUR, cap_s=CLOSES_AFTER - HOUR)
        story.customer_writes()
    elif story.solves < MOST_SOLVES and story.chance(0.008):
        story.wait_for(2 * HOUR, cap_s=CLOSES_AFTER - HOUR)
        story.become(Status.OPEN, story.agent, Actor.AGENT)
    else:
        _rate(story)
        _close(story)
        return
    story.work_for(70 * MINUTE, cap_s=16 * HOUR)
    story.agent_writes()
    _solve(story)
    _after_solve(story)


def _close(story: Story) -> None:
    story.now += CLOSES_AFTER
    story.become(Status.CLOSED, None, Actor.SYSTEM)


SCALES = ((SurveyKind.CSAT, "csat-1-5", 0.27), (SurveyKind.CES, "ces-1-7", 0.07), (SurveyKind.NPS, "nps-0-10", 0.045))
PLEASED = {SurveyKind.CSAT: (5, 5, 5, 4), SurveyKind.CES: (7, 7, 6, 6, 5), SurveyKind.NPS: (10, 10, 9, 9, 8, 7)}
CROSS = {SurveyKind.CSAT: (1, 2, 3, 3), SurveyKind.CES: (1, 2, 3, 4), SurveyKind.NPS: (0, 2, 5, 6)}


def _rate(story: Story) -> None:
    # Slow, reopened and troubled tickets please less, and so do some agents; most people do not answer at all.
    slow = story.now - story.arrival.at > 5 * DAY_S
    share = 0.95 + story.manner.charm - 0.08 * slow - 0.12 * story.arrival.troubled - 0.15 * (story.solves > 1)
    for survey, scale, answering in SCALES:
        if not story.chance(answering):
            continue
        pleased = story.chance(share)
        score = story.rng.choice((PLEASED if pleased else CROSS)[survey])
        comment = story.rng.choice(PRAISE if pleased else COMPLAINTS) if story.chance(0.25) else None
        at = story.now + max(30, min(6 * DAY_S, int(4 * HOUR * exp(story.rng.gauss(0, 1.4)))))
        story.ratings.append(Stars(at, survey, scale, score, story.agent, comment))


def _by_bot(story: Story) -> None:
    story.wait_for(6, spread=0.5, cap_s=30)
    story.log(Kind.REPLY, BOT.external_id, Actor.BOT)
    story.become(Status.PENDING, BOT.external_id, Actor.BOT)
    story.now += DAY_S
    story.become(Status.SOLVED, BOT.external_id, Actor.BOT)
    _close(story)


def _unanswered(story: Story) -> None:
    _pick_up(story)
    story.work_for(90 * MINUTE, cap_s=20 * HOUR)
    story.become(Status.SOLVED, story.agent, Actor.AGENT)
    _close(story)


def _guest(story: Story) -> None:
    """A short and happy one: answered and solved within the hour, and not rated in the desk."""
    story.now += 150 + story.rng.randrange(120)
    story.assign(None, Actor.SYSTEM)
    story.agent_writes()
    story.now += 1200 + story.rng.randrange(1200)
    story.become(Status.SOLVED, story.agent, Actor.AGENT)
    _close(story)


def _merged(story: Story) -> None:
    story.work_for(40 * MINUTE, cap_s=12 * HOUR)
    story.assign(None, Actor.SYSTEM)
    story.become(Status.MERGED, story.agent, Actor.AGENT)


def _spam(story: Story) -> None:
    story.wait_for(20 * MINUTE, cap_s=DAY_S)
    story.become(Status.SPAM, BOT.external_id, Actor.BOT)


def _deleted(story: Story) -> None:
    story.wait_for(5 * HOUR, cap_s=6 * DAY_S)
    story.become(Status.DELETED, story.someone()[0], Actor.AGENT)


PLOTS = {
    Fate.HELPED: _helped,
    Fate.BY_BOT: _by_bot,
    Fate.UNANSWERED: _unanswered,
    Fate.GUEST: _guest,
    Fate.MERGED: _merged,
    Fate.SPAM: _spam,
    Fate.DELETED: _deleted,
}
