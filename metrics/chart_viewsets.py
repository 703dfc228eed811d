from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.models import User
from functions.permissions import ReadsDefinitions, ReadsHistory, WritesDefinitions
from metrics import chart_services
from metrics.chart_selectors import chart_notes, chart_phases
from metrics.chart_serializers import (
    ChangedChartNoteBody,
    ChartNoteSerializer,
    ChartPhaseSerializer,
    ChartQuery,
    NewChartNoteBody,
    NewChartPhaseBody,
    TakeBackBody,
)
from metrics.models import ChartNote, ChartPhase
from web.nouns import Changing, Creating, Deleting, NounViewSet, Remembering, answers_of


class ChartPhaseViewSet(Creating, NounViewSet):
    """New limits of a metric's chart from a day on, with the reason. None changes; one that was wrong is taken back."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    queries: ClassVar = {"list": ChartQuery}
    bodies: ClassVar = {"create": NewChartPhaseBody, "take_back": TakeBackBody}
    answers: ClassVar = answers_of(ChartPhaseSerializer, "create", "take_back")

    def rows(self) -> QuerySet[ChartPhase]:
        return chart_phases(self.access)

    def create_record(self, data: dict[str, Any]) -> ChartPhase:
        user = cast("User", self.request.user)
        return chart_services.name_phase(**data, named_by=user, today=self.today, now=timezone.now())

    @action(detail=True, methods=["post"], url_path="take-back", url_name="take-back")
    def take_back(self, request: Request, pk: str) -> HttpResponse:
        """Let the limits of before hold on; who named these, when and why stays."""
        user = cast("User", request.user)
        return self.do(
            request,
            pk,
            lambda phase, data: chart_services.take_back_phase(phase=phase, **data, by=user, now=timezone.now()),
        )


class ChartNoteViewSet(Creating, Changing, Deleting, Remembering, NounViewSet):
    """What was behind a signal, or behind any stretch of a metric's chart."""

    permission_classes = (ReadsDefinitions,)
    writers = (WritesDefinitions,)
    historians = (ReadsHistory,)
    queries: ClassVar = {"list": ChartQuery}
    bodies: ClassVar = {"create": NewChartNoteBody, "partial_update": ChangedChartNoteBody}
    answers: ClassVar = answers_of(ChartNoteSerializer, "create", "partial_update", "history")

    def rows(self) -> QuerySet[ChartNote]:
        return chart_notes(self.access)

    def create_record(self, data: dict[str, Any]) -> ChartNote:
        user = cast("User", self.request.user)
        return chart_services.write_note(**data, written_by=user, today=self.today, now=timezone.now())

    def change_record(self, record: ChartNote, data: dict[str, Any]) -> ChartNote:
        return chart_services.change_note(note=record, changes=data, today=self.today)

    def delete_record(self, record: ChartNote) -> None:
        chart_services.delete_note(note=record)
