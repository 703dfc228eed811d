from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from functions.permissions import KeepsSources, ReadsHistory, ReadsSources
from metrics import pull_services
from metrics.pull_models import MeasurementSource
from metrics.pull_selectors import sources_for
from metrics.pull_serializers import (
    ChangedSourceBody,
    NewSourceBody,
    PullRunSerializer,
    SourceQuery,
    SourceSerializer,
    TriedSerializer,
)
from metrics.pull_services import Tried, fields_of
from web.nouns import Changing, Creating, Deleting, NounViewSet, Remembering, answers_of, plain_forms
from web.paging import PageQuery, page_of, pages_of


class MeasurementSourceViewSet(Creating, Changing, Deleting, Remembering, NounViewSet):
    """Addresses that answer a metric's measurements, asked by themselves. A new one is paused until it is resumed."""

    permission_classes = (ReadsSources,)
    writers = (KeepsSources,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": SourceQuery, "runs": PageQuery}
    searched = ("name", "address")
    bodies: ClassVar = {"create": NewSourceBody, "partial_update": ChangedSourceBody}
    answers: ClassVar = {
        **answers_of(SourceSerializer, "create", "partial_update", "history", "run", "pause", "resume"),
        "runs": pages_of(PullRunSerializer),
        "dry_run": TriedSerializer,
    }

    def rows(self) -> QuerySet[MeasurementSource]:
        return sources_for(self.access)

    def create_record(self, data: dict[str, Any]) -> MeasurementSource:
        return pull_services.create_source(**data, made_by=cast("User", self.request.user))

    def change_record(self, record: MeasurementSource, data: dict[str, Any]) -> MeasurementSource:
        secret = data.pop("secret", None)
        return pull_services.change_source(source=record, changes=data, secret=secret, now=timezone.now())

    def delete_record(self, record: MeasurementSource) -> None:
        pull_services.delete_source(source=record)

    @action(detail=True)
    def runs(self, request: Request, pk: str) -> Response:
        """What became of each time that it was asked, newest first."""
        page, envelope = page_of(self.record_of(pk).runs.all(), self.query, request)
        return Response({**envelope, "results": plain_forms(page, PullRunSerializer)})

    @action(detail=True, methods=["post"], url_path="try", url_name="try")
    def dry_run(self, request: Request, pk: str) -> Response:
        """Ask it and say what would become of its answer; nothing is stored.

        Its answer has 8 seconds to come. Its first 1,000 records are read and checked; `has_more` says that there are
        others. A run takes all of an answer or none.
        """
        self.body(request)
        # In no transaction: another machine may take its time, and the database waits for nobody.
        return Response(tried_form(pull_services.try_source(source=self.record_of(pk), now=timezone.now())))

    @action(detail=True, methods=["post"])
    def run(self, request: Request, pk: str) -> HttpResponse:
        """Have it asked at once, whether or not it is paused; `runs` says what became of it."""
        return self.do(request, pk, lambda record, _data: pull_services.ask_now(source=record, now=timezone.now()))

    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> HttpResponse:
        """Ask it no more until it is resumed."""
        return self.do(request, pk, lambda record, _data: pull_services.pause_source(source=record))

    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> HttpResponse:
        """Ask it as often as it says, from now on."""
        return self.do(
            request, pk, lambda record, _data: pull_services.resume_source(source=record, now=timezone.now())
        )


def tried_form(tried: Tried) -> dict[str, Any]:
    kept = {"rows": 0, "same": 0, "refused": 0, "errors": []} | fields_of(tried)
    counts = {name: kept[name] for name in ("rows", "created", "changed", "same", "refused")}
    return {"problem": tried.problem, "has_more": tried.has_more, **counts, "refusals": kept["errors"]}
