"""Reading the register: rows for lists, and what hangs on a customer."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Upper

from customers.models import (
    FULL_WEIGHT,
    Contact,
    Customer,
    Lifecycle,
    LifecyclePeriod,
    ProductUse,
    Stratum,
    ValueBand,
)
from requirements_catalog.models import Requirement
from web.parts import joined, quoted

MOST_CANDIDATES = 20


def register() -> QuerySet[Customer]:
    """Return all customers with what a list shows (1 query)."""
    shown = Coalesce("value_band__weight", FULL_WEIGHT)
    return Customer.objects.select_related("value_band").annotate(shown_weight=shown)


def with_products(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Return customers with the products that they use, as `products_in_words` reads them (1 query per chunk)."""
    uses = ProductUse.objects.filter(until_on=None).select_related("product")
    return customers.prefetch_related(Prefetch("product_uses", queryset=uses, to_attr="open_uses"))


def products_in_words(customer: Any) -> str:
    """Return what an import reads: the products used, or considered by a customer to be."""
    is_prospect = customer.lifecycle == Lifecycle.PROSPECTIVE
    kind = ProductUse.Kind.CONSIDERED if is_prospect else ProductUse.Kind.USED
    return joined(quoted(use.product.name) for use in customer.open_uses if use.kind == kind)


@dataclass(frozen=True, slots=True)
class LifecycleCount:
    """How many customers of a lifecycle a list has, and how many of them were heard."""

    label: str
    customers: int
    heard: int


def lifecycle_counts(rows: QuerySet[Customer]) -> list[LifecycleCount]:
    """Count these customers by lifecycle: current, past, prospective, internal, in that order (1 query)."""
    counted = rows.order_by().values_list("lifecycle").annotate(Count("pk"), Count("last_heard_on"))
    found = {lifecycle: (customers, heard) for lifecycle, customers, heard in counted}
    return [LifecycleCount(str(each.label), *found[each]) for each in Lifecycle if each in found]


def named(word: str, of: str = "") -> Q:
    """Return the condition that a customer or a contact has a word in its name (a contact: or in its address).

    `search_text` is the upper case as the database writes it: to make it of each row took two thirds of a search.
    `of`: the way to the customer or the contact, such as 'contact__'.
    """
    return Q(**{f"{of}search_text__contains": Upper(Value(word))})


def of_customers_named(word: str) -> Q:
    """Return what belongs to customers with a word in their name: they are searched once, not for each row."""
    return Q(customer__in=Customer.objects.filter(named(word)).order_by().values("pk"))


def scores_of(customers: Iterable[Customer]) -> int:
    """Return on how many requirements these customers' answers count."""
    ids = [customer.pk for customer in customers]
    # Interviews are a room above; their rows are reached through the relation.
    theirs = Q(answers__customer__in=ids) | Q(answers__customer__merged_into__in=ids)
    counted = Requirement.objects.filter(theirs, answers__interview__state="completed").order_by()
    return counted.values_list(Coalesce("merged_into_id", "pk")).distinct().count()


def customers_to_merge_into(customer: Customer) -> QuerySet[Customer]:
    """Return the customers that another one may be merged into."""
    return Customer.objects.active().exclude(Q(pk=customer.pk) | Q(lifecycle=Lifecycle.INTERNAL))


def found_by(customers: QuerySet[Customer], text: str) -> list[Customer]:
    """Return the first customers whose name holds every word, or whose external id is the text."""
    words = Q()
    for word in text.split():
        words &= Q(name__icontains=word)
    found = customers.filter(words | Q(external_id=text.strip())) if text.strip() else customers.none()
    return list(found.order_by("name", "pk")[:MOST_CANDIDATES])


# ---- What the API lists


def all_contacts() -> QuerySet[Contact]:
    return Contact.objects.all()


def product_uses() -> QuerySet[ProductUse]:
    return ProductUse.objects.all()


def value_bands() -> QuerySet[ValueBand]:
    return ValueBand.objects.all()


def segments() -> QuerySet[Stratum]:
    return Stratum.objects.order_by("lifecycle", "industry", "region", "size_band", "pk")


def periods_of(customer_ids: Collection[int]) -> list[tuple[int, dict[str, object]]]:
    """Return since when each customer has stood where, oldest first (1 query)."""
    rows = LifecyclePeriod.objects.filter(customer__in=customer_ids).order_by("customer", "since_on")
    return [
        (customer, {"lifecycle": lifecycle, "since_on": since_on})
        for customer, lifecycle, since_on in rows.values_list("customer_id", "lifecycle", "since_on")
    ]


def languages_of_contacts() -> list[str]:
    """Return the languages in which contacts are talked to (1 query, from the index)."""
    spoken = Contact.objects.exclude(language="").order_by("language").values_list("language", flat=True)
    return list(spoken.distinct())
