from typing import ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import AuditEntry
from dashboard.audit_list import audit_entries
from dashboard.serializers import AuditEntrySerializer, AuditQuery, JobQuery
from dashboard.settings_lists import jobs_for
from functions.permissions import ReadsMeasurements, ReadsPeople, StopsJobs
from jobs.models import Job
from jobs.running import cancel_job
from web.jobs import JobErrorSerializer, JobSerializer
from web.nouns import NounViewSet, answers_of, place_in
from web.paging import CursorPageSerializer, PageQuery, cursor_after, page_of, pages_of


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


class AuditEntryViewSet(NounViewSet):
    """The audit trail, for administrators: read only, newest first, by cursor."""

    permission_classes = (ReadsPeople,)
    queries: ClassVar = {"list": AuditQuery}
    answers: ClassVar = answers_of(AuditEntrySerializer) | {
        "list": pages_of(AuditEntrySerializer, CursorPageSerializer)
    }

    def rows(self) -> QuerySet[AuditEntry]:
        return audit_entries()

    def list(self, request: Request) -> Response:
        wanted = {name: value for name, value in self.query.items() if name not in {"cursor", "page_size"}}
        rows, place, size = self.rows().filter(**wanted), place_in(self.query.get("cursor")), self.query["page_size"]
        if place is not None:
            rows = rows.filter(number__lt=place)
        results = self.forms(rows.order_by("-number")[: size + 1])
        following = cursor_after(request, results[size - 1]["number"]) if len(results) > size else None
        return Response({"next": following, "results": results[:size]})
