"""One search over what has a name; each person finds only what the person may open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from functions.models import Function
from functions.selectors import Access
from metrics.selectors import metrics_for
from requirements_catalog.models import Requirement

MOST = 10
LONGEST = 200
MOST_WORDS = 8


@dataclass(frozen=True)
class Hit:
    label: str
    about: str
    page: str
    pk: int


@dataclass(frozen=True)
class Hits:
    """What was found of one kind; `more` says that the list has others."""

    label: Any
    list_page: str
    hits: Sequence[Hit]
    more: bool


def words_of(text: str) -> list[str]:
    return text[:LONGEST].replace("\x00", " ").split()[:MOST_WORDS]


def search_program(*, text: str, access: Access) -> list[Hits]:
    """Return at most ten hits of each kind that hold every word, kinds without a hit left out (4 queries at most)."""
    words = words_of(text)
    if not words:
        return []
    found = [
        hits_of(_("Requirements"), "requirement_list", requirements(words)),
        hits_of(_("Functions"), "function_list", functions(words)),
        hits_of(_("Customers"), "customer_list", customers(words) if access.is_specialist else ()),
        hits_of(_("Metrics"), "metric_list", metrics(words, access)),
    ]
    return [each for each in found if each.hits]


def hits_of(label: Any, list_page: str, hits: Iterable[Hit]) -> Hits:
    several = list(hits)
    return Hits(label, list_page, several[:MOST], more=len(several) > MOST)


def holding(words: Sequence[str], *fields: str) -> Q:
    """Return the condition that each word stands in one of the fields."""
    condition = Q()
    for word in words:
        one = Q()
        for name in fields:
            one |= Q(**{f"{name}__icontains": word})
        condition &= one
    return condition


def requirements(words: Sequence[str]) -> Iterable[Hit]:
    rows = Requirement.objects.filter(holding(words, "reference", "statement")).select_related("attribute")
    for each in rows.order_by("reference", "pk")[: MOST + 1]:
        state = "" if each.state == Requirement.State.ACTIVE else f", {each.get_state_display()}"
        yield Hit(each.statement, f"{each.reference}, {each.attribute}{state}", "requirement_detail", each.pk)


def functions(words: Sequence[str]) -> Iterable[Hit]:
    for each in Function.objects.filter(holding(words, "name", "short_name"))[: MOST + 1]:
        yield Hit(each.name, each.purpose, "function_detail", each.pk)


def customers(words: Sequence[str]) -> Iterable[Hit]:
    for each in Customer.objects.active().filter(holding(words, "name", "external_id"))[: MOST + 1]:
        yield Hit(each.name, each.get_lifecycle_display(), "customer_detail", each.pk)


def metrics(words: Sequence[str], access: Access) -> Iterable[Hit]:
    for each in metrics_for(access).filter(holding(words, "name"))[: MOST + 1]:
        yield Hit(each.name, str(each.function), "metric_detail", each.pk)
