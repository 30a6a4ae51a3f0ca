"""The made-up company of the demo desk: its teams, agents, hours, promises and customers."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from bot.desks.demo_holidays import berlin_holidays, new_york_holidays
from bot.store.records import AgentRecord, CustomerRecord, ScheduleRecord, SlaPolicyRecord, Target, TeamRecord
from bot.store.words import Metric, Role

SUPPORT, BILLING, TECHNICAL, LIVE = "support", "billing", "technical", "live"
HOUR, MINUTE = 3600, 60

TEAMS = (
    TeamRecord(external_id=SUPPORT, name="Support Berlin", schedule="berlin"),
    TeamRecord(external_id=BILLING, name="Billing", schedule="berlin-lunch"),
    TeamRecord(external_id=TECHNICAL, name="Technical New York", schedule="new-york"),
    TeamRecord(external_id=LIVE, name="Live 24x7", schedule="always"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How an agent works: share of the team's tickets, time taken against the usual, and how customers like it."""

    load: float = 1.0
    pace: float = 1.0
    charm: float = 0.0


USUAL_MANNER = Manner()


def _human(login: str, name: str, team: str) -> AgentRecord:
    return AgentRecord(external_id=f"a-{login}", name=name, email=f"{login}@example.com", team=team)


BOT = replace(_human("robin", "Robin (bot)", LIVE), role=Role.BOT)
FORMER = replace(_human("tom", "Tom Okafor", SUPPORT), role=Role.FORMER)

STAFF: tuple[tuple[AgentRecord, Manner], ...] = (
    (_human("ana", "Ana Agent", SUPPORT), Manner(load=1.4, pace=0.75, charm=0.03)),
    (replace(_human("lena", "Lena Lead", SUPPORT), role=Role.ADMIN), Manner(load=0.5, charm=0.04)),
    (_human("jonas", "Jonas Weiß", SUPPORT), Manner(pace=1.35, charm=-0.05)),
    (_human("priya", "Priya Raman", SUPPORT), Manner(load=1.2, pace=0.9)),
    (FORMER, Manner(load=0.9, pace=1.2, charm=-0.02)),
    (_human("marta", "Marta Nowak", BILLING), Manner(load=1.2, charm=0.02)),
    (_human("soren", "Søren Ødegård", BILLING), Manner(pace=1.15)),
    (_human("bo", "Bo Agent", TECHNICAL), Manner(load=1.3, pace=0.85, charm=0.01)),
    (_human("grace", "Grace Kim", TECHNICAL), USUAL_MANNER),
    (_human("diego", "Diego Álvarez", TECHNICAL), Manner(load=0.8, pace=1.3, charm=-0.03)),
    (_human("mei", "林美", LIVE), Manner(charm=0.02)),
    (_human("chiara", "Chiara Rossi", LIVE), Manner(load=1.2)),
    (_human("yusuf", "يوسف حداد", LIVE), Manner(pace=1.1)),
)

AGENTS = (*(agent for agent, _ in STAFF), BOT)

POLICIES = (
    SlaPolicyRecord(
        external_id="live", name="Live channels", position=0, matches={"channel": ("chat",)},
        targets=(Target(metric=Metric.FIRST_REPLY, target_s=15 * MINUTE), Target(metric=Metric.RESOLUTION, target_s=72 * HOUR)),
    ),
    SlaPolicyRecord(
        external_id="standard", name="Standard", position=1,
        targets=tuple(
            Target(metric=metric, target_s=hours * HOUR, business=True, priority=priority)
            for metric, by_priority in (
                (Metric.FIRST_REPLY, (1, 3, 5, 9)), (Metric.NEXT_REPLY, (4, 6, 9, 18)), (Metric.RESOLUTION, (63, 90, 144, 198)),
            )
            for priority, hours in enumerate(by_priority, start=1)
        ),
    ),
)  # fmt: skip


def schedules(years: range) -> tuple[ScheduleRecord, ...]:
    """The four schedules, with the holidays of Berlin and New York in these years; the first is the usual one."""
    german = tuple(day.isoformat() for year in years for day in berlin_holidays(year))
    american = tuple(day.isoformat() for year in years for day in new_york_holidays(year))
    office, split = _weekdays((9, 18)), _weekdays((9, 12.5), (13.5, 18))
    berlin, new_york = "Europe/Berlin", "America/New_York"
    return (
        ScheduleRecord(external_id="berlin", name="Berlin office", zone=berlin, week=office, holidays=german, is_default=True),
        ScheduleRecord(external_id="berlin-lunch", name="Berlin, closed for lunch", zone=berlin, week=split, holidays=german),
        ScheduleRecord(external_id="new-york", name="New York office", zone=new_york, week=office, holidays=american),
        ScheduleRecord(external_id="always", name="Around the clock", zone="UTC", week=((0, 7 * 24 * 60),)),
    )


def years_around(first: date, last: date) -> range:
    """The calendar years the holidays must be known for."""
    return range(first.year, last.year + 2)


def _weekdays(*hours: tuple[float, float]) -> tuple[tuple[int, int], ...]:
    return tuple((day * 1440 + int(start * 60), day * 1440 + int(end * 60)) for day in range(5) for start, end in hours)


CARLA, DEV, EMI = 0, 1, 2
GUESTS = (
    CustomerRecord(
        external_id="c-1", name="Carla Customer", email="carla.customer@example.com", organisation="Solana Foods", language="es"
    ),
    CustomerRecord(
        external_id="c-2", name="Dev Customer", email="dev.customer@example.com", organisation="Monsoon Retail", language="en"
    ),
    CustomerRecord(
        external_id="c-3", name="Emi Customer", email="emi.customer@example.com", organisation="Bonsai Labs", language="en"
    ),
)
HOW_MANY = 600

ORGANISATIONS = (
    "Hafen Logistik", "Northwind Books", "Solana Foods", "Monsoon Retail", "Blaue Werkstatt GmbH", "Fjord & Sons",
    "O'Neill Dental",
    "Kaffee Körner", "東京文具", "青山出版社", "دار السلام", "Café Zoé", "Smith, Jones & Co.", "Piñata Travel",
    "Zürcher Uhren AG",
    "Łódź Textiles", "Atlas Freight", "Quill School", "Harbor Clinics", "Vélo Lyon", "Bonsai Labs", "Tundra Energy",
    "Pampa Cycles",
    "<Bracket> Media", "Ada's Attic", "Copper Kettle", "Delta Nurseries", "Escola Nova", "Granite Bank", "Helix Pharma",
)  # fmt: skip

PLAIN_LETTERS = {ord("ß"): "ss", ord("ø"): "o", ord("ł"): "l", ord("ı"): "i", ord("'"): ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Names of one language; "x:y" is a name and its letters in an address."""

    language: str
    share: int
    given: tuple[str, ...]
    family: tuple[str, ...]
    family_first: bool = False


def _people(language: str, share: int, given: str, family: str) -> People:
    # East Asian names are written family first and without a space.
    order = language in ("ja", "zh", "ko")
    return People(language=language, share=share, given=tuple(given.split()), family=tuple(family.split()), family_first=order)


PEOPLES = (
    _people(
        "en", 34, "Olivia James Amelia Noah Grace Liam Zoe Ethan Hannah Oscar Ruby Callum",
        "Smith O'Brien Taylor Nguyen Brown Patel Walker Adeyemi Clarke Lopez",
    ),
    _people(
        "de", 20, "Anna Lukas Jürgen Käthe Felix Sophie Günther Mia Björn Heike",
        "Müller Schmidt Weiß Schäfer Krüger Fischer Groß Vogel Becker",
    ),
    _people("fr", 9, "Chloé René Zoé François Inès Loïc Margaux Gaël", "Dubois Lefèvre Garçon Moreau Noël Petit"),
    _people("es", 9, "Lucía Martín Sofía Íñigo Begoña Andrés", "García Núñez Peña Ibáñez Muñoz"),
    _people("pt", 5, "João Inês Tomás Conceição", "Gonçalves Simões Araújo"),
    _people("it", 4, "Giulia Luca Noemi Niccolò", "Ferrari Bianchi D'Angelo"),
    _people("pl", 4, "Łukasz Małgorzata Paweł Zofia", "Wiśniewski Żak Dąbrowska"),
    _people("tr", 3, "Çağla Ömer Şule Işıl", "Yılmaz Öztürk Güneş"),
    _people("ja", 5, "健太:kenta 美咲:misaki 翔:sho さくら:sakura", "田中:tanaka 佐藤:sato 鈴木:suzuki 渡邉:watanabe"),
    _people("zh", 4, "伟:wei 芳:fang 秀英:xiuying 磊:lei", "王:wang 李:li 张:zhang 欧阳:ouyang"),
    _people("ko", 2, "민준:minjun 서연:seoyeon 지우:jiwoo", "김:kim 이:lee 박:park"),
    _people("ar", 4, "محمد:mohammed فاطمة:fatima عمر:omar ليلى:layla", "حسن:hassan الفاسي:alfassi خليل:khalil"),
    _people("uk", 2, "Олена:olena Тарас:taras", "Шевченко:shevchenko Коваль:koval"),
)  # fmt: skip


def customers(seed: str) -> tuple[CustomerRecord, ...]:
    """Six hundred customers, the guests of the sandbox first; the same for the same seed."""
    rng = Random(f"{seed}:customers")  # noqa: S311 (a story, not a secret)
    taken = {guest.email for guest in GUESTS}
    everyone = list(GUESTS)
    while len(everyone) < HOW_MANY:
        people = rng.choices(PEOPLES, weights=[people.share for people in PEOPLES])[0]
        given, family = rng.choice(people.given), rng.choice(people.family)
        name = _shown(family) + _shown(given) if people.family_first else f"{_shown(given)} {_shown(family)}"
        email = _address(given, family, rng, taken)
        taken.add(email)
        organisation = rng.choice(ORGANISATIONS) if rng.random() < 0.75 else None
        everyone.append(
            CustomerRecord(
                external_id=f"c-{len(everyone) + 1}", name=name, email=email, organisation=organisation, language=people.language
            )
        )
    return tuple(everyone)


def _shown(name: str) -> str:
    return name.partition(":")[0]


def _address(given: str, family: str, rng: Random, taken: set[str | None]) -> str:
    local, domain = f"{_letters(given)}.{_letters(family)}", rng.choice(("example.com", "example.org"))
    email, number = f"{local}@{domain}", 2
    while email in taken:
        email, number = f"{local}{number}@{domain}", number + 1
    return email


def _letters(name: str) -> str:
    plain = name.rpartition(":")[2].lower().translate(PLAIN_LETTERS)
    return unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
