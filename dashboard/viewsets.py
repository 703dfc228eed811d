from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import AuditEntry
from dashboard.audit_list import audit_entries
from dashboard.coverage_page import coverage_form, coverage_page
from dashboard.job_list import jobs_for
from dashboard.round_plan import plan_once
from dashboard.serializers import (
    AuditEntrySerializer,
    AuditQuery,
    CoverageSerializer,
    JobQuery,
    SamplingPlanBody,
    SamplingPlanQuery,
    SamplingPlanSerializer,
    WeightSetBody,
    WeightSetQuery,
    WeightSetSerializer,
)
from dashboard.weight_pages import make_from
from functions.permissions import ReadsJobs, ReadsPeople, ReadsRegister, StopsJobs, WritesRegister
from functions.selectors import program
from interviews.models import SamplingPlan
from interviews.planning import drop_plan
from interviews.progress import all_plans, targets_of_plans
from interviews.weight_models import WeightSet
from interviews.weight_sets import drop_weight_set, factors_of_sets, rest_weight_set, use_weight_set, weight_sets
from jobs.models import Job
from jobs.running import cancel_job
from web.jobs import JobErrorSerializer, JobSerializer
from web.nouns import Creating, Deleting, Form, NounViewSet, added, answers_of, folded, place_in
from web.paging import CursorPageSerializer, PageQuery, cursor_after, page_of, pages_of


class JobViewSet(NounViewSet):
    """Work that outlives its call: for specialists every job, for everybody else the own ones."""

    permission_classes = (ReadsJobs,)
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


class SamplingPlanViewSet(Creating, Deleting, NounViewSet):
    """Targets of rounds by stratum, and what became of them."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": SamplingPlanQuery}
    bodies: ClassVar = {"create": SamplingPlanBody}
    answers: ClassVar = answers_of(SamplingPlanSerializer, "create") | {"coverage": CoverageSerializer}

    def rows(self) -> QuerySet[SamplingPlan]:
        return all_plans()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        added(forms, "targets", targets_of_plans([form["id"] for form in forms]))
        return [folded(form, SamplingPlanSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> SamplingPlan:
        return plan_once(wave=data.pop("round"), asked=data, now=timezone.now())

    def delete_record(self, record: SamplingPlan) -> None:
        drop_plan(plan=record)

    @action(detail=True)
    def coverage(self, request: Request, pk: str) -> HttpResponse:
        """Strata with their targets and who was heard, and the contacts to ask next with what that is worth."""
        wave = self.record_of(pk).round
        page = coverage_page(wave=wave, program=program(), today=self.today)
        return self.kept(request, coverage_form(page))


class WeightSetViewSet(Creating, Deleting, NounViewSet):
    """Factors by which the customers heard stand for those of the register. A version never changes."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": WeightSetQuery}
    bodies: ClassVar = {"create": WeightSetBody}
    answers: ClassVar = answers_of(WeightSetSerializer, "create", "use", "rest")

    def rows(self) -> QuerySet[WeightSet]:
        return weight_sets()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        added(forms, "factors", factors_of_sets([form["id"] for form in forms]))
        return [folded(form, WeightSetSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> WeightSet:
        user: Any = self.request.user
        return make_from(data, today=self.today, now=timezone.now(), by=user)

    def delete_record(self, record: WeightSet) -> None:
        drop_weight_set(weight_set=record)

    @action(detail=True, methods=["post"])
    def use(self, request: Request, pk: str) -> HttpResponse:
        """Weight all scores by it; they are recomputed."""
        return self.do(request, pk, lambda record, _data: use_weight_set(weight_set=record))

    @action(detail=True, methods=["post"])
    def rest(self, request: Request, pk: str) -> HttpResponse:
        """Weight by no set any more; the scores are recomputed."""
        return self.do(request, pk, lambda record, _data: rest_weight_set(weight_set=record))


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
