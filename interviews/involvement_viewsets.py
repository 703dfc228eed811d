from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from functions.permissions import ReadsRegister, WritesRegister
from interviews.involvement import change_involvement, note_involvement, remove_involvement, stage_lines
from interviews.involvement_models import Involvement
from interviews.involvement_serializers import (
    InvolvementBody,
    InvolvementQuery,
    InvolvementSerializer,
    NewInvolvementBody,
    StagesSerializer,
)
from web.nouns import Changing, Creating, Deleting, NounViewSet, answers_of


class InvolvementViewSet(Creating, Changing, Deleting, NounViewSet):
    """Who took part in which stage of which product, other than by an interview of a round with a stage."""

    noted_as = "involvements"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": InvolvementQuery}
    searched = ("customer__name", "how")
    bodies: ClassVar = {"create": NewInvolvementBody, "partial_update": InvolvementBody}
    answers: ClassVar = {
        **answers_of(InvolvementSerializer, "create", "partial_update"),
        "stages": StagesSerializer,
    }

    def rows(self) -> QuerySet[Involvement]:
        return Involvement.objects.all()

    def create_record(self, data: dict[str, Any]) -> Involvement:
        user: Any = self.request.user
        return note_involvement(noted_by=user, noted_by_name=str(user), today=self.today, **data)

    def change_record(self, record: Involvement, data: dict[str, Any]) -> Involvement:
        return change_involvement(involvement=record, changes=data, today=self.today)

    def delete_record(self, record: Involvement) -> None:
        remove_involvement(involvement=record)

    @action(detail=False)
    def stages(self, request: Request) -> HttpResponse:
        """Every stage of every product in use, with whoever was heard in rounds too; nobody is a line as well."""
        lines = stage_lines()
        results = [
            {
                "product": line.product.pk, "stage": line.stage.value, "customers": line.customers,
                "interviews": line.interviews, "entries": line.entries, "last_on": line.last_on,
            }
            for line in lines
        ]  # fmt: skip
        return self.kept(request, {"results": results})
