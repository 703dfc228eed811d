from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGION_OF, REGIONS
from functions.models import Function
from metrics.figures import FIELDS_OF, Figures
from metrics.health_words import TRUSTED
from metrics.models import Breakdown, Kind, Measurement, Metric, MetricLink
from metrics.selectors import Cadence
from requirements_catalog.models import UNIT_CHOICES, Requirement, RequirementProduct
from web.filters import FromDayToDay
from web.forms import group, layout, side_by_side
from web.numbers import ExactNumberField, WholeNumberField
from web.once import EntryField

CADENCES = (
    (Cadence.FRESH, _("on time")),
    (Cadence.DUE, _("due")),
    (Cadence.OLD, _("old")),
    (Cadence.NEVER, _("never measured")),
)
PARTS: dict[str, list[tuple[str, Any]]] = {
    Breakdown.COUNTRY: [(code, code) for code in sorted(REGION_OF)],
    Breakdown.REGION: [*REGIONS],
    Breakdown.INDUSTRY: [*INDUSTRIES],
    Breakdown.SIZE: [choice for choice in SizeBand.choices if choice[0]],
    Breakdown.LIFECYCLE: [*Lifecycle.choices],
}


SERVING = (
    ("level", _("a requirement, and measures its level")),
    ("some", _("a requirement")),
    ("none", _("no customer")),
)


# What the two marks of a chart say; '' is a metric of which there is none.
MOVES = {
    "worse": _("signal: worse"),
    "better": _("signal: better"),
    "none": _("no signal"),
    "unknown": _("too few periods"),
    "long": _("see its chart"),
}
REACHES = {
    "will_not": _("will not reach"),
    "may": _("now and then"),
    "will": _("will reach"),
    "unknown": _("not known"),
}


class MetricFilter(FilterSet):
    function = ModelChoiceFilter(queryset=Function.objects.all(), label=_("Function"))
    kind = ChoiceFilter(choices=Kind.choices, label=_("Kind"))
    is_active = BooleanFilter(label=_("Active"))
    cadence = ChoiceFilter(choices=CADENCES, label=_("Measured"), method="leave_to_the_rows")
    newest_on = FromDayToDay(label=_("Newest measurement"), method="leave_to_the_rows")
    serves = ChoiceFilter(choices=SERVING, label=_("Serves"), method="leave_to_the_rows")
    trust = ChoiceFilter(choices=list(TRUSTED.items()), label=_("Trust"), method="leave_to_the_rows")
    moves = ChoiceFilter(choices=list(MOVES.items()), label=_("Moves"), method="leave_to_the_rows")
    reaches = ChoiceFilter(choices=list(REACHES.items()), label=_("Reaches customers"), method="leave_to_the_rows")

    class Meta:
        model = Metric
        fields = ()

    def leave_to_the_rows(self, rows: Any, name: str, value: Any) -> Any:
        """How old a measurement may be depends on the metric, so the rows are filtered when they are made."""
        return rows


class DayInput(forms.DateInput):
    """A date as browsers ask for it; they send ISO dates."""

    input_type = "date"

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%Y-%m-%d", **options)


class MetricForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    short_name = forms.CharField(
        label=_("Short name"),
        max_length=30,
        required=False,
        help_text=_("What formulas of other metrics call it: small letters, digits and _, such as late_invoices."),
    )
    definition = forms.CharField(
        label=_("Definition"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is counted from when to when, and what is left out."),
    )
    function = forms.ModelChoiceField(label=_("Function"), queryset=Function.objects.filter(is_active=True))
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    unit = forms.ChoiceField(label=_("Unit"), choices=UNIT_CHOICES)
    direction = forms.ChoiceField(label=_("Direction"), choices=Metric.Direction.choices, widget=forms.RadioSelect)
    percentile = forms.IntegerField(
        label=_("Percentile"),
        required=False,
        min_value=1,
        max_value=99,
        help_text=_("For a duration percentile only: 95 is the time within which 95 of 100 cases are done."),
    )
    opportunities_per_unit = forms.IntegerField(
        label=_("Opportunities per unit"),
        required=False,
        min_value=1,
        max_value=2**31 - 1,
        help_text=_("For defects per opportunities only: how many chances for a defect one unit has."),
    )
    formula = forms.CharField(
        label=_("Formula"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "For a derived metric only: short names of other metrics and numbers with + - * / ( ), min( , ) and "
            "max( , ), such as late / delivered."
        ),
    )
    steps = forms.CharField(
        label=_("Steps"),
        required=False,
        max_length=420,
        help_text=_(
            "By commas. Of a yield the steps that units go through one after the other, if there are several; of a "
            "worded scale its words, the lowest first: none, partly, fully."
        ),
    )
    counts_from = forms.CharField(
        label=_("Counts from step"),
        required=False,
        max_length=20,
        help_text=_("For a worded scale only: the share at or above this step is the level."),
    )
    breakdown = forms.ChoiceField(
        label=_("Broken down by"),
        choices=Breakdown.choices,
        required=False,
        help_text=_("Each part gets its own level; measurements then name their part."),
    )
    window_months = forms.IntegerField(label=_("Window, in months"), min_value=1, max_value=60, initial=3)
    cadence_days = forms.IntegerField(label=_("Expected every, in days"), min_value=1, max_value=400, initial=31)
    grace_days = forms.IntegerField(label=_("Grace, in days"), min_value=0, max_value=400, initial=10)
    target = ExactNumberField(
        label=_("Internal target"), required=False, help_text=_("Scores use the customers' levels, not this target.")
    )
    note = forms.CharField(label=_("Origin of the data"), max_length=300, required=False)

    helper = layout(
        side_by_side("name", "short_name"),
        "definition",
        "function",
        group(
            _("What is measured"),
            side_by_side("kind", "unit"),
            "direction",
            side_by_side("percentile", "opportunities_per_unit"),
            side_by_side("steps", "counts_from"),
            "formula",
            "breakdown",
        ),
        group(_("When"), side_by_side("window_months", "cadence_days", "grace_days")),
        group(_("Beside it"), "target", "note"),
    )

    @classmethod
    def of(cls, metric: Metric, data: Any = None) -> "MetricForm":
        """Return the form of a stored metric; a function that was ended since stays a choice."""
        form = cls(data, initial={name: getattr(metric, name) for name in cls.base_fields})
        functions = Function.objects.filter(is_active=True) | Function.objects.filter(pk=metric.function_id)
        field = form.fields["function"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101
        field.queryset = functions
        return form


class MeasurementForm(forms.Form):
    """Asks for what the metric's kind needs, and for nothing else."""

    period_start = forms.DateField(label=_("Period from"), widget=DayInput())
    period_end = forms.DateField(label=_("Period to"), widget=DayInput())
    part = forms.ChoiceField(label=_("Part"), required=False)
    value = ExactNumberField(label=_("Value"))
    numerator = WholeNumberField(label=_("Numerator"), help_text=_("How many of them."))
    denominator = WholeNumberField(label=_("Denominator"), help_text=_("Of how many."))
    defects = WholeNumberField(label=_("Defects"))
    units = WholeNumberField(label=_("Units looked at"))
    opportunities = WholeNumberField(label=_("Opportunities per unit"), max_value=2**31 - 1)
    events = WholeNumberField(label=_("Events"))
    exposure = ExactNumberField(label=_("Exposure"), help_text=_("Over how much: machine hours, orders, days."))
    counts = forms.CharField(label=_("How many on each step"), max_length=340)
    entry = EntryField()

    def __init__(self, metric: Metric, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        figures: list[str] = [*FIELDS_OF[Kind(metric.kind)]]
        if metric.kind == Kind.DEFECTS:
            figures.append("opportunities")
            self.fields["opportunities"].initial = metric.opportunities_per_unit
        self.keep({"period_start", "period_end", *figures} | ({"part"} if metric.word_for_part else set()))
        if metric.kind == Kind.YIELD:
            self.fields["numerator"].label = _("Right the first time")
            self.fields["numerator"].help_text = _("Units that passed without scrap and without rework.")
            self.fields["denominator"].label = _("Units entered")
        if metric.kind == Kind.ORDINAL:
            self.fields["counts"].help_text = _("%(steps)s, such as %(form)s; or the word of one step.") % {
                "steps": " / ".join(metric.step_names),
                "form": "/".join(str(3 + at) for at, _name in enumerate(metric.step_names)),
            }
        if metric.is_chain:
            steps = [("", _("Choose")), *((name, name) for name in metric.step_names)]
            self.fields["part"].choices = steps  # type: ignore[attr-defined]  # a ChoiceField
            self.fields["part"].label, self.fields["part"].required = _("Step"), True
        if metric.breakdown:
            choices = [("", _("all of it, not broken down")), *PARTS[metric.breakdown]]
            self.fields["part"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
            self.fields["part"].label = metric.get_breakdown_display()
        if "value" in self.fields:
            self.fields["value"].label = _("Value, in %(unit)s") % {"unit": metric.get_unit_display()}
        self.helper = self.layout_of(figures)

    def keep(self, names: Iterable[str]) -> None:
        for name in set(self.fields) - {*names, "reason", "entry"}:
            del self.fields[name]

    def layout_of(self, figures: list[str]) -> Any:
        named = [name for name in ("part",) if name in self.fields]
        return layout("entry", side_by_side("period_start", "period_end"), *named, side_by_side(*figures))

    def figures(self) -> Figures:
        """Return what was typed; only of a valid form."""
        others = ("reason", "entry")
        return Figures(**{name: value for name, value in self.cleaned_data.items() if name not in others})


class CorrectionForm(MeasurementForm):
    reason = forms.CharField(
        label=_("Why do the figures change?"),
        max_length=300,
        help_text=_("The old figures stay, with this reason beside the new ones."),
    )

    def layout_of(self, figures: list[str]) -> Any:
        asked = super().layout_of(figures)
        asked.layout.append("reason")
        return asked

    @classmethod
    def of(cls, measurement: Measurement, data: Any = None) -> "CorrectionForm":
        names = [name for name in MeasurementForm.base_fields if name != "entry"]
        initial = {name: getattr(measurement, name) for name in names}
        return cls(measurement.metric, data, initial=initial)


class MetricLinkForm(forms.Form):
    """Which requirement, for which product; one choice holds both, because only some pairs exist."""

    serves = forms.ChoiceField(label=_("Requirement and product"))
    role = forms.ChoiceField(label=_("Role"), choices=MetricLink.Role.choices, widget=forms.RadioSelect)
    strength = forms.TypedChoiceField(
        label=_("Strength"), choices=MetricLink.Strength.choices, coerce=int, widget=forms.RadioSelect
    )

    helper = layout("serves", "role", "strength")

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        pairs = (
            RequirementProduct.objects.filter(requirement__merged_into=None)
            .exclude(requirement__state=Requirement.State.RETIRED)
            .order_by("requirement__reference", "product__name")
            .values_list(
                "requirement_id", "product_id", "requirement__reference", "requirement__statement", "product__name"
            )
        )
        choices = [
            (f"{requirement}-{product}", f"{reference} {statement} ({name})")
            for requirement, product, reference, statement, name in pairs
        ]
        self.fields["serves"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField

    def clean_serves(self) -> tuple[int, int]:
        requirement, product = self.cleaned_data["serves"].split("-")
        return int(requirement), int(product)


class LinkChangeForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=MetricLink.Role.choices, widget=forms.RadioSelect)
    strength = forms.TypedChoiceField(
        label=_("Strength"), choices=MetricLink.Strength.choices, coerce=int, widget=forms.RadioSelect
    )

    helper = layout("role", "strength")


class AffirmForm(forms.Form):
    """The versions of both ends that were read."""

    requirement_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**15 - 1)
    metric_version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**15 - 1)
    helper = layout("requirement_version", "metric_version")
