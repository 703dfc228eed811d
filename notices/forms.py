from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from notices.models import LONGEST_DESCRIPTION, LONGEST_URL, SENT, Delivery, DigestChoice, Endpoint, Kind, Notice
from web.filters import FromDayToDay
from web.forms import layout
from web.once import EntryField

IN_INBOX = [each for each in Kind.choices if each[0] != Kind.TEST]


class NoticeFilter(FilterSet):
    read = BooleanFilter(label=_("Read"), field_name="read_at", lookup_expr="isnull", exclude=True)
    kind = ChoiceFilter(label=_("What"), choices=IN_INBOX, field_name="event__kind")
    told_at = FromDayToDay(label=_("When"), field_name="told_at__date")

    class Meta:
        model = Notice
        fields: ClassVar = ()


def all_endpoints(_request: Any) -> QuerySet[Endpoint]:
    return Endpoint.objects.order_by("description", "pk")


class DeliveryFilter(FilterSet):
    endpoint = ModelChoiceFilter(label=_("Endpoint"), queryset=all_endpoints)
    state = ChoiceFilter(label=_("State"), choices=Delivery.State.choices)
    kind = ChoiceFilter(label=_("What"), choices=Kind.choices, field_name="event__kind")
    written_at = FromDayToDay(label=_("When"), field_name="written_at__date")

    class Meta:
        model = Delivery
        fields: ClassVar = ()


class DigestForm(forms.Form):
    every = forms.ChoiceField(
        label=_("Mail me what is new in my inbox"), choices=DigestChoice.Every.choices, widget=forms.RadioSelect
    )

    helper = layout("every")


class EndpointForm(forms.Form):
    description = forms.CharField(
        label=_("What it is for"),
        max_length=LONGEST_DESCRIPTION,
        help_text=_("Such as: the workflow tool that opens tickets."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=LONGEST_URL,
        help_text=_("Begins with https:// and leads to a public host. No name and password in it."),
    )
    types = forms.MultipleChoiceField(
        label=_("It is sent"), choices=list(SENT.items()), widget=forms.CheckboxSelectMultiple
    )
    is_enabled = forms.BooleanField(
        label=_("Switched on"),
        required=False,
        help_text=_("What happens while it is off is not sent later. What waits already is."),
    )

    helper = layout("description", "url", "types", "is_enabled")

    @classmethod
    def of(cls, endpoint: Endpoint, data: Any) -> "EndpointForm":
        return cls(data, initial={name: getattr(endpoint, name) for name in cls.base_fields})


class NewEndpointForm(EndpointForm):
    entry = EntryField()

    helper = layout("entry", "description", "url", "types", "is_enabled")
