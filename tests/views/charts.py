"""One believable chart of every kind, and a hostile one: the cast of the chart tests."""

from bot.views.chart_spec import (
    BacklogChart,
    Bar,
    Bars,
    Bucket,
    ChartSpec,
    ControlChart,
    Distribution,
    DurationBuckets,
    FanPoint,
    ForecastFan,
    HeatMap,
    KpiRow,
    KpiStrip,
    Line,
    Mark,
    Pareto,
    ParetoRow,
    Point,
    RatingRow,
    Ratings,
    Series,
)

DAYS = tuple(f"{d} Oct" for d in range(20, 32)) + tuple(f"{d} Nov" for d in range(1, 17))
# fmt: off
CREATED = (118, 106, 101, 103, 42, 39, 104, 117, 107, 100, 114, 43, 30, 110,
           94, 93, 126, 101, 43, 45, 111, 102, 101, 86, 105, 33, 42, 100)
SOLVED = (115, 122, 105, 124, 21, 23, 112, 107, 110, 95, 98, 31, 9, 101,
          105, 93, 113, 92, 27, 26, 127, 104, 114, 89, 88, 25, 20, 94)
BACKLOG = (272, 256, 252, 231, 252, 268, 260, 270, 267, 272, 288, 300, 321, 330,
           319, 319, 332, 341, 357, 376, 360, 358, 345, 342, 359, 367, 389, 395)
# fmt: on

KPI = KpiStrip(
    title="Backlog grew by 28 since last Monday",
    subtitle="Mon 16 Nov 2026 · all queues · arrows vs same weekday",
    footer="14-day trend · dashed = goal · times in Europe/Berlin",
    rows=(
        KpiRow(
            name="New tickets",
            note="vs 127 last Mon",
            value="142",
            delta="▲ 12%",
            mood="worse",
            series=(127, 129, 126, 134, 131, 72, 66, 128, 134, 130, 137, 135, 139, 142),
        ),
        KpiRow(
            name="First reply, median",
            note="goal 60 min",
            value="38 min",
            delta="▼ 9 min",
            mood="better",
            goal=60,
            series=(55, 51, 58, 48, 50, 49, 46, 47, 45, 43, 46, 42, 40, 38),
        ),
        KpiRow(
            name="Solved in SLA",
            note="goal 95%",
            value="91%",
            delta="▼ 3 pt",
            mood="worse",
            goal=95,
            series=(94, 95, 95, 93, 94, 96, 95, 95, 94, 93, 94, 92, 93, 91),
        ),
        KpiRow(
            name="CSAT, 28 days",
            note="n=214, goal 90%",
            value="94%",
            delta="▲ 1 pt",
            mood="better",
            goal=90,
            series=(92, 91, 92, 93, 92, 92, 93, 93, 94, 93, 93, 93, 94, 94),
        ),
        KpiRow(name="Reopened", note="n=12", value="8%", mood="thin", series=(5, None, None, 9, 8, None, 7, 8)),
        KpiRow(
            name="Open backlog",
            note="oldest 19 days",
            value="312",
            delta="▲ 28",
            mood="worse",
            series=(262, 264, 258, 266, 270, 278, 284, 282, 279, 276, 284, 290, 301, 312),
        ),
    ),
)
BACKLOG_CHART = BacklogChart(
    title="Backlog up 10% in a week, to 395 open",
    subtitle="Created and solved per day · last 28 days",
    footer="Last 7 days: 569 created, 534 solved, net +35",
    days=DAYS,
    backlog=BACKLOG,
    created=CREATED,
    solved=SOLVED,
    marks=(6, 13, 20, 27),
    goal=300,
    goal_text="goal 300",
)
SERIES = Series(
    title="First replies got 12 min faster",
    subtitle="Median per week · last 12 weeks · 4,812 tickets",
    footer="Business hours, Europe/Berlin · band = 95% interval",
    name="this year",
    points=tuple(
        Point(label=f"W{35 + i}", value=v, text="" if v is None else f"{v} min")
        for i, v in enumerate((58, 55, 61, 54, None, 52, 50, 55, 49, 47, 46, 43))
    ),
    band=((52, 64), (50, 61), (55, 67), (49, 60), None, (47, 58), (45, 55), (49, 61), (44, 54), (42, 52), (41, 51), (36, 52)),
    others=(Line(name="last year", values=(66, 64, 67, 65, 66, 63, 62, 66, 65, 64, 66, 63)),),
    goal=45,
    goal_text="goal 45 min",
    unit="min",
    first_part="part of the week",
    last_part="to Thursday",
)
BARS = Bars(
    title="Technical waits longest: 2 h 10 min",
    subtitle="First reply, median · last 28 days · n=2,913 · by team",
    footer="Business hours, Europe/Berlin · n under 20 is not judged",
    name="First reply",
    by="team",
    unit="min",
    goal=60,
    goal_text="goal 1 h",
    rows=(
        Bar(label="Technical", value=130, text="2 h 10 min", n=612, mood="worse"),
        Bar(label="Enterprise onboarding and migrations", value=71, text="1 h 11 min", n=204),
        Bar(label="Billing", value=44, text="44 min", n=1289),
        Bar(label="Shipping", value=38, text="38 min", n=796),
        Bar(label="Account access", value=22, text="22 min", n=12),
        Bar(label="Partners", value=None, n=0),
    ),
)
PARETO = Pareto(
    title="Password resets jumped 34% this week",
    subtitle="603 tickets by category · this week vs last week",
    footer="cum. = running share · orange = past the alert threshold",
    rows=(
        ParetoRow(label="Password reset", count=182, delta="▲ 34%", mood="worse"),
        ParetoRow(label="Wi-Fi login", count=141, delta="▼ 18%", mood="better"),
        ParetoRow(label="Billing question", count=96, delta="▲ 4%"),
        ParetoRow(label="Shipping delay", count=71, delta="▲ 22%", mood="worse"),
        ParetoRow(label="Account access", count=48, delta="▼ 6%"),
        ParetoRow(label="Integrations", count=27, delta="→ 0%"),
        *(ParetoRow(label=f"Rare {i}", count=c) for i, c in enumerate((12, 9, 6, 5, 3, 2, 1))),
    ),
)
DURATIONS = DurationBuckets(
    title="79% of first replies met the 1 h goal",
    subtitle="989 first replies · last 7 days · business hours",
    footer="Median 34 min · 9 in 10 within 1 h 52 min",
    goal_text="1 h",
    buckets=tuple(
        Bucket(label=label, count=count, late=late)
        for label, count, late in (
            ("≤15m", 208, False),
            ("15–30m", 267, False),
            ("30–60m", 306, False),
            ("1–2h", 119, True),
            ("2–4h", 42, True),
            ("4–8h", 20, True),
            ("8–24h", 17, True),
            (">24h", 10, True),
        )
    ),
)
HEAT = HeatMap(
    title="Mondays before noon bring the most tickets",
    subtitle="Tickets per hour · average of 8 weeks · Europe/Berlin",
    values=tuple(
        tuple(round(42 * day * max(0.02, 1 - abs(hour - 11.6) / 9) ** 1.4, 2) for hour in range(24))
        for day in (1.0, 0.86, 0.8, 0.77, 0.7, 0.2, 0.15)
    ),
    staffed=tuple(tuple(day < 5 and 9 <= hour < (18 if day < 4 else 16) for hour in range(24)) for day in range(7)),
)
RATINGS = Ratings(
    title="CSAT 85%: Technical misses the 90% goal",
    subtitle="395 ratings · last 28 days · by team",
    footer="CSAT = ratings 4–5 ÷ all · colour = clear of goal",
    scale=("1", "2", "3", "4", "5"),
    goal=90,
    goal_text="goal 90%",
    rows=(
        RatingRow(label="Billing", counts=(4, 3, 6, 31, 92), score=90.4, text="90%", low=84.3, high=94.3),
        RatingRow(label="Technical", counts=(12, 10, 12, 48, 104), score=81.7, text="82%", low=75.5, high=86.6),
        RatingRow(label="Shipping", counts=(2, 2, 5, 17, 31), score=84.2, text="84%", low=72.6, high=91.5),
        RatingRow(label="Account access", counts=(1, 0, 2, 5, 8), score=81.3, text="81%", low=57.0, high=93.4),
    ),
)
DISTRIBUTION = Distribution(
    title="Half are solved in 6 h, one in ten takes 30 h",
    subtitle="Solve time · 2,310 tickets · last 28 days",
    footer="Calendar hours from creation to the last solve",
    edges=tuple(range(49)),
    counts=tuple(round(260 * (i + 0.4) * 2.718 ** (-i / 4.5) / 2.2) for i in range(48)),
    ticks=tuple(Mark(value=v, text=f"{v} h") for v in (0, 8, 16, 24, 32, 40, 48)),
    marks=(Mark(value=6.2, text="median 6 h"), Mark(value=30, text="p90 30 h")),
    goal=Mark(value=24, text="goal 24 h"),
    tail="61 above 48 h",
)
FORECAST = ForecastFan(
    title="Next week: about 640 tickets",
    subtitle="New tickets per day · forecast from 6 same weekdays",
    footer="Light range: 80% of past forecasts · dark: 50% · WAPE 12%",
    name="new tickets",
    history=tuple(Point(label=d, value=v) for d, v in zip(DAYS[-21:], CREATED[-21:], strict=True)),
    forecast=tuple(
        FanPoint(label=f"{17 + i} Nov", value=m, inner=(m * (1 - w / 2), m * (1 + w / 2)), outer=(m * (1 - w), m * (1 + w)))
        for i, (m, w) in enumerate(zip((104, 100, 96, 92, 41, 38, 112), (0.16, 0.18, 0.2, 0.2, 0.24, 0.26, 0.24), strict=True))
    ),
    marks=(6, 13, 20, 27),
)
CONTROL = ControlChart(
    title="First reply: 2 days out of the usual",
    subtitle="Median per day · last 28 days",
    footer="Limits: median ± 3 × 1.4826 MAD of the 90 days before",
    name="First reply",
    points=tuple(
        Point(label=d, value=v, text=f"{v} min")
        for d, v in zip(
            DAYS,
            (41, 38, 44, 40, 36, 39, 43, 47, 42, 40, 38, 35, 41, 44, 39, 43, 71, 45, 42, 38, 40, 37, 44, 46, 66, 48, 43, 41),
            strict=True,
        )
    ),
    centre=41,
    lower=27,
    upper=55,
    centre_text="median 41 min",
    lower_text="27 min",
    upper_text="55 min",
    marks=(6, 13, 20, 27),
)
EVERY: tuple[ChartSpec, ...] = (
    KPI,
    BACKLOG_CHART,
    SERIES,
    BARS,
    PARETO,
    DURATIONS,
    HEAT,
    RATINGS,
    DISTRIBUTION,
    FORECAST,
    CONTROL,
)


def of_size(count: int, label: str, value: float) -> tuple[ChartSpec, ...]:
    """Every kind with `count` rows or points, each named `label` and worth `value`; headings made of the label too."""
    head = {"title": label, "subtitle": label, "footer": label}
    points = tuple(Point(label=label, value=value) for _ in range(count))
    values = (value,) * count
    size = min(int(abs(value)), 10**30)
    return (
        KpiStrip(
            **head,
            rows=tuple(
                KpiRow(name=label, value=label, note=label, delta=f"▲ {label}", series=values, goal=value, mood="worse")
                for _ in range(min(count, 40))
            ),
        ),
        BacklogChart(**head, days=(label,) * count, backlog=values, created=values, solved=values, goal=value, goal_text=label),
        Series(
            **head,
            name=label,
            points=points,
            others=(Line(name=label, values=values),) * 5,
            goal=value,
            goal_text=label,
            band=((value, value),) * count,
            first_part=label,
            last_part=label,
        ),
        Bars(
            **head,
            name=label,
            by=label,
            goal=value,
            goal_text=label,
            rows=tuple(Bar(label=label, value=value, n=size, mood="worse") for _ in range(count)),
        ),
        Pareto(**head, rows=tuple(ParetoRow(label=label, count=size, delta=f"▲ {label}", mood="worse") for _ in range(count))),
        DurationBuckets(
            **head,
            goal_text=label,
            buckets=tuple(Bucket(label=f"{i}–{i + 1}h", count=size, late=i > 3) for i in range(min(count, 9))),
        ),
        HeatMap(**head, values=((value,) * 24,) * 7, staffed=((True,) * 24,) * 7, unit=label),
        Ratings(
            **head,
            scale=("1", "2", label),
            goal=value,
            goal_text=label,
            rows=tuple(
                RatingRow(label=label, counts=(size, size, size), score=value, text=label, low=value, high=value)
                for _ in range(count)
            ),
        ),
        Distribution(
            **head,
            edges=tuple(range(count + 1)),
            counts=(size,) * count,
            ticks=(Mark(value=0, text=label),) * 9,
            marks=(Mark(value=value, text=label),) * 3,
            goal=Mark(value=count / 2, text=label),
            tail=label,
        ),
        ForecastFan(
            **head,
            name=label,
            history=points,
            range_text=label,
            forecast=tuple(
                FanPoint(label=label, value=value, inner=(value, value), outer=(value, value)) for _ in range(min(count, 30))
            ),
        ),
        ControlChart(
            **head,
            name=label,
            points=points,
            centre=value,
            lower=value,
            upper=value,
            centre_text=label,
            lower_text=label,
            upper_text=label,
            signals=tuple(range(count)),
        ),
    )
