"""Weight sets as pages: which strata were heard too little, and what each answer there counts times."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from dashboard.coverage_page import in_full, value_words
from dashboard.round_plan import DIMENSION_LABELS
from dashboard.words import counted, sentence, share_words
from gap_scores.voices import register_of_products
from interviews.models import STRATUM
from interviews.weight_models import LEAST_TRIM, StratumFactor, WeightSet
from interviews.weight_sets import make_weight_set
from scoring.weighting import TRIM_AT
from web.forms import layout
from web.lists import Column, ListPlan
from web.templatetags.show import fixed


class WeightSetForm(forms.Form):
    """By what customers are divided, and how far a factor may go."""

    divided_by = forms.MultipleChoiceField(
        label=gettext_lazy("Customers divided by"),
        choices=list(DIMENSION_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Made to fit"),
        choices=WeightSet.Method.choices,
        initial=WeightSet.Method.MARGINS,
        help_text=gettext_lazy(
            "Each division by itself needs fewer voices; each combination is exact where all were heard."
        ),
    )
    trim_at = forms.DecimalField(
        label=gettext_lazy("Cut factors above"),
        required=False,
        min_value=LEAST_TRIM,
        max_digits=4,
        decimal_places=1,
        initial=Decimal(TRIM_AT),
        help_text=gettext_lazy("Times the median. Empty: nothing is cut. For 'each division by itself'."),
    )
    leave_unheard = forms.BooleanField(
        label=gettext_lazy("Strata in which nobody was heard stay without a voice"), required=False,
        help_text=gettext_lazy("Nobody else speaks for them, and the set names them."),
    )  # fmt: skip
    title = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=80)

    helper = layout("divided_by", "method", "trim_at", "leave_unheard", "title")


def make_from(data: dict[str, Any], *, today: date, now: datetime, by: User | None) -> WeightSet:
    """Make a weight set of today's register and of everybody heard so far."""
    register = {cell: customers for cell, (customers, _weight) in register_of_products().items()}
    return make_weight_set(register=register, as_of=today, now=now, by=by, **data)


WEIGHT_SETS = ListPlan(
    name="weight-sets",
    columns=(
        Column("version", gettext_lazy("Version")),
        Column("title", gettext_lazy("Name")),
        Column("is_active", gettext_lazy("In use"), value=lambda each: _("in use") if each.is_active else ""),
        Column("method", gettext_lazy("Made to fit"), value=lambda each: each.get_method_display(), hide_narrow=True),
        Column(
            "divided_words",
            gettext_lazy("Divided by"),
            order_by=tuple(f"by_{name}" for name in STRATUM),
            hide_narrow=True,
        ),
        Column("customers", gettext_lazy("Heard"), numeric=True),
        Column("n_eff", gettext_lazy("Counts as"), value=lambda each: round(each.n_eff, 1), numeric=True),
        Column(
            "design_effect",
            gettext_lazy("Design effect"),
            value=lambda each: round(each.design_effect, 2),
            numeric=True,
        ),
        Column("as_of", gettext_lazy("As of"), numeric=True, hide_narrow=True),
    ),
    sort="-version",
    search=("title",),
)


def _of_stratum(name: str, label: Any) -> Column:
    return Column(
        name,
        label,
        value=lambda row: in_full(name, getattr(row.stratum, name)),
        order_by=(f"stratum__{name}",),
        hide_narrow=name in {"industry", "size_band"},
    )


FACTORS = ListPlan(
    name="stratum-factors",
    columns=(
        _of_stratum("lifecycle", gettext_lazy("Lifecycle")),
        _of_stratum("industry", gettext_lazy("Industry")),
        _of_stratum("region", gettext_lazy("Region")),
        _of_stratum("size_band", gettext_lazy("Size")),
        Column("customers", gettext_lazy("Heard"), numeric=True),
        Column("factor", gettext_lazy("Counts times"), numeric=True),
        Column(
            "stands_for",
            gettext_lazy("Stands for"),
            value=lambda row: round(row.customers * row.factor, 1),
            order_by=("stands_for",),
            numeric=True,
            hide_narrow=True,
        ),
    ),
    sort="-factor",
    search=("stratum__lifecycle", "stratum__region", "stratum__size_band"),
)


def factors_of(weight_set: WeightSet) -> QuerySet[StratumFactor]:
    rows = StratumFactor.objects.filter(weight_set=weight_set).select_related("stratum")
    return rows.annotate(stands_for=F("customers") * F("factor"))


@dataclass(frozen=True, slots=True)
class MarginLine:
    """One value of one division: its share of the customers heard, before and after."""

    words: str
    customers: int
    before: str
    after: str
    factor: str


@dataclass(frozen=True)
class WeightSetPage:
    weight_set: WeightSet
    factors: Sequence[StratumFactor]

    @property
    def answer(self) -> str:
        its = self.weight_set
        heard = sentence(counted(its.customers, "customer"))
        return _("%(heard)s heard count as %(n_eff)s: a design effect of %(deff)s.") % {
            "heard": heard,
            "n_eff": fixed(its.n_eff, 1),
            "deff": fixed(its.design_effect, 2),
        }

    @cached_property
    def margins(self) -> list[tuple[str, list[MarginLine]]]:
        """By each division: how large its values are among those heard, and what the factors make of that."""
        return [(sentence(str(DIMENSION_LABELS[name])), self._lines(name)) for name in self.weight_set.divided_by]

    def _lines(self, name: str) -> list[MarginLine]:
        sums: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])
        for each in self.factors:
            found = sums[getattr(each.stratum, name)]
            found[0] += each.customers
            found[1] += each.customers * float(each.factor)
        heard, weighted = (sum(each[at] for each in sums.values()) or 1 for at in (0, 1))
        return [
            MarginLine(
                sentence(value_words(name, value)),
                int(customers),
                share_words(customers / heard, 1),
                share_words(weight / weighted, 1),
                fixed(weight / customers, 2),
            )
            for value, (customers, weight) in sorted(sums.items(), key=lambda each: -each[1][1] / each[1][0])
        ]

    @property
    def silent(self) -> list[str]:
        """Where nobody was heard: 'Western Europe, 10-49 employees (3 customers)'."""
        return [
            f"{', '.join(in_full(name, hole[name]) for name in STRATUM if name in hole)} "
            f"({counted(hole['customers'], 'customer')})"
            for hole in self.weight_set.unheard
        ]

    @property
    def facts(self) -> list[tuple[str, str]]:
        its = self.weight_set
        cut = (
            _("nothing is cut")
            if its.trim_at is None
            else _("above %s times the median") % f"{its.trim_at.normalize():f}"
        )
        lines = [
            (_("Made to fit"), its.get_method_display()),
            (_("Divided by"), its.divided_words),
            (_("Cut"), f"{cut}; {counted(its.trimmed, 'customer')}" if its.trimmed else cut),
            (_("Made"), f"{its.made_at:%Y-%m-%d}" + (f", {its.made_by}" if its.made_by else "")),
        ]
        if its.outside:
            lines.append(
                (
                    _("Keep 1"),
                    _("%s heard in strata that the register no longer has") % counted(its.outside, "customer"),
                )
            )
        return lines
