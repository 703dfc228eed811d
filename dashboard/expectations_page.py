"""Expected and perceived (SERVQUAL): did customers get what they expected, and how many did not?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.importance_page import POINTS, mean_form, said_rated
from dashboard.opinion import (
    Ground,
    OfSubject,
    Subject,
    dates_of,
    ends_words,
    ground_of,
    is_few,
    printed,
)
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.words import counted, sentence, share_words
from functions.models import Program
from functions.selectors import Access
from gap_scores.boards import kept_at_version
from interviews.opinions import (
    Heard,
    RatingRow,
    by_requirement,
    expectation_rows,
    heard_with_expectations,
    rating_rows,
)
from requirements_catalog.models import Attribute, RatingScale, Requirement
from scoring.servqual import Dimension, Gaps, dimension, unweighted, weighted
from scoring.voices import Mean, Share, mean_of
from web.lists import Column, ListAsked, ListPlan, Shown

GAPS = (-10, 10)  # the least and the most that perceived minus expected can be, in points of 10


@dataclass(frozen=True, slots=True)
class ExpectationLine(OfSubject):
    """One requirement: the mean gap in points of 10 and who got less; without expectations the mean rating alone."""

    subject: Subject
    found: Dimension | None
    perceived: Mean
    heard: Heard
    withheld: bool = False  # there is a gap, of too few people to be shown

    @property
    def kind(self) -> str:
        """Whether there is a gap to show: SERVPERF is only what they got."""
        return "SERVQUAL" if self.found else "SERVPERF"

    @property
    def few(self) -> bool:
        return self.found is not None and is_few(self.found.gap.n_eff)

    @property
    def below(self) -> float | None:
        """What may be printed and sorted: nothing of fewer than five effective customers, as of a gap."""
        return float(self.found.below.value) if self.found and not self.few else None

    @property
    def below_words(self) -> str:
        return share_words(self.below)

    @property
    def below_range(self) -> str:
        return share_range(self.found.below) if self.found else ""

    @property
    def mean(self) -> float | None:
        return float(self.found.gap.value) if self.found and not self.few else None

    @property
    def mean_range(self) -> str:
        return ends_words(self.found.gap.lo, self.found.gap.hi, 1) if self.found else ""

    @property
    def rating(self) -> float | None:
        return printed(self.perceived.value, self.perceived.n_eff)

    @property
    def rating_range(self) -> str:
        return ends_words(self.perceived.lo, self.perceived.hi, 1)

    @property
    def n(self) -> int:
        return self.found.gap.n if self.found else self.perceived.n

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on


@dataclass(frozen=True, slots=True)
class AttributeLine:
    """One attribute: a dimension of SERVQUAL. found None: of too few people to be shown."""

    name: str
    found: Dimension | None
    share: float  # of importance, among those with a gap

    @property
    def few(self) -> bool:
        return self.found is not None and is_few(self.found.gap.n_eff)

    @property
    def mean(self) -> float | None:
        return float(self.found.gap.value) if self.found and not self.few else None

    @property
    def mean_range(self) -> str:
        return ends_words(self.found.gap.lo, self.found.gap.hi, 1) if self.found else ""

    @property
    def below_words(self) -> str:
        return share_words(float(self.found.below.value)) if self.found and not self.few else ""

    @property
    def below_range(self) -> str:
        return share_range(self.found.below) if self.found else ""

    @property
    def hides(self) -> bool:
        """Whether the mean looks well while a quarter and more got less than they expected."""
        if self.found is None or self.few:
            return False
        return self.found.gap.value >= 0 and self.found.below.value >= Fraction(1, 4)


def share_range(share: Share) -> str:
    return f"{share_words(share.lo)} to {share_words(share.hi)}"


class ExpectationFilter(django_filters.FilterSet):
    """Asks only; the rows are narrowed here, not in the database."""

    attribute = django_filters.ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"))
    kind = django_filters.ChoiceFilter(choices=[(each, each) for each in ("SERVQUAL", "SERVPERF")], label=_("Asked"))

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


def end_of(label: str, key: str, read: Any) -> Column:
    return Column(key, label, value=lambda row: read(row.found) if row.found else None, numeric=True)


COLUMNS = (
    Column("reference", _("No.")),
    Column("statement", _("Requirement")),
    Column("attribute", _("Attribute"), hide_narrow=True),
    Column("below", _("Got less"), numeric=True),
    Column("mean", _("Mean gap"), numeric=True, hide_narrow=True),
    Column("rating", _("Rating"), numeric=True, hide_narrow=True),
    Column("n", _("n"), numeric=True, hide_narrow=True),
    Column("gap", _("Gap"), value=lambda row: row.gap.gap if row.gap and not row.gap.few else None, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
)
EXPECTATIONS = ListPlan(
    name="expectations",
    columns=COLUMNS,
    sort="-below",
    filters=ExpectationFilter,
    search=("statement", "reference"),
    also=PARAMETERS,
    page_size=50,
    in_file=(
        *COLUMNS,
        Column("kind", _("Asked")),
        end_of("below lo", "below_lo", lambda found: found.below.lo),
        end_of("below hi", "below_hi", lambda found: found.below.hi),
        end_of("mean lo", "mean_lo", lambda found: found.gap.lo),
        end_of("mean hi", "mean_hi", lambda found: found.gap.hi),
        end_of("n_eff", "n_eff", lambda found: found.gap.n_eff),
    ),
)


@dataclass(frozen=True)
class ExpectationsPage:
    ground: Ground
    list: Shown
    lines: tuple[ExpectationLine, ...]
    attributes: tuple[AttributeLine, ...]
    hidden: int
    unweighted: Fraction | None
    weighted: Fraction | None

    @property
    def asked(self) -> AskedScope:
        return self.ground.asked

    @property
    def compared(self) -> tuple[ExpectationLine, ...]:
        return tuple(line for line in self.lines if line.found)

    @property
    def answer(self) -> str:
        known = [line for line in self.attributes if line.found]
        if not self.lines and not self.hidden:
            return "Nobody rated a requirement yet"
        if not known and self.attributes:
            return "Too few customers said what they expected to show it"
        if not known:
            return "Nobody said what they expected, so there is no gap to it"
        sure = [line for line in known if not line.few]
        worst = max(sure or known, key=lambda line: line.found.below.value if line.found else 0)
        many = f"{worst.below_words} ({worst.below_range})" if sure else worst.below_range
        return f"{many} of customers got less than they expected in {worst.name.lower()}"

    @property
    def sub(self) -> str:
        if self.unweighted is None and self.attributes:
            return "Too few customers said what they expected to give a mean."
        if self.unweighted is None:
            only = len(self.lines)
            return (
                f"{sentence(counted(only, 'requirement'))} {'was' if only == 1 else 'were'} rated without it: SERVPERF."
            )
        said = [f"Mean gap {points(self.unweighted)} points of 10"]
        if self.weighted is not None:
            said.append(f"{points(self.weighted)} weighted by importance")
        hiding = [line.name.lower() for line in self.attributes if line.hides]
        tail = f" The mean of {', '.join(hiding)} hides those who got less." if hiding else ""
        return f"{', '.join(said)}.{tail}"

    @property
    def dates(self) -> tuple[date, date] | None:
        return dates_of(line.heard for line in self.lines)


def points(value: Fraction) -> str:
    return ends_words(float(value), float(value), 2).split(" to ", 1)[0]


def expectations_page(
    *, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> ExpectationsPage:
    ground = ground_of(asked=asked, access=access, program=program)
    found, people, both, by_attribute = kept_at_version(("expectations", ground.answers), lambda: _read(ground))
    mine = {key: each for key, each in people.items() if key in ground.subjects and key in found}
    # What an attribute shows would give away the one requirement of it that is not shown.
    groups = {key: ground.subjects[key].row.attribute_id for key in mine}
    hidden = ground.hidden(mine, groups)
    without = ground.hidden({key: both[key] for key in mine if key in both}, groups)
    lines = [
        _line(ground.subjects[key], *found[key], each, is_withheld=key in without)
        for key, each in mine.items()
        if key not in hidden
    ]
    attributes = _attributes(ground, by_attribute)
    # Of few customers the value is withheld, also from the mean that would give it away.
    gaps = {line.name: line.found.gap.value for line in attributes if line.found and not line.few}
    list_asked = ListAsked(EXPECTATIONS, parameters)
    kept = [line for line in lines if _passes(line, list_asked)]
    return ExpectationsPage(
        ground,
        list_asked.show(kept, of=lines),
        tuple(lines),
        attributes,
        len(hidden),
        unweighted(gaps),
        weighted(gaps, {line.name: Fraction(line.share) for line in attributes if line.name in gaps}),
    )


def _line(
    subject: Subject, found: Dimension | None, perceived: Mean, heard: Heard, *, is_withheld: bool
) -> ExpectationLine:
    return ExpectationLine(subject, None if is_withheld else found, perceived, heard, is_withheld)


Found = Mapping[int, tuple[Dimension | None, Mean]]
ByAttribute = Mapping[int, tuple[Dimension, Heard]]


def _read(ground: Ground) -> tuple[Found, Mapping[int, Heard], Mapping[int, Heard], ByAttribute]:
    """Return gap and rating by requirement, who rated it, who said both, and the gap by attribute (7 queries)."""
    rated, people = rating_rows(ground.answers)
    scales = {scale.pk: scale for scale in RatingScale.objects.all()}
    found = {}
    for key, rows in by_requirement(rated).items():
        mean = mean_of((said_rated(row, scales[row.scale]) for row in rows), POINTS)
        if mean is not None:
            found[key] = dimension(_gaps(rows, scales), GAPS), mean
    rows, heard = expectation_rows(ground.answers)
    by_attribute = {}
    for attribute, its in by_requirement(rows).items():
        people_of = (Gaps(row.total, row.items, row.voice.mass, row.voice.of_customer, row.times) for row in its)
        whole = dimension(people_of, GAPS)
        if whole is not None:
            by_attribute[attribute] = whole, heard[attribute]
    return found, people, heard_with_expectations(ground.answers), by_attribute


def _gaps(rows: Sequence[RatingRow], scales: Mapping[int, RatingScale]) -> list[Gaps]:
    """Return perceived minus expected in points of 10, of those who said both."""
    return [
        Gaps(
            Fraction(10 * (row.perceived - row.expected), scales[row.scale].maximum), 1,
            row.voice_expected.mass, row.voice_expected.of_customer, row.times,
        )
        for row in rows
        if row.expected is not None
    ]  # fmt: skip


def _attributes(ground: Ground, found: ByAttribute) -> tuple[AttributeLine, ...]:
    shares: dict[int, float] = {}
    names: dict[int, str] = {}
    for subject in ground.subjects.values():
        row = subject.row
        names[row.attribute_id] = row.attribute
        shares[row.attribute_id] = shares.get(row.attribute_id, 0.0) + (row.share or 0.0)
    mine = {key: each for key, each in found.items() if key in names}
    hidden = ground.hidden({key: heard for key, (_found, heard) in mine.items()}, dict.fromkeys(mine, ""))
    lines = [
        AttributeLine(names[key], None if key in hidden else its, shares[key]) for key, (its, _heard) in mine.items()
    ]
    return tuple(sorted(lines, key=lambda line: -(line.found.below.value if line.found else -1)))


def _passes(line: ExpectationLine, asked: ListAsked) -> bool:
    attribute, kind = asked.value_of("attribute"), asked.value_of("kind")
    if attribute is not None and line.subject.row.attribute_id != attribute.pk:
        return False
    if kind is not None and line.kind != kind:
        return False
    text = f"{line.reference} {line.statement}".lower()
    return all(word in text for word in asked.q.lower().split())


# ---- As the API answers


def expectations_form(page: ExpectationsPage) -> dict[str, Any]:
    return {
        "unweighted": None if page.unweighted is None else float(page.unweighted),
        "weighted": None if page.weighted is None else float(page.weighted),
        "attributes": [
            {"attribute": line.name, "share": line.share, **dimension_form(line.found)} for line in page.attributes
        ],
        "results": [line_form(line) for line in page.lines],
        "too_few": page.hidden,
    }


def line_form(line: ExpectationLine) -> dict[str, Any]:
    return {
        "requirement": line.pk,
        "reference": line.reference,
        "statement": line.statement,
        "kind": line.kind,
        **dimension_form(line.found),
        "rating": mean_form(line.perceived),
        "oldest_on": line.heard.oldest_on,
        "newest_on": line.heard.newest_on,
    }


def dimension_form(found: Dimension | None) -> dict[str, Any]:
    if found is None:
        return {"gap": None, "below": None}
    return {"gap": mean_form(found.gap), "below": share_form(found.below)}


def share_form(share: Share) -> dict[str, Any]:
    return {
        "value": printed(share.value, share.n_eff),
        "lo": share.lo,
        "hi": share.hi,
        "n": share.n,
        "n_eff": share.n_eff,
    }
