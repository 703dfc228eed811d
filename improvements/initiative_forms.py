"""What is asked about initiatives, and by what their list is narrowed."""

from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.models import Function
from improvements.initiative_models import LONGEST_REASON, Initiative, InitiativeDecision, InitiativeEffect
from metrics.models import Metric
from web.forms import DayInput, SeveralField, group, layout, side_by_side
from web.once import EntryField

UNKNOWN = _("Empty: not known. Write 0 where there is none.")


class InitiativeFilter(django_filters.FilterSet):
    """Asks only; what they are worth is worked out, so the rows are narrowed there."""

    function = django_filters.ModelChoiceFilter(queryset=Function.objects.all(), label=_("Function"))
    state = django_filters.ChoiceFilter(choices=Initiative.State.choices, label=_("State"))
    serves = django_filters.ChoiceFilter(
        choices=[("yes", _("customers")), ("no", _("no customer requirement"))], label=_("Serves")
    )
    cost = django_filters.ChoiceFilter(
        choices=[("known", _("known")), ("unknown", _("not known"))], label=_("Cost of the first year")
    )

    class Meta:
        model = Initiative
        fields: ClassVar[list[str]] = []


class InitiativeForm(forms.ModelForm):
    """functions: those that it can be of; a new one is proposed, its state follows a decision."""

    needs = SeveralField(
        label=_("Needs"),
        queryset=Initiative.objects.none(),
        required=False,
        help_text=_("Only together with these, or after them."),
    )
    excludes = SeveralField(
        label=_("Excludes"),
        queryset=Initiative.objects.none(),
        required=False,
        help_text=_("Only one of them can be done."),
    )

    # What the form was shown with: one that says nothing new of the state does not undo a decision made meanwhile.
    state_was = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Initiative
        fields = (
            "name", "function", "purpose", "cost_fixed", "cost_yearly", "people_days", "duration_months", "starts_on",
            "internal_reason", "owner", "state",
        )  # fmt: skip
        widgets: ClassVar = {"starts_on": DayInput()}
        help_texts: ClassVar = {
            "purpose": _("One sentence: what will be different."),
            "cost_fixed": UNKNOWN,
            "cost_yearly": UNKNOWN,
            "people_days": UNKNOWN,
            "internal_reason": _(
                "Why you want it although no customer asked for it, if there is one. It is said aloud."
            ),
        }

    def __init__(self, *args: Any, functions: QuerySet[Function], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["function"].queryset = functions  # type: ignore[attr-defined]
        self.fields["owner"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            is_active=True, memberships__isnull=False
        ).distinct()
        others = Initiative.objects.exclude(pk=self.instance.pk).order_by("name")
        for name in ("needs", "excludes"):
            self.fields[name].queryset = others  # type: ignore[attr-defined]
        self.fields["state_was"].initial = self.instance.state
        if self.instance.pk is None:
            del self.fields["state"], self.fields["state_was"]
        rows: list[Any] = ["name", side_by_side("function", "owner"), "purpose", "internal_reason"]
        if "state" in self.fields:
            rows += ["state", "state_was"]
        self.helper = layout(
            *rows,
            group(_("What it costs"), side_by_side("cost_fixed", "cost_yearly", "people_days")),
            group(_("When"), side_by_side("starts_on", "duration_months")),
            group(_("Together with others"), side_by_side("needs", "excludes")),
        )

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        was = said.pop("state_was", "")
        if was and said.get("state") == was:
            del said["state"]
        return said

    def _post_clean(self) -> None:
        """The service checks: pages and the API refuse in the same words."""


class EffectForm(forms.ModelForm):
    """metrics: those whose level it can change; of a stated effect the metric stays."""

    class Meta:
        model = InitiativeEffect
        fields = ("metric", "low", "likely", "high", "worse_is_meant")
        help_texts: ClassVar = {
            "low": _("In the metric's unit. One time in ten it would be worse than this."),
            "likely": _("What decides which set is best."),
            "high": _("One time in ten it would be better than this."),
        }

    def __init__(self, *args: Any, metrics: QuerySet[Metric] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if metrics is None:
            del self.fields["metric"]
        else:
            self.fields["metric"].queryset = metrics  # type: ignore[attr-defined]
        first = ["metric"] if metrics is not None else []
        self.helper = layout(*first, side_by_side("low", "likely", "high"), "worse_is_meant")

    def _post_clean(self) -> None:
        """As above."""


class DeliveryForm(forms.ModelForm):
    class Meta:
        model = Initiative
        fields = ("delivered_on", "cost_spent")
        widgets: ClassVar = {"delivered_on": DayInput()}
        help_texts: ClassVar = {
            "delivered_on": _("The day from which it worked for customers. It counts as done then."),
            "cost_spent": _("Once, a year and people days together. Empty: not known yet; say it when you know."),
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["delivered_on"].required = True
        self.helper = layout(side_by_side("delivered_on", "cost_spent"))

    def _post_clean(self) -> None:
        """As above."""


class DecisionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Decision"), choices=InitiativeDecision.Kind.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Why"), max_length=LONGEST_REASON, help_text=_("What weighed most. It can never be changed.")
    )
    entry = EntryField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.helper = layout("kind", "reason", "entry")
