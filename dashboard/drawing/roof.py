"""The roof of a house: a diamond for each pair of columns, over a table whose columns are as wide as its cells."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from dashboard.drawing.paper import rounded
from dashboard.house import Beam, Column

WIDE, NARROW = 76, 40  # px: how wide a column is
WIDE_UP_TO = 9  # so many columns fit beside the requirements on a board
STEEP = 0.6  # flattened: the roof informs, the matrix is the work
FULL_UP_TO = 14  # more columns have a roof that is cut off above what stands in it
LEAST_LEVELS = 3
EDGE = 1.0
# On paper; on a page the style sheet colours the same classes.
INK, FILLS = "#17191c", {9: "#474d54", 3: "#c6c8c6", 1: "#efefec", 0: "#ffffff"}


@dataclass(frozen=True, slots=True)
class Tile:
    """The diamond of a pair. x, y: its middle; href: where it is changed, '' where it only shows.

    depth: 9, 3, 1 or 0, how dark.
    """

    points: str
    x: float
    y: float
    depth: int
    label: str
    words: str
    href: str
    one: int
    other: int
    opposes: bool = False
    state: str = "0"

    @property
    def css(self) -> str:
        return f"roof-cell roof-{self.depth}{' roof-against' if self.opposes else ''}"

    @property
    def fill(self) -> str:
        """Its colour where no style sheet comes along."""
        return FILLS[self.depth]

    @property
    def ink(self) -> str:
        return FILLS[0] if self.depth == 9 else INK

    @property
    def markup(self) -> SafeString:
        """The diamond as the page draws it, a link where it can be changed: hundreds are too many for a template."""
        words, label, text = escape(self.words), escape(self.label), ""
        if self.label:
            text = f'<text x="{self.x:g}" y="{self.y:g}" dy="4" class="t-roof" text-anchor="middle">{label}</text>'
        drawn = f'<g><title>{words}</title><polygon points="{self.points}" class="{self.css}" />{text}</g>'
        if self.href:
            data = {"x": self.x, "y": self.y, "one": self.one, "other": self.other, "is": self.state}
            said = " ".join(f'data-{name}="{escape(str(value))}"' for name, value in data.items())
            drawn = f'<a href="{escape(self.href)}" class="roof-link" {said} aria-label="{words}">{drawn}</a>'
        return mark_safe(drawn)  # noqa: S308  # every text is escaped


@dataclass(frozen=True, slots=True)
class Roof:
    width: float
    height: float
    grid: str
    tiles: tuple[Tile, ...]
    description: str

    @property
    def top(self) -> float:
        return -self.height


def column_width(count: int) -> int:
    return WIDE if count <= WIDE_UP_TO else NARROW


def draw_roof(columns: Sequence[Column], beams: Sequence[Beam], *, open_url: str = "") -> Roof:
    """Return the roof over these columns. open_url: the address of an empty pair with two numbers to fill in, or ''."""
    cell = column_width(len(columns))
    places = {column.key: at for at, column in enumerate(columns)}
    there = [beam for beam in beams if beam.one in places and beam.other in places]
    levels = _levels(len(columns), [abs(places[beam.one] - places[beam.other]) for beam in there])
    half, rise = cell / 2, cell / 2 * STEEP
    tiles = [_tile(beam, places, half, rise) for beam in there]
    if open_url and len(columns) <= FULL_UP_TO:
        tiles += _empty_tiles(columns, {frozenset((beam.one, beam.other)) for beam in there}, half, rise, open_url)
    tiles.sort(key=lambda tile: (-tile.y, tile.x))
    words = "; ".join(beam.words for beam in there) or "Nothing stands in it."
    height = rounded(levels * rise + rise + EDGE)
    return Roof(len(columns) * cell, height, _grid(len(columns), levels, half, rise), tuple(tiles), words)


def _levels(columns: int, used: Sequence[int]) -> int:
    """Return how many rows of diamonds are drawn: all, or those up to the highest one that is used."""
    most = max(columns - 1, 0)
    return most if columns <= FULL_UP_TO else min(most, max(LEAST_LEVELS, 1 + max(used, default=0)))


def _spot(one: int, other: int, half: float, rise: float) -> tuple[float, float]:
    """Return the middle of a pair's diamond; 0 is the upper edge of the table, and up is negative."""
    return rounded((one + other + 1) * half), rounded(-abs(one - other) * rise)


def _diamond(x: float, y: float, half: float, rise: float) -> str:
    k, up = half - EDGE, rise - EDGE * STEEP
    corners = ((x, y - up), (x + k, y), (x, y + up), (x - k, y))
    return " ".join(f"{rounded(a):g},{rounded(b):g}" for a, b in corners)


def _tile(beam: Beam, places: dict[int, int], half: float, rise: float) -> Tile:
    x, y = _spot(places[beam.one], places[beam.other], half, rise)
    return Tile(
        _diamond(x, y, half, rise), x, y, beam.depth, beam.label, beam.words, beam.url, beam.one, beam.other,
        beam.opposes, beam.state,
    )  # fmt: skip


def _empty_tiles(
    columns: Sequence[Column], taken: set[frozenset[int]], half: float, rise: float, open_url: str
) -> list[Tile]:
    found = []
    for at, one in enumerate(columns):
        for place, other in enumerate(columns[at + 1 :], start=at + 1):
            if frozenset((one.key, other.key)) in taken:
                continue
            x, y = _spot(at, place, half, rise)
            words, href = f"{one.name} and {other.name}: nothing said", open_url.format(one=one.key, other=other.key)
            found.append(Tile(_diamond(x, y, half, rise), x, y, 0, "", words, href, one.key, other.key))
    return found


def _grid(columns: int, levels: int, half: float, rise: float) -> str:
    """Return the outlines of all diamonds as one path: a line up to the right and one up to the left of each edge."""
    parts = []
    for edge in range(columns + 1):
        x = edge * 2 * half
        right, left = min(levels + 1, columns - edge), min(levels + 1, edge)
        if right > 0:
            parts.append(f"M{rounded(x):g},0L{rounded(x + right * half):g},{rounded(-right * rise):g}")
        if left > 0:
            parts.append(f"M{rounded(x):g},0L{rounded(x - left * half):g},{rounded(-left * rise):g}")
    return "".join(parts)
