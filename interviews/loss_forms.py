"""What is asked about a loss, and by what the list of losses is narrowed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, ChoiceFilter, FilterSet

from customers.models import Contact, Customer
from interviews.loss_models import LONGEST_REASON, LossAssessment, LossReason
from interviews.unasked import customer_named
from requirements_catalog.models import Requirement
from web.filters import FromDayToDay, FromTo
from web.forms import DayInput, SeveralField, group, layout, side_by_side

# More digits than any company has, and fewer than an integer column takes.
MOST_VALUE = 10**15


class LossFilter(FilterSet):
    lost_on = FromDayToDay(label=_("Lost"))
    value_lost = FromTo(label=_("Value lost"))
    could_have_known = ChoiceFilter(choices=LossAssessment.Known.choices, label=_("Could we have known"))
    competitor = CharFilter(lookup_expr="icontains", label=_("Lost to"), max_length=120)
    requirement = CharFilter(label=_("Requirement"), method="of_requirement", max_length=80)

    class Meta:
        model = LossAssessment
        fields = ()

    def of_requirement(self, rows: QuerySet[Any], _name: str, typed: str) -> QuerySet[Any]:
        about = Q(requirement__reference__iexact=typed) | Q(requirement__merged_into__reference__iexact=typed)
        return rows.filter(Exists(LossReason.objects.filter(about, loss=OuterRef("pk"))))


class RequirementsField(SeveralField):
    """Several requirements, named by reference and statement."""

    def __init__(self, **options: Any) -> None:
        asked = Requirement.objects.filter(merged_into=None).order_by("reference")
        super().__init__(queryset=asked, required=False, widget=forms.SelectMultiple(attrs={"size": 7}), **options)


class LossForm(forms.Form):
    lost_on = forms.DateField(label=_("Lost on"), widget=DayInput)
    value_lost = forms.IntegerField(
        label=_("Value lost in a year"), required=False, min_value=0, max_value=MOST_VALUE,
        help_text=_("In the program's currency. Empty: not known."),
    )  # fmt: skip
    competitor = forms.CharField(label=_("Lost to"), required=False, max_length=120)
    contact = forms.ModelChoiceField(
        label=_("Who told us"), queryset=Contact.objects.none(), required=False, empty_label=_("nobody in particular"),
        help_text=_("If this person is erased one day, the words below go, too."),
    )  # fmt: skip
    reason_theirs = forms.CharField(
        label=_("What they say"), required=False, max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3})
    )
    theirs = RequirementsField(label=_("Which requirements were not met, as they say"))
    reason_ours = forms.CharField(
        label=_("What our records say"), required=False, max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Tickets, deliveries, invoices, measurements: what did they see of us before they left?"),
    )  # fmt: skip
    ours = RequirementsField(label=_("Which requirements were not met, as our records say"))
    could_have_known = forms.ChoiceField(
        label=_("Could we have known?"), choices=LossAssessment.Known.choices, widget=forms.RadioSelect
    )
    signs = forms.CharField(label=_("By which signs?"), required=False, max_length=300)

    def __init__(self, *args: Any, customer: Customer | None = None, **options: Any) -> None:
        """Without a customer the form asks for its name, because the register is too long to list."""
        super().__init__(*args, **options)
        contact: Any = self.fields["contact"]
        if customer is None:
            del self.fields["contact"]
            self.fields["customer"] = forms.CharField(label=_("Customer"), max_length=160)
        else:
            whose = Q(customer=customer) | Q(customer__merged_into=customer)
            contact.queryset = Contact.objects.filter(whose, erased_on=None)
        self.helper = layout(
            "customer" if customer is None else "contact",
            side_by_side("lost_on", "value_lost", "competitor"),
            group(_("By them"), "reason_theirs", "theirs"),
            group(_("By our records"), "reason_ours", "ours"),
            group(_("Before it happened"), "could_have_known", "signs"),
        )

    def clean_customer(self) -> Customer:
        return customer_named(self.cleaned_data["customer"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        given = [data.get(name) for name in ("reason_theirs", "reason_ours", "theirs", "ours")]
        if not self.errors and not any(given):
            message = _("Say why: in their words, by our records, or by a requirement that was not met.")
            raise ValidationError(message, code="no_reason")
        return data

    @classmethod
    def of(cls, loss: LossAssessment, data: Any = None) -> "LossForm":
        """Return the form of a stored assessment."""
        names = [name for name in cls.base_fields if name not in {"theirs", "ours", "contact"}]
        coded: dict[str, list[int]] = {source: [] for source in LossReason.Source.values}
        for reason in loss.reasons.all():
            coded[reason.source].append(reason.requirement_id)
        initial = {name: getattr(loss, name) for name in names} | {"contact": loss.contact_id} | coded
        return cls(data, initial=initial, customer=loss.customer)
