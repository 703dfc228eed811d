"""The circle: every function a dot, what is passed on between them, and the overall gap in the middle.

Area = share of importance. Shape and colour = band of the own gap, the value inside. Outer arc = what suppliers pass
on beyond the own gap. Chord = supply link, wider is stronger, the arrow points at the function that is supplied.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.drawing.bands import Band
from dashboard.drawing.labels import Field, Label, Wanted, end_height, place
from dashboard.drawing.marks import CORNER, Mark, mark_at
from dashboard.drawing.paper import Box, TextLine, rounded
from dashboard.drawing.ring import CROWDED, Curve, Ring, arc, chord, radii
from dashboard.drawing.small import polyline

WIDE, NARROW = 720.0, 324.0
WIDE_RING, NARROW_RING = 180.0, 100.0
WIDE_CORE, NARROW_CORE = 84.0, 58.0
VALUE_FROM = 12.5  # a dot of this radius has room for two digits
FULL_ARC = 50.0  # points passed on that fill a dot's whole slot


@dataclass(frozen=True, slots=True)
class Dot:
    """A function as the circle shows it. share 0..1 and gap in points, None: no data.

    hollow: n_eff under 5, only the interval is shown. received: points beyond the own gap, in the band of the
    transmitted gap. details: what its label says under the name. path: keys from the bottleneck to this function.
    """

    key: int
    name: str
    href: str
    share: float | None
    band: Band
    gap: float | None
    value: str
    details: tuple[tuple[str, str], ...]
    title: str
    description: str
    hollow: bool = False
    stale: bool = False
    neglected: bool = False
    received: float = 0.0
    received_band: Band = Band.NONE
    path: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """A supply link between two functions; strength None is drawn dashed and transmits nothing."""

    supplier: int
    supplied: int
    strength: float | None
    title: str


@dataclass(frozen=True, slots=True)
class Centre:
    """The overall gap as text, and its course over the last runs."""

    value: str
    interval: str
    evidence: str = ""
    trend: tuple[float, ...] = ()
    trend_words: str = ""


@dataclass(frozen=True, slots=True)
class ChordShape:
    curve: Curve
    title: str
    dashed: bool
    lights: tuple[int, ...]  # positions of the dots on whose path it lies
    lit: bool

    @property
    def css(self) -> str:
        marks = [f"on-{position}" for position in self.lights]
        return " ".join(["chord", *marks, *(["unset"] if self.dashed else []), *(["lit"] if self.lit else [])])


@dataclass(frozen=True, slots=True)
class DotShape:
    dot: Dot
    position: int
    mark: Mark
    hit: float
    value: TextLine | None
    number: TextLine | None
    label: Label | None
    clock: tuple[float, float] | None
    lit: bool

    @property
    def css(self) -> str:
        return f"dot d-{self.position}" + (" lit" if self.lit else "")


@dataclass(frozen=True, slots=True)
class ArcShape:
    path: str
    band: Band


@dataclass(frozen=True, slots=True)
class CircleDrawing:
    uid: str
    width: float
    height: float
    ring: Ring
    core: float
    chords: tuple[ChordShape, ...]
    arcs: tuple[ArcShape, ...]
    dots: tuple[DotShape, ...]
    centre: Centre | None
    centre_lines: tuple[TextLine, ...]
    trend: str  # points of the small curve in the middle
    css: str

    def boxes(self) -> Iterator[Box]:
        """Yield the rectangle of every label."""
        return (shape.label.box for shape in self.dots if shape.label and shape.label.lines)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where things go before any dot is drawn: outer arcs run at `outer`, labels or numbers begin at `inner`."""

    ring: Ring
    outer: float
    inner: float
    core: float
    height: float
    wide: bool
    labelled: bool
    focus: int | None

    @property
    def width(self) -> float:
        return WIDE if self.wide else NARROW


def draw_circle(
    dots: Sequence[Dot],
    links: Sequence[Supply],
    centre: Centre | None,
    *,
    uid: str,
    wide: bool = True,
    focus: int | None = None,
) -> CircleDrawing:
    """Return the circle with labels (wide), or with numbers for the list beneath it (narrow, or over 30 dots)."""
    plan = _plan(dots, has_centre=centre is not None, wide=wide, focus=focus)
    ring = plan.ring
    sizes = radii([dot.share for dot in dots], ring.largest_dot)
    marks = [_mark(dot, *ring.at(ring.angle(at)), size) for at, (dot, size) in enumerate(zip(dots, sizes, strict=True))]
    field = Field(ring, plan.inner, plan.width, plan.height)
    labels = place([_wanted(dot) for dot in dots], field) if plan.labelled else [None] * len(dots)
    return CircleDrawing(
        uid=uid,
        width=plan.width,
        height=plan.height,
        ring=ring,
        core=plan.core,
        chords=_chords(dots, links, marks, plan),
        arcs=_arcs(dots, plan),
        dots=tuple(_shape(at, dot, marks[at], labels[at], plan) for at, dot in enumerate(dots)),
        centre=centre,
        centre_lines=_centre_lines(centre, ring, wide) if centre else (),
        trend=polyline(centre.trend, Box(ring.cx - 40, ring.cy + 28, 80, 20)) if centre and wide else "",
        css="only-wide" if wide else "only-narrow",
    )


def _plan(dots: Sequence[Dot], *, has_centre: bool, wide: bool, focus: int | None) -> _Plan:
    """Set the middle of the ring so that the labels above and below it have room."""
    labelled = wide and 0 < len(dots) <= CROWDED
    width, radius = (WIDE, WIDE_RING) if wide else (NARROW, NARROW_RING)
    flat = Ring(width / 2, 0.0, radius, max(len(dots), 1))
    outer = radius + flat.largest_dot * CORNER + (6 if wide else 4)
    inner = outer + (14 if labelled else 12)
    above = below = 12.0
    if labelled:
        above = end_height(_wanted(dots[0])) + 8
        below = end_height(_wanted(dots[len(dots) // 2])) + 8 if len(dots) % 2 == 0 else 28.0
    ring = Ring(flat.cx, rounded(inner + above), radius, flat.count)
    core = (WIDE_CORE if wide else NARROW_CORE) if has_centre else 4.0
    return _Plan(ring, outer, inner, core, rounded(inner * 2 + above + below), wide, labelled, focus)


def _mark(dot: Dot, x: float, y: float, r: float) -> Mark:
    return mark_at(dot.band, x, y, r, hollow=dot.hollow, stale=dot.stale)


def _wanted(dot: Dot) -> Wanted:
    return Wanted(dot.name, dot.value, dot.details)


def _chords(dots: Sequence[Dot], links: Sequence[Supply], marks: Sequence[Mark], plan: _Plan) -> tuple[ChordShape, ...]:
    position = {dot.key: at for at, dot in enumerate(dots)}
    shapes = []
    for link in links:
        if link.supplier not in position or link.supplied not in position:
            continue
        ends = position[link.supplier], position[link.supplied]
        width = 0.75 + (link.strength or 0.0) * (3 if plan.wide else 2.25)
        reaches = marks[ends[0]].reach, marks[ends[1]].reach
        curve = chord(plan.ring, ends, reaches, core=plan.core, width=width)
        lights = tuple(at for at, dot in enumerate(dots) if (link.supplier, link.supplied) in pairwise(dot.path))
        lit = plan.focus is not None and any(dots[at].key == plan.focus for at in lights)
        shapes.append(ChordShape(curve, link.title, link.strength is None, lights, lit))
    return tuple(sorted(shapes, key=lambda shape: shape.lit))  # what is lit lies on top


def _arcs(dots: Sequence[Dot], plan: _Plan) -> tuple[ArcShape, ...]:
    ring = plan.ring
    slot = min(0.9 * 2 * math.pi / ring.count, math.pi / 4)
    return tuple(
        ArcShape(arc(ring, ring.angle(at), plan.outer, min(dot.received / FULL_ARC, 1) * slot), dot.received_band)
        for at, dot in enumerate(dots)
        if dot.received > 0
    )


def _shape(at: int, dot: Dot, mark: Mark, label: Label | None, plan: _Plan) -> DotShape:
    shows_value = bool(dot.value) and not dot.hollow and mark.r >= VALUE_FROM
    x, y = plan.ring.at(plan.ring.angle(at), plan.inner)
    off = mark.r * 0.9 + 4
    return DotShape(
        dot=dot,
        position=at,
        mark=mark,
        hit=rounded(max(mark.r * 1.32 + 3, 14)),
        value=TextLine(dot.value, mark.x, rounded(mark.y + 5), _value_css(dot.band), "middle") if shows_value else None,
        number=None if label else TextLine(str(at + 1), rounded(x), rounded(y + 4), "t-index", "middle"),
        label=label,
        clock=(rounded(mark.x + off), rounded(mark.y - off)) if dot.neglected and dot.gap is not None else None,
        lit=plan.focus is not None and dot.key == plan.focus,
    )


def _value_css(band: Band) -> str:
    return "t-dot in-ring" if band is Band.WATCH else "t-dot"


def _centre_lines(centre: Centre, ring: Ring, wide: bool) -> tuple[TextLine, ...]:
    cx, cy = ring.cx, ring.cy
    interval = ", ".join(filter(None, (centre.interval, centre.evidence))) if wide else centre.interval
    offsets = (-44, -6, 16, 64) if wide else (-28, 8, 28, None)
    rows = (("overall gap", "t-meta"), (centre.value, "t-hero"), (interval, "t-meta"), (centre.trend_words, "t-meta"))
    return tuple(
        TextLine(text, cx, rounded(cy + offset), css, "middle")
        for (text, css), offset in zip(rows, offsets, strict=True)
        if text and offset is not None
    )
