"""The band marks: disc, ring, triangle, square, hatched disc. All enclose the same area for the same radius."""

import math
from dataclasses import dataclass

from dashboard.drawing.bands import Band
from dashboard.drawing.paper import rounded

# A triangle (by its corner's distance from the middle) and a square (by half its side) of the area of a unit disc.
CORNER = math.sqrt(4 * math.pi / (3 * math.sqrt(3)))
HALF_SIDE = math.sqrt(math.pi) / 2
COS_30, SIN_30 = math.sqrt(3) / 2, 0.5
RING = 0.26  # stroke of the ring, in radii


@dataclass(frozen=True, slots=True)
class Mark:
    """A band mark whose outline encloses pi r². hollow: too little evidence for a point; stale: grey."""

    band: Band
    x: float
    y: float
    r: float
    hollow: bool = False
    stale: bool = False

    @property
    def css(self) -> str:
        states = (" few" if self.hollow else "") + (" stale" if self.stale else "")
        return f"band-mark b-{self.band}{states}"

    @property
    def points(self) -> str:
        """The triangle's corners, its centre of mass in the middle."""
        k = self.r * CORNER
        corners = ((0, -k), (k * COS_30, k * SIN_30), (-k * COS_30, k * SIN_30))
        return " ".join(f"{rounded(self.x + dx):g},{rounded(self.y + dy):g}" for dx, dy in corners)

    @property
    def outline(self) -> str:
        """The mark as part of a path: a triangle for a gap, a disc for all else."""
        if self.band is Band.GAP:
            return "M" + self.points.replace(" ", "L") + "Z"
        arc = f"a{self.r:g},{self.r:g} 0 1,0 "
        return f"M{rounded(self.x - self.r):g},{self.y:g}{arc}{2 * self.r:g},0{arc}{-2 * self.r:g},0"

    @property
    def left(self) -> float:
        return rounded(self.x - self.r * HALF_SIDE)

    @property
    def top(self) -> float:
        return rounded(self.y - self.r * HALF_SIDE)

    @property
    def side(self) -> float:
        return rounded(2 * self.r * HALF_SIDE)

    @property
    def corner(self) -> float:
        """How round the square's corners are: never so round that it reads as a disc."""
        return rounded(min(2.0, self.r / 8))

    @property
    def ring_width(self) -> float:
        return rounded(max(2.0, self.r * RING))

    @property
    def ring_radius(self) -> float:
        """The radius of the stroke's middle: its outer edge lies at r."""
        return rounded(self.r - max(2.0, self.r * RING) / 2)

    @property
    def area(self) -> float:
        return math.pi * self.r**2

    @property
    def reach(self) -> float:
        """How far the mark extends from its middle."""
        factor = {Band.GAP: CORNER, Band.SEVERE: HALF_SIDE * math.sqrt(2)}.get(self.band, 1.0)
        return self.r * factor


def mark_at(band: Band, x: float, y: float, r: float, *, hollow: bool = False, stale: bool = False) -> Mark:
    return Mark(band, rounded(x), rounded(y), rounded(r), hollow and band is not Band.NONE, stale)
