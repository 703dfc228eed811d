"""Reports for programs: listed, read, fetched as PDF, and made by a job."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.models import User
from customers.models import Customer
from dashboard.report_views import pdf_answer
from dashboard.reporting import start_report
from functions.models import Function
from functions.permissions import KeepsScores, ReadsScores, reads_evidence
from improvements.report_models import LONGEST_TITLE, Report
from improvements.reports import FIELDS, About, AlteredError, article_of, reports_for
from interviews.models import Round
from web.bodies import LARGEST_ID, Body, Text
from web.jobs import JobSerializer, form_of_job
from web.nouns import Form, NounViewSet, answers_of, ordering
from web.paging import PageQuery
from web.problems import Problem, ProblemError

ALTERED = Problem(409, "altered", "This report is not what its digest says; restore it, or make it again.")
# They repeat what customers said, which a token that reads scores alone does not.
OF_EVIDENCE = (Report.Kind.CUSTOMER, Report.Kind.ROUND)
PDF: Any = {(200, "application/pdf"): OpenApiTypes.BINARY}


class FrozenReportSerializer(serializers.ModelSerializer[Report]):
    """A frozen report: its text as HTML is in a single one only. Two with one digest say the same."""

    as_of = serializers.DateField(source="snapshot.as_of")
    article = serializers.CharField(allow_blank=True, help_text="The text as HTML; empty in a list.")

    class Meta:
        model = Report
        fields: ClassVar = [
            "id", "title", "kind", "function", "customer", "round", "snapshot", "as_of", "made_at", "made_by_name",
            "digest", "article",
        ]  # fmt: skip
        read_only_fields = fields


class FrozenReportQuery(PageQuery):
    kind = serializers.ChoiceField(choices=Report.Kind.choices, required=False)
    function = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    customer = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    round = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    ordering = ordering("-made_at", "id")


class ReportBody(Body):
    as_of = serializers.DateField(help_text="A kept day.")
    function = serializers.PrimaryKeyRelatedField(
        queryset=Function.objects.filter(is_active=True), required=False, help_text="Left out: the whole program."
    )
    customer = serializers.PrimaryKeyRelatedField(queryset=Customer.objects.all(), required=False)
    round = serializers.PrimaryKeyRelatedField(queryset=Round.objects.all(), required=False)
    title = Text(max_length=LONGEST_TITLE, required=False, help_text="Left out: what it is about, with the day.")


class ReportViewSet(NounViewSet):
    """Reports of kept days: of the program and of reviews for everybody, of a function for its head and specialists,
    of a customer or a round for specialists, by a token that reads evidence, too."""

    permission_classes = (ReadsScores,)
    writers = (KeepsScores,)
    queries: ClassVar = {"list": FrozenReportQuery}
    bodies: ClassVar = {"create": ReportBody}
    answers: ClassVar[Any] = answers_of(FrozenReportSerializer) | {"create": JobSerializer, "pdf": PDF}
    answers_later = frozenset({"create"})

    def rows(self) -> QuerySet[Report]:
        readable = reports_for(self.access)
        return readable if reads_evidence(self.request) else readable.exclude(kind__in=OF_EVIDENCE)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        try:
            return [form_of(each, article_of(each) if self.action == "retrieve" else "") for each in rows]
        except AlteredError as error:
            raise ProblemError(ALTERED) from error

    def create(self, request: Request) -> HttpResponse:
        """Have a report of a kept day made by a job: 202 with the job; when it is done, `result.report` is the id."""
        user, now = cast("User", request.user), timezone.now()
        body = self.body(request)
        asked = {"as_of": body["as_of"], "title": body.get("title", ""), "about": one_of(body)}
        return self.act_later(request, lambda: form_of_job(start_report(**asked, user=user, now=now)))

    @action(detail=True)
    def pdf(self, request: Request, pk: str) -> HttpResponse:
        """The report as a tagged PDF."""
        try:
            return pdf_answer(get_object_or_404(self.rows(), pk=int(pk)))
        except AlteredError as error:
            raise ProblemError(ALTERED) from error


def one_of(body: Mapping[str, Any]) -> About | None:
    """Return the one thing that a report is to be about; more than one are refused."""
    if len(named := [name for name in FIELDS.values() if body.get(name) is not None]) > 1:
        message = _("A report is about one thing: %(first)s or %(second)s. Name one.")
        params = {"first": named[0], "second": named[1]}
        raise ValidationError({named[1]: ValidationError(message, "several", params)})
    return body[named[0]] if named else None


def form_of(report: Report, article: str) -> Form:
    return {
        "id": report.pk, "title": report.title, "kind": report.kind, "function": report.function_id,
        "customer": report.customer_id, "round": report.round_id,
        "snapshot": report.snapshot_id, "as_of": report.snapshot.as_of, "made_at": report.made_at,
        "made_by_name": report.made_by_name, "digest": report.digest, "article": article,
    }  # fmt: skip
