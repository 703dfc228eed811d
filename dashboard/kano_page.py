"""Kano: what do customers take for granted, what do they want more of, what would delight them?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.drawing.scatter import Axis, ScatterDrawing, Spot, draw_scatter
from dashboard.opinion import (
    Ground,
    OfSubject,
    Subject,
    added_up,
    dates_of,
    ends_words,
    ground_of,
    is_few,
)
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.words import count_word, counted, part_words, sentence
from functions.models import Program
from functions.selectors import Access
from interviews.opinions import SEGMENTS, Heard, PairRow, kano_pairs
from requirements_catalog.models import Attribute, Requirement
from scoring.kano import POULIOT, STANDARD, Category, Coefficient, Kano, Pair, counts_of, kano
from web.lists import Column, ListAsked, ListPlan, Shown
from web.templatetags.show import fixed, listed

WORDS = {
    Category.MUST_BE: "must-be",
    Category.ONE_DIMENSIONAL: "one-dimensional",
    Category.ATTRACTIVE: "attractive",
    Category.INDIFFERENT: "indifferent",
    Category.REVERSE: "reverse",
    Category.QUESTIONABLE: "questionable",
}
CORNERS = ("attractive: delights", "one-dimensional: more is better", "indifferent", "must-be: taken for granted")
BY_WORDS = {"region": "region", "industry": "industry", "size_band": "size"}
TENTHS = tuple((at / 10, str(at * 10)) for at in range(0, 11, 2))
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class KanoLine(OfSubject):
    """One requirement as customers see it, in all or in one segment."""

    subject: Subject
    kano: Kano
    pouliot: Category
    heard: Heard
    segment: str = ""

    @property
    def n(self) -> float:
        return float(self.kano.n)

    @property
    def is_mixed(self) -> bool:
        return self.kano.is_mixed

    @property
    def category(self) -> str:
        return WORDS[self.kano.category]

    @property
    def mixed_words(self) -> str:
        """Why it is mixed: which two, how far apart, and how far they would have to be."""
        if not self.is_mixed:
            return ""
        if self.kano.second is None:
            return "too few to tell"
        pair = f"{WORDS[self.kano.top]} or {WORDS[self.kano.second]}"
        return f"mixed: {pair}, {voices(self.kano.difference)} apart, {fixed(self.kano.bound, 1)} needed"

    @property
    def warnings(self) -> list[str]:
        said = [
            (is_few(self.n), f"of {voices(self.kano.n)} only"),
            (self.kano.is_badly_asked, "more than a tenth contradict themselves: ask it in other words"),
            (self.kano.is_reversed, "most want the opposite: turn the statement round"),
            (
                self.kano.alternative is not self.kano.category,
                f"by the other rule {WORDS[self.kano.alternative]}",
            ),
            (self.pouliot is not self.kano.category, f"by Pouliot's table {WORDS[self.pouliot]}"),
        ]
        return [words for applies, words in said if applies]

    @property
    def counts(self) -> str:
        """How many said what, as 'M 12, O 5'."""
        said = ((key, count) for key, count in self.kano.counts.items() if count)
        return ", ".join(f"{key} {voices(count)}" for key, count in said)

    @property
    def better(self) -> float | None:
        return self.kano.better.value if self.kano.better else None

    @property
    def worse(self) -> float | None:
        return self.kano.worse.value if self.kano.worse else None

    @property
    def better_range(self) -> str:
        return ends(self.kano.better)

    @property
    def worse_range(self) -> str:
        return ends(self.kano.worse)

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on


def voices(count: Fraction) -> str:
    """Return a number of voices: whole, or with one decimal where colleagues share one."""
    return fixed(float(count), 0 if count.denominator == 1 else 1)


def ends(coefficient: Coefficient | None) -> str:
    return ends_words(coefficient.lo, coefficient.hi, 2) if coefficient else ""


class KanoFilter(django_filters.FilterSet):
    """Asks only; the rows are narrowed here, not in the database."""

    attribute = django_filters.ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"))
    category = django_filters.ChoiceFilter(choices=[(words, words) for words in WORDS.values()], label=_("Category"))

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


def count_of(category: Category) -> Column:
    return Column(
        category.value,
        WORDS[category],
        value=lambda row: float(row.kano.counts[category]),
        numeric=True,
        sortable=False,
    )


def end_of(which: str, end: str) -> Column:
    def read(row: KanoLine) -> float | None:
        found: Coefficient | None = getattr(row.kano, which)
        return None if found is None else float(getattr(found, end))

    return Column(f"{which}_{end}", f"{which} {end}", value=read, numeric=True)


COLUMNS = (
    Column("reference", _("No.")),
    Column("statement", _("Requirement")),
    Column("category", _("Category")),
    Column("better", _("Better"), numeric=True, hide_narrow=True),
    Column("worse", _("Worse"), numeric=True, hide_narrow=True),
    Column("counts", _("Counts"), sortable=False, hide_narrow=True),
    Column("n", _("n"), numeric=True, hide_narrow=True),
    Column("gap", _("Gap"), value=lambda row: row.gap.gap if row.gap and not row.gap.few else None, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
)
KANO = ListPlan(
    name="kano",
    columns=COLUMNS,
    sort="worse",
    filters=KanoFilter,
    search=("statement", "reference"),
    also=(*PARAMETERS, "by"),
    page_size=50,
    in_file=(
        *(column for column in COLUMNS if column.key != "counts"),
        Column("attribute", _("Attribute")),
        Column("mixed", _("Mixed"), value=lambda row: row.is_mixed),
        end_of("better", "lo"),
        end_of("better", "hi"),
        end_of("worse", "lo"),
        end_of("worse", "hi"),
        *(count_of(category) for category in Category),
        Column("total_strength", _("Total strength"), value=lambda row: float(row.kano.total_strength)),
        Column("category_strength", _("Category strength"), value=lambda row: float(row.kano.category_strength)),
        Column("difference", _("Difference"), value=lambda row: float(row.kano.difference)),
        Column("bound", _("Bound"), value=lambda row: row.kano.bound),
        Column("alternative", _("By the other rule"), value=lambda row: WORDS[row.kano.alternative]),
        Column("pouliot", _("By Pouliot's table"), value=lambda row: WORDS[row.pouliot]),
    ),
)


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """One requirement over the values of a segment; hidden: how many are of too few people to be shown."""

    subject: Subject
    lines: tuple[KanoLine, ...]
    hidden: int


@dataclass(frozen=True)
class KanoPage:
    ground: Ground
    list: Shown
    lines: tuple[KanoLine, ...]
    hidden: int
    by: str
    segments: tuple[SegmentLine, ...]

    @property
    def asked(self) -> AskedScope:
        return self.ground.asked

    @property
    def answer(self) -> str:
        if not self.lines:
            return "Nobody was asked the two questions of Kano yet" if not self.hidden else "Too few were asked to show"
        sure = [line for line in self.lines if line.kano.category is Category.MUST_BE and not line.is_mixed]
        unmet = [line.reference for line in sure if line.subject.is_unmet]
        if unmet:
            verb = "is" if len(unmet) == 1 else "are"
            named = listed(unmet[:MOST_NAMED]) if len(unmet) <= MOST_NAMED else ", ".join(unmet[:MOST_NAMED]) + " …"
            return sentence(f"{counted(len(unmet), 'requirement')} {verb} must-be and unmet: {named}")
        if sure:
            return f"Of {counted(len(sure), 'requirement')} that customers take for granted, none is known to be unmet"
        return "Nothing that was asked is surely taken for granted"

    @property
    def sub(self) -> str:
        """How much of it is sure."""
        mixed = sum(line.is_mixed for line in self.lines)
        wanted = sum(line.kano.category is Category.ATTRACTIVE and not line.is_mixed for line in self.lines)
        said = [f"{sentence(counted(len(self.lines), 'requirement'))} asked about."]
        if mixed:
            said.append(f"{sentence(count_word(mixed))} mixed: too close to tell.")
        if wanted:
            said.append(f"{sentence(count_word(wanted))} would delight.")
        return " ".join(said)

    @property
    def dates(self) -> tuple[date, date] | None:
        return dates_of(line.heard for line in self.lines)

    @cached_property
    def drawings(self) -> tuple[ScatterDrawing, ...]:
        spots = [_spot(line) for line in self.lines if line.kano.better and line.kano.worse]
        across = Axis(0, 1, "worse if it is not met, %", TENTHS, 0.5)
        up = Axis(0, 1, "better if it is met, %", TENTHS, 0.5)
        heading = "Better and worse by requirement"
        return tuple(
            draw_scatter(spots, x=across, y=up, corners=CORNERS, uid=f"kano-{css}", css=css, heading=heading)
            for css in ("only-wide", "only-narrow")
            if spots
        )

    @property
    def by_choices(self) -> tuple[tuple[str, str, bool], ...]:
        """Return (words, address, whether it is shown) of the segments by which the table can be split."""
        query = self.asked.query
        sign = "&" if query else "?"
        return tuple((words, f"{query}{sign}by={key}#segments", key == self.by) for key, words in BY_WORDS.items())

    @property
    def by_words(self) -> str:
        return BY_WORDS.get(self.by, "")


def kano_page(*, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None) -> KanoPage:
    ground = ground_of(asked=asked, access=access, program=program)
    lines, hidden = _lines(ground)
    by = parameters.get("by", "")
    by = by if by in SEGMENTS else ""
    list_asked = ListAsked(KANO, parameters)
    kept = [line for line in lines if _passes(line, list_asked)]
    segments = _segments(ground, by, [line.pk for line in lines]) if by else ()
    return KanoPage(ground, list_asked.show(kept, of=lines), tuple(lines), hidden, by, segments)


def _lines(ground: Ground) -> tuple[list[KanoLine], int]:
    pairs, heard = kano_pairs(ground.answers)
    mine = {key: each for (key, _all), each in heard.items() if key in ground.subjects}
    hidden = ground.hidden(mine, dict.fromkeys(mine, ""))
    by_key = _grouped(pairs)
    lines = [_line(ground.subjects[key], by_key[key, ""], each) for key, each in mine.items() if key not in hidden]
    return [line for line in lines if line is not None], len(hidden)


def _grouped(pairs: Sequence[PairRow]) -> Mapping[tuple[int, str], list[Pair]]:
    found: dict[tuple[int, str], list[Pair]] = {}
    for row in pairs:
        pair = Pair(row.functional, row.dysfunctional, Fraction(1, row.shared), row.times)
        found.setdefault((row.requirement, row.segment), []).append(pair)
    return found


def _line(subject: Subject, pairs: Sequence[Pair], heard: Heard, segment: str = "") -> KanoLine | None:
    found, other = kano(counts_of(pairs, STANDARD)), kano(counts_of(pairs, POULIOT))
    if found is None or other is None:
        return None
    return KanoLine(subject, found, other.category, heard, segment)


def _segments(ground: Ground, by: str, requirements: Sequence[int]) -> tuple[SegmentLine, ...]:
    pairs, heard = kano_pairs(ground.answers, by=by)
    by_key, mine = _grouped(pairs), {key: each for key, each in heard.items() if key[0] in set(requirements)}
    hidden = ground.hidden(mine, {key: key[0] for key in mine}, together=added_up(mine))
    found = []
    for requirement in requirements:
        subject, keys = ground.subjects[requirement], sorted(key for key in mine if key[0] == requirement)
        shown = [
            _line(subject, by_key[key], mine[key], part_words(key[1]) or "not known")
            for key in keys
            if key not in hidden
        ]
        lines = tuple(line for line in shown if line is not None)
        found.append(SegmentLine(subject, lines, sum(key in hidden for key in keys)))
    return tuple(found)


def _spot(line: KanoLine) -> Spot:
    better, worse = line.kano.better, line.kano.worse
    assert better is not None  # noqa: S101  # asked by the caller
    assert worse is not None  # noqa: S101  # both or none
    title = (
        f"{line.reference} {line.category}{' (mixed)' if line.is_mixed else ''}: better {fixed(better.value, 2)} "
        f"({ends(better)}), worse {fixed(worse.value, 2)} ({ends(worse)}), n {voices(line.kano.n)}"
    )
    return Spot(
        name=line.reference,
        title=title,
        x=-worse.value,
        y=better.value,
        across=(-worse.hi, -worse.lo),
        up=(better.lo, better.hi),
        is_open=line.is_mixed,
    )


def _passes(line: KanoLine, asked: ListAsked) -> bool:
    attribute, category = asked.value_of("attribute"), asked.value_of("category")
    if attribute is not None and line.subject.row.attribute_id != attribute.pk:
        return False
    if category is not None and line.category != category:
        return False
    text = f"{line.reference} {line.statement}".lower()
    return all(word in text for word in asked.q.lower().split())


# ---- As the API answers


def kano_form(page: KanoPage) -> dict[str, Any]:
    return {"results": [line_form(line) for line in page.lines], "too_few": page.hidden}


def line_form(line: KanoLine) -> dict[str, Any]:
    found = line.kano
    return {
        "requirement": line.pk,
        "reference": line.reference,
        "statement": line.statement,
        "category": found.category.value,
        "is_mixed": found.is_mixed,
        "second": found.second and found.second.value,
        "difference": float(found.difference),
        "bound": found.bound,
        "alternative": found.alternative.value,
        "pouliot": line.pouliot.value,
        "counts": {category.value: float(count) for category, count in found.counts.items()},
        "n": line.n,
        "contacts": line.heard.contacts,
        "better": coefficient_form(found.better),
        "worse": coefficient_form(found.worse),
        "total_strength": float(found.total_strength),
        "category_strength": float(found.category_strength),
        "is_badly_asked": found.is_badly_asked,
        "is_reversed": found.is_reversed,
        "oldest_on": line.heard.oldest_on,
        "newest_on": line.heard.newest_on,
    }


def coefficient_form(found: Coefficient | None) -> dict[str, float] | None:
    return None if found is None else {"value": found.value, "lo": found.lo, "hi": found.hi}
