from typing import Any, ClassVar

from django.db.models import QuerySet

from functions.permissions import ReadsInterviews, WritesInterviews
from interviews.guide_models import LoyaltyAnswer
from interviews.guided_services import record_loyalty_answer
from interviews.loyalty_serializers import LoyaltyAnswerBody, LoyaltyAnswerQuery, LoyaltyAnswerSerializer
from interviews.models import Part
from interviews.selectors import loyalty_answers_for
from interviews.serializers import PARTS, STATES
from web.nouns import Creating, Form, NounViewSet, answers_of


class LoyaltyAnswerViewSet(Creating, NounViewSet):
    """NPS, CSAT and CES of products, as each interview says it."""

    permission_classes = (ReadsInterviews,)
    writers = (WritesInterviews,)
    queries: ClassVar = {"list": LoyaltyAnswerQuery}
    bodies: ClassVar = {"create": LoyaltyAnswerBody}
    answers: ClassVar = answers_of(LoyaltyAnswerSerializer, "create")

    def rows(self) -> QuerySet[LoyaltyAnswer]:
        return loyalty_answers_for(self.access)

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        return [form | {"state": PARTS[form["state"]]} for form in super().forms(rows)]

    def create_record(self, data: dict[str, Any]) -> LoyaltyAnswer:
        state = STATES[data.pop("state")] if "state" in data else Part.KNOWN
        return record_loyalty_answer(**data, nothing=None if state == Part.KNOWN else state)
