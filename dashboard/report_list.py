"""The reports that a person may read, newest first."""

from operator import attrgetter
from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from dashboard.job_kinds import REPORT
from improvements.report_models import Report
from jobs.models import Job
from jobs.running import under_way
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListPlan


class ReportFilter(FilterSet):
    kind = ChoiceFilter(label=_("About"), choices=Report.Kind.choices)
    as_of = FromDayToDay(label=_("Day"), field_name="snapshot__as_of")

    class Meta:
        model = Report
        fields: ClassVar = ()


REPORTS = ListPlan(
    name="reports",
    columns=(
        Column("title", _("Report")),
        Column("as_of", _("Day"), order_by=("snapshot__as_of",), value=attrgetter("snapshot.as_of")),
        Column("kind", _("About"), value=in_words("kind"), hide_narrow=True),
        Column("function", _("Of"), value=attrgetter("about"), sortable=False, hide_narrow=True),
        Column("made_at", _("Made"), hide_narrow=True),
        Column("made_by_name", _("Made by"), hide_narrow=True),
        Column("digest", _("Digest"), hide_narrow=True),
    ),
    sort="-made_at",
    filters=ReportFilter,
    search=("title",),
)


def being_made() -> QuerySet[Job]:
    """Return the jobs that make reports just now, newest first (1 query)."""
    return under_way(REPORT)
