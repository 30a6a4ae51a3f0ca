"""Charts along time: any KPI as a line, the backlog, a forecast, a control chart."""

from dataclasses import dataclass

from bot.views.chart_spec.parts import Heading, Point, total
from bot.views.labels import clean, count_text, finite

SO_FAR = "so far"
"""Said of a period that is not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogChart(Heading):
    """Is the pile growing, and why? One entry per day in every tuple; `backlog` at the end of the day."""

    days: tuple[str, ...]
    backlog: tuple[float | None, ...]
    created: tuple[float | None, ...]
    solved: tuple[float | None, ...]
    marks: tuple[int, ...] = ()
    """Which days carry a label: the Mondays. Empty: chosen by room."""
    goal: float | None = None
    goal_text: str = ""
    recent: int = 7
    partial: bool = False

    @property
    def alt(self) -> str:
        known = [(d, b) for d, b in zip(self.days, self.backlog, strict=True) if finite(b) is not None]
        ends = [f"{clean(d)}: {count_text(b)} open" for d, b in (known[:1] + known[-1:] if len(known) > 1 else known)]
        return self.told([*ends, *(f"{count_text(n)} {what} in the last {self.recent} days" for what, n in self.sums)])

    @property
    def sums(self) -> tuple[tuple[str, float | None], ...]:
        """Created and solved over the last `recent` days; None where no day has data."""
        return ("created", total(self.created[-self.recent :])), ("solved", total(self.solved[-self.recent :]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A context line drawn in grey, one value per point of the main line."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...] = ()

    def shown(self, index: int) -> str:
        if finite(self.values[index]) is None:
            return "no data"
        return self.texts[index] if self.texts else count_text(self.values[index])


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Heading):
    """Any KPI over time. `band` is the interval of each point.

    `first_part` and `last_part` say of an end that is only part of its period why so: `part of the week`, `so far`."""

    name: str
    points: tuple[Point, ...]
    others: tuple[Line, ...] = ()
    band: tuple[tuple[float, float] | None, ...] = ()
    goal: float | None = None
    goal_text: str = ""
    marks: tuple[int, ...] = ()
    unit: str = ""
    first_part: str = ""
    last_part: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each point, with `(so far)` or the like where it is only part of its period."""
        return tuple(f"{p.label} ({part})" if (part := self.part(at)) else p.label for at, p in enumerate(self.points))

    def part(self, at: int) -> str:
        """Why this point is only part of its period; empty for a whole one."""
        return self.last_part if at == len(self.points) - 1 else self.first_part if at == 0 else ""

    @property
    def alt(self) -> str:
        goal = [self.goal_text] if self.goal is not None and self.goal_text else []
        told = [f"{clean(label)} {p.shown}" for label, p in zip(self.labels, self.points, strict=True)]
        beside = (f"{clean(line.name)}: " + ", ".join(map(line.shown, range(len(line.values)))) for line in self.others)
        return self.told([f"{clean(self.name)}: " + ", ".join(told) if told else "no data", *beside, *goal])


@dataclass(frozen=True, slots=True, kw_only=True)
class FanPoint(Point):
    """A forecast: `value` its middle, `inner` and `outer` the ends of its two ranges."""

    inner: tuple[float, float]
    outer: tuple[float, float]
    outer_text: str = ""

    @property
    def range(self) -> str:
        return self.outer_text or f"{count_text(self.outer[0])} to {count_text(self.outer[1])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastFan(Heading):
    """What is coming, and how sure are we? The past as a line, the future as two nested ranges around their middle."""

    name: str
    history: tuple[Point, ...]
    forecast: tuple[FanPoint, ...]
    range_text: str = "80% range"
    marks: tuple[int, ...] = ()
    unit: str = ""

    @property
    def alt(self) -> str:
        past = [f"{clean(p.label)} {p.shown}" for p in self.history[-1:]]
        coming = [f"{clean(p.label)} {p.shown} ({p.range})" for p in self.forecast]
        return self.told([*(f"last known: {told}" for told in past), f"forecast, {self.range_text}: " + ", ".join(coming)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlChart(Heading):
    """Is this news or noise? Points between the limits are noise; those outside, and any named in `signals`, are news."""

    name: str
    points: tuple[Point, ...]
    centre: float
    lower: float | None
    upper: float | None
    centre_text: str = ""
    lower_text: str = ""
    upper_text: str = ""
    signals: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    unit: str = ""

    @property
    def news(self) -> tuple[int, ...]:
        """Indexes of the points outside the limits or named as signals."""
        named = set(self.signals)
        return tuple(i for i, point in enumerate(self.points) if i in named or self._outside(finite(point.value)))

    @property
    def alt(self) -> str:
        news = set(self.news)
        told = [f"{clean(p.label)} {p.shown}" + (" (signal)" if i in news else "") for i, p in enumerate(self.points)]
        limits = [words for words in (self.centre_text, self.lower_text, self.upper_text) if words]
        return self.told([", ".join(limits), f"{len(news)} signals", ", ".join(told)])

    def _outside(self, value: float | None) -> bool:
        below = value is not None and self.lower is not None and value < self.lower
        return below or (value is not None and self.upper is not None and value > self.upper)
