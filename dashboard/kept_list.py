"""The days of which scores are kept, as everybody chooses among them."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from gap_scores.keeping import KIND
from gap_scores.models import Snapshot
from jobs.models import Job
from jobs.running import under_way
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListPlan


class KeptFilter(FilterSet):
    as_of = FromDayToDay(label=_("Day"), field_name="as_of")
    reason = ChoiceFilter(label=_("Why"), choices=Snapshot.Reason.choices)

    class Meta:
        model = Snapshot
        fields: ClassVar = ()


KEPT = ListPlan(
    name="kept scores",
    columns=(
        Column("as_of", _("Day")),
        Column("title", _("Kept for")),
        Column("reason", _("Why"), value=in_words("reason"), hide_narrow=True),
        Column("overall", _("Overall gap"), numeric=True),
        Column("overall_lo", _("from"), numeric=True, hide_narrow=True),
        Column("overall_hi", _("to"), numeric=True, hide_narrow=True),
        Column("created_at", _("Kept"), hide_narrow=True),
    ),
    sort="-as_of",
    filters=KeptFilter,
    search=("title",),
)


def being_kept() -> QuerySet[Job]:
    """Return the jobs that keep the scores of a day just now, newest first (1 query)."""
    return under_way(KIND)
