import json
import re
from datetime import date
from typing import Any, ClassVar, cast

import orjson
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from functions.permissions import PushesMeasurements, ReadsDefinitions, ReadsMeasurements
from functions.selectors import program_day
from jobs.idempotency import KeyReusedError, answer_once, fingerprint_of
from metrics.items import Outcome, Result
from metrics.models import Metric
from metrics.pushing import LARGEST_PUSH, push_measurements
from metrics.selectors import measurements_after, metric_for, metrics_for
from metrics.serializers import (
    MeasurementQuery,
    MeasurementSerializer,
    MetricSerializer,
    PushedSerializer,
    PushSerializer,
    errors_of,
    item_of,
    measurement_form,
    result_form,
)
from metrics.services import errors_in_source
from web.api_views import ApiViewSet, NounViewSet
from web.paging import CursorPageSerializer, bad_cursor, cursor_after, keys_in_cursor, pages_of
from web.problems import FieldError, Problem, ProblemError, invalid

IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,100}")
LARGEST_PUSH_BODY = 8 * 1024 * 1024


class MetricViewSet(NounViewSet):
    """What functions measure: for specialists all; for heads those of their function or of its requirements."""

    permission_classes = (ReadsDefinitions,)
    answers: ClassVar = {"list": pages_of(MetricSerializer), "retrieve": MetricSerializer}

    def rows(self) -> QuerySet[Metric]:
        return metrics_for(self.access)


class MeasurementViewSet(ApiViewSet):
    """Observations of metrics."""

    queries: ClassVar = {"list": MeasurementQuery}
    request_headers: ClassVar = {"bulk": {"Idempotency-Key": "1 to 100 visible ASCII characters; kept for seven days."}}
    bodies: ClassVar = {"bulk": PushSerializer}
    answers: ClassVar = {"list": pages_of(MeasurementSerializer, CursorPageSerializer), "bulk": PushedSerializer}
    permission_classes = (ReadsMeasurements,)
    largest_body = LARGEST_PUSH_BODY

    def list(self, request: Request) -> Response:
        """The current measurements of one metric, newest period first."""
        metric = metric_for(self.access, self.query["metric"])
        if metric is None:
            raise Http404
        size = self.query["page_size"]
        rows = measurements_after(metric_id=metric.pk, after=place_in(self.query.get("cursor")), count=size + 1)
        results = [measurement_form(row) for row in rows[:size]]
        following = None
        if len(rows) > size:
            following = cursor_after(request, results[-1]["period_end"], results[-1]["id"])
        return Response({"next": following, "results": results})

    @action(detail=False, methods=["post"], permission_classes=[PushesMeasurements])
    def bulk(self, request: Request) -> HttpResponse:
        """Store up to 5,000 measurements, all or none.

        Sending the same again changes nothing: the same source and external id with the same figures is a duplicate.
        With other figures it is a conflict (409). With the header Idempotency-Key a repeated call gets the first
        answer again. Refused calls list what became of each item under `results`.
        """
        now = timezone.now()
        source, items = push_in(request.data)
        access, user = self.access, cast("User", request.user)

        def act() -> bytes:
            results = push_measurements(
                items=[item_of(item) for item in items],
                source=source,
                access=access,
                today=program_day(now),
                entered_by=user,
            )
            return pushed(results, items)

        key = request.headers.get("Idempotency-Key")
        if key is None:
            return HttpResponse(act(), content_type="application/json")
        try:
            fingerprint = fingerprint_of(request.method or "", request.path, canonical(request.data))
            answer, is_repeat = answer_once(user=user, key=checked(key), fingerprint=fingerprint, now=now, act=act)
        except KeyReusedError:
            message = "This Idempotency-Key came before with another body. Give each call its own key."
            raise ProblemError(Problem(422, "key_reused", message)) from None
        repeated = {"Idempotent-Replayed": "true"} if is_repeat else {}
        return HttpResponse(answer, content_type="application/json", headers=repeated)


def place_in(cursor: str | None) -> tuple[date, int] | None:
    """Return the period end and id behind which a page begins."""
    if cursor is None:
        return None
    day, last = keys_in_cursor(cursor, 2)
    try:
        return date.fromisoformat(day), int(last)
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


def checked(key: str) -> str:
    if IDEMPOTENCY_KEY.fullmatch(key):
        return key
    message = "An Idempotency-Key has 1 to 100 visible ASCII characters."
    raise ProblemError(invalid([FieldError(message, "invalid", parameter="Idempotency-Key")]))


def canonical(data: Any) -> bytes:
    """Return the same bytes for the same content, whatever its spaces and the order of its keys."""
    return json.dumps(data, sort_keys=True, default=str).encode()


def pushed(results: list[Result], items: list[Any]) -> bytes:
    """Return the answer to a stored push; raises the problem of one that was not stored."""
    outcomes = [result.outcome for result in results]
    forms = [result_form(result, item) for result, item in zip(results, items, strict=True)]
    if Outcome.ERROR in outcomes or Outcome.CONFLICT in outcomes:
        status, code = (400, "invalid") if Outcome.ERROR in outcomes else (409, "conflict")
        wrong = sum(outcome in {Outcome.ERROR, Outcome.CONFLICT} for outcome in outcomes)
        detail = f"Nothing was stored: {wrong} of {len(outcomes)} items cannot be taken; see errors."
        raise ProblemError(Problem(status, code, detail, errors_of(results), more={"results": forms}))
    created, duplicates = outcomes.count(Outcome.CREATED), outcomes.count(Outcome.DUPLICATE)
    return orjson.dumps({"created": created, "duplicates": duplicates, "results": forms})
