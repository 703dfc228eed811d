"""The list of measurements: what was measured, when, and by whom it was entered."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django_filters import CharFilter, ChoiceFilter, FilterSet, ModelChoiceFilter

from functions.access import ProgramRequest, metric_keepers_only
from functions.models import Function
from functions.selectors import Access
from metrics.measurement_pages import Measurements
from metrics.models import Kind, Measurement, Metric
from metrics.wording import figures_in_words
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListAsked, ListPlan
from web.saved_views import with_saved_views
from web.seeking import show_from

REVISIONS = (("corrected", gettext_lazy("corrected since")), ("all", gettext_lazy("all")))


class MeasurementFilter(FilterSet):
    # What is asked of their metrics is left to the list, which looks the metrics up first.
    function = ModelChoiceFilter(
        queryset=Function.objects.all(), label=gettext_lazy("Function"), method="leave_to_the_list"
    )
    kind = ChoiceFilter(choices=Kind.choices, label=gettext_lazy("Kind"), method="leave_to_the_list")
    period_end = FromDayToDay(field_name="period_end", label=gettext_lazy("Period ends"))
    part = CharFilter(label=gettext_lazy("Part"), max_length=20)
    source = CharFilter(label=gettext_lazy("Source"), max_length=40)
    external_id = CharFilter(label=gettext_lazy("External id"), max_length=80)
    revision = ChoiceFilter(
        choices=REVISIONS,
        label=gettext_lazy("Revision"),
        method="leave_to_the_list",
        empty_label=gettext_lazy("current"),
    )

    class Meta:
        model = Measurement
        fields = ()

    def leave_to_the_list(self, rows: QuerySet[Measurement], _name: str, _value: str) -> QuerySet[Measurement]:
        return rows


def of_metrics_named(word: str) -> Q:
    """Return the measurements of metrics with a word in their name: the few metrics are searched, not their rows."""
    return Q(metric__in=Metric.objects.filter(name__icontains=word).order_by().values("pk"))


def raw(name: str, label: Any) -> Column:
    return Column(name, label, sortable=False)


DAY = Column("period_end", gettext_lazy("Day"), numeric=True)
METRIC = Column(
    "metric", gettext_lazy("Metric"), value=lambda row: row.metric.name, order_by=("metric__name", "period_end")
)
FUNCTION = Column(
    "function",
    gettext_lazy("Function"),
    value=lambda row: row.metric.function.name,
    order_by=("metric__function__name", "metric__name", "period_end"),
    hide_narrow=True,
)
PART = Column("part", gettext_lazy("Part"), order_by=("part", "period_end"), hide_narrow=True)
FIGURES = Column("figures", gettext_lazy("Measured"), value=figures_in_words, sortable=False, numeric=True)
SOURCE = Column("source", gettext_lazy("Source"), order_by=("source", "period_end"), hide_narrow=True)
# They are numbered as they are entered, and the number has its index.
ENTERED = Column("created_at", gettext_lazy("Entered"), order_by=("pk",), hide_narrow=True)

MEASUREMENTS = ListPlan(
    name="measurements",
    columns=(DAY, METRIC, FUNCTION, PART, FIGURES, SOURCE, ENTERED),
    in_file=(
        raw("period_start", gettext_lazy("From")),
        DAY,
        METRIC,
        FUNCTION,
        Column("kind", gettext_lazy("Kind"), value=in_words("kind"), sortable=False),
        PART,
        FIGURES,
        *(
            raw(name, name)
            for name in (
                "value",
                "numerator",
                "denominator",
                "defects",
                "units",
                "opportunities",
                "events",
                "exposure",
                "counts",
            )
        ),
        SOURCE,
        raw("external_id", gettext_lazy("External id")),
        ENTERED,
        Column("is_current", gettext_lazy("Current"), sortable=False),
    ),
    sort="-period_end",
    filters=MeasurementFilter,
    search_by=of_metrics_named,
    is_endless=True,
)


def measurement_rows(asked: ListAsked, access: Access) -> QuerySet[Measurement]:
    """Return the measurements asked for: the current ones, unless the list asks for others (2 queries)."""
    return Measurements(asked, access).rows


@metric_keepers_only
@require_safe
@with_saved_views(MEASUREMENTS)
def measurement_list(request: ProgramRequest) -> HttpResponseBase:
    asked = ListAsked(MEASUREMENTS, request.GET)
    its = Measurements(asked, request.access)
    shown = show_from(
        asked,
        its.rows,
        of=its.visible.filter(is_current=True),
        is_whole=request.access.is_specialist,
        visible=its.visible,
        find=its.find,
        along=its.along,
    )
    if asked.wants_file:
        return asked.file(shown)
    context = {"list": shown, "noun": _("measurements")}
    return TemplateResponse(request, "metrics/measurement_list.html", context)
