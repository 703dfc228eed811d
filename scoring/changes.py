"""Whether a gap moved, or only its sampling did.

Source: docs/algorithms/gap-score.md, Change.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from scoring.errors import ScoringError


class Change(StrEnum):
    BETTER = "better"
    WORSE = "worse"
    NO_SIGNAL = "no signal"


class Estimate(NamedTuple):
    """A gap in points with its 95 % interval."""

    gap: float
    lo: float
    hi: float


def change_between(then: Estimate, now: Estimate) -> Change:
    """Return better or worse only where the two intervals do not meet: anything less may be chance.

    Cautious on purpose: both rest on mostly the same answers, so they vary together.
    Raises: ScoringError for a gap outside its interval.
    Source: docs/algorithms/gap-score.md, Change.
    """
    for each in (then, now):
        if not each.lo <= each.gap <= each.hi:
            raise ScoringError(f"Expected lo <= gap <= hi; got {each}.")
    if now.hi < then.lo:
        return Change.BETTER
    if now.lo > then.hi:
        return Change.WORSE
    return Change.NO_SIGNAL


def signals_along(series: Sequence[Estimate]) -> list[Change]:
    """Return for each gap of a series, oldest first, whether it is a signal against the one where the last signal was.

    The first is compared with nothing. Many small steps one way become a signal once they add up to one.
    Raises: ScoringError for a gap outside its interval.
    Source: docs/algorithms/gap-score.md, Change.
    """
    found: list[Change] = []
    base: Estimate | None = None
    for each in series:
        change = Change.NO_SIGNAL if base is None else change_between(base, each)
        if base is None or change is not Change.NO_SIGNAL:
            base = each
        found.append(change)
    return found
