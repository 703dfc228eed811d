"""NPS, CSAT and CES: three numbers that others ask for, where the program holds their questions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.expectations_page import share_form
from dashboard.importance_page import mean_form
from dashboard.loyalty_products import OfLoyalty, ProductLine, product_lines
from dashboard.opinion import (
    Ground,
    OfSubject,
    Subject,
    dates_of,
    ground_of,
    printed,
)
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.words import counted, share_words
from functions.models import Program
from functions.selectors import Access
from gap_scores.boards import kept_at_version
from interviews.loyalty_words import CES
from interviews.opinions import Heard, RatingRow, by_requirement, heard_on_scales, rating_rows
from requirements_catalog.models import Attribute, RatingScale, Requirement
from scoring.loyalty import EASIEST, HIGHEST, Effort, Nps, effort, nps
from scoring.voices import Said, Share, share_of
from web.lists import Column, ListAsked, ListPlan, Shown
from web.templatetags.show import fixed

RECOMMENDING, EASY = ("recommend",), ("effort", "easy")
MEASURES = ("csat", "nps", "effort")
ASKED_BY = (("NPS", "nps"), ("CES", "effort"))  # questions of their own; CSAT is read from ratings, too
Numbers = Mapping[str, tuple[Any, Heard]]  # of MEASURES, those that were asked, each with its own people


@dataclass(frozen=True, slots=True)
class LoyaltyLine(OfSubject, OfLoyalty):
    """One requirement with the numbers that its scale allows. felt: the share that feels it is met, of the board."""

    subject: Subject
    csat: Share | None
    nps: Nps | None
    effort: Effort | None
    felt: float | None
    heard: Heard
    withheld: frozenset[str] = frozenset()  # of MEASURES, those of too few people to be shown

    @property
    def felt_words(self) -> str:
        return share_words(self.felt)

    @property
    def product_name(self) -> str:
        return ""

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on


class LoyaltyFilter(django_filters.FilterSet):
    """Asks only; the rows are narrowed here, not in the database."""

    attribute = django_filters.ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"))

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


def end_of(which: str, end: str) -> Column:
    def read(row: LoyaltyLine | ProductLine) -> float | None:
        found = row.effort.mean if which == "effort" and row.effort else getattr(row, which)
        return None if found is None else getattr(found, end)

    return Column(f"{which}_{end}", f"{which} {end}", value=read, numeric=True)


COLUMNS = (
    Column("reference", _("No.")),
    Column("statement", _("Requirement")),
    Column("satisfied", _("CSAT"), numeric=True),
    Column("felt", _("Felt"), numeric=True, hide_narrow=True),
    Column("net", _("NPS"), numeric=True, hide_narrow=True),
    Column("ease", _("CES"), numeric=True, hide_narrow=True),
    Column("n", _("n"), numeric=True, hide_narrow=True),
    Column("gap", _("Gap"), value=lambda row: row.gap.gap if row.gap and not row.gap.few else None, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
)
LOYALTY = ListPlan(
    name="loyalty",
    columns=COLUMNS,
    sort="satisfied",
    filters=LoyaltyFilter,
    search=("statement", "reference"),
    also=PARAMETERS,
    page_size=50,
    in_file=(
        Column("product_name", _("Product")),
        *COLUMNS,
        Column("attribute", _("Attribute")),
        *(end_of(which, end) for which in ("csat", "nps", "effort") for end in ("lo", "hi", "n", "n_eff")),
        Column("too_few", _("Too few to show")),
    ),
)


@dataclass(frozen=True)
class LoyaltyPage:
    ground: Ground
    list: Shown
    lines: tuple[LoyaltyLine, ...]
    hidden: int
    answered: frozenset[str]  # of MEASURES, shown or not
    products: tuple[ProductLine, ...] = ()
    hidden_products: int = 0
    answered_of_products: frozenset[str] = frozenset()  # NPS, CSAT, CES, shown or not

    @property
    def in_file(self) -> Shown:
        """The list as a file has it: what customers say of products stands first, as on the page."""
        return replace(self.list, rows=[*self.products, *self.list.rows])

    @property
    def asked(self) -> AskedScope:
        return self.ground.asked

    @property
    def recommending(self) -> tuple[LoyaltyLine, ...]:
        return tuple(line for line in self.lines if line.nps)

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of the three nobody was asked in this scope."""
        return tuple(name for name, key in ASKED_BY if key not in self._answered)

    @property
    def withheld(self) -> tuple[str, ...]:
        """Which of the three were answered, but nowhere by enough people to be shown."""
        shown = {key for line in (*self.lines, *self.products) for key in MEASURES if getattr(line, key)}
        return tuple(name for name, key in ASKED_BY if key in self._answered - shown)

    @property
    def _answered(self) -> frozenset[str]:
        return self.answered | {"effort" if name == CES else name for name in self.answered_of_products}

    @property
    def answer(self) -> str:
        if asked := next((line for line in self.products if line.nps), None):
            return f"Net promoter score {asked.net_words}: {asked.name}"
        if not self.lines:
            return "Nobody rated a requirement yet" if not self.hidden else "Too few customers to show"
        if self.recommending:
            line = self.recommending[0]
            score = line.net_range if line.net is None else f"{fixed(line.net)} ({line.net_range})"
            return f"Net promoter score {score}: {line.statement}"
        known = [line for line in self.lines if line.satisfied is not None]
        if not known:
            return "Too few customers were heard on a scale that says from where it counts as satisfied"
        least = min(known, key=lambda line: line.satisfied or 0.0)
        return f"Fewest are satisfied with {least.reference}: {least.satisfied_words} ({least.satisfied_range})"

    @property
    def sub(self) -> str:
        below = sum(line.csat is not None and line.csat.hi < 1 / 2 for line in self.lines)
        said = f"With {counted(below, 'requirement')} surely fewer than half are satisfied."
        if self.missing:
            said += f" {' and '.join(self.missing)}: no such question was answered in this scope."
        if self.withheld:
            said += f" {' and '.join(self.withheld)}: answered by too few people to show."
        return said

    @property
    def dates(self) -> tuple[date, date] | None:
        return dates_of(line.heard for line in self.lines)


def loyalty_page(*, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None) -> LoyaltyPage:
    ground = ground_of(asked=asked, access=access, program=program)
    found = kept_at_version(("loyalty", ground.answers), lambda: _read(ground))
    mine = {key: its for key, its in found.items() if key in ground.subjects and its}
    hidden = {name: _hidden(ground, mine, name) for name in MEASURES}
    made = [_line(ground.subjects[key], its, hidden) for key, its in mine.items()]
    lines = [line for line in made if line is not None]
    list_asked = ListAsked(LOYALTY, parameters)
    kept = [line for line in lines if _passes(line, list_asked)]
    answered = frozenset(name for its in mine.values() for name in its)
    shown = list_asked.show(kept, of=lines)
    return LoyaltyPage(ground, shown, tuple(lines), len(made) - len(lines), answered, *product_lines(ground))


def _hidden(ground: Ground, found: Mapping[int, Numbers], name: str) -> set[int]:
    """Return the requirements of which this person may not see one of the measures; each has people of its own."""
    heard = {key: its[name][1] for key, its in found.items() if name in its}
    return ground.hidden(heard, dict.fromkeys(heard, ""))


def _line(subject: Subject, found: Numbers, hidden: Mapping[str, set[int]]) -> LoyaltyLine | None:
    """Return the line of what this person may see; None if it is nothing."""
    withheld = frozenset(name for name in found if subject.pk in hidden[name])
    shown = {name: each for name, each in found.items() if name not in withheld}
    if not shown:
        return None
    csat, recommend, easy = (shown[name][0] if name in shown else None for name in MEASURES)
    heard = reduce(Heard.fewer, (people for _number, people in shown.values()))
    return LoyaltyLine(subject, csat, recommend, easy, _felt(subject), heard, withheld)


def _felt(subject: Subject) -> float | None:
    """Return the share of importance-weighted customers who feel it is met, as the scores have it, where it may be
    shown."""
    score = subject.row.score
    return score.share_felt if score is not None and subject.gap is not None and not subject.gap.few else None


def _read(ground: Ground) -> Mapping[int, Numbers]:
    """Return the three numbers of each rated requirement, and whose each of them is (up to 6 queries)."""
    rated, _people = rating_rows(ground.answers)
    scales = {scale.pk: scale for scale in RatingScale.objects.all()}
    asking = _asking(scales.values())
    people = {name: heard_on_scales(ground.answers, sorted(its)) for name, its in asking.items()}
    return {
        key: {
            name: (number, people[name][key])
            for name, number in _numbers(rows, scales, asking).items()
            if number is not None
        }
        for key, rows in by_requirement(rated).items()
    }


def _asking(scales: Iterable[RatingScale]) -> Mapping[str, set[int]]:
    """Return the scales that ask for each of MEASURES."""
    every = list(scales)
    return {
        "csat": {scale.pk for scale in every if scale.satisfied_from is not None},
        "nps": {scale.pk for scale in every if asks(scale, RECOMMENDING, 0, HIGHEST)},
        "effort": {scale.pk for scale in every if asks(scale, EASY, 1, EASIEST)},
    }


def _numbers(
    rows: Sequence[RatingRow], scales: Mapping[int, RatingScale], asking: Mapping[str, set[int]]
) -> Mapping[str, Share | Nps | Effort | None]:
    satisfied = [
        said(row, int(row.perceived >= point))
        for row in rows
        if (point := scales[row.scale].satisfied_from) is not None
    ]
    recommend = [said(row) for row in rows if row.scale in asking["nps"]]
    easy = [said(row) for row in rows if row.scale in asking["effort"]]
    return {"csat": share_of(satisfied), "nps": nps(recommend), "effort": effort(easy)}


def said(row: RatingRow, value: int | None = None) -> Said:
    given = row.perceived if value is None else value
    return Said(given, row.voice.mass, row.voice.of_customer, row.times)


def asks(scale: RatingScale, words: Iterable[str], minimum: int, maximum: int) -> bool:
    """Return whether a scale asks this question: by its ends, and by a word in its name."""
    name = scale.name.lower()
    return (scale.minimum, scale.maximum) == (minimum, maximum) and any(word in name for word in words)


def _passes(line: LoyaltyLine, asked: ListAsked) -> bool:
    attribute = asked.value_of("attribute")
    if attribute is not None and line.subject.row.attribute_id != attribute.pk:
        return False
    text = f"{line.reference} {line.statement}".lower()
    return all(word in text for word in asked.q.lower().split())


# ---- As the API answers


def loyalty_form(page: LoyaltyPage) -> dict[str, Any]:
    products = [product_form(line) for line in page.products]
    return {"products": products, "results": [line_form(line) for line in page.lines], "too_few": page.hidden}


def product_form(line: ProductLine) -> dict[str, Any]:
    return {"product": line.product, "name": line.name, **numbers_form(line)}


def line_form(line: LoyaltyLine) -> dict[str, Any]:
    return {
        "requirement": line.pk,
        "reference": line.reference,
        "statement": line.statement,
        "felt": line.felt,
        **numbers_form(line),
    }


def numbers_form(line: LoyaltyLine | ProductLine) -> dict[str, Any]:
    return {
        "csat": line.csat and share_form(line.csat),
        "nps": line.nps and nps_form(line.nps),
        "ces": line.effort and {"mean": mean_form(line.effort.mean), "easy": share_form(line.effort.easy)},
        "oldest_on": line.heard.oldest_on,
        "newest_on": line.heard.newest_on,
    }


def nps_form(found: Nps) -> dict[str, Any]:
    promoters, passives, detractors = (printed(share, found.n_eff) for share in found.shares)
    return {
        "value": printed(found.value, found.n_eff),
        "lo": found.lo,
        "hi": found.hi,
        "n": found.n,
        "n_eff": found.n_eff,
        "promoters": promoters,
        "passives": passives,
        "detractors": detractors,
    }
