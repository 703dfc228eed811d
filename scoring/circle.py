"""The weakest link: the largest gap that reaches customers through each function, and where it starts.

G_f = max(own gap of f, strength x G of each supplier): the largest, over all paths that end in f, of the product of
the strengths times the own gap at the start. Source: docs/algorithms/weakest-link.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import Generic, NamedTuple, TypeVar

from scoring.errors import ScoringError

F = TypeVar("F", int, str)  # how functions are named; ties go to the smaller name

METHOD = "weakest-link-1"


class OwnGap(NamedTuple):
    """A function's own gap with the ends of its interval; any unit, the same for all functions."""

    gap: float
    lo: float
    hi: float


class Link(NamedTuple, Generic[F]):
    """Supplier supplies customer; strength 0..1 = how much of the supplier's gap reaches it, None transmits nothing."""

    supplier: F
    customer: F
    strength: float | None


class TransmittedGap(NamedTuple, Generic[F]):
    """What reaches customers through one function.

    path: the winning path, start first, this function last. bottlenecks: empty where no gap arrives, one name where
    the start of the path is clear, two ('tied: a, b') where the runner-up may be as bad.
    """

    gap: float
    lo: float
    hi: float
    path: tuple[F, ...]
    bottlenecks: tuple[F, ...]


# A gap that reached a function: minus the gap, steps, function, start, path, minus the lower end. The winner sorts
# first: larger, then fewer steps, then smaller names. Functions are their positions among the sorted names. A plain
# tuple, because every drain settles some thousand of them.
_Arrival = tuple[float, int, int, int, tuple[int, ...], float]
_Customers = Mapping[int, Sequence[tuple[int, float]]]


def transmitted_gaps(own: Mapping[F, OwnGap | None], links: Iterable[Link[F]]) -> dict[F, TransmittedGap[F] | None]:
    """Return G of every function, None where no gap is known here or upstream.

    Shapes: own has every function (None = no data: it passes on what reaches it); links in any order, cycles allowed.
    Raises: ScoringError for a strength outside 0..1, a gap that is negative or outside its interval, or an unknown
    function.
    Source: docs/algorithms/weakest-link.md.
    """
    names = sorted(own)
    position = {name: at for at, name in enumerate(names)}
    customers = _customers(position, links)
    known = {position[name]: _checked(name, gap) for name, gap in own.items() if gap is not None}
    best = _best_arrivals(known, customers)
    lows = _largest({at: gap.lo for at, gap in known.items()}, customers)
    highs = _largest({at: gap.hi for at, gap in known.items()}, customers)
    return {
        name: _transmitted(names, best[at], lows[at], highs[at]) if at in best else None
        for at, name in enumerate(names)
    }


def _transmitted(names: Sequence[F], arrivals: list[_Arrival], lo: float, hi: float) -> TransmittedGap[F]:
    minus_gap, _, _, _, path, _ = arrivals[0]
    bottlenecks = _bottlenecks(arrivals)
    return TransmittedGap(
        -minus_gap, lo, hi, tuple(names[step] for step in path), tuple(names[start] for start in bottlenecks)
    )


def power_mean(values: Sequence[float], power: float) -> float:
    """Return the power mean of scores: 1 the mean, 0 the geometric, -1 the harmonic, -inf the minimum.

    What the weakest link is compared with in docs/algorithms/weakest-link.md, Alternatives.
    Raises: ScoringError without values or with one that is not positive.
    """
    if not values or not all(value > 0 for value in values):
        raise ScoringError("Expected at least one value, all above 0.")
    if power == -math.inf:
        return min(values)
    if power == 0:
        return math.exp(math.fsum(map(math.log, values)) / len(values))
    return math.pow(math.fsum(math.pow(value, power) for value in values) / len(values), 1 / power)


def _checked(name: F, gap: OwnGap) -> OwnGap:
    if not 0 <= gap.lo <= gap.gap <= gap.hi < math.inf:
        raise ScoringError(f"Expected 0 <= lo <= gap <= hi for {name!r}; got {gap}.")
    return gap


def _customers(position: Mapping[F, int], links: Iterable[Link[F]]) -> dict[int, list[tuple[int, float]]]:
    customers: defaultdict[int, list[tuple[int, float]]] = defaultdict(list)
    for link in links:
        if link.supplier not in position or link.customer not in position:
            raise ScoringError(f"{link} joins a function that is not on the circle.")
        if link.strength is None:
            continue
        if not 0 <= link.strength <= 1:
            raise ScoringError(f"Expected a strength between 0 and 1; got {link}.")
        if link.strength > 0:
            customers[position[link.supplier]].append((position[link.customer], link.strength))
    return customers


def _largest(own: Mapping[int, float], customers: _Customers) -> dict[int, float]:
    """Return the largest gap that reaches each function.

    Settled from the largest down: no strength exceeds 1, so what is settled is never improved.
    """
    waiting = [(-gap, function) for function, gap in own.items()]
    heapify(waiting)
    settled: dict[int, float] = {}
    while waiting:
        minus_gap, function = heappop(waiting)
        if function in settled:
            continue
        settled[function] = -minus_gap
        for customer, strength in customers.get(function, ()):
            if customer not in settled:
                heappush(waiting, (minus_gap * strength, customer))
    return settled


def _best_arrivals(own: Mapping[int, OwnGap], customers: _Customers) -> dict[int, list[_Arrival]]:
    """Return the best arrivals of up to two different starting functions at each function, settled as above."""
    waiting: list[_Arrival] = [(-gap.gap, 0, at, at, (at,), -gap.lo) for at, gap in own.items()]
    heapify(waiting)
    first: dict[int, _Arrival] = {}
    second: dict[int, _Arrival] = {}
    while waiting:
        arrival = heappop(waiting)
        minus_gap, steps, function, start, path, minus_lo = arrival
        if function not in first:
            first[function] = arrival
        elif function not in second and first[function][3] != start:
            second[function] = arrival
        else:
            continue
        for customer, strength in customers.get(function, ()):
            there = first.get(customer)
            if there is None or (customer not in second and there[3] != start):
                further = minus_gap * strength, steps + 1, customer, start, (*path, customer), minus_lo * strength
                heappush(waiting, further)
    return {at: [best, second[at]] if at in second else [best] for at, best in first.items()}


def _bottlenecks(arrivals: list[_Arrival]) -> tuple[int, ...]:
    """Name one only if its lower bound beats the runner-up's point: the largest of noisy numbers flatters chance."""
    minus_gap, _, _, winner, _, minus_lo = arrivals[0]
    if minus_gap == 0:
        return ()
    if len(arrivals) == 1 or arrivals[1][0] == 0 or -minus_lo > -arrivals[1][0]:
        return (winner,)
    return winner, arrivals[1][3]
