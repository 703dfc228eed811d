"""Importance and performance: what to concentrate on, by a crosshair that is named."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
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
    dates_of,
    ends_words,
    ground_of,
    is_few,
    is_small,
    printed,
)
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.words import counted, sentence
from functions.models import Program
from functions.selectors import Access
from gap_scores.boards import kept_at_version
from interviews.opinions import Heard, ImportanceRow, RatingRow, by_requirement, importance_rows, rating_rows
from requirements_catalog.models import Attribute, RatingScale, Requirement
from scoring.importance import (
    Crosshair,
    Estimate,
    Point,
    Quadrant,
    data_centred,
    has_spread,
    quadrants,
)
from scoring.voices import Mean, Said, mean_of
from web.lists import Column, ListAsked, ListPlan, Shown
from web.templatetags.show import fixed, listed

UNDECIDED, ALONE = "undecided", "too few to judge"
CORNERS = (
    Quadrant.CONCENTRATE.value,
    Quadrant.KEEP_UP.value,
    Quadrant.LOW_PRIORITY.value,
    Quadrant.OVERKILL.value,
)
MOST_NAMED = 4
POINTS = (0, 10)  # the least and the most that importance and a rating can be


class Centre(StrEnum):
    """Where the crosshair stands; it changes the advice, so it is named."""

    DATA = "data"
    SCALE = "scale"
    TARGET = "target"


class Standing(StrEnum):
    """Where the lines do stand: a target may be typed, or not be known, so that they stand at the means."""

    DATA = "data"
    SCALE = "scale"
    TARGET = "target"
    TYPED = "typed"
    NOWHERE = ""


STANDING_WORDS = {
    Standing.DATA: "the mean of these requirements",
    Standing.SCALE: "the middle of the scales",
    Standing.TARGET: "the mean importance and what counts as satisfied",
    Standing.TYPED: "what was typed",
}
FEWEST_POINTS = 2  # that can set a line


@dataclass(frozen=True, slots=True)
class Lines:
    """Where the lines of the crosshairs could stand, from the scales on which people answered."""

    middle: Crosshair
    satisfied: float | None


@dataclass(frozen=True, slots=True)
class ImportanceLine(OfSubject):
    """One requirement: how important it is and how it is rated, in points of 10, and what follows by the crosshair."""

    subject: Subject
    importance: Mean
    performance: Mean
    heard: Heard
    verdict: str

    @property
    def importance_value(self) -> float | None:
        return printed(self.importance.value, self.importance.n_eff)

    @property
    def performance_value(self) -> float | None:
        return printed(self.performance.value, self.performance.n_eff)

    @property
    def importance_range(self) -> str:
        return ends_words(self.importance.lo, self.importance.hi, 1)

    @property
    def performance_range(self) -> str:
        return ends_words(self.performance.lo, self.performance.hi, 1)

    @property
    def difference(self) -> float | None:
        """Importance minus performance: above 0 it matters more than it is done well."""
        if self.importance_value is None or self.performance_value is None:
            return None
        return self.importance_value - self.performance_value

    @property
    def n(self) -> int:
        return min(self.importance.n, self.performance.n)

    @property
    def is_sure(self) -> bool:
        return self.verdict not in {UNDECIDED, ALONE, ""}

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on


class ImportanceFilter(django_filters.FilterSet):
    """Asks only; the rows are narrowed here, not in the database."""

    attribute = django_filters.ModelChoiceFilter(queryset=Attribute.objects.all(), label=_("Attribute"))
    quadrant = django_filters.ChoiceFilter(
        choices=[(each, each) for each in (*(quadrant.value for quadrant in Quadrant), UNDECIDED)], label=_("Quadrant")
    )

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


COLUMNS = (
    Column("reference", _("No.")),
    Column("statement", _("Requirement")),
    Column("verdict", _("Quadrant")),
    Column("importance", _("Importance"), value=lambda row: row.importance_value, numeric=True, hide_narrow=True),
    Column("performance", _("Performance"), value=lambda row: row.performance_value, numeric=True, hide_narrow=True),
    Column("difference", _("Difference"), numeric=True, hide_narrow=True),
    Column("n", _("n"), numeric=True, hide_narrow=True),
    Column("gap", _("Gap"), value=lambda row: row.gap.gap if row.gap and not row.gap.few else None, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
)


def end_of(which: str, end: str) -> Column:
    return Column(f"{which}_{end}", f"{which} {end}", value=lambda row: getattr(getattr(row, which), end), numeric=True)


IMPORTANCE = ListPlan(
    name="importance",
    columns=COLUMNS,
    sort="-difference",
    filters=ImportanceFilter,
    search=("statement", "reference"),
    also=(*PARAMETERS, "crosshair", "line_importance", "line_performance"),
    page_size=50,
    in_file=(
        *COLUMNS,
        Column("attribute", _("Attribute")),
        *(end_of(which, end) for which in ("importance", "performance") for end in ("lo", "hi", "n", "n_eff")),
    ),
)


@dataclass(frozen=True)
class ImportancePage:
    ground: Ground
    list: Shown
    lines: tuple[ImportanceLine, ...]
    hidden: int
    unrated: int
    centre: Centre
    standing: Standing
    cross: Crosshair | None

    @property
    def asked(self) -> AskedScope:
        return self.ground.asked

    @property
    def answer(self) -> str:
        if not self.lines:
            nobody = "Nobody said yet both how important it is and how it is done"
            return "Too few customers to show" if self.hidden else nobody
        if self.cross is None and sum(line.verdict != ALONE for line in self.lines) < FEWEST_POINTS:
            return "Fewer than two requirements were rated by enough customers, so there are no lines"
        if self.cross is None:
            return "All points lie in a line, so there are no quadrants"
        worst = sorted(self.lines, key=lambda line: -(line.difference or 0))
        found = [line.reference for line in worst if line.verdict == Quadrant.CONCENTRATE]
        if not found:
            return "Nothing is surely important and done worse than the line"
        named = listed(found) if len(found) <= MOST_NAMED else f"{', '.join(found[:MOST_NAMED])} …"
        return sentence(f"concentrate on {counted(len(found), 'requirement')}: {named}")

    @property
    def sub(self) -> str:
        undecided = sum(line.verdict == UNDECIDED for line in self.lines)
        said = []
        if self.cross:
            said.append(
                f"The lines stand at {STANDING_WORDS[self.standing]}: importance {fixed(self.cross.importance, 1)}, "
                f"performance {fixed(self.cross.performance, 1)} of 10."
            )
        if self.centre is Centre.TARGET and self.standing is Standing.DATA:
            said.append("None of these scales says from where it counts as satisfied.")
        if undecided:
            said.append(f"{sentence(counted(undecided, 'requirement'))} undecided: too near to a line.")
        return " ".join(said)

    @property
    def dates(self) -> tuple[date, date] | None:
        return dates_of(line.heard for line in self.lines)

    @property
    def choices(self) -> tuple[tuple[str, str, bool], ...]:
        """Return (words, address, whether it is shown) of the crosshairs."""
        query = self.asked.query
        sign = "&" if query else "?"
        return tuple((each.value, f"{query}{sign}crosshair={each.value}", each is self.centre) for each in Centre)

    @property
    def scope_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return what a form of the page has to say again of its scope."""
        kept = self.list.asked.kept
        return tuple((name, str(kept[name])) for name in PARAMETERS if name in kept)

    @cached_property
    def drawings(self) -> tuple[ScatterDrawing, ...]:
        spots = [_spot(line) for line in self.lines if line.verdict != ALONE]
        if not spots or self.cross is None:
            return ()
        # Performance across, importance up: what needs work is at the top left.
        across = _axis("performance, points of 10", [spot.x for spot in spots], self.cross.performance)
        up = _axis("importance, points of 10", [spot.y for spot in spots], self.cross.importance)
        return tuple(
            draw_scatter(
                spots, x=across, y=up, corners=CORNERS, uid=f"ipa-{css}", css=css,
                heading="Importance and performance by requirement",
            )
            for css in ("only-wide", "only-narrow")
        )  # fmt: skip


def _axis(words: str, values: Sequence[float], line: float) -> Axis:
    """Return an axis over whole points that holds all values and the line."""
    low, high = math.floor(min(*values, line)), math.ceil(max(*values, line))
    high = max(high, low + 1)
    return Axis(low, high, words, tuple((float(at), str(at)) for at in range(low, high + 1)), line)


def importance_page(
    *, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> ImportancePage:
    ground = ground_of(asked=asked, access=access, program=program)
    found, lines_at = kept_at_version(("importance", ground.answers), lambda: _means(ground))
    mine = {key: each for key, each in found.items() if key in ground.subjects}
    heard = {key: each[2] for key, each in mine.items()}
    hidden = ground.hidden(heard, dict.fromkeys(heard, ""))
    centre = _centre(parameters)
    points = [_point(key, each) for key, each in mine.items() if not sets_no_line(each)]
    standing, cross = _cross(centre, _typed(parameters), points, lines_at)
    verdicts = quadrants(points, cross) if cross else {}
    lines = [
        ImportanceLine(ground.subjects[key], *each, _verdict(key, each, cross, verdicts))
        for key, each in mine.items()
        if key not in hidden
    ]
    list_asked = ListAsked(IMPORTANCE, parameters)
    kept = [line for line in lines if _passes(line, list_asked)]
    unrated = len(ground.subjects) - len(mine)
    return ImportancePage(
        ground, list_asked.show(kept, of=lines), tuple(lines), len(hidden), unrated, centre, standing, cross
    )


Means = Mapping[int, tuple[Mean, Mean, Heard]]


def _means(ground: Ground) -> tuple[Means, Lines]:
    """Return both means of each requirement of which both were said, and where lines could stand (5 queries)."""
    important, heard = importance_rows(ground.answers)
    rated, rated_by = rating_rows(ground.answers)
    scales = {scale.pk: scale for scale in RatingScale.objects.all()}
    importance = {key: mean_of(map(said_important, rows), POINTS) for key, rows in by_requirement(important).items()}
    performance = {
        key: mean_of((said_rated(row, scales[row.scale]) for row in rows), POINTS)
        for key, rows in by_requirement(rated).items()
    }
    found = {
        key: (mean, other, heard[key].fewer(rated_by[key]))
        for key, mean in importance.items()
        if mean is not None and (other := performance.get(key)) is not None
    }
    return found, _lines_at(important, rated, scales)


def said_important(row: ImportanceRow) -> Said:
    return Said(Fraction(row.num, row.den), row.voice.mass, row.voice.of_customer, row.times)


def said_rated(row: RatingRow, scale: RatingScale) -> Said:
    """Return a rating in points of 10, by the rule that importance follows."""
    return Said(Fraction(10 * row.perceived, scale.maximum), row.voice.mass, row.voice.of_customer, row.times)


def _lines_at(
    important: Iterable[ImportanceRow], rated: Sequence[RatingRow], scales: Mapping[int, RatingScale]
) -> Lines:
    """Return the middles of the scales and the satisfied points, in the mixture in which they were used."""
    middle_importance = mean_of(
        Said(_middle(row.minimum, row.maximum), row.voice.mass, None, row.times) for row in important
    )
    middle = mean_of(
        Said(_middle(scales[row.scale].minimum, scales[row.scale].maximum), row.voice.mass, None, row.times)
        for row in rated
    )
    satisfied = mean_of(
        Said(Fraction(10 * point, scales[row.scale].maximum), row.voice.mass, None, row.times)
        for row in rated
        if (point := scales[row.scale].satisfied_from) is not None
    )
    return Lines(
        Crosshair(float(middle_importance.value) if middle_importance else 5.0, float(middle.value) if middle else 5.0),
        float(satisfied.value) if satisfied else None,
    )


def _middle(minimum: int | None, maximum: int | None) -> Fraction:
    """Return the middle of a scale in points of 10; points out of 100 lie on 0 to 10."""
    return Fraction(5) if minimum is None or maximum is None else Fraction(5 * (minimum + maximum), maximum)


def _point(key: int, found: tuple[Mean, Mean, Heard]) -> Point[int]:
    importance, performance, _heard = found
    return Point(
        key,
        Estimate(float(importance.value), importance.half),
        Estimate(float(performance.value), performance.half),
    )


def _centre(parameters: QueryDict) -> Centre:
    asked = parameters.get("crosshair", "")
    return Centre(asked) if asked in set(Centre) else Centre.DATA


def _typed(parameters: QueryDict) -> Crosshair | None:
    """Return the lines that the address names, each 0 to 10; a value that makes no sense is as good as none."""
    found = [_number(parameters.get(f"line_{name}", "")) for name in ("importance", "performance")]
    return None if None in found else Crosshair(*(each for each in found if each is not None))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 <= value <= 10 else None


def _cross(
    centre: Centre, typed: Crosshair | None, points: Sequence[Point[int]], at: Lines
) -> tuple[Standing, Crosshair | None]:
    """Return where the lines stand, which need not be where they were asked to."""
    if not has_spread(points):
        return Standing.NOWHERE, None
    if centre is Centre.SCALE:
        return Standing.SCALE, at.middle
    means = data_centred(points)
    if centre is Centre.TARGET and typed is not None:
        return Standing.TYPED, typed
    if centre is Centre.TARGET and at.satisfied is not None:
        return Standing.TARGET, Crosshair(means.importance, at.satisfied)
    return Standing.DATA, means


def sets_no_line(found: tuple[Mean, Mean, Heard]) -> bool:
    """Whether so few stand behind one of the two means that it is not judged; a line would give away its value."""
    importance, performance, heard = found
    return is_small(heard) or is_few(importance.n_eff) or is_few(performance.n_eff)


def _verdict(
    key: int, means: tuple[Mean, Mean, Heard], cross: Crosshair | None, found: Mapping[int, Quadrant | None]
) -> str:
    if sets_no_line(means):
        return ALONE
    if cross is None:
        return ""
    quadrant = found.get(key)
    return quadrant.value if quadrant else UNDECIDED


def _spot(line: ImportanceLine) -> Spot:
    importance, performance = line.importance, line.performance
    title = (
        f"{line.reference} {line.verdict}: importance {fixed(float(importance.value), 1)} ({line.importance_range}), "
        f"performance {fixed(float(performance.value), 1)} ({line.performance_range}), n {line.n}"
    )
    return Spot(
        name=line.reference,
        title=title,
        x=float(performance.value),
        y=float(importance.value),
        across=None if performance.lo is None or performance.hi is None else (performance.lo, performance.hi),
        up=None if importance.lo is None or importance.hi is None else (importance.lo, importance.hi),
        is_open=not line.is_sure,
    )


def _passes(line: ImportanceLine, asked: ListAsked) -> bool:
    attribute, quadrant = asked.value_of("attribute"), asked.value_of("quadrant")
    if attribute is not None and line.subject.row.attribute_id != attribute.pk:
        return False
    if quadrant is not None and line.verdict != quadrant:
        return False
    text = f"{line.reference} {line.statement}".lower()
    return all(word in text for word in asked.q.lower().split())


# ---- As the API answers


def importance_form(page: ImportancePage) -> dict[str, Any]:
    cross = page.cross
    return {
        "crosshair": page.standing.value,
        "line_importance": cross and cross.importance,
        "line_performance": cross and cross.performance,
        "results": [line_form(line) for line in page.lines],
        "too_few": page.hidden,
    }


def line_form(line: ImportanceLine) -> dict[str, Any]:
    return {
        "requirement": line.pk,
        "reference": line.reference,
        "statement": line.statement,
        "importance": mean_form(line.importance),
        "performance": mean_form(line.performance),
        "difference": line.difference,
        "quadrant": line.verdict,
        "oldest_on": line.heard.oldest_on,
        "newest_on": line.heard.newest_on,
    }


def mean_form(mean: Mean) -> dict[str, Any]:
    return {"value": printed(mean.value, mean.n_eff), "lo": mean.lo, "hi": mean.hi, "n": mean.n, "n_eff": mean.n_eff}
