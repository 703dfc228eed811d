"""What earns an ambassador, what suspends one, and whom one fits. Source: docs/algorithms/ambassadors.md."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

HUNDRED = 100.0


class Need(NamedTuple):
    """One answer of a customer. importance: 0..10, None where it is not known; met, felt: None where not known."""

    requirement: int
    importance: float | None
    met: bool | None
    felt: bool | None


@dataclass(frozen=True, slots=True)
class Served:
    """How a customer is served. felt_gap: points of 100 by importance, None where nothing was rated."""

    met: int
    compared: int
    rated: int
    felt_gap: float | None

    @property
    def share_met(self) -> float | None:
        """Share of the required levels that the measured levels meet, in per cent; None: nothing can be compared."""
        return HUNDRED * self.met / self.compared if self.compared else None


@dataclass(frozen=True, slots=True)
class Match:
    """What two customers share. share, share_had: per cent of the prospect's importance; None: it asked for nothing."""

    share: float | None
    share_had: float | None
    met: tuple[int, ...]
    had: tuple[int, ...]
    asked: int


def served(needs: Iterable[Need]) -> Served:
    """Return how many levels of one customer are met, and how much of what matters to it is not felt.

    Source: docs/algorithms/ambassadors.md, Needs met.
    """
    known = list(needs)
    compared = [need.met for need in known if need.met is not None]
    rated = [(weight, need.felt) for need, weight in _weighed(known) if need.felt is not None]
    return Served(sum(compared), len(compared), len(rated), _share(rated))


def severe_gaps(needs: Iterable[Need], *, severe_from: float) -> tuple[int, ...]:
    """Return the requirements that are a severe gap of one customer, most important first.

    Such a requirement matters to the customer at least as much as its requirements do on average, and both halves of
    its gap (levels not met, not felt; points of 100, by importance) reach `severe_from`.
    Source: docs/algorithms/ambassadors.md, Severe gaps.
    """
    importances = importances_of(needs := list(needs))
    average = math.fsum(importances.values()) / len(importances) if importances else 0.0
    halves: defaultdict[int, tuple[list[tuple[float, bool]], list[tuple[float, bool]]]] = defaultdict(lambda: ([], []))
    for need, weight in _weighed(needs):
        for half, good in zip(halves[need.requirement], (need.met, need.felt), strict=True):
            if good is not None:
                half.append((weight, good))
    found = [
        requirement
        for requirement, its in halves.items()
        if importances[requirement] >= average
        and all((gap := _share(half)) is not None and gap >= severe_from for half in its)
    ]
    return tuple(sorted(found, key=lambda each: (-importances[each], each)))


def importances_of(needs: Iterable[Need]) -> Mapping[int, float]:
    """Return the mean importance that one customer gives each requirement (each 1 where it gave none at all)."""
    said: defaultdict[int, list[float]] = defaultdict(list)
    for need, weight in _weighed(list(needs)):
        said[need.requirement].append(weight)
    return {requirement: math.fsum(weights) / len(weights) for requirement, weights in said.items()}


def match(prospect: Mapping[int, float], ambassador: Sequence[Need], *, gap_from: float) -> Match:
    """Return what share of a prospect's importance an ambassador has also asked for, and has well served.

    prospect: importance by requirement, of `importances_of`. A requirement of the ambassador is served where its own
    gap, the mean of the halves that are known, stays under `gap_from` (points of 100).
    Source: docs/algorithms/ambassadors.md, Match.
    """
    gaps = gaps_of(ambassador)
    had = [each for each in prospect if each in gaps]
    met = [each for each in had if (gap := gaps[each]) is not None and gap < gap_from]
    total = math.fsum(prospect.values())
    return Match(
        share=_part(prospect, met, total),
        share_had=_part(prospect, had, total),
        met=_most_important(prospect, met),
        had=_most_important(prospect, had),
        asked=len(prospect),
    )


def gaps_of(needs: Iterable[Need]) -> Mapping[int, float | None]:
    """Return one customer's own gap on each requirement in points of 100; None where neither half is known."""
    found: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for need, weight in _weighed(list(needs)):
        halves = [half for half in (need.met, need.felt) if half is not None]
        found[need.requirement] += [(weight, sum(halves) / len(halves))] if halves else []
    return {requirement: _share(its) for requirement, its in found.items()}


def _weighed(needs: Sequence[Need]) -> list[tuple[Need, float]]:
    """Return needs with their importance; those without one count nothing, unless none has one."""
    if any(need.importance for need in needs):
        return [(need, need.importance) for need in needs if need.importance]
    return [(need, 1.0) for need in needs]


def _share(rated: Collection[tuple[float, float]]) -> float | None:
    """Return the weighted share of what is not good, in points of 100; None without weight."""
    total = math.fsum(weight for weight, _good in rated)
    return HUNDRED * math.fsum(weight * (1 - good) for weight, good in rated) / total if total else None


def _part(prospect: Mapping[int, float], some: Iterable[int], total: float) -> float | None:
    return HUNDRED * math.fsum(prospect[each] for each in some) / total if total else None


def _most_important(prospect: Mapping[int, float], some: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(some, key=lambda each: (-prospect[each], each)))
