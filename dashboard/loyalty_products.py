"""NPS, CSAT and CES of products, where their own questions were asked."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

from dashboard.expectations_page import share_range
from dashboard.opinion import Ground, ends_words, is_few
from dashboard.words import share_words
from interviews.loyalty_rows import Key, LoyaltyRow, loyalty_rows
from interviews.loyalty_words import CES, CSAT, NPS, SATISFIED_FROM
from interviews.opinions import Heard
from requirements_catalog.models import Product
from scoring.loyalty import Effort, Nps, csat, effort, nps
from scoring.voices import Said, Share
from web.templatetags.show import fixed

Found = Mapping[Key, tuple[Any, Heard]]


class OfLoyalty:
    """What may be printed and sorted: nothing of fewer than five effective customers, as of a gap."""

    __slots__ = ()
    csat: Share | None
    nps: Nps | None
    effort: Effort | None
    withheld: frozenset[str]

    @property
    def n(self) -> int:
        return next(each.n for each in (self.csat, self.nps, self.effort and self.effort.mean) if each)

    @property
    def too_few(self) -> str:
        """The measures that were answered by too few people to be shown, as a file names them."""
        return ", ".join(sorted({CES if name == "effort" else name for name in self.withheld}))

    @property
    def satisfied(self) -> float | None:
        return float(self.csat.value) if self.csat and not is_few(self.csat.n_eff) else None

    @property
    def satisfied_words(self) -> str:
        return share_words(self.satisfied)

    @property
    def satisfied_range(self) -> str:
        return share_range(self.csat) if self.csat else ""

    @property
    def net(self) -> float | None:
        return self.nps.value if self.nps and not is_few(self.nps.n_eff) else None

    @property
    def net_range(self) -> str:
        return ends_words(self.nps.lo, self.nps.hi) if self.nps else ""

    @property
    def ease(self) -> float | None:
        return float(self.effort.mean.value) if self.effort and not is_few(self.effort.mean.n_eff) else None

    @property
    def ease_range(self) -> str:
        return ends_words(self.effort.mean.lo, self.effort.mean.hi, 1) if self.effort else ""


@dataclass(frozen=True, slots=True)
class ProductLine(OfLoyalty):
    """One product with the numbers of it that may be shown; withheld: the measures of too few people."""

    product: int
    name: str
    csat: Share | None
    nps: Nps | None
    effort: Effort | None
    heard: Heard
    withheld: frozenset[str] = frozenset()
    # In a file products stand above the requirements, in the same columns.
    reference: str = ""
    statement: str = ""
    attribute: str = ""
    felt: None = None
    gap: None = None

    @property
    def product_name(self) -> str:
        return self.name

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on

    @property
    def net_words(self) -> str:
        return self.net_range if self.net is None else f"{fixed(self.net)} ({self.net_range})"


def product_lines(ground: Ground) -> tuple[tuple[ProductLine, ...], int, frozenset[str]]:
    """Return the products of which somebody was asked, how many are of too few people to be shown, and the measures
    that were answered, shown or not (3 queries).

    Not kept at the version of the scores: these answers enter no score, so it does not change with them.
    """
    found = _read(ground)
    hidden = {key for measure in (NPS, CSAT, CES) for key in _hidden(ground, found, measure)}
    names = dict(Product.objects.filter(pk__in={product for product, _measure in found}).values_list("pk", "name"))
    by_product: defaultdict[int, dict[str, tuple[Any, Heard]]] = defaultdict(dict)
    for key, number in found.items():
        by_product[key[0]][key[1]] = number
    made = [_line(product, names[product], its, hidden) for product, its in by_product.items()]
    lines = sorted((line for line in made if line), key=lambda line: line.name)
    return tuple(lines), len(made) - len(lines), frozenset(measure for _product, measure in found)


def _hidden(ground: Ground, found: Found, measure: str) -> set[Key]:
    """Return what this person may not see: each measure has people of its own."""
    heard = {key: people for key, (_number, people) in found.items() if key[1] == measure}
    return ground.hidden(heard, dict.fromkeys(heard, measure))


def _line(product: int, name: str, its: Mapping[str, tuple[Any, Heard]], hidden: set[Key]) -> ProductLine | None:
    withheld = frozenset(measure for measure in its if (product, measure) in hidden)
    shown = {measure: number for measure, (number, _people) in its.items() if measure not in withheld}
    if not shown:
        return None
    heard = reduce(Heard.fewer, (people for measure, (_number, people) in its.items() if measure not in withheld))
    return ProductLine(product, name, shown.get(CSAT), shown.get(NPS), shown.get(CES), heard, withheld)


def _read(ground: Ground) -> Found:
    rows, heard = loyalty_rows(ground.answers)
    by_key: defaultdict[Key, list[LoyaltyRow]] = defaultdict(list)
    for row in rows:
        by_key[row.key].append(row)
    numbers = {key: _number(key[1], [_said(row) for row in its]) for key, its in by_key.items()}
    return {key: (number, heard[key]) for key, number in numbers.items() if number is not None}


def _number(measure: str, said: list[Said]) -> Share | Nps | Effort | None:
    if measure == NPS:
        return nps(said)
    return effort(said) if measure == CES else csat(said, satisfied_from=SATISFIED_FROM)


def _said(row: LoyaltyRow) -> Said:
    return Said(row.rating, row.voice.mass, row.voice.of_customer, row.times)
