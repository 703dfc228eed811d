"""The gap score in mergeable form: exact integers that add up, so an update costs what it changed.

One ledger row per heard answer contributes a vector of integers to every scope above it. A fold adds the
difference between what a unit (one customer, one requirement) should contribute and what it contributes now.
Source: docs/algorithms/gap-score.md, Mergeable form.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import NamedTuple

from scoring.errors import ScoringError
from scoring.felt import Direction, FeltRule, Perception, felt
from scoring.gaps import gap_interval
from scoring.rounding import divide_half_even

ONE = 1 << 20  # fixed point of h x freshness
LARGEST = 2**63 - 1  # what a 64-bit column holds
KNOWN, DOES_NOT_KNOW, NOT_APPLICABLE, NOT_ASKED = range(4)
FELT_NO, FELT_YES, FELT_UNKNOWN = 0, 1, 2
FELT_RULES = (
    FeltRule.UNKNOWN,
    FeltRule.DIRECT,
    FeltRule.LEVEL,
    FeltRule.EXPECTED,
    FeltRule.SATISFIED_POINT,
)  # position = the number kept

NOTHINGS = (
    "importance_unknown",
    "importance_not_applicable",
    "importance_not_asked",
    "level_unknown",
    "level_not_applicable",
    "level_not_asked",
    "perception_unknown",
    "perception_not_applicable",
    "perception_not_asked",
)
BOXES = ("yy", "yn", "yu", "ny", "nn", "nu", "uy", "un", "uu")  # met, felt: yes, no, unknown
VECTOR = ("heard", "n", *NOTHINGS, *BOXES, "c_best", "c_worst", "s0", "s2_requirement", "s2_product")
AT = {name: position for position, name in enumerate(VECTOR)}
WIDTH = len(VECTOR)


class Evidence(NamedTuple):
    """One answer of a completed interview, as the database gives it; values in millionths, None where not known."""

    customer: int
    requirement: int
    product: int
    contact: int
    answer: int
    day: date
    stratum: int
    country: str
    importance_state: int
    importance_num: int | None
    importance_den: int | None
    level_state: int
    required_level: int | None
    scale_version: int | None
    perception_state: int
    is_fixed: bool | None
    perceived_level: int | None
    perceived_rating: int | None
    expected_rating: int | None
    satisfied_from: int | None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a requirement says about reading its answers.

    resolution in millionths of the unit; factors: scale version -> exact factor to the current scale (a version
    that is absent cannot be compared); direction None = no scale.
    """

    half_life: int
    direction: Direction | None = None
    resolution: int = 1
    factors: Mapping[int, Fraction] | None = None

    def steps(self, level: int | None, scale_version: int | None) -> int | None:
        """Return a level as signed steps of the resolution, so that smaller is always better; None if unknown."""
        factor = (self.factors or {}).get(scale_version) if scale_version is not None else None
        if level is None or factor is None or self.direction is None:
            return None
        steps = divide_half_even(level * factor.numerator, self.resolution * factor.denominator)
        return steps if self.direction is Direction.LOWER else -steps


class LedgerRow(NamedTuple):
    """What one heard answer has in the sums. Met if and only if m <= level (both in signed steps)."""

    product: int
    contact: int
    stratum: int
    country: str
    day: date
    level: int | None
    scale_version: int | None
    felt: int
    felt_rule: int
    states: int
    weight: int
    a: int
    b: int
    a_requirement: int
    a_product: int


class LevelEnds(NamedTuple):
    """The measured level in signed steps: m, the better and the worse end of its interval (None = open)."""

    m: int
    best: int | None
    worst: int | None


def month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def epoch_of(as_of: date) -> int:
    """Return the month number of January of as_of's year: what the sums' freshness is relative to."""
    return as_of.year * 12


def factors_of(*, month: int, epoch: int, half_life: int, h: float = 1.0) -> tuple[int, int]:
    """Return h and h^2 times 2^((month - epoch) / half-life) in fixed point: the only floats of the sums.

    Units: month and epoch as month numbers, half_life in months. Raises: ScoringError for a half-life < 1 or h < 0.
    """
    if half_life < 1 or h < 0:
        raise ScoringError(f"Expected a half-life of 1 month or more and h >= 0; got {half_life} and {h}.")
    fresh = 2.0 ** ((month - epoch) / half_life)
    return round(ONE * h * fresh), round(ONE * h * h * fresh)


def fade(*, as_of: date, epoch: int, half_life: int) -> float:
    """Return what n_eff of the sums is multiplied by when read: 2^(-(as_of - epoch) / half-life)."""
    return float(2.0 ** (-(month_number(as_of) - epoch) / half_life))


def share_out(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded half to even; a positive amount never becomes 0."""
    return max(divide_half_even(numerator, denominator), int(numerator > 0))


NOT_WEIGHED = (0,) * 5  # weight to a_product, the last columns of a ledger row


def _by_time(row: Evidence) -> tuple[date, int]:
    return row.day, row.answer


class _Newest:
    """The newest asked part of each kind of one contact's answers about one product, and what supplied it."""

    __slots__ = ("importance", "level", "perception")

    def __init__(self) -> None:
        self.importance: Evidence | None = None
        self.level: Evidence | None = None
        self.perception: Evidence | None = None

    def hear(self, row: Evidence) -> None:
        if row.importance_state != NOT_ASKED:
            self.importance = row
        if row.level_state != NOT_ASKED:
            self.level = row
        if row.perception_state != NOT_ASKED:
            self.perception = row


def unit_rows(rows: Iterable[Evidence], *, weight: int, rules: Rules) -> dict[tuple[int, int], LedgerRow]:
    """Return what one customer's evidence on one requirement should have in the ledger, by (product, contact).

    Shapes: rows in any order; the newest by (day, answer) counts per part. Units: weight 0..1,000.
    Source: docs/algorithms/gap-score.md, Which answer counts.
    """
    newest: dict[tuple[int, int], _Newest] = {}
    last: dict[tuple[int, int], Evidence] = {}
    for row in sorted(rows, key=_by_time):
        key = row.product, row.contact
        newest.setdefault(key, _Newest()).hear(row)
        last[key] = row
    drafts = {key: _draft(parts, last[key], rules) for key, parts in newest.items()}
    return _with_weights(drafts, weight)


class _Draft(NamedTuple):
    row: LedgerRow
    importance: tuple[int, int] | None  # exact u as numerator and denominator, where the answer is in the sums


def _draft(parts: _Newest, last: Evidence, rules: Rules) -> _Draft:
    importance, level, perception = parts.importance, parts.level, parts.perception
    required = rules.steps(level.required_level, level.scale_version) if level and not level.level_state else None
    verdict, rule = _felt(perception, required, rules)
    # Once each: mostly all three come from one answer.
    heard = {id(row): row for row in (importance, level, perception) if row is not None and _is_known(row, parts)}
    source = max(heard.values(), key=_by_time, default=last)
    u = _importance(importance) if required is not None or verdict != FELT_UNKNOWN else None
    states = (
        (importance.importance_state if importance else NOT_ASKED)
        | (level.level_state if level else NOT_ASKED) << 2
        | (perception.perception_state if perception else NOT_ASKED) << 4
    )
    scale = level.scale_version if level and not level.level_state else None
    # By position, which takes half the time: this is made for every answer there is.
    row = LedgerRow(
        last.product, last.contact, source.stratum, source.country, source.day, required, scale, verdict, rule, states,
        *NOT_WEIGHED,
    )  # fmt: skip
    return _Draft(row, u)


def _is_known(row: Evidence, parts: _Newest) -> bool:
    """Whether this row supplies at least one part that is known."""
    return (
        (row is parts.importance and row.importance_state == KNOWN)
        or (row is parts.level and row.level_state == KNOWN)
        or (row is parts.perception and row.perception_state == KNOWN)
    )


def _importance(row: Evidence | None) -> tuple[int, int] | None:
    if row is None or row.importance_num is None or row.importance_den is None or row.importance_num <= 0:
        return None
    return row.importance_num, row.importance_den


def _felt(row: Evidence | None, required: int | None, rules: Rules) -> tuple[int, int]:
    if row is None or row.perception_state != KNOWN:
        return FELT_UNKNOWN, 0
    said = Perception(
        direct=row.is_fixed,
        perceived_level=rules.steps(row.perceived_level, row.scale_version),
        required_level=required,
        perceived_rating=row.perceived_rating,
        expected_rating=row.expected_rating,
        satisfied_point=row.satisfied_from,
    )
    verdict = felt(said, Direction.LOWER)  # signed steps: smaller is better, whatever the scale's direction
    return FELT_UNKNOWN if verdict.value is None else int(verdict.value), FELT_RULES.index(verdict.rule)


def _with_weights(drafts: Mapping[tuple[int, int], _Draft], weight: int) -> dict[tuple[int, int], LedgerRow]:
    """Share the customer's weight among the contacts that count, and note what the customer weighs in all."""
    contacts: defaultdict[int, int] = defaultdict(int)
    for (product, _), draft in drafts.items():
        contacts[product] += draft.importance is not None
    shares: dict[tuple[int, int], tuple[int, int]] = {}
    of_product: defaultdict[int, int] = defaultdict(int)
    for key, (_, importance) in drafts.items():
        if importance is not None:
            u, scale = importance
            k = contacts[key[0]]
            shares[key] = share_out(100 * weight * u, k * scale), share_out(100 * weight, k)
            of_product[key[0]] += shares[key][0]
    whole = sum(of_product.values())
    return {
        key: _weighed(row, weight, shares.get(key, (0, 0)), whole, of_product[key[0]])
        for key, (row, _) in drafts.items()
    }


def _weighed(row: LedgerRow, weight: int, share: tuple[int, int], whole: int, of_product: int) -> LedgerRow:
    a, b = share
    weights = (weight, a, b, whole, of_product) if b else (weight, 0, 0, 0, 0)
    return LedgerRow._make((*row[: -len(NOT_WEIGHED)], *weights))


def state_of(row: LedgerRow, part: int) -> int:
    """Return the state of importance (0), level (1) or perception (2) of a ledger row."""
    return row.states >> 2 * part & 3


# By the 64 values of `states`, since every fold asks this of every row it touches.
_PARTS = [tuple(states >> 2 * part & 3 for part in range(3)) for states in range(64)]
_NOT_APPLICABLE = [NOT_APPLICABLE in parts and KNOWN not in parts for parts in _PARTS]
_NOTHINGS_AT = [tuple(1 + 3 * part + state for part, state in enumerate(parts) if state) for parts in _PARTS]


def is_not_applicable(row: LedgerRow) -> bool:
    """Whether the answer says that the requirement does not apply: that is said, and nothing is known."""
    return _NOT_APPLICABLE[row.states]


def met_at(level: int | None, end: int | None, *, if_open: bool) -> int:
    """Return 0 no, 1 yes, 2 unknown for a required level against one value of the measured level."""
    if level is None:
        return FELT_UNKNOWN
    return int(if_open) if end is None else int(end <= level)


_BOX = {1: 0, 0: 1, 2: 2}


def contribution(row: LedgerRow, level: LevelEnds | None, factors: tuple[int, int]) -> tuple[int, ...]:
    """Return the vector (see VECTOR) that one ledger row adds to every scope above it.

    Units: weights in fixed point 2^-20. Source: docs/algorithms/gap-score.md, Mergeable form.
    """
    vector = [0] * WIDTH
    for at, value in terms_of(row, level, factors):
        vector[at] = value
    return tuple(vector)


def terms_of(
    row: LedgerRow, level: LevelEnds | None, factors: tuple[int, int], start: int = 0
) -> list[tuple[int, int]]:
    """Return the same as (place, value): most places of a contribution are 0, and every fold adds many of them.

    `start` is the place of the vector's first value. Units and source: as `contribution`.
    """
    terms = [(start, 1), *((start + at, 1) for at in _NOTHINGS_AT[row.states])]
    if row.b == 0:
        return terms
    g, _ = factors
    mass = row.a * g
    known = level is not None and row.level is not None
    met = met_at(row.level, level.m, if_open=False) if known and level else FELT_UNKNOWN
    terms.append((start + AT["yy"] + 3 * _BOX[met] + _BOX[row.felt], mass))
    if met == FELT_UNKNOWN and row.felt == FELT_UNKNOWN:
        return terms
    best = met_at(row.level, level.best, if_open=True) if known and level else FELT_UNKNOWN
    worst = met_at(row.level, level.worst, if_open=False) if known and level else FELT_UNKNOWN
    terms += (
        (start + 1, 1),
        (start + AT["c_best"], mass * _twice_satisfied(best, row.felt)),
        (start + AT["c_worst"], mass * _twice_satisfied(worst, row.felt)),
        (start + AT["s0"], row.b * g),
        (start + AT["s2_requirement"], _square(row.a, row.a_requirement, factors)),
        (start + AT["s2_product"], _square(row.a, row.a_product, factors)),
    )
    return terms


def _square(a: int, of_customer: int, factors: tuple[int, int]) -> int:
    """Return what a row adds to the denominator of n_eff; it never vanishes while the row still weighs something."""
    g, g2 = factors
    return a * max((of_customer * g2 + (ONE >> 1)) >> 20, int(g > 0))


def _twice_satisfied(met: int, felt_: int) -> int:
    """Return 2c: the sum of the two halves, or twice the one that is known."""
    if met == FELT_UNKNOWN:
        return 2 * felt_
    return 2 * met if felt_ == FELT_UNKNOWN else met + felt_


TOO_LARGE = (
    "A sum of weights does not fit into 64 bits. One requirement holds about two million answers of the largest "
    "weight; use smaller value bands or a longer half-life."
)


def check_range(vector: Sequence[int]) -> None:
    """Raise ScoringError if a sum does not fit into 64 bits."""
    if max(vector) > LARGEST or min(vector) < -LARGEST:
        raise ScoringError(TOO_LARGE)


@dataclass(frozen=True, slots=True)
class ScopeScore:
    """A gap score read from sums: points 0..100, n_eff faded to the date, importance 0..10, weights as shares 0..1."""

    gap: float
    lo: float
    hi: float
    n_eff: float
    importance: float
    share_met: float | None
    share_felt: float | None
    boxes: dict[str, float]
    four: dict[str, float] | None
    four_share: float


def read(sums: Mapping[str, int], *, fade_: float, n_eff_sum: str = "s2_requirement") -> ScopeScore | None:
    """Return the gap score of one scope's sums, or None where nothing weighs.

    n_eff_sum: s2_product for a scope of one product, s2_requirement otherwise.
    Source: docs/algorithms/gap-score.md, Mergeable form.
    """
    yy, yn, yu, ny, nn, nu, uy, un, _ = (sums[name] for name in BOXES)
    whole = yy + yn + yu + ny + nn + nu + uy + un
    if whole <= 0:
        return None
    lost = 2 * (nn + nu + un) + yn + ny
    gap = 100 * (lost / (2 * whole))
    n_eff = whole * whole / (sums[n_eff_sum] << 40) * fade_
    ends = tuple(100 * ((2 * whole - sums[name]) / (2 * whole)) for name in ("c_best", "c_worst"))
    lo, hi = gap_interval(gap, n_eff, ends)
    return ScopeScore(
        gap=gap,
        lo=lo,
        hi=hi,
        n_eff=n_eff,
        importance=whole / sums["s0"],
        share_met=_ratio(yy + yn + yu, yy + yn + yu + ny + nn + nu),
        share_felt=_ratio(yy + ny + uy, yy + ny + uy + yn + nn + un),
        boxes={name: sums[name] / whole for name in BOXES[:-1]},
        four=_four_boxes(yy, yn, ny, nn),
        four_share=(yy + yn + ny + nn) / whole,
    )


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _four_boxes(yy: int, yn: int, ny: int, nn: int) -> dict[str, float] | None:
    both_known = yy + yn + ny + nn
    if not both_known:
        return None
    return {
        "both": yy / both_known,
        "met_only": yn / both_known,
        "felt_only": ny / both_known,
        "neither": nn / both_known,
    }
