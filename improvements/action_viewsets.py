from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework.decorators import action
from rest_framework.request import Request

from functions.permissions import KeepsActions, ReadsInterviews, ReadsRegister, WritesRegister
from improvements import actions as services
from improvements.action_effect import Effect, effect_of
from improvements.action_models import Action, ActionComment, Confirmation
from improvements.action_page import action_page
from improvements.action_selectors import (
    actions_worked_on,
    comments_for,
    confirmations_for,
    listed_actions,
    may_set_level,
    requirements_of_actions,
    works_on,
)
from improvements.action_serializers import (
    ActionBody,
    ActionCommentQuery,
    ActionCommentSerializer,
    ActionQuery,
    ActionSerializer,
    ConfirmationQuery,
    ConfirmationSerializer,
    EffectSerializer,
    MoveBody,
    NewActionBody,
    NewActionCommentBody,
    NewConfirmationBody,
)
from metrics.selectors import metrics_for
from web.bodies import refuse_unknown
from web.nouns import Changing, Creating, Form, NounViewSet, added, answers_of

# What only those see who work on an action.
INSIDE = (
    "metric", "expected_level", "origin_key", "problem", "containment", "plan", "done_words", "prevention",
)  # fmt: skip
MEASURED = ("metric", "expected_level")
CHANGING = frozenset(("partial_update", "move"))


class ActionViewSet(Creating, Changing, NounViewSet):
    """What is done about gaps. Effective is worked out: `effect` says which half is missing."""

    permission_classes = (ReadsInterviews,)
    writers = (KeepsActions,)
    queries: ClassVar = {"list": ActionQuery}
    searched = ("title", "function__name")
    bodies: ClassVar = {"create": NewActionBody, "partial_update": ActionBody, "move": MoveBody}
    answers: ClassVar = {
        **answers_of(ActionSerializer, "create", "partial_update", "move"),
        "effect": EffectSerializer,
    }

    def rows(self) -> QuerySet[Action]:
        return listed_actions(self.access, today=self.today)

    def record_of(self, pk: str) -> Action:
        """Return one; where it is changed only if the caller works on it: who may read it may be a viewer besides."""
        record: Action = super().record_of(pk)
        if self.action in CHANGING and not works_on(self.access, record):
            raise Http404
        return record

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        ids = [form["id"] for form in forms]
        added(forms, "requirements", requirements_of_actions(ids))
        worked_on = set(actions_worked_on(self.access).filter(pk__in=ids).values_list("pk", flat=True))
        metrics = metrics_for(self.access).filter(pk__in=[form["metric"] for form in forms if form["metric"]])
        measured = set(metrics.values_list("pk", flat=True))
        for form in forms:
            if form["id"] not in worked_on:
                form.update(dict.fromkeys(INSIDE))
            elif form["metric"] not in measured:
                form.update(dict.fromkeys(MEASURED))
        return forms

    def create_record(self, data: dict[str, Any]) -> Action:
        user: Any = self.request.user
        return services.create_action(**data, by=user, now=timezone.now())

    def change_record(self, record: Action, data: dict[str, Any]) -> Action:
        if not may_set_level(self.access, record):
            refuse_unknown(data, among=MEASURED, offered=set(ActionBody().fields) - {*MEASURED})
        return services.change_action(action=record, changes=data, now=timezone.now())

    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> HttpResponse:
        """Move it to another stage, with what that stage needs; what is missing is named."""
        user: Any = request.user

        def deed(record: Action, data: dict[str, Any]) -> Action:
            to, why = data.pop("stage"), data.pop("why", "")
            return services.move_action(action=record, to=to, why=why, said=data, by=user, now=timezone.now())

        return self.do(request, pk, deed)

    @action(detail=True)
    def effect(self, request: Request, pk: str) -> HttpResponse:
        """Whether it helped, as of today, with both halves."""
        record = self.record_of(pk)
        page = action_page(action=record, access=self.access, currency="", today=self.today)
        effect = effect_of(record, today=self.today) if page.shows_effect else None
        shows = self.access.is_specialist or (page.sees_inside and effect is not None and not effect.is_of_few)
        form = effect_form(
            record.pk, effect, figures=page.sees_figures, numbers=shows, names_few=self.access.is_specialist
        )
        return self.kept(request, form)


def effect_form(pk: int, effect: Effect | None, *, figures: bool, numbers: bool, names_few: bool) -> Form:
    empty = dict.fromkeys(EffectSerializer().fields)
    if effect is None:
        return empty | {"id": pk, "words": ""}
    form = empty | {
        "id": pk,
        "verdict": effect.verdict.value,
        "words": effect.words,
        "metric": effect.shift.moved.value if effect.shift else None,
        "customers": effect.told(names_few=names_few).value,
    }
    if effect.shift and figures:
        shift = effect.shift
        form |= {"before": shift.before, "after": shift.after, "centre": shift.centre, "reached": shift.reached}
    if numbers:
        its = effect.confirmed
        form |= {
            "replies": its.replies,
            "needed": its.needed,
            "share_yes": None if its.yes is None else float(its.yes),
            "share_no": None if its.no is None else float(its.no),
        }
    return form


class ActionCommentViewSet(Creating, NounViewSet):
    """What is said about actions; whom a comment mentions finds it under 'my work'."""

    permission_classes = (ReadsInterviews,)
    writers = (KeepsActions,)
    queries: ClassVar = {"list": ActionCommentQuery}
    searched = ("text", "written_by_name")
    bodies: ClassVar = {"create": NewActionCommentBody}
    answers: ClassVar = answers_of(ActionCommentSerializer, "create")

    def rows(self) -> QuerySet[ActionComment]:
        return comments_for(self.access)

    def create_record(self, data: dict[str, Any]) -> ActionComment:
        user: Any = self.request.user
        return services.add_comment(**data, by=user, now=timezone.now())


class ConfirmationViewSet(Creating, NounViewSet):
    """Whether it is fixed for those who raised it, reply by reply."""

    noted_as = "confirmations"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": ConfirmationQuery}
    searched = ("contact__name", "note")
    bodies: ClassVar = {"create": NewConfirmationBody}
    answers: ClassVar = answers_of(ConfirmationSerializer, "create")

    def rows(self) -> QuerySet[Confirmation]:
        return confirmations_for(self.access)

    def create_record(self, data: dict[str, Any]) -> Confirmation:
        user: Any = self.request.user
        return services.record_confirmation(**data, by=user, now=timezone.now())
