"""The files that a person asked for, of long lists and of the program, as they are looked for."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from dashboard.job_kinds import KINDS, LIST_EXPORT, PROGRAM_EXPORT
from functions.selectors import Access
from jobs.models import Job
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListPlan

MADE_BY = (LIST_EXPORT, PROGRAM_EXPORT)


class ExportFilter(FilterSet):
    kind = ChoiceFilter(label=_("What"), choices=[(kind, KINDS[kind]) for kind in MADE_BY])
    state = ChoiceFilter(
        label=_("State"), choices=[each for each in Job.State.choices if each[0] != Job.State.RECEIVING]
    )
    created_at = FromDayToDay(label=_("Asked for"), field_name="created_at__date")

    class Meta:
        model = Job
        fields: ClassVar = ()


EXPORTS = ListPlan(
    name="exports",
    columns=(
        Column("title", _("File")),
        Column("state", _("State"), value=in_words("state")),
        Column("total", _("Rows"), numeric=True, hide_narrow=True),
        Column("created_at", _("Asked for"), order_by=("pk",)),
    ),
    sort="-created_at",
    filters=ExportFilter,
    search=("title",),
)


def exports_of(access: Access) -> QuerySet[Job]:
    """Return the exports that this person asked for, newest first."""
    return Job.objects.filter(kind__in=MADE_BY, started_by=access.user_id or 0).order_by("-pk")
