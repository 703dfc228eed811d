"""The starter library: pick a metric that most companies need, and adapt it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_filters import ChoiceFilter, FilterSet, ModelChoiceFilter

from functions.access import ProgramRequest, specialists_only
from metrics.models import Kind, Metric
from metrics.starters import Starter, starters
from requirements_catalog.models import Attribute
from requirements_catalog.selectors import all_attributes
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views


@dataclass(frozen=True, slots=True)
class Offered:
    """A starter as this program may take it; `taken`: the id of a metric of this name that is there already."""

    starter: Starter
    attribute_id: int | None
    attribute: str
    taken: int | None

    @property
    def pk(self) -> str:
        return self.starter.key


class StarterFilter(FilterSet):
    """Asks only; the library is narrowed here, not in the database."""

    attribute = ModelChoiceFilter(queryset=Attribute.objects.all(), label=gettext_lazy("Attribute"))
    kind = ChoiceFilter(choices=Kind.choices, label=gettext_lazy("Kind"))

    class Meta:
        model = Metric
        fields = ()


STARTER_LIST = ListPlan(
    name="starters",
    columns=(
        Column("name", gettext_lazy("Metric"), value=lambda row: row.starter.name),
        Column("attribute", gettext_lazy("Attribute"), hide_narrow=True),
        Column("kind", gettext_lazy("Kind"), value=lambda row: row.starter.kind_word, hide_narrow=True),
        Column("source", gettext_lazy("Source of the data"), value=lambda row: row.starter.source, hide_narrow=True),
        Column("taken", gettext_lazy("In use"), value=lambda row: _("yes") if row.taken else _("no")),
    ),
    in_file=(
        Column("name", gettext_lazy("Metric"), value=lambda row: row.starter.name),
        Column("attribute", gettext_lazy("Attribute")),
        Column("definition", gettext_lazy("Definition"), value=lambda row: row.starter.definition),
        Column("formula", gettext_lazy("Formula"), value=lambda row: row.starter.formula),
        Column("kind", gettext_lazy("Kind"), value=lambda row: row.starter.kind_word),
        Column("unit", gettext_lazy("Unit"), value=lambda row: row.starter.unit),
        Column("source", gettext_lazy("Source of the data"), value=lambda row: row.starter.source),
    ),
    sort="attribute",
    filters=StarterFilter,
    search=("name", "definition"),
    page_size=50,
)


def offered() -> list[Offered]:
    """Return the whole library as this program may take it (2 queries)."""
    attributes: Mapping[str, Attribute] = {each.key: each for each in all_attributes()}
    taken = dict(Metric.objects.filter(name__in=[each.name for each in starters().values()]).values_list("name", "pk"))
    return [
        Offered(each, found.pk if found else None, found.name if found else "", taken.get(each.name))
        for each in starters().values()
        for found in [attributes.get(each.attribute)]
    ]


def rows_asked_for(asked: ListAsked) -> list[Offered]:
    attribute, kind = asked.value_of("attribute"), asked.value_of("kind")
    return [
        each
        for each in offered()
        if (attribute is None or each.attribute_id == attribute.pk)
        and kind in (None, "", each.starter.kind)
        and all(word in f"{each.starter.name} {each.starter.definition}".lower() for word in asked.q.lower().split())
    ]


@specialists_only
@require_safe
@with_saved_views(STARTER_LIST)
def starter_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(STARTER_LIST, request.GET)
    shown = asked.show(rows_asked_for(asked), of=list(starters().values()))
    if asked.wants_file:
        return asked.file(shown)
    return TemplateResponse(request, "metrics/starter_list.html", {"list": shown, "noun": _("metrics")})
