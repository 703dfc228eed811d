"""SERVQUAL: what customers got beside what they expected; and how many got less, which the mean hides.

Source: docs/algorithms/servqual.md.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, TypeVar

from scoring.errors import ScoringError
from scoring.felt import Quantity
from scoring.voices import Mean, Said, Share, mean_of, share_of

K = TypeVar("K", bound=Hashable)


class Gaps(NamedTuple):
    """The item gaps, perceived minus expected, that `times` respondents have in one dimension, in one unit.

    Weights as in `Said`.
    """

    total: Quantity
    items: int
    weight: Quantity = 1
    of_customer: Quantity | None = None
    times: int = 1

    @property
    def mean(self) -> Fraction:
        return Fraction(self.total) / self.items


@dataclass(frozen=True, slots=True)
class Dimension:
    """A dimension: the mean over respondents of the mean of their item gaps, and the share of those below 0."""

    gap: Mean
    below: Share


def dimension(respondents: Iterable[Gaps], within: tuple[float, float] | None = None) -> Dimension | None:
    """Return the gap of a dimension and how many got less than they expected; None without any weight.

    within: the lowest and the highest gap that there can be, which hold the ends of the interval.
    Raises: ScoringError for a respondent without items or a negative weight.
    Source: docs/algorithms/servqual.md, Dimension.
    """
    rows = list(respondents)
    if any(row.items < 1 for row in rows):
        raise ScoringError("A respondent without both answers to an item has no gap.")
    gap = mean_of((Said(row.mean, row.weight, row.of_customer, row.times) for row in rows), within)
    below = share_of(Said(int(row.mean < 0), row.weight, row.of_customer, row.times) for row in rows)
    return None if gap is None or below is None else Dimension(gap, below)


def item_gaps(perceived: Sequence[Quantity | None], expected: Sequence[Quantity | None]) -> list[Fraction | None]:
    """Return P - E per item; None where one of the two is missing. An item asked only once is SERVPERF, no gap.

    Raises: ScoringError for lists of unequal length.
    """
    if len(perceived) != len(expected):
        raise ScoringError(f"Expected equal lists; got {len(perceived)} and {len(expected)}.")
    both = zip(perceived, expected, strict=True)
    return [None if p is None or e is None else _exact(p) - _exact(e) for p, e in both]


def dimension_gap(gaps: Iterable[Fraction | None]) -> Fraction | None:
    """Return the mean of the item gaps that are there; None without any."""
    known = [gap for gap in gaps if gap is not None]
    return sum(known, Fraction()) / len(known) if known else None


def unweighted(gaps: Mapping[K, Quantity]) -> Fraction | None:
    """Return the mean of the dimensions' gaps; None without dimensions."""
    return sum(map(_exact, gaps.values()), Fraction()) / len(gaps) if gaps else None


def weighted(gaps: Mapping[K, Quantity], points: Mapping[K, Quantity]) -> Fraction | None:
    """Return the mean of the gaps weighted by the points given to dimensions; None if none of them has points.

    Points need not add up to 100. Raises: ScoringError for negative points.
    Source: docs/algorithms/servqual.md, Score.
    """
    mine = {key: _exact(points.get(key, 0)) for key in gaps}
    if any(each < 0 for each in mine.values()):
        raise ScoringError(f"Points cannot be negative; got {dict(points)}.")
    whole = sum(mine.values(), Fraction())
    return sum((mine[key] * _exact(gap) for key, gap in gaps.items()), Fraction()) / whole if whole else None


def _exact(value: Quantity) -> Fraction:
    """Return the number as it is written: 6.2 is 62/10, not the float beside it."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)
