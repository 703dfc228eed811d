from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from functions.permissions import ReadsRegister, WritesRegister
from interviews import inviting
from interviews.asking_serializers import (
    ConsolidationQuery,
    ConsolidationSerializer,
    InterviewInvitationQuery,
    InterviewInvitationSerializer,
)
from interviews.consolidation_models import Consolidation
from interviews.models import Invitation
from jobs import clock
from web.nouns import Form, NounViewSet, answers_of, folded


class InterviewInvitationViewSet(NounViewSet):
    """Who was asked by mail for which interview. People are invited by page, after a look at the letter."""

    noted_as = "interview invitations"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": InterviewInvitationQuery}
    searched = ("interview__contact__name", "interview__customer__name")
    answers: ClassVar = answers_of(InterviewInvitationSerializer, "withdraw")

    def rows(self) -> QuerySet[Invitation]:
        return Invitation.objects.all()

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> HttpResponse:
        """Cancel the interview: its links are dead, and no letter follows."""
        now = clock.database_now()
        return self.do(request, pk, lambda record, _data: inviting.withdraw(invitation=record, now=now))


class ConsolidationViewSet(NounViewSet):
    """How requirements were made of words, and split. Both are done and taken back by page, beside the words."""

    permission_classes = (ReadsRegister,)
    queries: ClassVar = {"list": ConsolidationQuery}
    searched = ("requirement__reference", "requirement__statement", "done_by_name")
    answers: ClassVar = answers_of(ConsolidationSerializer)

    def rows(self) -> QuerySet[Consolidation]:
        return Consolidation.objects.all()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        moved = dict(Consolidation.objects.filter(pk__in=[form["id"] for form in forms]).values_list("pk", "moved"))
        for form in forms:
            form["codings"], form["answers"] = (
                [pk for pk, _before in moved[form["id"]].get(what, ())] for what in ("codings", "answers")
            )
        return [folded(form, ConsolidationSerializer) for form in forms]
