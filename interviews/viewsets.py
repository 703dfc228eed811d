from typing import Any, ClassVar, cast

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request

from accounts.models import User
from functions.permissions import ReadsInterviews, ReadsRegister, RecordsWords, WritesInterviews, WritesRegister
from interviews import objectives, services
from interviews.coding import LONGEST_NAME, change_sentiment, code_verbatim, remove_coding, set_aside, take_up_again
from interviews.models import Answer, Coding, Interview, Objective, Round, Verbatim
from interviews.selectors import (
    all_rounds,
    answers_for,
    codings_for,
    interviews_for,
    objectives_for,
    products_of_rounds,
    verbatims_for,
)
from interviews.serializers import (
    PARTS,
    AnswerBody,
    AnswerQuery,
    AnswerSerializer,
    AsideBody,
    CodingBody,
    CodingQuery,
    CodingSerializer,
    InterviewBody,
    InterviewQuery,
    InterviewSerializer,
    InterviewStateBody,
    NewAnswerBody,
    NewInterviewBody,
    ObjectiveBody,
    ObjectiveChange,
    ObjectiveQuery,
    ObjectiveSerializer,
    RoundBody,
    RoundQuery,
    RoundSerializer,
    SentimentBody,
    UnaskedBody,
    VerbatimBody,
    VerbatimQuery,
    VerbatimSerializer,
)
from interviews.unasked import Unasked, customer_named, record_unasked
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, added, answers_of, folded


class RoundViewSet(Creating, Changing, NounViewSet):
    """Waves of interviews, and the standing round 'any time'."""

    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": RoundQuery}
    searched = ("name",)
    bodies: ClassVar = {"create": RoundBody, "partial_update": RoundBody}
    answers: ClassVar = answers_of(RoundSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Round]:
        return all_rounds()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        added(forms, "products", products_of_rounds([form["id"] for form in forms]))
        return [folded(form, RoundSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> Round:
        return services.create_round(**data)

    def change_record(self, record: Round, data: dict[str, Any]) -> Round:
        kept = {
            "name": record.name,
            "starts_on": record.starts_on,
            "ends_on": record.ends_on,
            "products": list(record.products.all()),
            "guide_version": record.guide_version,
            "stage": record.stage,
        }
        return services.update_round(round=record, **kept | data)


class InterviewViewSet(Creating, Changing, NounViewSet):
    """For specialists every interview; for everybody else those that they recorded themselves."""

    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    doers: ClassVar = {"record": (RecordsWords,)}
    queries: ClassVar = {"list": InterviewQuery}
    searched = ("contact__name", "customer__name")
    bodies: ClassVar = {
        "create": NewInterviewBody,
        "partial_update": InterviewBody,
        "state": InterviewStateBody,
        "record": UnaskedBody,
    }
    answers: ClassVar = answers_of(
        InterviewSerializer, "create", "partial_update", "state", "complete", "reopen", "record"
    )

    def rows(self) -> QuerySet[Interview]:
        return interviews_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Interview:
        return services.plan_interview(**data)

    def change_record(self, record: Interview, data: dict[str, Any]) -> Interview:
        kept = {name: getattr(record, name) for name in ("held_on", "mode", "interviewer", "round")}
        return services.change_interview(interview=record, today=self.today, **kept | data)

    @action(detail=True, methods=["post"])
    def state(self, request: Request, pk: str) -> HttpResponse:
        """Move an open interview along: planned, invited, scheduled, in progress, declined, cancelled."""
        return self.do(request, pk, lambda record, data: services.change_interview_state(interview=record, **data))

    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: str) -> HttpResponse:
        """Close an interview: from now on its answers count."""
        now, today = timezone.now(), self.today
        return self.do(
            request, pk, lambda record, _data: services.complete_interview(interview=record, now=now, today=today)
        )

    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> HttpResponse:
        """Open a completed interview again: until it is completed, its answers do not count."""
        return self.do(request, pk, lambda record, _data: services.reopen_interview(interview=record))

    @action(detail=False, methods=["post"])
    def record(self, request: Request) -> HttpResponse:
        """Keep what a customer said without being asked; a specialist reads it and says what it is about."""

        def act() -> Form:
            said = self.body(request)
            interview = record_unasked(said=unasked(said, cast("User", request.user)), today=self.today)
            return self.form_of(interview.pk)

        return self.act(request, act)


def unasked(said: dict[str, Any], interviewer: User) -> Unasked:
    try:
        customer = customer_named(said["customer"])
    except ValidationError as error:
        raise ValidationError({"customer": error}) from None
    return Unasked(
        customer=customer,
        contact_name=said["contact"],
        text=said["text"],
        held_on=said["held_on"],
        mode=said["mode"],
        interviewer=interviewer,
    )


class AnswerViewSet(Creating, Changing, NounViewSet):
    """What interviews say about requirements. Only an open interview takes answers: reopen a completed one."""

    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    queries: ClassVar = {"list": AnswerQuery}
    bodies: ClassVar = {"create": NewAnswerBody, "partial_update": AnswerBody}
    answers: ClassVar = answers_of(AnswerSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Answer]:
        return answers_for(self.access)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = [folded(form, AnswerSerializer) for form in super().forms(rows)]
        for form in forms:
            for part in ("importance", "level", "perception"):
                form[part]["state"] = PARTS[form[part]["state"]]
        return forms

    def create_record(self, data: dict[str, Any]) -> Answer:
        return services.record_first_answer(**data)

    def change_record(self, record: Answer, data: dict[str, Any]) -> Answer:
        return services.change_answer(answer=record, **data)


class VerbatimViewSet(Creating, NounViewSet):
    """The customers' own words, as they were said: none is changed."""

    noted_as = "words"
    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    doers: ClassVar = {"create": (RecordsWords,)}
    queries: ClassVar = {"list": VerbatimQuery}
    searched = ("text",)
    bodies: ClassVar = {"create": VerbatimBody, "set_aside": AsideBody}
    answers: ClassVar = answers_of(VerbatimSerializer, "create", "set_aside", "take_up")

    def rows(self) -> QuerySet[Verbatim]:
        return verbatims_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Verbatim:
        return services.record_verbatim(**data)

    @action(detail=True, methods=["post"], url_path="set-aside", url_name="set-aside")
    def set_aside(self, request: Request, pk: str) -> HttpResponse:
        """Say that words were heard but are no requirement, and why; coded words are not set aside."""
        coder = coder_of(request)
        return self.do(request, pk, lambda record, data: set_aside(verbatim=record, **coder, **data))

    @action(detail=True, methods=["post"], url_path="take-up", url_name="take-up")
    def take_up(self, request: Request, pk: str) -> HttpResponse:
        """Put words that were set aside back into the queue."""
        return self.do(request, pk, lambda record, _data: take_up_again(verbatim=record))


def coder_of(request: Request) -> dict[str, Any]:
    coder = cast("User", request.user)
    return {"coder": coder, "coder_name": str(coder)[:LONGEST_NAME]}


class CodingViewSet(Creating, Changing, Deleting, NounViewSet):
    """What words are about, by the coder who said so. The coder of a new one is the token's owner."""

    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    queries: ClassVar = {"list": CodingQuery}
    bodies: ClassVar = {"create": CodingBody, "partial_update": SentimentBody}
    answers: ClassVar = answers_of(CodingSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Coding]:
        return codings_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Coding:
        return code_verbatim(**coder_of(self.request), **data)

    def change_record(self, record: Coding, data: dict[str, Any]) -> Coding:
        return change_sentiment(coding=record, **data) if data else record

    def delete_record(self, record: Coding) -> None:
        remove_coding(coding=record)


class ObjectiveViewSet(Creating, Changing, Deleting, NounViewSet):
    """What customers want to achieve with a product."""

    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    queries: ClassVar = {"list": ObjectiveQuery}
    bodies: ClassVar = {"create": ObjectiveBody, "partial_update": ObjectiveChange}
    answers: ClassVar = answers_of(ObjectiveSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[Objective]:
        return objectives_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Objective:
        return objectives.record_objective(**data)

    def change_record(self, record: Objective, data: dict[str, Any]) -> Objective:
        return objectives.change_objective(objective=record, changes=data)

    def delete_record(self, record: Objective) -> None:
        objectives.remove_objective(objective=record)
