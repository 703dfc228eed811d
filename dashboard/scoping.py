"""Whose answers a page shows: the scope lives in the address and holds on every page that can honour it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGIONS
from dashboard.selectors import scope_choices
from dashboard.words import part_words
from gap_scores.board import Scope
from gap_scores.scopes import segment_named, segment_text
from gap_scores.selectors import is_kept

ALL = "all"
LONGEST_NAMED = 40
DIMENSIONS = {"region": "region", "industry": "industry", "size_band": "size"}
VALUES = {
    "region": [*(code for code, _ in REGIONS), ""],
    "industry": [*(code for code, _ in INDUSTRIES), ""],
    "size_band": list(SizeBand.values),
}
PARAMETERS = ("lifecycle", "product", "segment", "as_of")
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
    segments: tuple[tuple[str, str], ...] = ()  # dimension and value, those that customers are in
    not_kept: date | None = None  # the day that was asked for, where its scores cannot be shown
    not_there: str = ""  # the segment that was asked for, where there is none of this name
    aside: tuple[str, str] = ("", "")  # the segment that was asked for, on a page that cannot show one
    one_product: bool = False  # the page is about one product: there is no choice of all together

    @property
    def of_today(self) -> "AskedScope":
        """The scope of a page that is of today only; the day that was asked for is said there."""
        day = self.scope.as_of or self.not_kept
        return replace(self, scope=replace(self.scope, as_of=None), not_kept=day)

    @property
    def of_all_segments(self) -> "AskedScope":
        """The scope of a page that shows no segment alone; links go on with the one that was asked for."""
        its = self._whole
        return replace(self, scope=replace(its, dimension="", value=""), aside=(its.dimension, its.value))

    @property
    def today_url(self) -> str:
        """The same page with the scores of today."""
        return self._address(as_of=None)

    @property
    def headline_url(self) -> str:
        """The same page with the headline: current customers on all products, of all segments."""
        return query_of(Scope(as_of=self.scope.as_of)) or "?"

    @property
    def query(self) -> str:
        return query_of(self._whole)

    @property
    def _whole(self) -> Scope:
        """The scope as links carry it on."""
        dimension, value = self.aside
        return replace(self.scope, dimension=dimension, value=value) if dimension else self.scope

    def _address(self, **changes: Any) -> str:
        return query_of(replace(self._whole, **changes)) or "?"

    @property
    def all_words_query(self) -> str:
        """The same scope with every passage of the customers' words."""
        return f"{self.query}&words=all" if self.query else "?words=all"

    @property
    def lifecycle_chips(self) -> list[Chip]:
        return [
            Chip(words, self._address(lifecycle=key), key == self.scope.lifecycle) for key, words in LIFECYCLES.items()
        ]

    @property
    def product_chips(self) -> list[Chip]:
        """Nothing where there is no choice."""
        if len(self.products) < 2:
            return []
        choices = [*([] if self.one_product else [(None, "all products")]), *self.products]
        return [Chip(words, self._address(product=key), key == self.scope.product) for key, words in choices]

    @property
    def segment_chips(self) -> list[tuple[str, list[Chip]]]:
        """The segments by dimension; the one that is shown is among them even if no customer is in it."""
        its = self._segment
        known = [*self.segments, *([its] if its[0] and its not in self.segments else [])]
        return [
            (name, [self._segment_chip(each) for each in in_order if each in known])
            for dimension, name in DIMENSIONS.items()
            if any(each[0] == dimension for each in known)
            for in_order in [[(dimension, value) for value in VALUES[dimension]]]
        ]

    def _segment_chip(self, segment: tuple[str, str]) -> Chip:
        dimension, value = segment
        words = segment_words(dimension, value)
        return Chip(words, self._address(dimension=dimension, value=value), segment == self._segment)

    @property
    def all_segments_url(self) -> str:
        """The same page with all segments together."""
        all_together = replace(self._whole, dimension="", value="")
        return query_of(all_together) or "?"

    @property
    def _segment(self) -> tuple[str, str]:
        return self._whole.dimension, self._whole.value

    @property
    def segment_name(self) -> str:
        """The segment that was asked for, whether or not the page can show it; nothing for all together."""
        return segment_words(*self._segment)

    @property
    def all_customers_url(self) -> str:
        """The same segment of current customers on all products, as everybody may see it."""
        return self._address(lifecycle=Scope().lifecycle, product=None)

    @property
    def product_name(self) -> str:
        return next((name for key, name in self.products if key == self.scope.product), "")

    @property
    def words(self) -> str:
        """Whose answers, as a phrase: 'current customers of Press A'."""
        kind = {"": "current, past and prospective"}.get(self.scope.lifecycle, LIFECYCLES.get(self.scope.lifecycle, ""))
        product = f" of {self.product_name}" if self.product_name else ""
        segment = f", {segment_words(self.scope.dimension, self.scope.value)}" if self.scope.dimension else ""
        return f"{kind} customers{product}{segment}"


def segment_words(dimension: str, value: str) -> str:
    """Return a segment as a phrase: 'Northern Europe', 'region not known'."""
    return part_words(value) or f"{DIMENSIONS[dimension]} not known" if dimension else ""


def query_of(scope: Scope) -> str:
    """Return the query string of a scope; nothing for the headline scope."""
    values: dict[str, str | int] = {}
    if scope.lifecycle != Scope().lifecycle:
        values["lifecycle"] = scope.lifecycle or ALL
    if scope.product is not None:
        values["product"] = scope.product
    if scope.dimension:
        values["segment"] = segment_text(scope.dimension, scope.value)
    if scope.as_of is not None and scope.has_past:
        values["as_of"] = scope.as_of.isoformat()
    return f"?{urlencode(values, safe=':')}" if values else ""


def asked_scope(parameters: QueryDict) -> AskedScope:
    """Return the scope that an address asks for; a value that makes no sense is as good as none (1 query, 2 for a day
    that was kept)."""
    products, segments = scope_choices()
    lifecycle = parameters.get("lifecycle", "")
    known = "" if lifecycle == ALL else lifecycle if lifecycle in LIFECYCLES and lifecycle else Scope().lifecycle
    named = parameters.get("segment", "")
    dimension, value = segment_named(named) or ("", "")
    scope, day = Scope(known, _product(parameters, products), dimension, value), _day(parameters)
    asked = AskedScope(scope, products, segments, not_there="" if dimension else named[:LONGEST_NAMED])
    if day is None:
        return asked
    if scope.has_past and is_kept(day):
        return replace(asked, scope=replace(scope, as_of=day))
    return replace(asked, not_kept=day)


def _day(parameters: QueryDict) -> date | None:
    try:
        return date.fromisoformat(parameters.get("as_of", ""))
    except ValueError:
        return None


def _product(parameters: QueryDict, products: Sequence[tuple[int, str]]) -> int | None:
    asked = parameters.get("product", "")
    return next((key for key, _ in products if str(key) == asked), None)
