"""One requirement: what customers need, whether we meet it, whether they feel it, and how the gap is computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.urls import reverse

from customers.models import Lifecycle, Stratum
from dashboard.drawing.bands import Edges
from dashboard.drawing.curve import CurveDrawing, MeasuredLine, Reference, Step, draw_curve
from dashboard.drawing.mosaic import MosaicDrawing, draw_mosaic
from dashboard.drawing.small import WhiskerAxis, whisker_axis
from dashboard.gap_view import GapView, edges_of, gap_view, hides
from dashboard.metric_card import MetricCard, metric_card
from dashboard.scoping import AskedScope
from dashboard.selectors import (
    WORDS_SHOWN,
    Passage,
    Words,
    contributors_of,
    customer_names,
    heads_of,
    links_of_requirement,
    measured_metrics,
    product_names,
    requirement_with,
    words_about,
)
from dashboard.sentences import (
    boxes_answer,
    curve_answer,
    looser_target,
    main_level,
    requirement_answer,
    watermelon,
    words_answer,
    worst_answer,
)
from dashboard.words import counted, level_number, level_words, part_words, sentence, share_words, unit_word
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import EntryView, LevelView, RequirementDetail, ScopeView
from gap_scores.guarding import board_for
from gap_scores.selectors import read_requirement
from gap_scores.showing import hidden_views
from improvements.action_models import Action
from improvements.action_selectors import actions_about
from interviews.coding_figures import agreement_about
from metrics.models import MetricLink
from requirements_catalog.models import Requirement, Responsibility
from requirements_catalog.selectors import requirement_ids_for
from scoring.agreement import CodeAgreement
from scoring.sums import NOTHINGS
from scoring.units import UNITS, factor
from web.templatetags.show import fixed

MOST_LINES = 4
MOST_ENTRIES = 100
SEGMENTS = {"industry": "Industry", "region": "Region", "size_band": "Size"}
NOTHING_WORDS = {
    f"{part}_{state}": f"{part} {words}"
    for part in ("importance", "level", "perception")
    for state, words in (
        ("unknown", "not known"),
        ("not_applicable", "not applicable"),
        ("not_asked", "not asked"),
    )
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """A required level in the table twin of the curve; shares 0..1 of weight."""

    level: str
    answers: int
    share: float
    served: float
    is_met: bool


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """One line of a comparison. url: the page in that scope, '' where it would show the same."""

    name: str
    view: ScopeView
    gap: GapView | None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Lines of one dimension; hidden: how many have too few contacts to be shown to this person."""

    name: str
    lines: tuple[ScopeLine, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class Said:
    """A passage as this person may see it."""

    passage: Passage
    who: str
    needs: str


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One answer of the explanation with its customer's name, for specialists."""

    entry: EntryView
    customer: str
    needs: str
    measured: str


@dataclass(frozen=True, slots=True)
class BoxLine:
    """One row of the explanation: a box of met x felt, its share of weight, what an answer in it counts."""

    words: str
    share: float
    counts: float

    @property
    def adds(self) -> float:
        return 100 * self.share * (1 - self.counts)


@dataclass(frozen=True)
class RequirementPage:
    requirement: Requirement
    detail: RequirementDetail
    asked: AskedScope
    access: Access
    edges: Edges
    currency: str
    all_words: bool

    # ---- Heading and strip

    @cached_property
    def too_few(self) -> bool:
        """Whether this person may not see numbers of so few people."""
        return hides(self.access, self.detail)

    @cached_property
    def withheld(self) -> str:
        """Why this person is shown nothing of the segment that was asked for; empty: it is shown."""
        return board_for(self.access, self.asked.scope).withheld if self.asked.scope.dimension else ""

    @property
    def is_unheard(self) -> bool:
        return not self.detail.row.counts.heard

    @property
    def shows_comparison(self) -> bool:
        """Whether anybody at all was heard about it, of whatever lifecycle, and may be shown."""
        return not self.too_few and any(view.counts.heard for view in self.detail.lifecycles)

    @property
    def resolution(self) -> str:
        """The step to which levels are rounded before they are compared."""
        scale = self.requirement.current_scale
        return self.in_words(scale.resolution) if scale else ""

    @property
    def answer(self) -> str:
        if self.too_few:
            return "Too few customers were heard about this to show it."
        return requirement_answer(self.detail, self.currency)

    @cached_property
    def gap(self) -> GapView | None:
        score = self.detail.row.score
        if score is None or self.too_few:
            return None
        return gap_view(
            score.gap,
            score.lo,
            score.hi,
            score.n_eff,
            edges=self.edges,
            stale=self.detail.row.is_stale,
            suspect=self.detail.row.is_suspect,
        )

    @cached_property
    def suspect_links(self) -> list[MetricLink]:
        """Links of which an end has changed since somebody looked at them."""
        return [link for link in self.links if link.is_suspect]

    @property
    def may_affirm(self) -> bool:
        return any(self.access.keeps_metrics_of(link.metric.function_id) for link in self.suspect_links)

    @cached_property
    def head(self) -> str:
        owner = self.requirement.owner_id
        return heads_of([owner]).get(owner, "") if owner else ""

    @cached_property
    def contributors(self) -> list[Responsibility]:
        return contributors_of(self.requirement.pk)

    @property
    def unit(self) -> str:
        return unit_word(self.detail.row.unit, self.currency)

    @property
    def level(self) -> LevelView | None:
        return main_level(self.detail.row)

    def in_words(self, level: Decimal | float | None) -> str:
        return level_words(level, self.detail.row.unit, self.currency)

    @property
    def level_words(self) -> str:
        return self.in_words(self.level.value) if self.level else ""

    @property
    def level_range(self) -> str:
        return range_words(self.level, self.unit) if self.level else ""

    @property
    def looser(self) -> tuple[str, str] | None:
        return None if self.too_few else looser_target(self.detail, self.currency)

    @property
    def watermelon(self) -> str:
        return "" if self.too_few else watermelon(self.detail.row, self.detail.target_view, self.currency)

    @property
    def axis(self) -> WhiskerAxis:
        return whisker_axis()

    # ---- The curve

    @cached_property
    def steps(self) -> list[StepLine]:
        """The stated levels, the least demanding first."""
        curve = self.detail.curve
        if curve is None or self.too_few:
            return []
        total = sum(curve.masses)
        rows = list(zip(curve.levels, curve.masses, strict=True))
        if self.detail.direction == "lower":
            rows.reverse()
        served, found = 0.0, []
        for level, mass in rows:
            served += mass / total
            answers = sum(float(each.level) == level for each in self.detail.entries if each.level is not None)
            found.append(
                StepLine(self.in_words(float(level)), answers, mass / total, served, self._is_met(float(level)))
            )
        return found

    def _is_met(self, required: float) -> bool:
        if self.level is None:
            return False
        measured = float(self.level.value)
        return measured <= required if self.detail.direction == "lower" else measured >= required

    @property
    def curve_answer(self) -> str:
        if not self.steps:
            return "Nobody stated a level." if self.detail.row.has_scale else "It has no scale, so there is no curve."
        beyond = [(step.level, step.share) for step in self.steps if not step.is_met]
        score = self.detail.row.score
        return curve_answer(beyond, score.share_met if score else None)

    @cached_property
    def curves(self) -> list[CurveDrawing]:
        """The curve for a wide and for a narrow page; empty where nobody stated a level."""
        return [drawing for wide in (True, False) if (drawing := self._curve(wide=wide))]

    def _curve(self, *, wide: bool) -> CurveDrawing | None:
        curve = self.detail.curve
        if curve is None or not self.steps:
            return None
        detail, unit = self.detail, self.detail.row.unit
        levels = list(curve.levels) if detail.direction == "higher" else list(reversed(curve.levels))
        steps = [
            Step(float(level), level_number(float(level)), line.share)
            for level, line in zip(levels, self.steps, strict=True)
        ]
        return draw_curve(
            steps,
            self.measured_lines(wide=wide),
            target=self._target(wide=wide),
            wanted=self._wanted(),
            wanted_share=detail.wanted_share,
            unit=self.unit,
            lower_is_better=detail.direction == "lower",
            is_time=UNITS[unit].dimension in ("time", "working time") if unit in UNITS else False,
            uid=f"curve-{'wide' if wide else 'narrow'}",
            wide=wide,
            description=f"{self.answer} {self.curve_answer}",
        )

    def measured_lines(self, *, wide: bool) -> list[MeasuredLine]:
        """One line for each product and part that was measured; the largest n first, at most four."""
        levels = sorted(self.detail.row.levels, key=lambda level: (bool(level.part), -level.n))[:MOST_LINES]
        word = "measured level" if wide else "measured"
        return [
            MeasuredLine(
                name=word if len(levels) == 1 else self._line_name(level),
                level=float(level.value),
                words=self.in_words(level.value),
                lo=None if level.lo is None else float(level.lo),
                hi=None if level.hi is None else float(level.hi),
                share=self.detail.curve.share_met(float(level.value)) if self.detail.curve else 0.0,
                is_old=level.is_old,
            )
            for level in levels
        ]

    def _line_name(self, level: LevelView) -> str:
        name = self.products.get(level.product_id, "")
        return part_words(level.part) if level.part else name

    def _target(self, *, wide: bool) -> Reference | None:
        target = self.detail.target
        if target is None:
            return None
        return Reference("our target" if wide else "target", float(target), self.in_words(target))

    def _wanted(self) -> Reference | None:
        level = self.detail.wanted_level
        if level is None:
            return None
        return Reference(f"serves {share_words(self.detail.wanted_share)}", level, self.in_words(level))

    # ---- The four boxes and the explanation

    @cached_property
    def mosaic(self) -> MosaicDrawing | None:
        score = self.detail.row.score
        return draw_mosaic(**score.four, uid="boxes") if score and score.four and not self.too_few else None

    @property
    def boxes_answer(self) -> str:
        score = self.detail.row.score
        return boxes_answer(score.four if score else None)

    @cached_property
    def boxes(self) -> list[BoxLine]:
        """The boxes that hold weight: met x felt, each yes, no or not known."""
        score = self.detail.row.score
        if score is None or self.too_few:
            return []
        return [BoxLine(BOX_WORDS[key], share, COUNTS[key]) for key, share in score.boxes.items() if share > 0]

    @property
    def sum_words(self) -> str:
        """What each box adds to the gap, as a sum."""
        return " + ".join(fixed(box.adds, 1) for box in self.boxes if box.adds) or "0.0"

    @property
    def nothings(self) -> list[tuple[int, str]]:
        """What was not said, kept apart: (how many answers, what)."""
        counts = self.detail.row.counts.nothings
        return [(counts.get(name, 0), NOTHING_WORDS[name]) for name in NOTHINGS if counts.get(name, 0)]

    @property
    def felt_rules(self) -> list[str]:
        found = {entry.felt_rule for entry in self.detail.entries if entry.in_sums}
        return [words for rule, words in FELT_WORDS.items() if rule in found]

    @cached_property
    def entry_lines(self) -> list[EntryLine]:
        """The answers that weigh most, for specialists."""
        heaviest = sorted(self.detail.entries, key=lambda each: (-each.share_of_weight, each.customer_id))[
            :MOST_ENTRIES
        ]
        names = customer_names({each.customer_id for each in heaviest})
        return [
            EntryLine(
                each,
                names.get(each.customer_id, ""),
                self.in_words(each.level),
                self.in_words(each.measured),
            )
            for each in heaviest
        ]

    # ---- Words

    @cached_property
    def words(self) -> Words:
        limit = None if self.all_words else WORDS_SHOWN
        scope = self.asked.scope
        segment = (scope.dimension, scope.value) if self.words_of_segment else ("", "")
        return words_about(self.requirement.pk, lifecycle=scope.lifecycle, segment=segment, limit=limit)

    @property
    def words_of_segment(self) -> bool:
        """Whose words are of a segment is for specialists: of words, as of numbers, the rest could be told."""
        return bool(self.asked.scope.dimension) and self.access.is_specialist

    @property
    def words_answer(self) -> str:
        return words_answer(self.words.count, self.words.customers)

    @cached_property
    def actions(self) -> list[Action]:
        return actions_about(self.access, self.requirement.pk)

    @property
    def actions_url(self) -> str:
        return reverse("action_list", query={"requirement": self.requirement.pk})

    @property
    def act_url(self) -> str:
        """Where an action about it begins; whoever may open the page works on it."""
        is_active = self.requirement.state == Requirement.State.ACTIVE
        return reverse("action_create", query={"requirement": self.requirement.pk}) if is_active else ""

    @cached_property
    def agreement(self) -> CodeAgreement | None:
        """How far two coders agree on this requirement; None where nobody read twice."""
        return agreement_about(self.requirement.pk)

    @property
    def shows_words(self) -> bool:
        return not self.too_few and (self.access.is_specialist or self.words.customers >= 3)

    @cached_property
    def said(self) -> list[Said]:
        needs = {entry.contact_id: entry.level for entry in self.detail.entries if entry.level is not None}
        return [
            Said(each, self._who(each), self.in_words(needs.get(each.contact_id)) if self.access.sees_names else "")
            for each in self.words.passages
        ]

    def _who(self, passage: Passage) -> str:
        """Return who spoke: segment for those who may see names, else only how the customer stands to us."""
        lifecycle = f"{Lifecycle(passage.stratum.lifecycle).label} customer"
        return segment_words(passage.stratum) if self.access.sees_names else lifecycle

    # ---- Metrics and comparisons

    @cached_property
    def card(self) -> MetricCard | None:
        """The metric that measures the level, with the level that customers need; None where there is none."""
        link = next((each for each in self.links if each.role == MetricLink.Role.MEASURES), None)
        if link is None:
            return None
        measured = measured_metrics([link.metric], as_of=self.detail.stamp.as_of)[0]
        wanted = None if self.too_few else self.detail.wanted_level
        if wanted is not None:
            wanted *= float(factor(self.detail.row.unit, link.metric.unit))
        return metric_card(measured, currency=self.currency, as_of=self.detail.stamp.as_of, customers_level=wanted)

    @property
    def levels_answer(self) -> str:
        levels, score = len(self.detail.row.levels), self.detail.row.score
        if not levels:
            return "No metric measures the level."
        served = ""
        if score and score.share_met is not None and not self.too_few:
            served = f"; {share_words(score.share_met)} of weight is served"
        return f"{sentence(counted(levels, 'measured level'))}{served}."

    @cached_property
    def links(self) -> list[MetricLink]:
        return links_of_requirement(self.requirement.pk)

    @cached_property
    def products(self) -> Mapping[int, str]:
        return product_names()

    @property
    def lifecycles(self) -> Comparison:
        known = [view for view in self.detail.lifecycles if view.scope.lifecycle != Lifecycle.INTERNAL]
        internal = [view for view in self.detail.lifecycles if view.scope.lifecycle == Lifecycle.INTERNAL]
        lines = [(str(Lifecycle(view.scope.lifecycle).label), view) for view in (*known, *internal)]
        return self._comparison("Customers", lines, keeps_empty=True)

    @property
    def by_product(self) -> Comparison:
        # A segment of one product could be told from what is shown of the two.
        is_apart = bool(self.asked.scope.dimension) and not self.access.is_specialist
        views = () if is_apart else self.detail.products
        lines = [(self.products.get(view.scope.product or 0, ""), view) for view in views]
        return self._comparison("Product", lines)

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every comparison that has something to compare."""
        products = [self.by_product] if len(self.by_product.lines) > 1 else []
        return [self.lifecycles, *products, *self.segments]

    @property
    def worst_answer(self) -> str:
        """Name who is served worst, where a line's lower end clears the gap of all."""
        score, its = self.detail.row.score, self.asked.scope
        if its.dimension:
            score = next((each.score for each in self.detail.lifecycles if each.scope.lifecycle == its.lifecycle), None)
        firm = [
            (line.gap, line.name, comparison.name)
            for comparison in self.comparisons
            for line in comparison.lines
            if line.gap and not line.gap.few and score and line.gap.lo > score.gap
        ]
        return worst_answer(
            [(name, kind, gap.value) for gap, name, kind in sorted(firm, key=lambda each: -each[0].gap)]
        )

    @property
    def segments(self) -> list[Comparison]:
        found = []
        for dimension, name in SEGMENTS.items():
            views = self.detail.segments.get(dimension, ())
            lines = [(part_words(view.scope.value) or f"{name.lower()} not known", view) for view in views]
            found.append(self._comparison(name, lines))
        return [each for each in found if each.lines or each.hidden]

    def _comparison(
        self, name: str, pairs: Sequence[tuple[str, ScopeView]], *, keeps_empty: bool = False
    ) -> Comparison:
        """Below specialist level small lines are left out, and with them others, until nobody can be told."""
        heard = [pair for pair in pairs if pair[1].counts.heard or keeps_empty]
        hidden = set() if self.access.is_specialist else hidden_views([view for _, view in heard])
        lines = tuple(self._scope_line(*pair) for pair in heard if pair[1].scope not in hidden)
        return Comparison(name, lines, len(hidden))

    def _scope_line(self, name: str, view: ScopeView) -> ScopeLine:
        score = view.score
        gap = gap_view(score.gap, score.lo, score.hi, score.n_eff, edges=self.edges) if score else None
        return ScopeLine(name, view, gap)


BOX_WORDS = {
    "yy": "served and felt",
    "yn": "served, not felt: tell them",
    "ny": "felt, not served: luck",
    "nn": "neither: fix it",
    "yu": "served, feeling not known",
    "nu": "not served, feeling not known",
    "uy": "felt, level not comparable",
    "un": "not felt, level not comparable",
}
COUNTS = {"yy": 1.0, "yn": 0.5, "ny": 0.5, "nn": 0.0, "yu": 1.0, "nu": 0.0, "uy": 1.0, "un": 0.0}
FELT_WORDS = {
    "direct": "a direct yes or no",
    "level": "the perceived level against the required one",
    "expected": "the rating against what was expected",
    "satisfied_point": "the rating against the point from which its scale counts as satisfied",
}


def segment_words(stratum: Stratum) -> str:
    values = [getattr(stratum, name) for name in ("region", "industry", "size_band", "lifecycle")]
    return ", ".join(filter(None, (part_words(value) for value in values)))


def range_words(level: LevelView, unit: str) -> str:
    """Return the interval of a measured level; an end that the data cannot close is open."""
    ends = ["open" if end is None else level_number(end) for end in (level.lo, level.hi)]
    return f"{ends[0]} to {ends[1]}\u00a0{unit}".strip()


def requirement_page(
    *, requirement_id: int, asked: AskedScope, access: Access, program: Program | None, all_words: bool = False
) -> RequirementPage | None:
    """Return the page of an active requirement whose evidence this person may see, or None."""
    allowed = requirement_ids_for(access)
    if allowed is not None and requirement_id not in allowed:
        return None
    requirement = requirement_with(requirement_id)
    detail = read_requirement(requirement_id=requirement_id, scope=asked.scope) if requirement else None
    if requirement is None or detail is None:
        return None
    currency = program.currency if program else ""
    return RequirementPage(requirement, detail, asked, access, edges_of(program), currency, all_words)


@dataclass(frozen=True)
class UnscoredPage:
    """A requirement that has no score because it is a draft, retired or merged."""

    requirement: Requirement
    access: Access

    @cached_property
    def contributors(self) -> list[Responsibility]:
        return contributors_of(self.requirement.pk)

    @cached_property
    def links(self) -> list[MetricLink]:
        return links_of_requirement(self.requirement.pk)

    @cached_property
    def words(self) -> Words:
        return words_about(self.requirement.pk, lifecycle="")


def unscored_page(*, requirement_id: int, access: Access) -> UnscoredPage | None:
    allowed = requirement_ids_for(access)
    if allowed is not None and requirement_id not in allowed:
        return None
    requirement = requirement_with(requirement_id)
    return UnscoredPage(requirement, access) if requirement else None
