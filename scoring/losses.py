"""What customers who left found missing, beside those who stayed and those who may come; and what it cost, by whom.

Source: docs/algorithms/losses.md.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from enum import IntEnum
from fractions import Fraction
from typing import NamedTuple, TypeVar

from scoring.errors import ScoringError

FEWEST = 5.0  # effective customers, below which only an interval is shown
CLEARLY = 10.0  # points of the gap: the width of a band's step, less is not worth a suspicion

K = TypeVar("K", bound=Hashable)


class Gap(NamedTuple):
    """A gap of 0..100 points with the ends of its interval and the effective number of customers behind it."""

    gap: float
    lo: float
    hi: float
    n_eff: float


class Sign(IntEnum):
    """How sure it is that the others are served worse than current customers."""

    NONE = 0
    SUSPECTED = 1
    SURE = 2


class Signs(NamedTuple):
    silent_killer: Sign
    entry_barrier: Sign


def signs(*, lost: Gap | None, current: Gap | None, prospective: Gap | None, gap_from: float) -> Signs:
    """Return whether a requirement drives customers away in silence, and whether it keeps others from coming.

    A silent killer: those who left were served worse, and those who stayed do not complain (gap under `gap_from`).
    An entry barrier: those who may come are served worse than those who stayed.
    """
    is_silent = current is not None and current.gap < gap_from
    return Signs(
        silent_killer=worse(lost, current) if is_silent else Sign.NONE,
        entry_barrier=worse(prospective, current),
    )


def worse(other: Gap | None, current: Gap | None) -> Sign:
    """Say how sure it is that the others' gap is the larger one.

    SURE: five effective customers on both sides, and intervals that do not meet. SUSPECTED: ten points or more.
    """
    if other is None or current is None:
        return Sign.NONE
    if min(other.n_eff, current.n_eff) >= FEWEST and other.lo > current.hi:
        return Sign.SURE
    return Sign.SUSPECTED if other.gap - current.gap >= CLEARLY else Sign.NONE


# ---- What it cost


class Loss(NamedTuple):
    """One loss: its value in whole units of money (None: not known), and the requirements that were not met."""

    value: int | None
    requirements: frozenset[int]


def value_by_requirement(losses: Iterable[Loss]) -> dict[int | None, Fraction]:
    """Share each value equally among the requirements of its loss; None: losses that name none.

    The shares add up to the sum of the values, exactly. Raises ScoringError for a negative value.
    """
    found: defaultdict[int | None, Fraction] = defaultdict(Fraction)
    for value, requirements in losses:
        if value is None:
            continue
        if value < 0:
            raise ScoringError(f"A loss cannot be worth {value}.")
        behind: tuple[int | None, ...] = tuple(sorted(requirements)) or (None,)
        for requirement in behind:
            found[requirement] += Fraction(value, len(behind))
    return dict(found)


def summed_by(shares: Mapping[int | None, Fraction], owners: Mapping[int, K]) -> dict[K | None, Fraction]:
    """Sum the shares of requirements by their owners; None: of no requirement, or of one that nobody owns."""
    found: defaultdict[K | None, Fraction] = defaultdict(Fraction)
    for requirement, share in shares.items():
        found[None if requirement is None else owners.get(requirement)] += share
    return dict(found)


def whole(shares: Mapping[K, Fraction]) -> dict[K, int]:
    """Round shares to whole units that still add up to their sum, rounded: the largest remainders are rounded up.

    Of equal remainders that of the earlier share in the mapping.
    """
    down = {key: share.numerator // share.denominator for key, share in shares.items()}
    left = round(sum(shares.values(), Fraction())) - sum(down.values())
    by_remainder = sorted(shares, key=lambda key: down[key] - shares[key])
    return {key: down[key] + (key in by_remainder[:left]) for key in shares}
