"""One requirement: who needs it stricter, by segment, product, objective and uniqueness."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any, ClassVar

import django_filters
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.drawing.small_curve import CurveScale, SmallCurve, Steps, curve_scale, draw_small_curve
from dashboard.gap_view import hides
from dashboard.opinion import Ground, Subject, dates_of, ground_of, is_few
from dashboard.scoping import PARAMETERS, AskedScope
from dashboard.strictness_reading import DIMENSIONS, Groups, split
from dashboard.words import count_word, counted, level_words, sentence, share_words
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import EntryView, RequirementDetail
from gap_scores.selectors import read_requirement
from interviews.opinions import Heard
from requirements_catalog.models import Requirement
from scoring.curves import SatisfactionCurve
from scoring.felt import Direction
from scoring.strictness import Demand, Difference, RequiredLevel, differences, required_level
from scoring.units import UNITS
from web.lists import Column, ListAsked, ListPlan, Shown
from web.templatetags.show import fixed, listed

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class StrictLine:
    """One group: the level that serves the wanted share of it, and how it stands to the others of its dimension.

    level, easy and strict in the requirement's unit; level None: so few that only the interval may be told; easy and
    strict None: open ends. difference None: too few customers to compare.
    """

    dimension: str
    group: str
    found: RequiredLevel
    difference: Difference | None
    heard: Heard
    unit: str
    currency: str

    @property
    def split(self) -> str:
        return DIMENSIONS[self.dimension]

    @property
    def level(self) -> float | None:
        return None if is_few(self.found.n_eff) else self.found.level

    @property
    def level_words(self) -> str:
        return level_words(self.level, self.unit, self.currency)

    @property
    def range(self) -> str:
        """The interval in words, the less demanding end first."""
        ends = self.found.easy, self.found.strict
        easy, strict = (level_words(end, self.unit, self.currency) if end is not None else "open" for end in ends)
        return "open at both ends" if ends == (None, None) else f"{easy} to {strict}"

    @property
    def verdict(self) -> str:
        if self.difference is None:
            return "too few to compare"
        if not self.difference.stands:
            return "no difference"
        return "stricter" if self.difference.is_stricter else "looser"

    @property
    def p_words(self) -> str:
        p = self.difference.adjusted if self.difference else None
        return "" if p is None else "p below .001" if p < 0.001 else f"p {fixed(p, 3).removeprefix('0')}"

    @property
    def position(self) -> float | None:
        return self.difference.position if self.difference else None

    @property
    def heard_on(self) -> date:
        return self.heard.newest_on


class StrictnessFilter(django_filters.FilterSet):
    """Asks only; the rows are narrowed here, not in the database."""

    by = django_filters.ChoiceFilter(choices=list(DIMENSIONS.items()), label=_("Split by"))

    class Meta:
        model = Requirement
        fields: ClassVar[list[str]] = []


COLUMNS = (
    Column("split", _("Split by")),
    Column("group", _("Group")),
    Column("level", _("Level"), numeric=True),
    Column("verdict", _("Against the others")),
    Column("n", _("n"), value=lambda row: row.found.n, numeric=True, hide_narrow=True),
    Column("customers", _("Customers"), value=lambda row: row.found.customers, numeric=True, hide_narrow=True),
    Column("n_eff", _("n_eff"), value=lambda row: row.found.n_eff, numeric=True, hide_narrow=True),
    Column("heard_on", _("Heard"), numeric=True, hide_narrow=True),
)
STRICTNESS = ListPlan(
    name="strictness",
    columns=COLUMNS,
    sort="split",
    filters=StrictnessFilter,
    search=("group",),
    also=(*PARAMETERS, "requirement"),
    page_size=50,
    row_id=lambda row: (list(DIMENSIONS).index(row.dimension), row.group),
    in_file=(
        *COLUMNS,
        Column("easy", _("Level, less demanding end"), value=lambda row: row.found.easy, numeric=True),
        Column("strict", _("Level, more demanding end"), value=lambda row: row.found.strict, numeric=True),
        Column("unit", _("Unit")),
        Column("position", _("Strictness, 0 to 1"), numeric=True),
        Column("p", _("p"), value=lambda row: row.difference and row.difference.p, numeric=True),
        Column(
            "adjusted", _("p, adjusted"), value=lambda row: row.difference and row.difference.adjusted, numeric=True
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Multiple:
    """The curves of one dimension side by side."""

    words: str
    curves: tuple[tuple[StrictLine, SmallCurve], ...]


@dataclass(frozen=True)
class StrictnessPage:
    """subject None: there is no requirement with a scale that this person may open. whole None: no level was stated.

    hidden: groups with too few people to be shown to this person. few: so is the requirement itself.
    """

    ground: Ground
    subjects: tuple[Subject, ...]
    subject: Subject | None
    detail: RequirementDetail | None
    whole: RequiredLevel | None
    lines: tuple[StrictLine, ...]
    list: Shown
    hidden: int
    few: bool
    currency: str

    @property
    def asked(self) -> AskedScope:
        return self.ground.asked

    @property
    def unit(self) -> str:
        return self.subject.row.unit if self.subject else ""

    @property
    def wanted_words(self) -> str:
        return share_words(self.detail.wanted_share) if self.detail else ""

    @property
    def compared(self) -> int:
        return next((line.difference.compared for line in self.lines if line.difference), 0)

    @property
    def standing(self) -> tuple[StrictLine, ...]:
        """The groups whose difference stands, the surest first."""
        found = [(line.difference.adjusted, line) for line in self.lines if line.difference and line.difference.stands]
        return tuple(line for _p, line in sorted(found, key=lambda pair: (pair[0], pair[1].split, pair[1].group)))

    @property
    def answer(self) -> str:
        if self.subject is None:
            return "No requirement with a scale is open to you"
        if self.few:
            return "Too few customers were heard about this to show it"
        if self.whole is None:
            return "Nobody stated a level yet"
        if not self.compared:
            return "No two groups have enough customers to compare"
        if not self.standing:
            return f"No difference stands: of {counted(self.compared, 'comparison')} none is beyond chance"
        said = (self._named(stricter=True), self._named(stricter=False))
        return sentence("; ".join(filter(None, said)))

    def _named(self, *, stricter: bool) -> str:
        """Return the groups on one side in words: 'stricter: a, b and one more'; nothing where there are none."""
        mine = [line.group for line in self.standing if (line.verdict == "stricter") is stricter]
        left = len(mine) - MOST_NAMED
        shown = [*mine[:MOST_NAMED], *([f"{count_word(left)} more"] if left > 0 else [])]
        return f"{'stricter' if stricter else 'looser'}: {listed(shown)}" if mine else ""

    @property
    def sub(self) -> str:
        if self.whole is None or self.few:
            return ""
        found = StrictLine("region", "", self.whole, None, _NOBODY, self.unit, self.currency)
        level = f"{found.level_words} ({found.range})" if found.level is not None else found.range
        heard = f"{counted(self.whole.n, 'answer')} of {counted(self.whole.customers, 'customer')}"
        return f"Of all, {level} serves {self.wanted_words}; {heard}, n_eff {fixed(self.whole.n_eff)}."

    @property
    def dates(self) -> tuple[date, date] | None:
        return dates_of(line.heard for line in self.lines)

    @property
    def choices(self) -> tuple[tuple[int, str, bool], ...]:
        mine = self.subject.pk if self.subject else None
        return tuple((each.pk, f"{each.row.reference} {each.row.statement}", each.pk == mine) for each in self.subjects)

    @property
    def scope_pairs(self) -> tuple[tuple[str, str], ...]:
        """What the form that chooses a requirement says again."""
        kept = self.list.asked.kept
        return tuple((name, str(kept[name])) for name in (*PARAMETERS, "by") if name in kept)

    @cached_property
    def multiples(self) -> tuple[Multiple, ...]:
        """The curves of the groups that the list shows, one row of them for each dimension."""
        if self.whole is None or self.detail is None:
            return ()
        scale, everybody = _scale(self.whole.curve, self.unit, self.currency), _steps(self.whole.curve)
        rows = [row for row in self.list.rows if row.found.n > 1]
        found = []
        for name in DIMENSIONS:
            lines = sorted((row for row in rows if row.dimension == name), key=lambda row: row.group)
            curves = tuple((line, self._curve(line, everybody, scale)) for line in lines)
            if len(curves) > 1:
                found.append(Multiple(DIMENSIONS[name], curves))
        return tuple(found)

    def _curve(self, line: StrictLine, everybody: Steps, scale: CurveScale) -> SmallCurve:
        assert self.detail is not None  # noqa: S101  # asked by the caller
        level = f"{line.level_words} serves {self.wanted_words}" if line.level is not None else line.range
        return draw_small_curve(
            _steps(line.found.curve), everybody, scale, wanted_share=self.detail.wanted_share, at=line.level,
            words=f"{line.group}: {level}, n {line.found.n}",
        )  # fmt: skip


_NOBODY = Heard(0, 0, date.min, date.min)


def strictness_page(
    *, parameters: QueryDict, asked: AskedScope, access: Access, program: Program | None
) -> StrictnessPage:
    ground = ground_of(asked=asked, access=access, program=program)
    subjects = tuple(each for each in ground.subjects.values() if each.opens and each.row.has_scale)
    subject = _subject(parameters.get("requirement", ""), subjects)
    detail = read_requirement(requirement_id=subject.pk, scope=ground.asked.scope) if subject else None
    currency = program.currency if program else ""
    few = detail is not None and hides(access, detail)
    lines, hidden, whole = ([], 0, None) if detail is None or few else _lines(ground, detail, currency)
    list_asked = ListAsked(STRICTNESS, parameters)
    kept = [line for line in lines if _passes(line, list_asked)]
    shown = list_asked.show(kept, of=lines)
    return StrictnessPage(
        ground, subjects, subject, detail, whole, tuple(lines), shown, hidden, few, currency
    )  # fmt: skip


def _subject(asked: str, subjects: Sequence[Subject]) -> Subject | None:
    """Return the requirement that an address names, else the one with most points about which somebody was heard."""
    named = next((each for each in subjects if str(each.pk) == asked), None)
    return named or next(iter(subjects), None)


def _lines(
    ground: Ground, detail: RequirementDetail, currency: str
) -> tuple[list[StrictLine], int, RequiredLevel | None]:
    direction = Direction(detail.direction)
    entries = [each for each in detail.entries if each.in_sums and each.level is not None]
    whole = required_level([_demand(each) for each in entries], direction, detail.wanted_share)
    groups = split(entries, as_of=ground.answers.as_of)
    compared = differences(
        {name: {group: [_demand(each) for each in its] for group, its in values.items()}
         for name, values in groups.items()},
        direction,
    )  # fmt: skip
    heard = _heard(groups)
    hidden = ground.hidden(heard, {key: key[0] for key in heard}, together=partial(_together, groups))
    lines = []
    for (name, group), its in heard.items():
        demands = [_demand(each) for each in groups[name][group]]
        found = required_level(demands, direction, detail.wanted_share)
        if found is not None and (name, group) not in hidden:
            difference = compared.get((name, group))
            lines.append(StrictLine(name, group, found, difference, its, detail.row.unit, currency))
    return lines, len(hidden), whole


def _demand(entry: EntryView) -> Demand:
    return Demand(float(entry.level or 0), entry.share_of_weight, entry.customer_id)


def _heard(groups: Groups) -> dict[tuple[str, str], Heard]:
    return {
        (name, group): Heard(
            len({each.contact_id for each in its}),
            len({each.customer_id for each in its}),
            min(each.day for each in its),
            max(each.day for each in its),
        )
        for name, values in groups.items()
        for group, its in sorted(values.items())
    }


def _together(groups: Groups, keys: Iterable[tuple[str, str]]) -> tuple[int, int]:
    """Return how many contacts and customers rows are: one person may answer of two products."""
    entries = [each for name, group in keys for each in groups[name][group]]
    return len({each.contact_id for each in entries}), len({each.customer_id for each in entries})


def _steps(curve: SatisfactionCurve) -> Steps:
    whole = sum(curve.masses)
    steps = [(float(level), mass / whole) for level, mass in zip(curve.levels, curve.masses, strict=True)]
    return steps if curve.direction is Direction.HIGHER else list(reversed(steps))


def _scale(curve: SatisfactionCurve, unit: str, currency: str) -> CurveScale:
    lower = curve.direction is Direction.LOWER
    levels = [float(level) for level in curve.levels]
    easy, strict = (levels[-1], levels[0]) if lower else (levels[0], levels[-1])
    is_time = UNITS[unit].dimension in {"time", "working time"} if unit in UNITS else False
    words = level_words(easy, unit, currency), level_words(strict, unit, currency)
    return curve_scale(levels, lower_is_better=lower, is_time=is_time, words=words)


def _passes(line: StrictLine, asked: ListAsked) -> bool:
    by = asked.value_of("by")
    return (by is None or line.dimension == by) and all(word in line.group.lower() for word in asked.q.lower().split())


# ---- As the API answers


def strictness_form(page: StrictnessPage) -> dict[str, Any]:
    return {
        "requirement": page.subject and page.subject.pk,
        "unit": page.unit,
        "wanted_share": page.detail and page.detail.wanted_share,
        "all": page.whole and level_form(page.whole),
        "comparisons": page.compared,
        "results": [line_form(line) for line in page.list.rows],
        "too_few": page.hidden,
    }


def line_form(line: StrictLine) -> Mapping[str, Any]:
    difference = line.difference
    return {
        "by": line.dimension,
        "group": line.group,
        **level_form(line.found),
        "position": difference and difference.position,
        "p": difference and difference.p,
        "p_adjusted": difference and difference.adjusted,
        "stands": difference is not None and difference.stands,
        "oldest_on": line.heard.oldest_on,
        "newest_on": line.heard.newest_on,
    }


def level_form(found: RequiredLevel) -> dict[str, Any]:
    level = None if is_few(found.n_eff) else found.level
    return {
        "level": level, "easy": found.easy, "strict": found.strict, "n": found.n, "customers": found.customers,
        "n_eff": found.n_eff,
    }  # fmt: skip
