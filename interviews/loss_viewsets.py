from typing import Any, ClassVar

from django.db.models import QuerySet

from functions.permissions import ReadsRegister, WritesRegister
from interviews.loss_models import LossAssessment, LossReason
from interviews.loss_serializers import LossBody, LossQuery, LossSerializer, NewLossBody
from interviews.losses import all_losses, assess_loss, change_loss, reasons_of, remove_loss
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, added, answers_of, folded


class LossViewSet(Creating, Changing, Deleting, NounViewSet):
    """Why customers were lost: by them and by our records, coded on the catalogue."""

    noted_as = "losses"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": LossQuery}
    searched = ("customer__name", "competitor")
    bodies: ClassVar = {"create": NewLossBody, "partial_update": LossBody}
    answers: ClassVar = answers_of(LossSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[LossAssessment]:
        return all_losses()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        forms = super().forms(rows)
        ids = [form["id"] for form in forms]
        added(forms, "theirs", reasons_of(ids, LossReason.Source.THEIRS))
        added(forms, "ours", reasons_of(ids, LossReason.Source.OURS))
        return [folded(form, LossSerializer) for form in forms]

    def create_record(self, data: dict[str, Any]) -> LossAssessment:
        user: Any = self.request.user
        return assess_loss(assessor=user, assessor_name=str(user), today=self.today, **data)

    def change_record(self, record: LossAssessment, data: dict[str, Any]) -> LossAssessment:
        theirs, ours = data.pop("theirs", None), data.pop("ours", None)
        return change_loss(loss=record, changes=data, today=self.today, theirs=theirs, ours=ours)

    def delete_record(self, record: LossAssessment) -> None:
        remove_loss(loss=record)
