from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from functions.permissions import ReadsScores, RecordsWords, WritesDefinitions
from gap_scores.board import Scope
from gap_scores.selectors import read_board
from improvements import believing as services
from improvements.belief_models import BeliefAsking, BeliefSheet
from improvements.belief_page import BeliefPage
from improvements.belief_selectors import Compared, RoleView, askings_for, own_lines, role_of, sheet_of
from improvements.belief_serializers import (
    AskingBody,
    AskingQuery,
    AskingSerializer,
    ByRoleSerializer,
    NewAskingBody,
    OwnBeliefsSerializer,
    SayBody,
)
from improvements.belief_words import role_sentence, surprise_sentence
from improvements.believing import Said, all_asked
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, added, answers_of


class BeliefAskingViewSet(Creating, Changing, Deleting, NounViewSet):
    """What heads and executives are asked to believe. `mine` is what you said, `by-role` what others did on average."""

    permission_classes = (ReadsScores,)
    writers = (WritesDefinitions,)
    doers: ClassVar = {"say": (RecordsWords,)}
    queries: ClassVar = {"list": AskingQuery}
    searched = ("title",)
    bodies: ClassVar = {"create": NewAskingBody, "partial_update": AskingBody, "say": SayBody}
    answers: ClassVar = answers_of(AskingSerializer, "create", "partial_update") | {
        "mine": OwnBeliefsSerializer,
        "say": OwnBeliefsSerializer,
        "by_role": ByRoleSerializer,
    }

    def rows(self) -> QuerySet[BeliefAsking]:
        return askings_for(self.access, today=self.today)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        figures = BeliefAsking.objects.filter(pk__in=[form["id"] for form in forms]).only("figures")
        # In the order in which they were kept, one would read the ranking before one has answered.
        added(forms, "requirements", [(row.pk, pk) for row in figures.order_by("pk") for pk in sorted(all_asked(row))])
        return forms

    def create_record(self, data: dict[str, Any]) -> BeliefAsking:
        product, chosen = data.pop("product", None), {row.pk for row in data.pop("requirements", ())}
        board = read_board(scope=Scope(product=product.pk if product else None))
        return services.ask_beliefs(
            board=board, requirements=chosen, by_name=str(self.request.user), now=timezone.now(), today=self.today,
            **data,
        )  # fmt: skip

    def change_record(self, record: BeliefAsking, data: dict[str, Any]) -> BeliefAsking:
        return services.change_asking(asking=record, changes=data, today=self.today)

    def delete_record(self, record: BeliefAsking) -> None:
        services.remove_asking(asking=record)

    def asked_as(self, record: BeliefAsking) -> str:
        role = role_of(self.access, record)
        if role is None:
            raise Http404
        return role

    @action(detail=True)
    def mine(self, request: Request, pk: str) -> Response:
        """What you said, and once you handed it in, what customers said."""
        record = self.record_of(pk)
        sheet = sheet_of(record, self.access.user_id)
        return Response(own_form(sheet, sheet.role if sheet else self.asked_as(record)))

    @action(detail=True, methods=["post"])
    def say(self, request: Request, pk: str) -> HttpResponse:
        """Say what you believe: as a draft, or handed in for good."""
        user: Any = request.user

        def act() -> Form:
            record, data = self.record_of(pk), self.body(request)
            said = {each["requirement"]: Said(each.get("importance"), each.get("gap")) for each in data["beliefs"]}
            if len(said) < len(data["beliefs"]):
                message = _("A requirement is there twice. Say each one once.")
                raise ValidationError({"beliefs": ValidationError(message, code="twice")})
            sheet = services.say_beliefs(
                asking=record, person=user, role=self.asked_as(record), said=said,
                hand_in=data.get("hand_in", False), now=timezone.now(), today=self.today,
            )  # fmt: skip
            return own_form(sheet, sheet.role)

        self.asked_as(self.record_of(pk))
        return self.act(request, act)

    @action(detail=True, url_path="by-role")
    def by_role(self, request: Request, pk: str) -> Response:
        """What those of a role believe on average, less what customers say."""
        page = BeliefPage(self.record_of(pk), self.access, self.today)
        why = "" if page.sees_roles else _("Shown when it is over, to those who handed in.")
        return Response({"why": why, "roles": [role_form(each) for each in page.roles]})


def own_form(sheet: BeliefSheet | None, role: str) -> Form:
    """Return what somebody said; of a draft without what customers said."""
    if sheet is None:
        return {"role": role, "submitted_at": None, "sentence": "", "lines": []}
    told = sheet.submitted_at is not None
    lines = own_lines(sheet)
    found = [
        {
            "requirement": line.requirement.pk,
            "importance": compared_form(line.importance, told=told),
            "gap": compared_form(line.gap, told=told),
            "n_eff": line.n_eff if told else None,
            "customers": line.customers if told else None,
            "heard_on": line.heard_on if told else None,
        }
        for line in lines
    ]
    if not told:
        # In their order a surprise would show.
        found.sort(key=lambda each: str(each["requirement"]).zfill(9))
    return {
        "role": sheet.role,
        "submitted_at": sheet.submitted_at,
        "sentence": surprise_sentence(lines) if told else "",
        "lines": found,
    }


def compared_form(its: Compared | None, *, told: bool) -> Form | None:
    if its is None:
        return None
    said, side = (its.said, its.side) if told else ((None, None, None), None)
    return {"believed": its.believed, "said": said[0], "lo": said[1], "hi": said[2], "side": side}


def role_form(view: RoleView) -> Form:
    return {
        "role": view.role,
        "n": 0 if view.is_few else view.n,
        "sentence": f"{role_sentence(view)}.",
        "lines": [
            {
                "requirement": line.requirement.pk,
                "importance": line.importance,
                "importance_n": line.importance_n,
                "gap": line.gap,
                "gap_n": line.gap_n,
            }
            for line in view.lines
        ],
    }
