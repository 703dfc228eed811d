"""Scales and ticks: better is always to the right, and times run on a logarithm."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.drawing.paper import rounded, text_width


@dataclass(frozen=True, slots=True)
class Across:
    """A horizontal scale from the worst to the best level; both ends in the level's unit."""

    worst: float
    best: float
    left: float
    right: float
    logarithmic: bool

    def __call__(self, level: float) -> float:
        if self.worst == self.best:
            return rounded((self.left + self.right) / 2)
        low, high = min(self.worst, self.best), max(self.worst, self.best)
        inside = min(max(level, low), high)
        share = (self._at(inside) - self._at(self.worst)) / (self._at(self.best) - self._at(self.worst))
        return rounded(self.left + (self.right - self.left) * share)

    def _at(self, level: float) -> float:
        return math.log(level) if self.logarithmic else level


def across(levels: Iterable[float], *, lower_is_better: bool, is_time: bool, left: float, right: float) -> Across:
    """Return a scale that holds all levels with some room beyond them."""
    known = sorted(levels)
    low, high = known[0], known[-1]
    logarithmic = is_time and low > 0
    if logarithmic:
        low, high = low / 1.25, high * 1.25
    else:
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        low, high = (max(low - room, 0.0) if low >= 0 else low - room), high + room
    return (
        Across(high, low, left, right, logarithmic) if lower_is_better else Across(low, high, left, right, logarithmic)
    )


@dataclass(frozen=True, slots=True)
class Tick:
    at: float
    word: str


def spaced(ticks: Sequence[tuple[float, str, float]], *, gap: float = 8) -> tuple[Tick, ...]:
    """Return the ticks (place, word, weight) whose words do not touch, the weightiest first."""
    taken: list[tuple[float, float, Tick]] = []
    for at, word, _ in sorted(ticks, key=lambda tick: (-tick[2], tick[0])):
        half = text_width(word) / 2 + gap / 2
        if all(at + half <= left or at - half >= right for left, right, _ in taken):
            taken.append((at - half, at + half, Tick(at, word)))
    return tuple(sorted((tick for _, _, tick in taken), key=lambda tick: tick.at))


def round_ticks(low: float, high: float, *, most: int) -> list[float]:
    """Return round numbers (1, 2 or 5 times a power of ten apart) that cover low to high."""
    spread = high - low
    if spread <= 0:
        return [low]
    raw = spread / max(most - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= raw * 0.999)
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]
