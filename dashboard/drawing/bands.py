"""The bands of a gap. Colour, shape and word always come together; the edges are the program's settings."""

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    SERVED = "served"
    WATCH = "watch"
    GAP = "gap"
    SEVERE = "severe"
    NONE = "none"

    @property
    def word(self) -> str:
        return "no data" if self is Band.NONE else self.value


RISING = (Band.SERVED, Band.WATCH, Band.GAP, Band.SEVERE)


@dataclass(frozen=True, slots=True)
class Edges:
    """Where bands begin, in points of gap; the edge belongs to the band above it."""

    watch: float = 10
    gap: float = 25
    severe: float = 50

    def band(self, gap: float | None) -> Band:
        if gap is None:
            return Band.NONE
        return RISING[sum(gap >= edge for edge in (self.watch, self.gap, self.severe))]

    @property
    def ticks(self) -> tuple[float, float, float]:
        return self.watch, self.gap, self.severe
