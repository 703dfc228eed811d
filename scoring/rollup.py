"""From requirements to functions and the whole: importance shares, priority points, own gaps, the circle.

Source: docs/algorithms/gap-score.md, Rolling up.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scoring.errors import ScoringError

ORIGINS = ("customer", "regulatory", "internal")  # with the same points, customers go ahead


@dataclass(frozen=True, slots=True)
class RequirementPart:
    """A requirement that has a gap in the scope: J = mass x mean importance; gap with its interval in points."""

    requirement: int
    function: int | None
    j: float
    gap: float
    lo: float
    hi: float
    n_eff: float


@dataclass(frozen=True, slots=True)
class Whole:
    """A weighted mean of gaps in points with the interval of the sum; n_eff is the share-weighted mean."""

    gap: float
    lo: float
    hi: float
    n_eff: float
    j: float


def mass(*, using: int, register: int, not_applicable: int, heard: int, use_recorded: bool) -> float:
    """Return M_r = U_r (1 - N_r): the part of the register's weight that the requirement concerns.

    Units: weights of customers. use_recorded False: nobody's product use is known, so U_r = 1 (and the page says so).
    """
    u = using / register if use_recorded and register else 1.0
    n = not_applicable / heard if heard else 0.0
    return u * (1 - n)


def weighted(parts: Iterable[RequirementPart]) -> Whole | None:
    """Return sum J gap / sum J with the weighted sums of the lower and the upper ends; None where no part weighs."""
    rows = list(parts)
    j = math.fsum(row.j for row in rows)
    if j <= 0:
        return None
    return Whole(
        gap=math.fsum(row.j * row.gap for row in rows) / j,
        lo=math.fsum(row.j * row.lo for row in rows) / j,
        hi=math.fsum(row.j * row.hi for row in rows) / j,
        n_eff=math.fsum(row.j * row.n_eff for row in rows) / j,
        j=j,
    )


def shares(parts: Iterable[RequirementPart]) -> dict[int, float]:
    """Return I_r, each requirement's share of importance among those that have a gap; they add up to 1."""
    rows = list(parts)
    j = math.fsum(row.j for row in rows)
    return {row.requirement: row.j / j for row in rows} if j > 0 else {}


def own_gaps(parts: Iterable[RequirementPart], functions: Iterable[int]) -> dict[int, Whole | None]:
    """Return each function's own gap over the requirements that it owns; None: no data."""
    mine: dict[int, list[RequirementPart]] = {function: [] for function in functions}
    for part in parts:
        if part.function in mine:
            mine[part.function].append(part)
    return {function: weighted(rows) for function, rows in mine.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a scored requirement is ranked by."""

    requirement: int
    points: float
    origin: str
    n_eff: float


def tied(standings: Iterable[Standing]) -> set[int]:
    """Return the requirements that another one equals in points and origin: only for these is depth asked.

    Without points a requirement fails nobody, so its depth is 0 and need not be asked.
    """
    groups: defaultdict[tuple[float, str], set[int]] = defaultdict(set)
    for each in standings:
        if each.points:
            groups[each.points, each.origin].add(each.requirement)
    return {requirement for group in groups.values() if len(group) > 1 for requirement in group}


def in_order(standings: Iterable[Standing], depths: Mapping[int, float | None]) -> list[int]:
    """Return the requirements, most urgent first: by points, then origin, depth, n_eff, and at last by id.

    depths: points of depth of the tied ones; none (or None) ranks behind any depth.
    Raises: ScoringError for an origin that is not one of ORIGINS.
    """
    ranked = sorted(standings, key=lambda each: _urgency(each, depths.get(each.requirement)))
    return [each.requirement for each in ranked]


def _urgency(each: Standing, depth: float | None) -> tuple[float, int, float, float, int]:
    if each.origin not in ORIGINS:
        raise ScoringError(f"Unknown origin {each.origin!r}; known are {', '.join(ORIGINS)}.")
    return -each.points, ORIGINS.index(each.origin), -(depth or 0.0), -each.n_eff, each.requirement
