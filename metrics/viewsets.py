from datetime import date
from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from functions.permissions import (
    PushesMeasurements,
    ReadsDefinitions,
    ReadsHistory,
    ReadsMeasurements,
    WritesDefinitions,
)
from jobs.models import Job
from jobs.running import drop_job, enqueue, receive_job
from jobs.tasks import run_job
from metrics import services
from metrics.deriving import worked_periods
from metrics.items import Outcome, Result
from metrics.models import Measurement, Metric, MetricLink, MetricRelation
from metrics.pushing import LARGEST_PUSH, push_measurements
from metrics.relating import change_relation, end_relation, metric_relations, relate_metrics
from metrics.selectors import (
    kept_metrics,
    measurements_after,
    measurements_for,
    metric_for,
    metric_links,
    metrics_for,
    revisions_of,
    sees_inputs,
)
from metrics.serializers import (
    STREAMED,
    AffirmBody,
    ChangedMetricBody,
    CorrectionBody,
    MeasurementQuery,
    MeasurementSerializer,
    MetricLinkQuery,
    MetricLinkSerializer,
    MetricQuery,
    MetricRelationQuery,
    MetricRelationSerializer,
    MetricSerializer,
    NewMeasurementBody,
    NewMetricBody,
    NewMetricLinkBody,
    NewRelationBody,
    PullBody,
    PushedSerializer,
    PushSerializer,
    ServesBody,
    StreamQuery,
    WorkedQuery,
    WorkedSerializer,
    errors_of,
    figures_in,
    item_of,
    result_form,
    worked_form,
)
from metrics.services import errors_in_source
from metrics.streaming import FORMATS, KIND
from web.jobs import JobSerializer, form_of_job
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, Remembering, answers_of
from web.paging import CursorPageSerializer, PageQuery, bad_cursor, cursor_after, keys_in_cursor, page_of, pages_of
from web.problems import FieldError, Problem, ProblemError, invalid
from web.repeats import once
from web.streams import format_in, receive

LARGEST_PUSH_BODY = 8 * 1024 * 1024
LARGEST_KEY = 2**63 - 1


class MetricViewSet(Creating, Changing, Remembering, NounViewSet):
    """What functions measure: for specialists all; for heads those of their function or of its requirements."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": MetricQuery}
    searched = ("name", "definition")
    bodies: ClassVar = {"create": NewMetricBody, "partial_update": ChangedMetricBody}
    answers: ClassVar = answers_of(MetricSerializer, "create", "partial_update", "history")

    def rows(self) -> QuerySet[Metric]:
        return metrics_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Metric:
        return services.create_metric(**data)

    def change_record(self, record: Metric, data: dict[str, Any]) -> Metric:
        return services.update_metric(metric=record, changes=data)


class MetricLinkViewSet(Creating, Changing, Deleting, Remembering, NounViewSet):
    """Which metric serves which requirement, for which product, how strongly and in which role."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": MetricLinkQuery}
    bodies: ClassVar = {"create": NewMetricLinkBody, "partial_update": ServesBody, "affirm": AffirmBody}
    answers: ClassVar = answers_of(MetricLinkSerializer, "create", "partial_update", "history", "affirm")

    def rows(self) -> QuerySet[MetricLink]:
        return metric_links(self.access)

    def create_record(self, data: dict[str, Any]) -> MetricLink:
        return services.link_metric(**data)

    def change_record(self, record: MetricLink, data: dict[str, Any]) -> MetricLink:
        role, strength = data.get("role", record.role), data.get("strength", record.strength)
        return services.change_link(link=record, role=role, strength=strength)

    def delete_record(self, record: MetricLink) -> None:
        services.unlink_metric(link=record)

    @action(detail=True, methods=["post"])
    def affirm(self, request: Request, pk: str) -> HttpResponse:
        """Say that the metric still serves the requirement as both are now: then the link is no longer suspect."""
        return self.do(request, pk, lambda record, data: services.affirm_link(link=record, **data))


class MetricRelationViewSet(Creating, Changing, Deleting, Remembering, NounViewSet):
    """What two metrics do to each other, as a person judges it: the roof of the House of Quality. No score uses it."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": MetricRelationQuery}
    bodies: ClassVar = {"create": NewRelationBody, "partial_update": PullBody}
    answers: ClassVar = answers_of(MetricRelationSerializer, "create", "partial_update", "history")

    def rows(self) -> QuerySet[MetricRelation]:
        return metric_relations(self.access)

    def create_record(self, data: dict[str, Any]) -> MetricRelation:
        return relate_metrics(**data)

    def change_record(self, record: MetricRelation, data: dict[str, Any]) -> MetricRelation:
        strength, note = data.get("strength", record.strength), data.get("note", record.note)
        return change_relation(relation=record, strength=strength, note=note)

    def delete_record(self, record: MetricRelation) -> None:
        end_relation(relation=record)


class MeasurementViewSet(Creating, NounViewSet):
    """Observations of metrics. None changes: a correction is a new revision beside the old one."""

    permission_classes = (ReadsMeasurements,)
    writers = (PushesMeasurements,)
    queries: ClassVar = {"list": MeasurementQuery, "revisions": PageQuery, "stream": StreamQuery, "worked": WorkedQuery}
    bodies: ClassVar = {
        "create": NewMeasurementBody,
        "correct": CorrectionBody,
        "bulk": PushSerializer,
        "stream": STREAMED,
    }
    answers: ClassVar = {
        **answers_of(MeasurementSerializer, "create", "correct"),
        "list": pages_of(MeasurementSerializer, CursorPageSerializer),
        "revisions": pages_of(MeasurementSerializer),
        "worked": pages_of(WorkedSerializer),
        "bulk": PushedSerializer,
        "stream": JobSerializer,
    }
    answers_later: ClassVar = frozenset({"stream"})
    largest_body = LARGEST_PUSH_BODY

    def rows(self) -> QuerySet[Measurement]:
        return measurements_for(self.access)

    def list(self, request: Request) -> Response:
        """The current measurements of one metric, newest period first."""
        metric = metric_for(self.access, self.query["metric"])
        if metric is None:
            raise Http404
        size = self.query["page_size"]
        rows = metric.measurements.filter(**{PERIODS[name]: self.query[name] for name in PERIODS if name in self.query})
        results = self.forms(measurements_after(rows, after=place_in(self.query.get("cursor")), count=size + 1))
        following = None
        if len(results) > size:
            results.pop()
            following = cursor_after(request, results[-1]["period_end"], results[-1]["id"])
        return Response({"next": following, "results": results})

    def create_record(self, data: dict[str, Any]) -> Measurement:
        return services.record_measurement(
            metric=data["metric"],
            figures=figures_in(data),
            source=data["source"],
            external_id=data.get("external_id", ""),
            today=self.today,
            entered_by=cast("User", self.request.user),
        )

    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> HttpResponse:
        """Put a new revision in the place of a measurement; the old one stays and says what was believed before."""

        def act() -> Form:
            old = self.record_of(pk)
            if not kept_metrics(self.access).filter(pk=old.metric_id).exists():
                raise Http404
            data = self.body(request)
            new = services.correct_measurement(
                measurement=old,
                figures=figures_in(data),
                reason=data["reason"],
                today=self.today,
                entered_by=cast("User", request.user),
            )
            return self.form_of(new.pk)

        return self.act(request, act)

    @action(detail=True)
    def revisions(self, request: Request, pk: str) -> Response:
        """What was stored for the same observation, newest first."""
        ids = revisions_of(self.record_of(pk))
        page, envelope = page_of(self.rows().filter(pk__in=ids).order_by("-pk"), self.query, request)
        return Response({**envelope, "results": self.forms(cast("QuerySet[Measurement]", page))})

    @action(detail=False)
    def worked(self, request: Request) -> Response:
        """What a derived metric came to in each period of three years, latest first; nothing of one that is measured.

        `of` has the last value of each input at or before the end of the period, for who may see all of them.
        """
        metric = metric_for(self.access, self.query["metric"])
        if metric is None:
            raise Http404
        page, envelope = page_of(worked_periods(metric, as_of=self.today), self.query, request)
        is_open = sees_inputs(self.access, metric)
        return Response({**envelope, "results": [worked_form(each, is_open=is_open) for each in page]})

    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> HttpResponse:
        """Store up to 5,000 measurements, all or none.

        Sending the same again changes nothing: the same source and external id with the same figures is a duplicate.
        With other figures it is a conflict (409). With the header Idempotency-Key a repeated call gets the first
        answer again. Refused calls list what became of each item under `results`.
        """
        source, items = push_in(request.data)

        def act() -> Form:
            results = push_measurements(
                items=[item_of(item) for item in items],
                source=source,
                access=self.access,
                today=self.today,
                entered_by=cast("User", request.user),
            )
            return pushed(results, items)

        return self.act(request, act)

    @action(detail=False, methods=["post"])
    def stream(self, request: Request) -> HttpResponse:
        """Store up to 1,000,000 measurements, all or none, by a job: one JSON object a line, or CSV with a header.

        Answers 202 with the job as soon as everything is received; its address says how far it is, stops it, and names
        every row that cannot be taken. The body may be sent in chunks.
        """
        source, user, now = self.query["source"].strip(), cast("User", request.user), timezone.now()
        if errors := errors_in_source(source):
            raise ValidationError(dict(errors))
        about = {"source": source, "format": format_in(request, FORMATS)}
        job = receive_job(kind=KIND, title=f"Measurements from {source}", about=about, user=user)
        try:
            received = receive(request, job)
            key = f"{request.get_full_path()} {about['format']} {received.digest}"
            answer, is_repeat = once(request, user, key, lambda: self._enqueued(job, received.size), now=now)
        except BaseException:
            drop_job(job=job)
            raise
        if is_repeat:
            drop_job(job=job)
        return self.accepted(request, answer, is_repeat=is_repeat)

    def _enqueued(self, job: Job, size: int) -> Form:
        waiting = enqueue(job=job, size=size)
        transaction.on_commit(lambda: run_job.delay(waiting.pk), robust=True)
        return form_of_job(job)


PERIODS = {"since": "period_end__gte", "until": "period_end__lte"}


def place_in(cursor: str | None) -> tuple[date, int] | None:
    """Return the period end and id behind which a page begins."""
    if cursor is None:
        return None
    day, last = keys_in_cursor(cursor, 2)
    try:
        # One past what a database counts is behind every row.
        return date.fromisoformat(day), max(-LARGEST_KEY, min(int(last), LARGEST_KEY))
    except (TypeError, ValueError):
        raise bad_cursor() from None


def push_in(data: Any) -> tuple[str, list[Any]]:
    """Return source and items of a body; raises a problem about the body as a whole."""
    if not isinstance(data, dict):
        raise ProblemError(invalid([FieldError("The body is an object with source and items.", "invalid")]))
    errors = [
        FieldError("There is no such field here; there are: items, source.", "unknown", (name,))
        for name in sorted(data.keys() - {"source", "items"})
    ]
    source, items = data.get("source"), data.get("items")
    if not isinstance(source, str) or errors_in_source(source.strip()):
        errors.append(FieldError("Name the sending system in 1 to 40 characters.", "source", ("source",)))
    if not isinstance(items, list) or not items:
        errors.append(FieldError("Send a list with at least one item.", "items", ("items",)))
    if errors:
        raise ProblemError(invalid(errors))
    if len(data["items"]) > LARGEST_PUSH:
        message = (
            f"{len(data['items'])} items are more than the {LARGEST_PUSH} that one call takes. Send them in parts."
        )
        raise ProblemError(Problem(413, "too_large", message))
    return data["source"].strip(), data["items"]


def pushed(results: list[Result], items: list[Any]) -> Form:
    """Return the answer to a stored push; raises the problem of one that was not stored."""
    outcomes = [result.outcome for result in results]
    forms = [result_form(result, item) for result, item in zip(results, items, strict=True)]
    if Outcome.ERROR in outcomes or Outcome.CONFLICT in outcomes:
        status, code = (400, "invalid") if Outcome.ERROR in outcomes else (409, "conflict")
        wrong = sum(outcome in {Outcome.ERROR, Outcome.CONFLICT} for outcome in outcomes)
        detail = f"Nothing was stored: {wrong} of {len(outcomes)} items cannot be taken; see errors."
        raise ProblemError(Problem(status, code, detail, errors_of(results), more={"results": forms}))
    created, duplicates = outcomes.count(Outcome.CREATED), outcomes.count(Outcome.DUPLICATE)
    return {"created": created, "duplicates": duplicates, "results": forms}
