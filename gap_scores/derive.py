"""From sums to headlines: requirement scores, own gaps, the circle. Only what changed is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from customers.models import Lifecycle
from functions.models import Function, SupplyLink
from gap_scores import sql, store
from gap_scores.models import FunctionScore, RegisterSum, RequirementScore
from gap_scores.scopes import HEADLINE, INTERNAL, Key, Kind
from gap_scores.store import ScoreRow
from requirements_catalog.models import Requirement, RequirementProduct
from scoring.circle import Link, OwnGap, transmitted_gaps
from scoring.rollup import RequirementPart, Whole, mass, own_gaps
from scoring.sums import ScopeScore, fade, read

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


@dataclass(frozen=True, slots=True)
class Register:
    """Customer weight of one lifecycle by the set of products in use."""

    weight: int
    by_products: Mapping[frozenset[int], int]

    @property
    def use_recorded(self) -> bool:
        return any(self.by_products)

    def using(self, products: frozenset[int]) -> int:
        return sum(weight for used, weight in self.by_products.items() if used & products)


def register_of(*, lifecycle: str | None) -> Register:
    """Return the register sums of one lifecycle, or of all but internal customers (1 query)."""
    rows = (
        RegisterSum.objects.filter(lifecycle=lifecycle)
        if lifecycle
        else RegisterSum.objects.exclude(lifecycle="internal")
    )
    found: dict[frozenset[int], int] = {}
    for products, weight in rows.values_list("products").annotate(total=Sum("weight")):
        found[frozenset(int(each) for each in products.split(",") if each)] = weight
    return Register(sum(found.values()), found)


def score_of(row: ScoreRow | None, *, clock: Clock, half_life: int, kind: int) -> ScopeScore | None:
    """Return the gap score of one score row, n_eff faded to the clock's date."""
    if row is None:
        return None
    sums = dict(zip(store.SUM_COLUMNS, row.sums, strict=True))
    of_one_product = kind in (Kind.PRODUCT, Kind.LEAF)
    return read(
        sums,
        fade_=fade(as_of=clock.as_of, epoch=clock.epoch, half_life=half_life),
        n_eff_sum="s2_product" if of_one_product else "s2_requirement",
    )


def mass_of(row: ScoreRow, products: frozenset[int], register: Register) -> float:
    return mass(
        using=register.using(products),
        register=register.weight,
        not_applicable=row.sums[2],
        heard=row.sums[1],
        use_recorded=register.use_recorded,
    )


def products_of(requirements: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {requirement: set() for requirement in requirements}
    for requirement, product in RequirementProduct.objects.filter(requirement__in=requirements).values_list(
        "requirement_id", "product_id"
    ):
        found[requirement].add(product)
    return {requirement: frozenset(products) for requirement, products in found.items()}


def derive_requirements(
    generation: int, half_lives: Mapping[int, tuple[int, str]], *, clock: Clock, run: int
) -> set[int]:
    """Write the headline of each requirement (half-life and rules by id); return those that changed (4 queries)."""
    ids = sorted(half_lives)
    rows = store.score_rows(generation, [Key(each, Kind.LIFECYCLE, 0, HEADLINE) for each in ids])
    register, products = register_of(lifecycle="current"), products_of(ids)
    kept = {row[0]: row for row in RequirementScore.objects.filter(pk__in=ids).values_list(*REQUIREMENT_COLUMNS)}
    put: list[sql.Row] = []
    for each in ids:
        half_life, rules = half_lives[each]
        row = rows.get(Key(each, Kind.LIFECYCLE, 0, HEADLINE))
        score = score_of(row, clock=clock, half_life=half_life, kind=Kind.LIFECYCLE)
        values = _headline(score, mass_of(row, products[each], register) if row else 0.0)
        if kept.get(each, (None,))[1:-1] != (rules, *values):
            put.append((each, rules, *values, run))
    sql.upsert("gap_scores_requirementscore", REQUIREMENT_COLUMNS, ("requirement_id",), put)
    return {row[0] for row in put}


def _headline(score: ScopeScore | None, weight: float) -> tuple[float | None, ...]:
    if score is None:
        return (None,) * 7
    return score.gap, score.lo, score.hi, score.n_eff, score.importance, weight, weight * score.importance


def derive_functions(generation: int, functions: Iterable[int] | None, *, clock: Clock, run: int) -> set[int]:
    """Work out own gaps of these functions (None: all) and then the circle; return the functions that changed."""
    ids = list(Function.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True))
    kept = {row[0]: row for row in FunctionScore.objects.order_by("pk").values_list(*FUNCTION_COLUMNS)}
    redo = (
        set(ids) if functions is None else {each for each in functions if each in set(ids)} | (set(ids) - kept.keys())
    )
    parts = headline_parts(redo)
    own = own_gaps(parts, redo)
    internal = _internal_gaps(generation, [each for each, whole in own.items() if whole is None], clock)
    gaps = {each: _own_values(own[each], internal.get(each)) if each in redo else kept[each][1:7] for each in ids}
    rows = [(each, *gaps[each], *values, run) for each, values in _circle(ids, gaps).items()]
    put = [row for row in rows if kept.get(row[0], (None,))[:-1] != row[:-1]]
    gone = [(each,) for each in kept if each not in set(ids)]
    _write_functions(put)
    if gone:
        FunctionScore.objects.filter(pk__in=[each for (each,) in gone]).delete()
    return {row[0] for row in put} | {each for (each,) in gone}


def _write_functions(rows: Sequence[sql.Row]) -> None:
    objects = [FunctionScore(**dict(zip(FUNCTION_COLUMNS, row, strict=True))) for row in rows]
    FunctionScore.objects.bulk_create(
        objects, update_conflicts=True, unique_fields=["function_id"], update_fields=list(FUNCTION_COLUMNS[1:])
    )


def headline_parts(functions: Iterable[int]) -> list[RequirementPart]:
    """Return the scored active requirements that these functions own, in id order (1 query)."""
    owned = dict(
        Requirement.objects.active()
        .filter(owner__in=list(functions), merged_into=None)
        .values_list("pk", "owner_id")
    )  # fmt: skip
    rows = (
        RequirementScore.objects.filter(pk__in=list(owned), gap__isnull=False)
        .order_by("pk")
        .values_list("requirement_id", "j", "gap", "lo", "hi", "n_eff")
    )
    return [RequirementPart(row[0], owned[row[0]], *row[1:]) for row in rows]


def _internal_gaps(generation: int, functions: Sequence[int], clock: Clock) -> dict[int, Whole | None]:
    """Return what internal customers say about functions that no current customer was heard about."""
    if not functions:
        return {}
    owned = {
        row[0]: row[1:]
        for row in Requirement.objects.active()
        .filter(owner__in=functions, merged_into=None)
        .values_list("pk", "owner_id", "half_life_months")
    }
    rows = store.score_rows(generation, [Key(each, Kind.LIFECYCLE, 0, INTERNAL) for each in sorted(owned)])
    if not rows:
        return {}
    default = default_half_life()
    parts = []
    for key, row in sorted(rows.items()):
        owner, half_life = owned[key.requirement]
        score = score_of(row, clock=clock, half_life=half_life or default, kind=Kind.LIFECYCLE)
        if score:
            parts.append(
                RequirementPart(key.requirement, owner, score.importance, score.gap, score.lo, score.hi, score.n_eff)
            )
    return own_gaps(parts, functions)


def default_half_life() -> int:
    rows = sql.fetch("SELECT half_life_months FROM functions_program WHERE id = 1")
    return rows[0][0] if rows else 12


def _own_values(whole: Whole | None, internal: Whole | None) -> tuple[Any, ...]:
    """Return own, lo, hi, n_eff, j, is_internal. What internal customers say carries no share, so no points."""
    if whole is not None:
        return whole.gap, whole.lo, whole.hi, whole.n_eff, whole.j, False
    if internal is not None:
        return internal.gap, internal.lo, internal.hi, internal.n_eff, None, True
    return None, None, None, None, None, False


def _circle(ids: Sequence[int], gaps: Mapping[int, Sequence[Any]]) -> dict[int, tuple[Any, ...]]:
    own = {each: _own_gap(gaps[each]) for each in ids}
    links = [
        Link(supplier, supplied, None if strength is None else float(strength))
        for supplier, supplied, strength in SupplyLink.objects.filter(supplier__in=ids, supplied__in=ids)
        .order_by("supplier_id", "supplied_id")
        .values_list("supplier_id", "supplied_id", "strength")
    ]
    found: dict[int, tuple[Any, ...]] = {}
    for each, gap in transmitted_gaps(own, links).items():
        if gap is None:
            found[each] = (None, None, None, None, [], [])
            continue
        named = gap.bottlenecks[0] if len(gap.bottlenecks) == 1 else None
        tied = list(gap.bottlenecks) if named is None else []
        found[each] = (gap.gap, gap.lo, gap.hi, named, tied, list(gap.path))
    return found


def _own_gap(values: Sequence[Any]) -> OwnGap | None:
    gap, lo, hi = values[:3]
    if gap is None:
        return None
    # A sum of products can differ from its ends in the last bit; the circle expects the gap inside.
    return OwnGap(gap, min(lo, gap), max(hi, gap))
