from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.serializers import JobQuery
from dashboard.settings_lists import jobs_for
from functions.permissions import ReadsMeasurements, StopsJobs
from jobs.models import Job
from jobs.running import cancel_job
from web.jobs import JobErrorSerializer, JobSerializer
from web.nouns import NounViewSet, answers_of
from web.paging import PageQuery, page_of, pages_of


class JobViewSet(NounViewSet):
    """Work that outlives its call: for specialists every job, for everybody else the own ones."""

    permission_classes = (ReadsMeasurements,)
    writers = (StopsJobs,)
    queries: ClassVar = {"list": JobQuery, "errors": PageQuery}
    answers: ClassVar = {**answers_of(JobSerializer, "cancel"), "errors": pages_of(JobErrorSerializer)}

    def rows(self) -> QuerySet[Job]:
        return jobs_for(self.access)

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> HttpResponse:
        """Stop it: at once if it waits, at its next step if it runs. Nothing of it is stored."""
        now = timezone.now()
        return self.do(request, pk, lambda record, _data: cancel_job(job=record, now=now))

    @action(detail=True)
    def errors(self, request: Request, pk: str) -> Response:
        """What it refused, row by row; the first thousand are kept."""
        page, envelope = page_of(self.record_of(pk).errors, self.query, request)
        return Response({**envelope, "results": list(page)})
