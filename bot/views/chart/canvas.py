"""A card to draw on, in logical pixels from the top left corner, that measures every text before it stands."""

from collections.abc import Iterable, Sequence
from typing import Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, IdentityTransform

from bot.views.chart import fonts, png
from bot.views.chart_spec import Heading
from bot.views.labels import ELLIPSIS, sentence
from bot.views.palette import Theme, palette

WIDTH = 560
SCALE = 2
MARGIN = 24
RIGHT = WIDTH - MARGIN
TITLE, SUBTITLE = 22, 16
SMALLEST = 15
TOP = 92
"""Where content starts under a title and a subtitle of one line each."""

Align = Literal["left", "center", "right"]
Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


class Canvas:
    """One figure and everything placed on it. `top` is where the content starts, `bottom` where it must end."""

    def __init__(self, spec: Heading, theme: Theme, height: float, footer_gap: float = 22) -> None:
        self.colours = palette(theme)
        self.figure = Figure(figsize=(WIDTH / 100, 1), dpi=100 * SCALE, facecolor=self.colours.bg)
        FigureCanvasAgg(self.figure)
        self.boxes: list[Box] = []
        self.inks: dict[tuple[str, str], None] = {}
        self.flats: dict[str, None] = {self.colours.bg: None}
        self._laid = 0
        self._measure = png.measurer(self.figure.dpi)
        title = self.lines(sentence(spec.title), RIGHT - MARGIN, TITLE, 600, most=2)
        subtitle = self.lines(sentence(spec.subtitle), RIGHT - MARGIN, SUBTITLE, 400, most=2)
        footer = self.lines(sentence(spec.footer, 220), RIGHT - MARGIN, SMALLEST, 400, most=3)
        self.top = TOP + 27 * (len(title) - 1) + 21 * (len(subtitle) - 1)
        self.bottom = self.top + height
        self.height = round(self.bottom + footer_gap + 20 * len(footer) + 2)
        self.figure.set_size_inches(WIDTH / 100, self.height / 100)
        self._to_device = Affine2D().scale(SCALE, -SCALE).translate(0, self.height * SCALE)
        self._heading(title, subtitle, footer)

    def text(
        self, x: float, y: float, words: str, *, size: float = 17, weight: int = 400, colour: str = "", align: Align = "left",
        room: float | None = None, on: str = "",
    ) -> float:
        """Put one line with its baseline at y, cut to `room`; its width. `on` is the fill it stands on, if not the card."""
        ink = colour or self.colours.ink
        line = self.fit(words, room, size, weight) if room is not None else fonts.drawable(words)
        if not line:
            return 0.0
        artist = Text(
            x, y, line, color=ink, horizontalalignment=align, verticalalignment="baseline", parse_math=False,
            fontproperties=fonts.properties(size, weight, fonts.plain(line)),
        )
        self._add(artist)
        self.inks[ink, on or self.colours.bg] = None
        self.boxes.append(self.box(x, y, line, size, weight, align))
        return self.width(line, size, weight)

    def box(self, x: float, y: float, words: str, size: float, weight: int = 400, align: Align = "left") -> Box:
        width = self.width(words, size, weight)
        left = x - {"left": 0.0, "center": width / 2, "right": width}[align]
        return left, y - size * 0.78, left + width, y + size * 0.24

    def clear(self, box: Box, points: Iterable[tuple[float, float]] = (), gap: float = 4) -> bool:
        """Whether the box is on the card and free of texts already placed and of the given points."""
        left, top, right, bottom = box[0] - gap, box[1] - gap, box[2] + gap, box[3] + gap
        inside = box[0] >= MARGIN - 0.5 and box[2] <= RIGHT + 0.5
        apart = all(right <= b[0] or left >= b[2] or bottom <= b[1] or top >= b[3] for b in self.boxes)
        return inside and apart and not any(left < x < right and top < y < bottom for x, y in points)

    def width(self, words: str, size: float, weight: int = 400) -> float:
        return self._measure(words, size, weight)

    def fit(self, words: str, room: float, size: float, weight: int = 400) -> str:
        """The words, cut with an ellipsis until they are no wider than `room`."""
        line = fonts.drawable(words)
        if self.width(line, size, weight) <= room:
            return line
        low, high = 0, len(line)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.width(line[:middle].rstrip() + ELLIPSIS, size, weight) <= room else (low, middle - 1)
        return line[:low].rstrip() + ELLIPSIS if low else ""

    def lines(self, words: str, room: float, size: float, weight: int, most: int) -> list[str]:
        """The words wrapped to at most `most` lines; the last one is cut if it must be. At least one, maybe empty, line."""
        rest, wrapped = fonts.drawable(words), list[str]()
        while len(wrapped) < most - 1 and self.width(rest, size, weight) > room:
            head = self._head(rest, room, size, weight)
            wrapped.append(rest[:head].rstrip())
            rest = rest[head:].lstrip()
        return [*wrapped, self.fit(rest, room, size, weight)]

    def rects(self, boxes: Sequence[Box], colour: str, alpha: float = 1.0) -> None:
        """Filled rectangles with sharp edges on whole device pixels."""
        sharp = [tuple(round(v * SCALE) / SCALE for v in box) for box in boxes]
        corners = [((l, t), (r, t), (r, b), (l, b)) for l, t, r, b in sharp]
        self._add(PolyCollection(corners, facecolors=colour, edgecolors="none", linewidths=0, antialiaseds=False, alpha=alpha))
        self._flat(colour, alpha)

    def area(self, corners: Sequence[tuple[float, float]], colour: str, alpha: float = 1.0) -> None:
        self._add(PolyCollection([corners], facecolors=colour, edgecolors="none", linewidths=0, alpha=alpha))
        self._flat(colour, alpha)

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2.4, dash: tuple[float, float] | None = None) -> None:
        if not points:
            return
        xs, ys = zip(*points, strict=True)
        line = Line2D(xs, ys, color=colour, linewidth=width * fonts.PT_PER_PX)
        line.set_solid_capstyle("round")
        line.set_solid_joinstyle("round")
        line.set_dash_capstyle("butt")
        if dash:
            line.set_linestyle((0, tuple(d / width for d in dash)))
        self._add(line)
        self.inks[colour, self.colours.bg] = None

    def hairline(self, y: float, left: float = MARGIN, right: float = RIGHT, colour: str = "") -> None:
        self.rects([(left, y, right, y + 1)], colour or self.colours.hairline)

    def outline(self, box: Box, colour: str, width: float = 1.5) -> None:
        left, top, right, bottom = box
        frame = Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=width * fonts.PT_PER_PX, joinstyle="miter")
        self._add(frame)
        self.inks[colour, self.colours.bg] = None

    def dots(self, places: Sequence[tuple[float, float]], colour: str, size: float = 9, ring: float = 2, hollow: bool = False) -> None:
        """Discs of `size` px with a ring in the card's colour; a hollow one marks an unfinished period."""
        for diameter, fill in ((size + 2 * ring, self.colours.bg), (size, colour), *(((size - 4), self.colours.bg),) * hollow):
            side = [diameter * SCALE] * len(places)
            discs = EllipseCollection(side, side, [0] * len(places), units="dots", offsets=list(places), offset_transform=self._to_device, facecolors=fill, edgecolors="none")
            discs.set_transform(IdentityTransform())
            self._place(discs)
        self.inks[colour, self.colours.bg] = None

    def png(self) -> bytes:
        return png.encode(self.figure, self.colours.bg, list(self.flats), list(self.inks))

    def _heading(self, title: list[str], subtitle: list[str], footer: list[str]) -> None:
        y = 42.0
        for line in title:
            self.text(MARGIN, y, line, size=TITLE, weight=600)
            y += 27
        y -= 3
        for line in subtitle:
            self.text(MARGIN, y, line, size=SUBTITLE, colour=self.colours.muted)
            y += 21
        for up, line in enumerate(reversed(footer)):
            self.text(MARGIN, self.height - 18 - 20 * up, line, size=SMALLEST, colour=self.colours.muted)

    def _head(self, words: str, room: float, size: float, weight: int) -> int:
        """How many characters go on the first line: whole words, or as many as fit where a word is longer than a line."""
        longest = max(len(self.fit(words, room, size, weight)) - 1, 1)
        space = words.rfind(" ", 1, longest + 1)
        return space if space > longest // 3 else longest

    def _flat(self, colour: str, alpha: float) -> None:
        if alpha == 1.0:
            self.flats[colour] = None
        else:
            self.inks[colour, self.colours.bg] = None

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._to_device)
        self._place(artist)

    def _place(self, artist: Artist) -> None:
        """What comes later lies on top; matplotlib's own order would put every line above every dot."""
        self._laid += 1
        artist.set_zorder(self._laid)
        self.figure.add_artist(artist)
