"""Whose answers a page shows: the scope lives in the address and holds on every page that can honour it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.http import QueryDict

from customers.models import Lifecycle
from gap_scores.board import Scope
from gap_scores.selectors import is_kept
from requirements_catalog.models import Product

ALL = "all"
PARAMETERS = ("lifecycle", "product", "as_of")
LIFECYCLES = {
    Lifecycle.CURRENT.value: "current",
    Lifecycle.PAST.value: "past",
    Lifecycle.PROSPECTIVE.value: "prospective",
    "": "all",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One choice of the scope: what it would show, where, and whether it is the one shown."""

    words: str
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class AskedScope:
    """The scope of a page with what its chips say. `query` starts with '?' or is empty: append it to links."""

    scope: Scope
    products: tuple[tuple[int, str], ...] = ()
    not_kept: date | None = None  # the day that was asked for, where its scores cannot be shown
    one_product: bool = False  # the page is about one product: there is no choice of all together

    @property
    def of_today(self) -> "AskedScope":
        """The scope of a page that is of today only; the day that was asked for is said there."""
        day = self.scope.as_of or self.not_kept
        return AskedScope(replace(self.scope, as_of=None), self.products, not_kept=day)

    @property
    def today_url(self) -> str:
        """The same page with the scores of today."""
        return query_of(replace(self.scope, as_of=None)) or "?"

    @property
    def query(self) -> str:
        return query_of(self.scope)

    @property
    def all_words_query(self) -> str:
        """The same scope with every passage of the customers' words."""
        return f"{self.query}&words=all" if self.query else "?words=all"

    @property
    def lifecycle_chips(self) -> list[Chip]:
        return [
            Chip(words, query_of(replace(self.scope, lifecycle=key)) or "?", key == self.scope.lifecycle)
            for key, words in LIFECYCLES.items()
        ]

    @property
    def product_chips(self) -> list[Chip]:
        """Nothing where there is no choice."""
        if len(self.products) < 2:
            return []
        choices = [*([] if self.one_product else [(None, "all products")]), *self.products]
        return [
            Chip(words, query_of(replace(self.scope, product=key)) or "?", key == self.scope.product)
            for key, words in choices
        ]

    @property
    def product_name(self) -> str:
        return next((name for key, name in self.products if key == self.scope.product), "")

    @property
    def words(self) -> str:
        """Whose answers, as a phrase: 'current customers of Press A'."""
        kind = {"": "current, past and prospective"}.get(self.scope.lifecycle, LIFECYCLES.get(self.scope.lifecycle, ""))
        product = f" of {self.product_name}" if self.product_name else ""
        return f"{kind} customers{product}"


def query_of(scope: Scope) -> str:
    """Return the query string of a scope; nothing for the headline scope. Of past days the headline is kept alone."""
    values: dict[str, str | int] = {}
    if scope.lifecycle != Scope().lifecycle:
        values["lifecycle"] = scope.lifecycle or ALL
    if scope.product is not None:
        values["product"] = scope.product
    if scope.as_of is not None and scope.is_headline:
        values["as_of"] = scope.as_of.isoformat()
    return f"?{urlencode(values)}" if values else ""


def asked_scope(parameters: QueryDict) -> AskedScope:
    """Return the scope that an address asks for; a value that makes no sense is as good as none (1 query, 2 for a day
    that was kept)."""
    products = tuple(Product.objects.filter(is_active=True).values_list("pk", "name"))
    lifecycle = parameters.get("lifecycle", "")
    known = "" if lifecycle == ALL else lifecycle if lifecycle in LIFECYCLES and lifecycle else Scope().lifecycle
    scope, day = Scope(lifecycle=known, product=_product(parameters, products)), _day(parameters)
    if day is None:
        return AskedScope(scope, products)
    if scope.is_headline and is_kept(day):
        return AskedScope(replace(scope, as_of=day), products)
    return AskedScope(scope, products, not_kept=day)


def _day(parameters: QueryDict) -> date | None:
    try:
        return date.fromisoformat(parameters.get("as_of", ""))
    except ValueError:
        return None


def _product(parameters: QueryDict, products: Sequence[tuple[int, str]]) -> int | None:
    asked = parameters.get("product", "")
    return next((key for key, _ in products if str(key) == asked), None)
