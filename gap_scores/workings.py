"""From sums to headlines: requirement scores, own gaps, the circle. Reads and computes, writes nothing.

The drain writes what changed of it, verify compares it with what is kept, boards show it for other scopes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from customers.models import Lifecycle
from gap_scores import store
from gap_scores.evidence import RequirementRules
from gap_scores.models import FunctionScore, RequirementScore
from gap_scores.scopes import HEADLINE, INTERNAL, Key, Kind, Segment
from gap_scores.store import ScoreRow
from requirements_catalog.models import Requirement
from scoring.circle import Link, OwnGap, TransmittedGap, transmitted_gaps
from scoring.rollup import RequirementPart, Whole, mass, own_gaps
from scoring.sums import ScopeScore, fade, read
from web import sql

REQUIREMENT_COLUMNS = ("requirement_id", "rules", "gap", "lo", "hi", "n_eff", "importance", "mass", "j", "run_id")
FUNCTION_COLUMNS = (
    "function_id", "own", "own_lo", "own_hi", "n_eff", "j", "is_internal",
    "transmitted", "transmitted_lo", "transmitted_hi", "bottleneck_id", "tied", "path", "run_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clock:
    """The state's date and the January that the sums refer to."""

    as_of: date
    epoch: int


class Headline(NamedTuple):
    """What is kept of a requirement beside its id and run; all but `rules` None: no data."""

    rules: str
    gap: float | None = None
    lo: float | None = None
    hi: float | None = None
    n_eff: float | None = None
    importance: float | None = None
    mass: float | None = None
    j: float | None = None


class Own(NamedTuple):
    """A function's own gap; what internal customers say carries no share, so j is None."""

    own: float | None = None
    lo: float | None = None
    hi: float | None = None
    n_eff: float | None = None
    j: float | None = None
    is_internal: bool = False


class Reached(NamedTuple):
    """The largest gap that reaches customers through a function, and where it starts."""

    transmitted: float | None = None
    lo: float | None = None
    hi: float | None = None
    bottleneck: int | None = None
    tied: Sequence[int] = ()
    path: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Register:
    """Customer weight by the set of products in use."""

    weight: int
    by_products: Mapping[frozenset[int], int]

    @property
    def use_recorded(self) -> bool:
        return any(self.by_products)

    def using(self, products: frozenset[int]) -> int:
        return sum(weight for used, weight in self.by_products.items() if used & products)


def register_of(*, lifecycle: str, dimension: str = "", value: str = "") -> Register:
    """Return the register's weight in a scope; '' is every lifecycle but internal (1 query)."""
    among = "lifecycle = %s" if lifecycle else "lifecycle <> %s"
    # Only the name of a segment's own column can get into the statement.
    within = f" AND {Segment._fields[Segment._fields.index(dimension)]} = %s" if dimension else ""
    rows = sql.fetch(
        f"SELECT products, SUM(weight) FROM gap_scores_registersum WHERE {among}{within} GROUP BY products",
        [lifecycle or Lifecycle.INTERNAL, *([value] if dimension else [])],
    )
    found = {frozenset(int(each) for each in products.split(",") if each): int(weight) for products, weight in rows}
    return Register(sum(found.values()), found)


def registers_by(*, lifecycle: str, dimension: str) -> dict[str, Register]:
    """Return the register's weight by the values of a dimension of segments (1 query)."""
    among = "lifecycle = %s" if lifecycle else "lifecycle <> %s"
    column = Segment._fields[Segment._fields.index(dimension)]
    rows = sql.fetch(
        f"SELECT {column}, products, SUM(weight) FROM gap_scores_registersum WHERE {among} GROUP BY {column}, products",
        [lifecycle or Lifecycle.INTERNAL],
    )
    return registers_from((value, products, int(weight)) for value, products, weight in rows)


def registers_from(cells: Iterable[tuple[str, str, int]]) -> dict[str, Register]:
    """Return the register by value from (value, products in use as ',1,5,', weight)."""
    found: dict[str, dict[frozenset[int], int]] = {}
    for value, products, weight in cells:
        used = frozenset(int(each) for each in products.split(",") if each)
        its = found.setdefault(value, {})
        its[used] = its.get(used, 0) + weight
    return {value: Register(sum(its.values()), its) for value, its in found.items()}


# ---- Requirements


def score_of(row: ScoreRow | None, *, clock: Clock, half_life: int, one_product: bool = False) -> ScopeScore | None:
    """Return the gap score of one score row, n_eff faded to the clock's date."""
    if row is None:
        return None
    return read(
        dict(zip(store.SUM_COLUMNS, row.sums, strict=True)),
        fade_=fade(as_of=clock.as_of, epoch=clock.epoch, half_life=half_life),
        n_eff_sum="s2_product" if one_product else "s2_requirement",
    )


def mass_of(row: ScoreRow, products: frozenset[int], register: Register) -> float:
    return mass(
        using=register.using(products),
        register=register.weight,
        not_applicable=row.sums[2],
        heard=row.sums[1],
        use_recorded=register.use_recorded,
    )


def products_of(requirements: Iterable[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {requirement: set() for requirement in requirements}
    rows = sql.fetch_by_keys(
        "WITH k(id) AS ({keys}) SELECT p.requirement_id, p.product_id FROM k "
        "JOIN requirements_catalog_requirementproduct p ON p.requirement_id = k.id",
        [(each,) for each in sorted(found)],
    )
    for requirement, product in rows:
        found[requirement].add(product)
    return {requirement: frozenset(products) for requirement, products in found.items()}


def headline_of(rules: str, score: ScopeScore | None, weight: float) -> Headline:
    if score is None:
        return Headline(rules)
    return Headline(
        rules, score.gap, score.lo, score.hi, score.n_eff, score.importance, weight, weight * score.importance
    )


def requirement_headlines(
    generation: int,
    rules: Mapping[int, RequirementRules],
    *,
    clock: Clock,
    known: Mapping[Key, ScoreRow | None] = MappingProxyType({}),
) -> dict[int, Headline]:
    """Return the headline of each requirement; `known`: score rows that need not be read, None: gone (3 queries)."""
    ids = sorted(rules)
    keys = {each: Key(each, Kind.LIFECYCLE, 0, HEADLINE) for each in ids}
    rows = {**known, **store.score_rows(generation, [key for key in keys.values() if key not in known])}
    register, products = register_of(lifecycle=Lifecycle.CURRENT), products_of(ids)
    found: dict[int, Headline] = {}
    for each in ids:
        row = rows.get(keys[each])
        weight = mass_of(row, products[each], register) if row else 0.0
        score = score_of(row, clock=clock, half_life=rules[each].rules.half_life)
        found[each] = headline_of(rules[each].digest, score, weight)
    return found


# ---- Functions


def owners_of(functions: Iterable[int]) -> dict[int, int]:
    """Return {requirement: owner} of the active requirements that these functions answer for (1 query)."""
    rows = sql.fetch_by_keys(
        "WITH k(id) AS ({keys}) SELECT q.id, q.owner_id FROM k JOIN requirements_catalog_requirement q "
        "ON q.owner_id = k.id WHERE q.state = 'active' AND q.merged_into_id IS NULL",
        [(each,) for each in sorted(functions)],
    )
    return dict(rows)


def parts_of(owners: Mapping[int, int], headlines: Mapping[int, Headline]) -> list[RequirementPart]:
    return [
        RequirementPart(each, owner, head.j, head.gap, head.lo or 0.0, head.hi or 0.0, head.n_eff or 0.0)
        for each, owner in sorted(owners.items())
        if (head := headlines.get(each)) is not None and head.gap is not None and head.j is not None
    ]


def owns_of(
    generation: int,
    functions: Iterable[int],
    owners: Mapping[int, int],
    headlines: Mapping[int, Headline],
    clock: Clock,
) -> dict[int, Own]:
    """Return the own gap of each function, from customers or else from internal customers (at most 2 queries)."""
    owns = owns_from(functions, owners, headlines)
    silent = {each for each, own in owns.items() if own.own is None}
    inside = internal_gaps(generation, {each: its for each, its in owners.items() if its in silent}, clock)
    return owns | {each: _own(None, whole) for each, whole in inside.items()}


def owns_from(functions: Iterable[int], owners: Mapping[int, int], headlines: Mapping[int, Headline]) -> dict[int, Own]:
    """Return the own gap of each function from what customers said, none where nobody was heard."""
    heard = own_gaps(parts_of(owners, headlines), sorted(functions))
    return {each: _own(whole, None) for each, whole in heard.items()}


def _own(whole: Whole | None, inside: Whole | None) -> Own:
    if whole is not None:
        return Own(whole.gap, whole.lo, whole.hi, whole.n_eff, whole.j)
    if inside is not None:
        return Own(inside.gap, inside.lo, inside.hi, inside.n_eff, None, is_internal=True)
    return Own()


def internal_gaps(generation: int, owners: Mapping[int, int], clock: Clock) -> dict[int, Whole | None]:
    """Return what internal customers say of each owner, weighted by importance alone (at most 3 queries)."""
    rows = store.score_rows(generation, [Key(each, Kind.LIFECYCLE, 0, INTERNAL) for each in sorted(owners)])
    return internal_gaps_from(rows, owners, clock)


def internal_gaps_from(
    rows: Mapping[Key, ScoreRow], owners: Mapping[int, int], clock: Clock
) -> dict[int, Whole | None]:
    """Return the same from the sums of internal customers (at most 2 queries)."""
    if not rows:
        return {}
    half_lives = half_lives_of(owners)
    parts = []
    for key, row in sorted(rows.items()):
        score = score_of(row, clock=clock, half_life=half_lives[key.requirement])
        if score:
            parts.append(
                RequirementPart(
                    key.requirement,
                    owners[key.requirement],
                    score.importance,
                    score.gap,
                    score.lo,
                    score.hi,
                    score.n_eff,
                )
            )
    return own_gaps(parts, set(owners.values()))


def half_lives_of(requirements: Iterable[int]) -> dict[int, int]:
    default = store.default_half_life()
    rows = Requirement.objects.filter(pk__in=list(requirements)).order_by().values_list("pk", "half_life_months")
    return {pk: own or default for pk, own in rows}


def supply_links(functions: Iterable[int]) -> list[Link[int]]:
    ids = set(functions)
    rows = sql.fetch(
        "SELECT supplier_id, supplied_id, CAST(strength AS double precision) FROM functions_supplylink ORDER BY id"
    )
    return [Link(*row) for row in rows if row[0] in ids and row[1] in ids]


def reached(owns: Mapping[int, Own], links: Iterable[Link[int]]) -> dict[int, Reached]:
    """Return what reaches customers through each function."""
    gaps = transmitted_gaps({each: _own_gap(own) for each, own in owns.items()}, links)
    return {each: _reached(gap) for each, gap in gaps.items()}


def _reached(gap: TransmittedGap[int] | None) -> Reached:
    if gap is None:
        return Reached(tied=[], path=[])
    named = gap.bottlenecks[0] if len(gap.bottlenecks) == 1 else None
    tied = list(gap.bottlenecks) if named is None else []
    return Reached(gap.gap, gap.lo, gap.hi, named, tied, list(gap.path))


def _own_gap(own: Own) -> OwnGap | None:
    if own.own is None or own.lo is None or own.hi is None:
        return None
    # A sum of products can differ from its ends in the last bit; the circle expects the gap inside.
    return OwnGap(own.own, min(own.lo, own.own), max(own.hi, own.own))


# ---- All of it


@dataclass(frozen=True, slots=True)
class Headlines:
    """Every derived number, as it is kept or as it should be kept; without the runs that wrote it."""

    requirements: Mapping[int, Headline]
    functions: Mapping[int, tuple[Any, ...]]

    @classmethod
    def kept(cls) -> "Headlines":
        requirements = RequirementScore.objects.order_by("pk").values_list(*REQUIREMENT_COLUMNS[:-1])
        functions = FunctionScore.objects.order_by("pk").values_list(*FUNCTION_COLUMNS[:-1])
        return cls({row[0]: Headline(*row[1:]) for row in requirements}, {row[0]: row[1:] for row in functions})


def headlines_of(generation: int, rules: Mapping[int, RequirementRules], *, clock: Clock) -> Headlines:
    """Work out every headline from the sums of a generation."""
    requirements = requirement_headlines(generation, rules, clock=clock)
    ids = active_ids()
    owns = owns_of(generation, ids, owners_of(ids), requirements, clock)
    arrivals = reached(owns, supply_links(ids))
    return Headlines(requirements, {each: (*owns[each], *arrivals[each]) for each in ids})


def active_ids() -> list[int]:
    return [row[0] for row in sql.fetch("SELECT id FROM functions_function WHERE is_active ORDER BY id")]


def kept_headlines(requirements: Sequence[int]) -> dict[int, Headline]:
    columns = ", s.".join(REQUIREMENT_COLUMNS[:-1])
    rows = sql.fetch_by_keys(
        f"WITH k(id) AS ({{keys}}) SELECT s.{columns} FROM k "
        "JOIN gap_scores_requirementscore s ON s.requirement_id = k.id",
        [(each,) for each in requirements],
    )
    return {row[0]: Headline(*row[1:]) for row in rows}


@dataclass(frozen=True, slots=True)
class Above:
    """Functions with the active requirements that they answer for and the kept headlines of these."""

    functions: set[int]
    owners: dict[int, int]
    headlines: dict[int, Headline]


def kept_above(requirements: Iterable[int], functions: Iterable[int]) -> Above:
    """Return the functions that answer for any of these requirements, and these functions (1 query)."""
    columns = ", s.".join(REQUIREMENT_COLUMNS[1:-1])
    rows = sql.fetch_by_keys(
        "WITH k(r, f) AS ({keys}), "
        "above(id) AS (SELECT q.owner_id FROM k JOIN requirements_catalog_requirement q ON q.id = k.r "
        "UNION SELECT f FROM k) "
        f"SELECT above.id, q.id, s.{columns} FROM above LEFT JOIN requirements_catalog_requirement q "
        "ON q.owner_id = above.id AND q.state = 'active' AND q.merged_into_id IS NULL "
        "LEFT JOIN gap_scores_requirementscore s ON s.requirement_id = q.id",
        [*((each, None) for each in sorted(requirements)), *((None, each) for each in sorted(functions))],
    )
    found = Above({row[0] for row in rows}, {}, {})
    for function, requirement, *headline in rows:
        if requirement is not None:
            found.owners[requirement] = function
        if headline[0] is not None:
            found.headlines[requirement] = Headline(*headline)
    return found
