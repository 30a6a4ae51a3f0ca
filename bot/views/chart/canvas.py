"""A card to draw on, in logical pixels from the top left corner, that measures every text before it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
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
from bot.views.chart.lettering import PX_PER_INCH, SCALE, Face, fit, width, wrap
from bot.views.chart_spec import Heading
from bot.views.labels import sentence
from bot.views.palette import Theme, palette

WIDTH = 560
MARGIN = 24
RIGHT = WIDTH - MARGIN
SMALLEST = 15
TOP = 92
"""Where content starts under a title and a subtitle of one line each."""

Align = Literal["left", "center", "right"]
Place = tuple[float, float]
Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


class Canvas:
    """One figure and everything placed on it. `top` is where the content starts; faces are ready in the theme's ink."""

    def __init__(self, spec: Heading, theme: Theme, height: float) -> None:
        self.colours = palette(theme)
        self.label = Face(17, 400, self.colours.ink)
        self.strong = Face(17, 600, self.colours.ink)
        self.note = Face(SMALLEST, 400, self.colours.muted)
        self.axis = Face(16, 400, self.colours.muted)
        self.boxes: list[Box] = []
        self.inks: dict[tuple[str, str], None] = {}
        self.flats: dict[str, None] = {self.colours.bg: None}
        self._laid = 0
        title, subtitle, footer = self._wrapped(spec)
        self.top = TOP + 27 * (len(title) - 1) + 21 * (len(subtitle) - 1)
        self.height = round(self.top + height + 24 + 20 * len(footer))
        inches = WIDTH / PX_PER_INCH, self.height / PX_PER_INCH
        self.figure = Figure(figsize=inches, dpi=PX_PER_INCH * SCALE, facecolor=self.colours.bg)
        FigureCanvasAgg(self.figure)
        self._to_device = Affine2D().scale(SCALE, -SCALE).translate(0, self.height * SCALE)
        self._heading(title, subtitle, footer)

    def text(self, x: float, y: float, words: str, face: Face, align: Align = "left", room: float | None = None) -> float:
        """Put one line with its baseline at y, cut to `room`; its width."""
        line = fit(words, room, face) if room is not None else fonts.drawable(words)
        if not line:
            return 0.0
        properties = fonts.properties(face.size, face.weight, fonts.families(line))
        artist = Text(x, y, line, color=face.colour, fontproperties=properties, parse_math=False)
        artist.set_horizontalalignment(align)
        artist.set_verticalalignment("baseline")
        self._add(artist)
        self._ink(face.colour, face.ground)
        self.boxes.append(self.box(x, y, line, face, align))
        return width(line, face)

    def box(self, x: float, y: float, words: str, face: Face, align: Align = "left") -> Box:
        """Where the words would stand."""
        wide = width(words, face)
        left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
        return left, y - face.size * 0.78, left + wide, y + face.size * 0.24

    def clear(self, box: Box, points: Iterable[Place] = (), gap: float = 4) -> bool:
        """Whether the box is on the card and free of the texts already placed and of the given points."""
        left, top, right, bottom = box[0] - gap, box[1] - gap, box[2] + gap, box[3] + gap
        inside = box[0] >= MARGIN - 0.5 and box[2] <= RIGHT + 0.5
        apart = all(right <= b[0] or left >= b[2] or bottom <= b[1] or top >= b[3] for b in self.boxes)
        return inside and apart and not any(left < x < right and top < y < bottom for x, y in points)

    def rects(self, boxes: Sequence[Box], colour: str) -> None:
        """Filled rectangles with sharp edges on whole device pixels."""
        sharp = [tuple(round(side * SCALE) / SCALE for side in box) for box in boxes]
        corners = [((x0, y0), (x1, y0), (x1, y1), (x0, y1)) for x0, y0, x1, y1 in sharp]
        self._add(PolyCollection(corners, facecolors=colour, edgecolors="none", linewidths=0, antialiaseds=False))
        self.flats[colour] = None

    def area(self, corners: Sequence[Place], colour: str) -> None:
        self._add(PolyCollection([corners], facecolors=colour, edgecolors="none", linewidths=0))
        self.flats[colour] = None

    def path(self, points: Sequence[Place], colour: str, thick: float = 2.4, dash: tuple[float, float] | None = None) -> None:
        """A line through the points; `dash` is the length of a stroke and of a gap in px."""
        if not points:
            return
        xs, ys = zip(*points, strict=True)
        line = Line2D(xs, ys, color=colour, linewidth=thick * fonts.PT_PER_PX)
        line.set_solid_capstyle("round")
        line.set_solid_joinstyle("round")
        line.set_dash_capstyle("butt")
        if dash:
            line.set_linestyle((0, tuple(part / thick for part in dash)))
        self._add(line)
        self._ink(colour)

    def hairline(self, y: float, left: float = MARGIN, right: float = RIGHT) -> None:
        self.rects([(left, y, right, y + 1)], self.colours.hairline)

    def outline(self, box: Box, colour: str, thick: float = 1.5) -> None:
        left, top, right, bottom = box
        frame = Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour)
        frame.set_linewidth(thick * fonts.PT_PER_PX)
        frame.set_joinstyle("miter")
        self._add(frame)
        self._ink(colour)

    def dots(self, places: Sequence[Place], colour: str, size: float = 9, ring: float = 2) -> None:
        """Discs of `size` px with a ring in the card's colour."""
        self._discs(places, self.colours.bg, size + 2 * ring)
        self._discs(places, colour, size)
        self._ink(colour)

    def rings(self, places: Sequence[Place], colour: str, size: float = 9) -> None:
        """Hollow dots: an unfinished period."""
        self.dots(places, colour, size)
        self._discs(places, self.colours.bg, size - 4)

    def png(self) -> bytes:
        return png.encode(self.figure, list(self.flats), list(self.inks))

    def _wrapped(self, spec: Heading) -> tuple[list[str], list[str], list[str]]:
        room = RIGHT - MARGIN
        title = wrap(sentence(spec.title), room, replace(self.strong, size=22), 2)
        footer = wrap(sentence(spec.footer, 220), room, self.note, 3)
        return title, wrap(sentence(spec.subtitle), room, self.axis, 2), footer if footer != [""] else []

    def _heading(self, title: list[str], subtitle: list[str], footer: list[str]) -> None:
        for index, line in enumerate(title):
            self.text(MARGIN, 42 + 27 * index, line, replace(self.strong, size=22))
        for index, line in enumerate(subtitle):
            self.text(MARGIN, 39 + 27 * len(title) + 21 * index, line, self.axis)
        for index, line in enumerate(reversed(footer)):
            self.text(MARGIN, self.height - 18 - 20 * index, line, self.note)

    def _discs(self, places: Sequence[Place], colour: str, size: float) -> None:
        side = [size * SCALE] * len(places)
        level, to = [0] * len(places), self._to_device
        discs = EllipseCollection(side, side, level, units="dots", offsets=list(places), offset_transform=to)
        discs.set_facecolor(colour)
        discs.set_edgecolor("none")
        discs.set_transform(IdentityTransform())
        self._place(discs)

    def _ink(self, colour: str, ground: str = "") -> None:
        self.inks[colour, ground or self.colours.bg] = None

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._to_device)
        self._place(artist)

    def _place(self, artist: Artist) -> None:
        """What comes later lies on top; matplotlib's own order would put every line above every dot."""
        self._laid += 1
        artist.set_zorder(self._laid)
        self.figure.add_artist(artist)
