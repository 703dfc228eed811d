"""The weakest link: the largest gap that reaches customers through each function, and where it starts.

G_f = max(own gap of f, strength x G of each supplier): the largest, over all paths that end in f, of the product of
the strengths times the own gap at the start. Source: docs/algorithms/weakest-link.md.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Generic, NamedTuple, TypeVar

from scoring.errors import ScoringError

F = TypeVar("F", int, str)  # how functions are named; ties go to the smaller name

METHOD = "weakest-link-1"


@dataclass(frozen=True, slots=True)
class OwnGap:
    """A function's own gap with the ends of its interval; any unit, the same for all functions."""

    gap: float
    lo: float
    hi: float


@dataclass(frozen=True, slots=True)
class Link(Generic[F]):
    """Supplier supplies customer; strength 0..1 = how much of the supplier's gap reaches it, None transmits nothing."""

    supplier: F
    customer: F
    strength: float | None


@dataclass(frozen=True, slots=True)
class TransmittedGap(Generic[F]):
    """What reaches customers through one function.

    path: the winning path, start first, this function last. bottlenecks: empty where no gap arrives, one name where
    the start of the path is clear, two ('tied: a, b') where the runner-up may be as bad.
    """

    gap: float
    lo: float
    hi: float
    path: tuple[F, ...]
    bottlenecks: tuple[F, ...]


class _Arrival(NamedTuple):
    """A gap that reached a function; the winner sorts first: larger, then fewer steps, then smaller names.

    Functions are their positions among the sorted names.
    """

    minus_gap: float
    steps: int
    function: int
    start: int
    path: tuple[int, ...]
    lo: float


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
    best = _best_arrivals({at: (gap.gap, gap.lo) for at, gap in known.items()}, customers, starts=2)
    lows = _best_arrivals({at: (gap.lo, gap.lo) for at, gap in known.items()}, customers, starts=1)
    highs = _best_arrivals({at: (gap.hi, gap.hi) for at, gap in known.items()}, customers, starts=1)
    return {
        name: TransmittedGap(
            gap=-best[at][0].minus_gap,
            lo=-lows[at][0].minus_gap,
            hi=-highs[at][0].minus_gap,
            path=tuple(names[step] for step in best[at][0].path),
            bottlenecks=tuple(names[start] for start in _bottlenecks(best[at])),
        )
        if at in best
        else None
        for at, name in enumerate(names)
    }


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


def _best_arrivals(
    own: Mapping[int, tuple[float, float]], customers: Mapping[int, Sequence[tuple[int, float]]], *, starts: int
) -> dict[int, list[_Arrival]]:
    """Settle arrivals from the largest down: no strength exceeds 1, so what is settled is never improved.

    Each function keeps the best arrival of up to `starts` different starting functions.
    """
    waiting: list[_Arrival] = []
    for function, (gap, lo) in own.items():
        heappush(waiting, _Arrival(-gap, 0, function, function, (function,), lo))
    settled: defaultdict[int, list[_Arrival]] = defaultdict(list)
    while waiting:
        at = heappop(waiting)
        here = settled[at.function]
        if len(here) == starts or any(each.start == at.start for each in here):
            continue
        here.append(at)
        for customer, strength in customers.get(at.function, ()):
            arrival = _Arrival(
                at.minus_gap * strength, at.steps + 1, customer, at.start, (*at.path, customer), at.lo * strength
            )
            heappush(waiting, arrival)
    return settled


def _bottlenecks(arrivals: list[_Arrival]) -> tuple[int, ...]:
    """Name one only if its lower bound beats the runner-up's point: the largest of noisy numbers flatters chance."""
    winner = arrivals[0]
    if winner.minus_gap == 0:
        return ()
    runner_up = arrivals[1] if len(arrivals) > 1 else None
    if runner_up is None or runner_up.minus_gap == 0 or winner.lo > -runner_up.minus_gap:
        return (winner.start,)
    return winner.start, runner_up.start
