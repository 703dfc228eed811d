"""Whether an action helped: the metric shifted the right way after it, and those who raised it say so.

Source: docs/algorithms/effect.md.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from scoring.chart_constants import SIGMAS
from scoring.charts import mean_of
from scoring.errors import ScoringError
from scoring.felt import Direction
from scoring.rules import Flags, Floats, Signal, Zones, signals_in
from scoring.shewhart import moving_sigma

METHOD = "effect/1"  # bump when a rule below changes
LEAST_BEFORE = 12  # points that the old limits rest on: with fewer they are provisional
LEAST_AFTER = 3  # points before anything is said
FAIR_CHANCE = 12  # points after which a shift that is not there is called missing
RUN = 8
MOST_REPLIES_NEEDED = 3


class Moved(StrEnum):
    """What the metric says."""

    TOO_FEW_BEFORE = "too_few_before"
    TOO_FEW_AFTER = "too_few_after"
    NO_VARIATION = "no_variation"
    NOT_YET = "not_yet"
    NO_SHIFT = "no_shift"
    WORSE = "worse"
    BETTER = "better"
    LOST = "lost"


class Said(StrEnum):
    """What those who raised it say."""

    NOBODY_RAISED = "nobody_raised"
    NOBODY_ASKED = "nobody_asked"
    NO_WEIGHT = "no_weight"
    TOO_FEW = "too_few"
    UNDECIDED = "undecided"
    YES = "yes"
    NO = "no"


class Verdict(StrEnum):
    WAITING = "waiting"
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"


@dataclass(frozen=True, slots=True)
class Shift:
    """centre, sigma: of the points before, in the metric's unit; reached: the level when the signal came.

    at: which of the points after completed the newest signal, by which rule; None without one.
    """

    moved: Moved
    before: int
    after: int
    centre: float | None = None
    sigma: float | None = None
    reached: float | None = None
    at: int | None = None
    signal: Signal | None = None


def shift_after(
    before: Sequence[float | None], after: Sequence[float | None], direction: Direction, *, least: int = LEAST_BEFORE
) -> Shift:
    """Return whether the points after an action show a special cause the right way against limits from before it.

    Shapes: one value a period in order of time, None: a missing period. Units: the metric's.
    Limits: those of individual values, from the points before alone; a run is counted within the points after. A gain
    is lost by a signal the wrong way, or by eight points in a row that are less than one sigma better than before, or
    nearer to the old level than to the one reached.
    Raises: ScoringError for a value that is not finite.
    Source: docs/algorithms/effect.md, The metric.
    """
    old = [(at, value) for at, value in enumerate(before) if value is not None]
    new = [(at, value) for at, value in enumerate(after) if value is not None]
    values = np.array([value for _, value in new], dtype=float)
    if not (np.isfinite(values).all() and np.isfinite([value for _, value in old]).all()):
        raise ScoringError("Values contain NaN or infinity; filter them in the selector.")
    counts = (len(old), len(new))
    moving = moving_sigma(old) if len(old) >= least else None
    if moving is None:
        return Shift(Moved.TOO_FEW_BEFORE, *counts)
    centre, sigma = mean_of([value for _, value in old]), moving[0]
    if sigma == 0:
        return Shift(Moved.NO_VARIATION, *counts, centre, sigma)
    if len(new) < LEAST_AFTER:
        return Shift(Moved.TOO_FEW_AFTER, *counts, centre, sigma)
    way = 1.0 if direction is Direction.HIGHER else -1.0
    found = _followed(way * (values - centre) / sigma)
    reached = None if found.reached is None else centre + way * sigma * found.reached
    at = None if found.at is None else new[found.at][0]
    return Shift(found.moved, *counts, centre, sigma, reached, at, found.signal)


class _Followed(NamedTuple):
    moved: Moved
    reached: float | None = None
    at: int | None = None
    signal: Signal | None = None


def _followed(gains: Floats) -> _Followed:
    """Go along the points after, in sigmas better than before: gained, lost, perhaps gained again."""
    found = _signals(gains)
    state, start, gained = _Followed(Moved.NO_SHIFT if len(gains) >= FAIR_CHANCE else Moved.NOT_YET), 0, False
    for at, (signal, is_better) in enumerate(found):
        if state.moved is Moved.BETTER:
            assert state.reached is not None  # noqa: S101  # whatever is better has reached something
            if (signal and not is_better) or _fell_back(gains[start : at + 1], state.reached):
                state, start = state._replace(moved=Moved.LOST, at=at, signal=signal), at + 1
        elif signal and not is_better and not gained:
            state = _Followed(Moved.WORSE, at=at, signal=signal)
        elif signal and is_better and _runs_since(signal, at, start):
            state = _Followed(Moved.BETTER, float(gains[start : at + 1].mean()), at, signal)
            start, gained = at + 1, True
    return state


def _signals(gains: Floats) -> list[tuple[Signal | None, bool]]:
    ones = np.ones(len(gains))
    found = signals_in(Zones(gains, 0 * ones, ones, -SIGMAS * ones, SIGMAS * ones))
    return [(each[0] if each else None, bool(gain > 0)) for each, gain in zip(found, gains, strict=True)]


def _runs_since(signal: Signal, at: int, start: int) -> bool:
    """A run counts once: one that began before the gain was lost gives no second gain."""
    return signal is Signal.BEYOND_LIMIT or at - start + 1 >= RUN


def _fell_back(gains: Floats, reached: float) -> bool:
    newest: Flags = gains[-RUN:] < max(1.0, reached / 2)
    return len(newest) == RUN and bool(newest.all())


# ---- Those who raised it


class Reply(NamedTuple):
    """What one person who was asked said; is_fixed None: nothing yet. weight: of the customer."""

    customer: int
    weight: int
    is_fixed: bool | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Shares of the asked weight; None where nobody who weighs anything was asked."""

    said: Said
    replies: int
    needed: int
    asked: int
    yes: Fraction | None = None
    no: Fraction | None = None


def confirmed(raisers: int, asked: Iterable[Reply]) -> Confirmed:
    """Return whether those who raised it say that it is fixed for them.

    At least half of the asked weight has to say yes, with at least min(3, raisers) replies; more than half that says no
    denies it. Several people of a customer share its weight. Who was asked and is silent counts as asked.
    Raises: ScoringError for a negative weight.
    Source: docs/algorithms/effect.md, The customers.
    """
    rows = list(asked)
    if any(row.weight < 0 for row in rows):
        raise ScoringError("A weight is negative.")
    needed, replies = min(MOST_REPLIES_NEEDED, raisers), sum(row.is_fixed is not None for row in rows)
    shared = Counter(row.customer for row in rows)
    total = sum((Fraction(row.weight, shared[row.customer]) for row in rows), Fraction(0))
    if not raisers or not total:
        asked_none = Said.NO_WEIGHT if rows else Said.NOBODY_ASKED
        return Confirmed(asked_none if raisers else Said.NOBODY_RAISED, replies, needed, len(rows))
    yes, no = (
        sum((Fraction(row.weight, shared[row.customer]) for row in rows if row.is_fixed is said), Fraction(0)) / total
        for said in (True, False)
    )
    if replies < needed:
        said = Said.TOO_FEW
    elif 2 * yes >= 1:
        said = Said.YES
    else:
        said = Said.NO if 2 * no > 1 else Said.UNDECIDED
    return Confirmed(said, replies, needed, len(rows), yes, no)


def verdict_of(moved: Moved | None, said: Said) -> Verdict:
    """Return what follows of both halves; moved None: no metric is named.

    Source: docs/algorithms/effect.md, Both halves.
    """
    if moved is Moved.BETTER and said is Said.YES:
        return Verdict.EFFECTIVE
    if moved in {Moved.NO_SHIFT, Moved.WORSE, Moved.LOST} or said is Said.NO:
        return Verdict.NOT_EFFECTIVE
    return Verdict.WAITING


# ---- What the rule costs


class Rates(NamedTuple):
    """Shares of simulated histories: ever called better, and still called better at the end."""

    ever: float
    at_the_end: float


def simulated_rates(
    *, shift: float, before: int = LEAST_BEFORE, after: int = 26, runs: int, seed: int, back_at: int | None = None
) -> Rates:
    """Return how often normal histories are called better whose mean moves by so many sigmas after an action.

    back_at: the point after the action from which the old mean is back. Shift 0 gives the false rate.
    Source: docs/algorithms/effect.md, What the rule costs.
    """
    draw = np.random.default_rng(seed)
    means = np.full(after, float(shift))
    means[after if back_at is None else back_at :] = 0.0
    ever = end = 0
    for _ in range(runs):
        old, new = draw.standard_normal(before), draw.standard_normal(after) + means
        moved = shift_after(list(old), list(new), Direction.HIGHER).moved
        ever += moved in {Moved.BETTER, Moved.LOST}
        end += moved is Moved.BETTER
    return Rates(ever / runs, end / runs)
