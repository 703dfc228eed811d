"""By what required levels are split: segments, product, whether an objective was named, whether the use is unique."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from customers.models import ProductUse, Stratum
from dashboard.selectors import product_names
from dashboard.words import part_words
from gap_scores.board import EntryView
from interviews.models import Interview, Objective

DIMENSIONS = {
    "lifecycle": "lifecycle",
    "region": "region",
    "industry": "industry",
    "size_band": "size",
    "product": "product",
    "objective": "objective",
    "uniqueness": "uniqueness",
}
SEGMENTS = ("lifecycle", "region", "industry", "size_band")
NOT_KNOWN = "not known"
Groups = Mapping[str, Mapping[str, Sequence[EntryView]]]


def split(entries: Sequence[EntryView], *, as_of: date) -> Groups:
    """Return the answers by dimension and value in words; a dimension of one value splits nothing (4 queries)."""
    strata = Stratum.objects.in_bulk({each.stratum_id for each in entries})
    products, named, uses = product_names(), _objectives(entries, as_of), _uses(entries)
    found: dict[str, defaultdict[str, list[EntryView]]] = {name: defaultdict(list) for name in DIMENSIONS}
    for each in entries:
        stratum = strata[each.stratum_id]
        for name in SEGMENTS:
            found[name][part_words(getattr(stratum, name)) or NOT_KNOWN].append(each)
        found["product"][products.get(each.product_id, NOT_KNOWN)].append(each)
        found["objective"][_objective_words(each, named)].append(each)
        found["uniqueness"][uses.get((each.customer_id, each.product_id), "use not recorded")].append(each)
    return {name: its for name, its in found.items() if len(its) > 1}


def _objective_words(entry: EntryView, named: set[tuple[int, int]]) -> str:
    return "with an objective" if (entry.contact_id, entry.product_id) in named else "without an objective"


def _objectives(entries: Iterable[EntryView], as_of: date) -> set[tuple[int, int]]:
    """Return the (contact, product) of whom somebody wrote down an objective, in an interview up to a day."""
    rows = Objective.objects.filter(
        interview__contact__in={each.contact_id for each in entries},
        interview__state=Interview.State.COMPLETED,
        interview__held_on__lte=as_of,
    )
    return set(rows.order_by().values_list("interview__contact_id", "product_id"))


def _uses(entries: Iterable[EntryView]) -> dict[tuple[int, int], str]:
    rows = ProductUse.objects.filter(customer__in={each.customer_id for each in entries}).order_by()
    found: dict[tuple[int, int], str] = {}
    for customer, product, uniqueness in rows.values_list("customer_id", "product_id", "uniqueness"):
        if uniqueness:
            found[customer, product] = "with a unique use"
        else:
            found.setdefault((customer, product), "with a usual use")
    return found
