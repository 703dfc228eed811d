"""The register in sums: customer weight by segment and by the set of products in use, as of a date."""

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from customers.models import FULL_WEIGHT, Customer, Lifecycle, LifecyclePeriod, ProductUse
from gap_scores.models import RegisterSum

COLUMNS = ("lifecycle", "industry", "region", "size_band", "products")


class Cell(NamedTuple):
    lifecycle: str
    industry: str
    region: str
    size_band: str
    products: str


def register_cells(*, as_of: date) -> dict[Cell, tuple[int, int]]:
    """Return (customers, weight) of every cell of the register on a day (3 queries)."""
    stood = _lifecycles(as_of)
    uses = _uses(as_of)
    cells: defaultdict[Cell, tuple[int, int]] = defaultdict(lambda: (0, 0))
    customers = (
        Customer.objects.active()
        .order_by("pk")
        .values_list("pk", "lifecycle", "industry", "region", "size_band", Coalesce("value_band__weight", FULL_WEIGHT))
    )
    for pk, lifecycle, industry, region, size_band, weight in customers.iterator():
        then = stood.get(pk, lifecycle)
        if then is None:
            continue
        cell = Cell(then, industry, region, size_band, _as_text(uses[pk], then))
        n, total = cells[cell]
        cells[cell] = n + 1, total + weight
    return dict(cells)


def _lifecycles(as_of: date) -> dict[int, str | None]:
    """Return how customers with a dated history stood on a day; None: they were not in the register yet."""
    found: dict[int, str | None] = {}
    periods = LifecyclePeriod.objects.order_by("customer_id", "since_on").values_list(
        "customer_id", "since_on", "lifecycle"
    )
    for customer, since_on, lifecycle in periods.iterator():
        found[customer] = lifecycle if since_on <= as_of else found.get(customer)
    return found


def _uses(as_of: date) -> defaultdict[int, list[tuple[str, int, bool]]]:
    """Return (kind, product, whether it still goes on) of every use that began by a day, by root customer."""
    began = Q(since_on=None) | Q(since_on__lte=as_of)
    found: defaultdict[int, list[tuple[str, int, bool]]] = defaultdict(list)
    rows = (
        ProductUse.objects.filter(began)
        .order_by()
        .values_list(Coalesce("customer__merged_into_id", F("customer_id")), "kind", "product_id", "until_on")
    )
    for customer, kind, product, until_on in rows.iterator():
        found[customer].append((kind, product, until_on is None or until_on >= as_of))
    return found


def _as_text(uses: list[tuple[str, int, bool]], lifecycle: str) -> str:
    """Return the products that matter: prospects consider them, past customers used them, others use them now."""
    wanted = ProductUse.Kind.CONSIDERED if lifecycle == Lifecycle.PROSPECTIVE else ProductUse.Kind.USED
    ended_counts = lifecycle == Lifecycle.PAST
    products = sorted({product for kind, product, goes_on in uses if kind == wanted and (goes_on or ended_counts)})
    return "".join(f",{product}" for product in products) + "," if products else ""


def kept_cells() -> dict[Cell, tuple[int, int]]:
    return {Cell(*row[:5]): (row[5], row[6]) for row in RegisterSum.objects.values_list(*COLUMNS, "n", "weight")}


def refresh_register(*, as_of: date) -> bool:
    """Bring the kept register sums to a day; return whether anything changed."""
    kept, now = kept_cells(), register_cells(as_of=as_of)
    changed = {cell: sums for cell, sums in now.items() if kept.get(cell) != sums}
    gone = kept.keys() - now.keys()
    for cell in gone:
        RegisterSum.objects.filter(**cell._asdict()).delete()
    RegisterSum.objects.bulk_create(
        [RegisterSum(**cell._asdict(), n=n, weight=weight) for cell, (n, weight) in sorted(changed.items())],
        update_conflicts=True,
        unique_fields=list(COLUMNS),
        update_fields=["n", "weight"],
    )
    return bool(changed or gone)
