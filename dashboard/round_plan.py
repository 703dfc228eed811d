"""Planning a round: a rule shares the interviews out over strata, people change what they know better."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from dashboard.coverage import Register, Stratum, strata_of_register
from dashboard.coverage_page import stratum_words
from dashboard.words import counted, share_words
from gap_scores.board import Board, RequirementRow
from gap_scores.selectors import read_board
from gap_scores.voices import Voice, register_of_products, voices
from interviews.models import STRATUM, Round, SamplingPlan
from interviews.planning import Cell, NewTarget, plan_round
from interviews.progress import cell_from, plan_of
from scoring.sampling import (
    FEWEST,
    allocate,
    deviation,
    expected_half_width,
    neyman,
    planned_n_eff,
    power,
    proportional,
)
from web.forms import layout, side_by_side
from web.templatetags.show import fixed

Method = SamplingPlan.Method
DIMENSION_LABELS = {
    "lifecycle": _("past, current, prospective"),
    "industry": _("industry"),
    "region": _("region"),
    "size_band": _("size"),
}
MOST_INTERVIEWS = 100_000
MOST_DIGITS = 9
USUAL_INTERVIEWS = 60
MOST_STRATA = 500
SHOWN_REQUIREMENTS = 12
# What a rule says of itself where nobody said otherwise.
USUAL_RULE = {"method": Method.POWER, "exponent": Decimal("0.50"), "minimum": FEWEST}


NUMBER = forms.NumberInput(attrs={"class": "form-control form-control-sm"})


class PlanRuleForm(forms.Form):
    """What strata there are, and by which rule the interviews are shared out over them. Lives in the address."""

    divided_by = forms.MultipleChoiceField(
        label=_("Strata by"), choices=list(DIMENSION_LABELS.items()), widget=forms.CheckboxSelectMultiple
    )
    interviews = forms.IntegerField(
        label=_("Customers to hear"), min_value=1, max_value=MOST_INTERVIEWS, help_text=_("One interview each.")
    )
    method = forms.ChoiceField(
        label=_("Shared out"),
        choices=Method.choices,
        help_text=_("'Where customers differ most' looks at the gaps heard so far."),
    )
    exponent = forms.DecimalField(
        label=_("Balance"),
        min_value=0,
        max_value=1,
        max_digits=3,
        decimal_places=2,
        help_text=_("1: in proportion to customers; 0: the same for each stratum. Only for 'balanced'."),
    )
    minimum = forms.IntegerField(
        label=_("At least in each stratum"),
        min_value=0,
        max_value=100,
        help_text=_("From two on, it can be said how much customers of a stratum differ."),
    )

    helper = layout("divided_by", side_by_side("interviews", "minimum"), side_by_side("method", "exponent"))


class TargetsForm(forms.Form):
    """A target for each stratum, under a name that does not change when the register does."""

    def __init__(self, data: QueryDict | None, strata: Sequence[Stratum], targets: Mapping[Cell, int]) -> None:
        super().__init__(data, initial={name_of(cell): target for cell, target in targets.items()})
        self.strata = strata
        for stratum in strata:
            self.fields[name_of(stratum.cell)] = forms.IntegerField(
                label=stratum_words(stratum.cell), min_value=0, max_value=stratum.population, widget=NUMBER
            )

    def targets(self) -> list[NewTarget]:
        return [
            NewTarget(each.cell, each.population, each.weight, self.cleaned_data[name_of(each.cell)])
            for each in self.strata
        ]


def name_of(cell: Cell) -> str:
    return f"target-{'|'.join(cell)}"


# ---- Sharing out


def shared_out(rule: Mapping[str, Any], strata: Sequence[Stratum], gaps: Mapping[Cell, float]) -> dict[Cell, int]:
    """Return the target of each stratum by a rule; what cannot be shared out so is refused with the way out.

    Source: docs/algorithms/sampling.md, Allocation.
    """
    if len(strata) > MOST_STRATA:
        message = _("This makes %(strata)s strata, more than %(most)s. Divide by less.")
        params = {"strata": len(strata), "most": MOST_STRATA}
        raise ValidationError({"divided_by": ValidationError(message, code="too_many", params=params)})
    populations = [each.population for each in strata]
    needed = sum(min(rule["minimum"], size) for size in populations)
    n = rule["interviews"]
    if n < needed:
        message = _("%(strata)s strata with at least %(minimum)s each need %(needed)s. Ask more, or divide by less.")
        params = {"strata": len(strata), "minimum": rule["minimum"], "needed": needed}
        raise ValidationError({"interviews": ValidationError(message, code="too_few", params=params)})
    if n > sum(populations):
        message = _("The register has %(customers)s customers for this round. Enter at most as many.")
        raise ValidationError(
            {"interviews": ValidationError(message, code="too_many", params={"customers": sum(populations)})}
        )
    sizes = _sizes(rule, populations, [gaps.get(each.cell) for each in strata])
    targets = allocate(n, populations=populations, sizes=sizes, minimum=rule["minimum"])
    return {each.cell: target for each, target in zip(strata, targets, strict=True)}


def _sizes(rule: Mapping[str, Any], populations: Sequence[int], gaps: Sequence[float | None]) -> list[float]:
    if rule["method"] == Method.NEYMAN:
        return neyman(populations, [deviation(gap) for gap in gaps])
    if rule["method"] == Method.POWER:
        return power(populations, float(rule["exponent"]))
    return proportional(populations)


def gaps_of_strata(said: Sequence[Voice], board: Board, divided_by: Sequence[str]) -> dict[Cell, float]:
    """Return each stratum's gap over all requirements that it was heard on, by their importance."""
    shares = {each.requirement_id: each.share or 0.0 for each in board.requirements}
    sums: defaultdict[Cell, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for voice in said:
        found = sums[cell_from(voice.segment, divided_by)]
        found[0] += shares.get(voice.requirement_id, 0.0) * voice.gap
        found[1] += shares.get(voice.requirement_id, 0.0)
    return {cell: min(100.0, points / weight) for cell, (points, weight) in sums.items() if weight}


# ---- The page


@dataclass(frozen=True, slots=True)
class TargetLine:
    words: str
    population: int
    share: str
    field: Any


@dataclass(frozen=True, slots=True)
class WidthLine:
    """What a plan can expect for one requirement, in points of gap."""

    row: RequirementRow
    now: str
    expected: str


@dataclass(frozen=True)
class PlanPage:
    """A round's plan while it is made. targets is None while the rule cannot be followed."""

    round: Round
    rule: PlanRuleForm
    targets: TargetsForm | None
    strata: list[Stratum]
    board: Board
    is_stored: bool

    @property
    def answer(self) -> str:
        if not self.strata:
            return "The register has no customer for this round yet."
        strata, customers = counted(len(self.strata), "stratum", "strata"), sum(each.population for each in self.strata)
        if self.targets is None:
            return f"{strata.capitalize()} of {customers} customers; the targets cannot be worked out so."
        return f"{self.target} of {customers} customers in {strata}."

    @cached_property
    def wanted(self) -> list[int]:
        if self.targets is None:
            return []
        typed = [str(self.targets[name_of(each.cell)].value()) for each in self.strata]
        return [int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else 0 for text in typed]

    @property
    def target(self) -> int:
        return sum(self.wanted)

    @cached_property
    def _weight(self) -> int:
        return sum(each.weight for each in self.strata) or 1

    @property
    def lines(self) -> list[TargetLine]:
        assert self.targets is not None  # noqa: S101
        return [
            TargetLine(
                stratum_words(each.cell),
                each.population,
                share_words(each.weight / self._weight, 1),
                self.targets[name_of(each.cell)],
            )
            for each in self.strata
        ]

    @cached_property
    def n_eff(self) -> float:
        return planned_n_eff([each.weight / self._weight for each in self.strata], self.wanted) if self.wanted else 0.0

    @property
    def widths_answer(self) -> str:
        if not self.n_eff:
            return "No interval: nobody is asked."
        half = fixed(expected_half_width(self.board.overall.gap if self.board.overall else None, self.n_eff), 0)
        return f"Gaps to about {half} points either way: worth {fixed(self.n_eff, 0)} equal interviews."

    @property
    def not_asked(self) -> str:
        """What the intervals say nothing about."""
        without = [each for each, n in zip(self.strata, self.wanted, strict=True) if not n]
        if not without:
            return ""
        share = share_words(sum(each.weight for each in without) / self._weight, 1)
        strata = counted(len(without), "stratum", "strata")
        return f"{strata.capitalize()} with {share} of customers' value would not be asked; the widths leave them out."

    @property
    def widths(self) -> list[WidthLine]:
        rows = sorted(
            [*self.board.requirements, *self.board.unscored], key=lambda row: (-(row.share or 0), row.reference)
        )
        return [self._width(row) for row in rows[:SHOWN_REQUIREMENTS]]

    @property
    def more_requirements(self) -> int:
        return max(0, len(self.board.requirements) + len(self.board.unscored) - SHOWN_REQUIREMENTS)

    def targets_wanted(self) -> list[NewTarget]:
        assert self.targets is not None  # noqa: S101
        return self.targets.targets()

    @property
    def rule_values(self) -> list[tuple[str, Any]]:
        """Return what the form of the targets sends along."""
        return [
            (name, each)
            for name, value in self.rule.cleaned_data.items()
            for each in (value if isinstance(value, list) else [value])
        ]

    def rule_kept(self) -> dict[str, Any]:
        """Return what of the rule a plan keeps."""
        return {name: self.rule.cleaned_data[name] for name in ("divided_by", "method", "exponent", "minimum")}

    def _width(self, row: RequirementRow) -> WidthLine:
        now = f"{fixed(row.score.gap)} ± {fixed((row.score.hi - row.score.lo) / 2)}" if row.score else "not heard"
        gap = row.score.gap if row.score else None
        return WidthLine(row, now, f"± {fixed(expected_half_width(gap, self.n_eff))}")


def rule_of(plan: SamplingPlan | None, population: int) -> dict[str, Any]:
    """Return the rule of a plan, or the usual one."""
    if plan is None:
        return {
            **USUAL_RULE,
            "divided_by": ["lifecycle", "region"],
            "interviews": min(population, USUAL_INTERVIEWS) or 1,
        }
    return {
        "divided_by": list(plan.divided_by),
        "method": plan.method,
        "exponent": plan.exponent,
        "minimum": plan.minimum,
        "interviews": sum(each.target for each in plan.targets.all()) or 1,
    }


def plan_page(*, wave: Round, plan: SamplingPlan | None, asked: QueryDict, sent: QueryDict | None) -> PlanPage:
    """Read the register and lay the rule in the address, the stored plan or the usual rule over it."""
    products = tuple(wave.products.values_list("pk", flat=True))
    register, board = register_of_products(products), read_board()
    usual = rule_of(plan, sum(n for n, _weight in register.values()))
    rule = PlanRuleForm(sent or (asked if "divided_by" in asked or "interviews" in asked else usual))
    is_stored = plan is not None and not sent and not asked
    if not rule.is_valid():
        return PlanPage(wave, rule, None, [], board, is_stored=False)
    divided_by = [name for name in STRATUM if name in rule.cleaned_data["divided_by"]]
    strata = strata_of_register(register, divided_by)
    try:
        targets = _stored(plan, strata) if is_stored and plan else _shared_out(rule, strata, board, products)
    except ValidationError as error:
        rule.add_error(None, error)
        return PlanPage(wave, rule, TargetsForm(sent, strata, {}) if sent else None, strata, board, is_stored=False)
    return PlanPage(wave, rule, TargetsForm(sent, strata, targets), strata, board, is_stored)


def _shared_out(
    rule: PlanRuleForm, strata: Sequence[Stratum], board: Board, products: Sequence[int]
) -> dict[Cell, int]:
    return shared_out(rule.cleaned_data, strata, gaps_for(rule.cleaned_data, board, products)) if strata else {}


def gaps_for(rule: Mapping[str, Any], board: Board, products: Collection[int]) -> dict[Cell, float]:
    """Return the gaps that a rule looks at; only the one that asks where customers differ most does."""
    if rule["method"] != Method.NEYMAN:
        return {}
    divided_by = [name for name in STRATUM if name in rule["divided_by"]]
    return gaps_of_strata(voices(divided_by=divided_by, products=products), board, divided_by)


def plan_by_rule(
    *, wave: Round, rule: Mapping[str, Any], register: Register, gaps: Mapping[Cell, float], now: datetime
) -> SamplingPlan:
    """Share a round's interviews out over the strata of a register by a rule, and keep that as its plan."""
    divided_by = [name for name in STRATUM if name in rule["divided_by"]]
    strata = strata_of_register(register, divided_by)
    targets = shared_out(rule, strata, gaps)
    return plan_round(
        round=wave,
        divided_by=divided_by,
        method=rule["method"],
        exponent=rule["exponent"],
        minimum=rule["minimum"],
        targets=[NewTarget(each.cell, each.population, each.weight, targets[each.cell]) for each in strata],
        now=now,
    )


def plan_once(*, wave: Round, asked: Mapping[str, Any], now: datetime) -> SamplingPlan:
    """Plan a round that has no plan by a rule; what is not said of the rule is as usual."""
    if plan_of(wave) is not None:
        message = _("This round has a plan. Drop it first, or change its targets on its page.")
        raise ValidationError({"round": ValidationError(message, code="planned")})
    divided_by = [name for name in STRATUM if asked.get(f"by_{name}")]
    if not divided_by:
        raise ValidationError({"by_lifecycle": ValidationError(_("Divide by at least one."), code="required")})
    rule = {**USUAL_RULE, **asked, "divided_by": divided_by}
    products = tuple(wave.products.values_list("pk", flat=True))
    gaps = gaps_for(rule, read_board(), products)
    return plan_by_rule(wave=wave, rule=rule, register=register_of_products(products), gaps=gaps, now=now)


def _stored(plan: SamplingPlan, strata: Sequence[Stratum]) -> dict[Cell, int]:
    """Return the targets of a plan; a stratum that came into the register since has none yet."""
    kept = {(each.lifecycle, each.industry, each.region, each.size_band): each.target for each in plan.targets.all()}
    return {each.cell: min(kept.get(each.cell, 0), each.population) for each in strata}
