"""The jobs as specialists look for them: long work that was asked for, whoever asked."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter, FilterSet

from dashboard.job_kinds import KINDS
from functions.selectors import Access
from jobs.models import Job
from web.choices import in_words
from web.filters import FromDayToDay
from web.lists import Column, ListPlan


class JobFilter(FilterSet):
    kind = ChoiceFilter(label=_("What"), choices=list(KINDS.items()))
    state = ChoiceFilter(label=_("State"), choices=Job.State.choices)
    created_at = FromDayToDay(label=_("Asked for"), field_name="created_at__date")

    class Meta:
        model = Job
        fields: ClassVar = ()


JOBS = ListPlan(
    name="jobs",
    columns=(
        Column("title", _("Job")),
        Column("state", _("State"), value=in_words("state")),
        Column("done", _("Done"), value=lambda job: job.done if job.total else None, order_by=("done",), numeric=True,
               hide_narrow=True),
        Column("started_by", _("By"), value=lambda job: str(job.started_by or ""), order_by=("started_by__username",),
               hide_narrow=True),
        Column("created_at", _("Asked for"), order_by=("pk",)),
        Column("finished_at", _("Finished"), hide_narrow=True),
    ),
    sort="-created_at",
    filters=JobFilter,
    search=("title", "started_by__username"),
)  # fmt: skip


def jobs_for(access: Access) -> QuerySet[Job]:
    """Return the jobs a person may see: every one, or those that the person started."""
    jobs = Job.objects.order_by("-pk")
    return jobs if access.is_specialist else jobs.filter(started_by=access.user_id or 0)


def listed_jobs(access: Access) -> QuerySet[Job]:
    return jobs_for(access).select_related("started_by").defer("errors", "result")
