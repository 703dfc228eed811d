"""The rules by which a point of a control chart is more than ordinary variation.

Source: docs/algorithms/control-charts.md, Signals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

METHOD = "arl/1"  # bump when a figure of IN_CONTROL_ARL or the way it was worked out changes

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Signal(StrEnum):
    """Why a point is not ordinary variation."""

    BEYOND_LIMIT = "beyond_limit"
    RUN_OF_EIGHT = "run_of_eight"
    RUN_OF_NINE = "run_of_nine"
    TWO_OF_THREE = "two_of_three"
    FOUR_OF_FIVE = "four_of_five"
    TREND_OF_SIX = "trend_of_six"
    FOURTEEN_ALTERNATE = "fourteen_alternate"
    FIFTEEN_INSIDE = "fifteen_inside"
    EIGHT_OUTSIDE = "eight_outside"


class Rules(StrEnum):
    """A set of rules; more rules see more, and cry wolf more often."""

    ONE = "one"
    DEFAULT = "default"
    WESTERN_ELECTRIC = "we"
    NELSON = "nelson"


ASKED: Mapping[Rules, tuple[Signal, ...]] = {
    Rules.ONE: (Signal.BEYOND_LIMIT,),
    Rules.DEFAULT: (Signal.BEYOND_LIMIT, Signal.RUN_OF_EIGHT),
    Rules.WESTERN_ELECTRIC: (
        Signal.BEYOND_LIMIT,
        Signal.RUN_OF_EIGHT,
        Signal.TWO_OF_THREE,
        Signal.FOUR_OF_FIVE,
    ),
    Rules.NELSON: (
        Signal.BEYOND_LIMIT,
        Signal.RUN_OF_NINE,
        Signal.TWO_OF_THREE,
        Signal.FOUR_OF_FIVE,
        Signal.TREND_OF_SIX,
        Signal.FOURTEEN_ALTERNATE,
        Signal.FIFTEEN_INSIDE,
        Signal.EIGHT_OUTSIDE,
    ),
}


@dataclass(frozen=True, slots=True)
class Zones:
    """What the rules look at: arrays of shape (n,) in order of time, in the unit of the values.

    sigma: the standard deviation of each plotted value. lcl and ucl may be clipped to what a value can be.
    """

    values: Floats
    centre: Floats
    sigma: Floats
    lcl: Floats
    ucl: Floats

    def above(self, sigmas: float) -> Flags:
        return self.values > self.centre + sigmas * self.sigma

    def below(self, sigmas: float) -> Flags:
        return self.values < self.centre - sigmas * self.sigma

    def beyond(self, sigmas: float) -> Flags:
        return self.above(sigmas) | self.below(sigmas)


def signals_in(zones: Zones, rules: Rules = Rules.DEFAULT) -> list[tuple[Signal, ...]]:
    """Return what each point completes; a point of a pattern counts only if it lies in the zone itself.

    A point on a line is not beyond it. A value on the centre line ends a run. Patterns go over the points that there
    are: a gap neither ends nor feeds them.
    Source: docs/algorithms/control-charts.md, Signals.
    """
    found: list[tuple[Signal, ...]] = [()] * len(zones.values)
    for signal in ASKED[rules]:
        for at in np.flatnonzero(FINDERS[signal](zones)):
            found[at] += (signal,)
    return found


def _beyond_limit(zones: Zones) -> Flags:
    return (zones.values < zones.lcl) | (zones.values > zones.ucl)


def _run(least: int) -> Callable[[Zones], Flags]:
    return lambda zones: _in_a_row(np.sign(zones.values - zones.centre)) >= least


def _most_of(least: int, among: int, sigmas: float) -> Callable[[Zones], Flags]:
    """Return the rule 'so many of so many beyond so many sigma on one side'."""

    def find(zones: Zones) -> Flags:
        above, below = zones.above(sigmas), zones.below(sigmas)
        return (above & (_newest(above, among) >= least)) | (below & (_newest(below, among) >= least))

    return find


def _trend_of_six(zones: Zones) -> Flags:
    """Six rising or falling are five steps the same way."""
    return _after_a_step(_in_a_row(np.sign(np.diff(zones.values))) >= 5)


def _fourteen_alternate(zones: Zones) -> Flags:
    """Fourteen up and down are twelve turns in a row: a turn takes three points."""
    steps = np.sign(np.diff(zones.values))
    turns = np.concatenate(([False], steps[1:] * steps[:-1] < 0)) if steps.size else np.zeros(0, dtype=bool)
    return _after_a_step(_in_a_row(turns.astype(float)) >= 12)


def _fifteen_inside(zones: Zones) -> Flags:
    return _in_a_row((~zones.beyond(1)).astype(float)) >= 15


def _eight_outside(zones: Zones) -> Flags:
    """Eight in a row that avoid the middle, on both sides of it: two processes in one chart."""
    above, below = zones.above(1), zones.below(1)
    long = _in_a_row((above | below).astype(float)) >= 8
    return long & (_newest(above, 8) > 0) & (_newest(below, 8) > 0)


FINDERS: Mapping[Signal, Callable[[Zones], Flags]] = {
    Signal.BEYOND_LIMIT: _beyond_limit,
    Signal.RUN_OF_EIGHT: _run(8),
    Signal.RUN_OF_NINE: _run(9),
    Signal.TWO_OF_THREE: _most_of(2, 3, 2),
    Signal.FOUR_OF_FIVE: _most_of(4, 5, 1),
    Signal.TREND_OF_SIX: _trend_of_six,
    Signal.FOURTEEN_ALTERNATE: _fourteen_alternate,
    Signal.FIFTEEN_INSIDE: _fifteen_inside,
    Signal.EIGHT_OUTSIDE: _eight_outside,
}


def _in_a_row(signs: Floats) -> NDArray[np.int_]:
    """Return for each place how many equal signs in a row end there; 0 where the sign is 0."""
    places = np.arange(signs.size)
    starts = np.where(np.concatenate(([True], signs[1:] != signs[:-1])) if signs.size else False, places, 0)
    return np.where(signs == 0, 0, places - np.maximum.accumulate(starts) + 1) if signs.size else places


def _newest(flags: Flags, among: int) -> Floats:
    """Return for each place how many of the newest so many, it included, are set."""
    sums = np.concatenate((np.zeros(among), np.cumsum(flags.astype(np.float64))))
    newest: Floats = sums[among:] - sums[:-among]
    return newest


def _after_a_step(flags: Flags) -> Flags:
    """Move what was found about the steps between points to the points that complete them."""
    return np.concatenate(([False], flags))


# ---- What they cost

# Mean number of points until a steady process signals, where limits are known; see the source for how.
IN_CONTROL_ARL: Mapping[Rules, float] = {
    Rules.ONE: 370,
    Rules.DEFAULT: 153,
    Rules.WESTERN_ELECTRIC: 92,
    Rules.NELSON: 73,
}
LONGEST = 5_000  # points of one simulated run; nearly none goes on without a signal for so long


def simulated_arl(rules: Rules, *, runs: int, seed: int) -> float:
    """Return the mean number of points until the first false alarm of a steady normal process, by simulation.

    Raises nothing; its standard error is about the result / sqrt(runs).
    Source: docs/algorithms/control-charts.md, What rules cost.
    """
    draw, ones = np.random.default_rng(seed), np.ones(LONGEST)
    firsts = []
    for _ in range(runs):
        zones = Zones(draw.standard_normal(LONGEST), 0 * ones, ones, -3 * ones, 3 * ones)
        hit = np.logical_or.reduce([FINDERS[signal](zones) for signal in ASKED[rules]])
        firsts.append(int(np.argmax(hit)) + 1 if hit.any() else LONGEST)
    return float(np.mean(firsts))
