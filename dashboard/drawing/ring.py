"""Where the dots of the circle lie, how large they are, and how the supply links run between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.drawing.paper import rounded

CROWDED = 30  # above it labels give way to numbers
LARGEST_DOT = 28.0
SMALLEST_DOT = 5.0
UNKNOWN_DOT = 0.4  # of the largest
STEPS = 100


@dataclass(frozen=True, slots=True)
class Ring:
    """The circle itself; angles run clockwise from the top."""

    cx: float
    cy: float
    radius: float
    count: int

    def angle(self, index: int) -> float:
        return -math.pi / 2 + 2 * math.pi * index / self.count

    def at(self, angle: float, radius: float | None = None) -> tuple[float, float]:
        reach = self.radius if radius is None else radius
        return self.cx + reach * math.cos(angle), self.cy + reach * math.sin(angle)

    @property
    def largest_dot(self) -> float:
        """The radius at which two neighbours of the largest size still leave each other room."""
        return min(LARGEST_DOT, self.radius * 0.22, 2.1 * self.radius / self.count)


def radii(shares: Sequence[float | None], largest: float) -> list[float]:
    """Return radii whose areas are proportional to the shares; the smallest stay large enough to be seen.

    A dot whose share is not known (None) gets a size of its own: it shows that it is there, not how much it weighs.
    """
    top = max((share for share in shares if share is not None), default=0.0)
    smallest, unknown = min(SMALLEST_DOT, largest), UNKNOWN_DOT * largest
    return [
        unknown if share is None or top <= 0 else max(largest * math.sqrt(share / top), smallest) for share in shares
    ]


@dataclass(frozen=True, slots=True)
class Curve:
    """A quadratic Bezier curve from the supplier's dot to the supplied one, with the arrow's three corners."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]
    width: float

    @property
    def path(self) -> str:
        (x0, y0), (bx, by), (x1, y1) = self.start, self.bend, self._neck
        return f"M{rounded(x0):g} {rounded(y0):g}Q{rounded(bx):g} {rounded(by):g} {rounded(x1):g} {rounded(y1):g}"

    @property
    def arrow(self) -> str:
        heading = math.atan2(self.end[1] - self.bend[1], self.end[0] - self.bend[0])
        size = 6 + 1.3 * self.width
        corners = [self.end]
        corners += [
            (self.end[0] - size * math.cos(heading + turn), self.end[1] - size * math.sin(heading + turn))
            for turn in (0.45, -0.45)
        ]
        return " ".join(f"{rounded(x):g},{rounded(y):g}" for x, y in corners)

    @property
    def _neck(self) -> tuple[float, float]:
        """Where the line ends inside the arrow, so that no blunt end shows beside its tip."""
        length = math.dist(self.end, self.bend) or 1.0
        back = min(5 + self.width, length) / length
        return (
            self.end[0] + (self.bend[0] - self.end[0]) * back,
            self.end[1] + (self.bend[1] - self.end[1]) * back,
        )


def chord(ring: Ring, ends: tuple[int, int], reaches: tuple[float, float], *, core: float, width: float) -> Curve:
    """Return the curve between two dots: clear of both marks and of the middle, where the overall gap stands.

    A link and its opposite bend to different sides, so both stay visible.
    """
    one, other = ring.angle(ends[0]), ring.angle(ends[1])
    between = (other - one + math.pi) % (2 * math.pi) - math.pi
    middle = one + between / 2 + (0.10 if ends[0] < ends[1] else -0.10)
    clear = 2 * (core + 10) - ring.radius * math.cos(between / 2)  # the curve's own middle stays outside the core
    bend_at = min(max(0.42 * ring.radius, clear), ring.radius)
    return _between(ring.at(one), ring.at(middle, bend_at), ring.at(other), (reaches[0] + 4, reaches[1] + 6), width)


Spot = tuple[float, float]


def _between(start: Spot, bend: Spot, end: Spot, reaches: tuple[float, float], width: float) -> Curve:
    def at(t: float) -> Spot:
        return _blend(start, bend, end, ((1 - t) ** 2, 2 * t * (1 - t), t * t))

    steps = [step / STEPS for step in range(STEPS + 1)]
    a = next((t for t in steps if math.dist(at(t), start) >= reaches[0]), 0.0)
    b = next((t for t in reversed(steps) if math.dist(at(t), end) >= reaches[1]), 1.0)
    if a >= b:
        a, b = 0.0, 1.0
    # The blossom of the curve at (a, b) is the bend of the part between a and b.
    inner = _blend(start, bend, end, ((1 - a) * (1 - b), a * (1 - b) + b * (1 - a), a * b))
    return Curve(at(a), inner, at(b), rounded(width))


def _blend(one: Spot, two: Spot, three: Spot, parts: tuple[float, float, float]) -> Spot:
    return (
        parts[0] * one[0] + parts[1] * two[0] + parts[2] * three[0],
        parts[0] * one[1] + parts[1] * two[1] + parts[2] * three[1],
    )


def arc(ring: Ring, angle: float, radius: float, span: float) -> str:
    """Return the path of an arc of that many radians around an angle."""
    (x0, y0), (x1, y1) = ring.at(angle - span / 2, radius), ring.at(angle + span / 2, radius)
    r = rounded(radius)
    return f"M{rounded(x0):g} {rounded(y0):g}A{r:g} {r:g} 0 0 1 {rounded(x1):g} {rounded(y1):g}"
