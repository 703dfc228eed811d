"""Where a function's gap reaches customers next: how much worse it may get before it is the largest that arrives.

Source: docs/algorithms/weakest-link.md, Where it reaches customers next.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from heapq import heappop, heappush
from typing import Generic, NamedTuple

from scoring.circle import F, Link, OwnGap, transmitted_gaps

LARGEST = 100.0  # points that a gap can have


class Reach(StrEnum):
    """How a start's gap stands to a function that faces customers."""

    ARRIVES = "reaches customers"  # surely: its lower end is more than the point of what else arrives
    MAY = "may reach customers"  # it is the largest but not surely, or the upper end of its interval is
    NEXT = "reaches them next"


class Threat(NamedTuple, Generic[F]):
    """One function's gap on its way to customers through another. Gaps in points 0..100.

    strength: the largest product of strengths on a way from start to function. gap, lo, hi: what of the start's own gap
    arrives there. through: what reaches customers through the function now, from wherever. margin: points by which the
    start's own gap may grow before it is the largest that arrives, 0 where it is.
    """

    start: F
    function: F
    reach: Reach
    strength: float
    gap: float
    lo: float
    hi: float
    through: float
    margin: float


def threats(own: Mapping[F, OwnGap | None], links: Sequence[Link[F]], facing: Collection[F]) -> list[Threat[F]]:
    """Return how each function's gap stands to each other function that faces customers, the most urgent first.

    Shapes: own has every function (None = no data, so it threatens nobody); facing: those that face customers. A gap
    that could not arrive first even at 100 points is left out.
    Raises: ScoringError as transmitted_gaps does.
    Source: docs/algorithms/weakest-link.md, Where it reaches customers next.
    """
    arriving = transmitted_gaps(own, links)
    ways = _ways(links)
    found = []
    for start, gap in own.items():
        if gap is None:
            continue
        for function, strength in _strengths(start, ways).items():
            there = arriving[function]
            if function == start or function not in facing or there is None:
                continue
            wins = there.path[0] == start and there.gap > 0
            margin = 0.0 if wins else max(0.0, there.gap / strength - gap.gap)
            if gap.gap + margin > LARGEST:
                continue
            arrives, lo, hi = (strength * end for end in gap)
            is_sure = wins and there.bottlenecks == (start,)
            reach = Reach.ARRIVES if is_sure else Reach.MAY if wins or hi > there.gap else Reach.NEXT
            found.append(Threat(start, function, reach, strength, arrives, lo, hi, there.gap, margin))
    order = list(Reach)
    return sorted(found, key=lambda each: (order.index(each.reach), each.margin, -each.gap, each.start, each.function))


def _ways(links: Iterable[Link[F]]) -> dict[F, list[tuple[F, float]]]:
    found: dict[F, list[tuple[F, float]]] = {}
    for link in links:
        if link.strength:
            found.setdefault(link.supplier, []).append((link.customer, link.strength))
    return found


def _strengths(start: F, ways: Mapping[F, Sequence[tuple[F, float]]]) -> dict[F, float]:
    """Return the largest product of strengths to each function that can be reached, settled from the largest down."""
    waiting: list[tuple[float, F]] = [(-1.0, start)]
    settled: dict[F, float] = {}
    while waiting:
        minus, function = heappop(waiting)
        if function in settled:
            continue
        settled[function] = -minus
        for further, strength in ways.get(function, ()):
            heappush(waiting, (minus * strength, further))
    return settled
