from typing import Any, ClassVar

from django.db.models import QuerySet

from functions.permissions import ReadsRegister, WritesRegister
from improvements.ambassadors import change_ask, record_ask, remove_ask
from improvements.models import Ambassador, AmbassadorAsk
from improvements.serializers import (
    AmbassadorQuery,
    AmbassadorSerializer,
    AskBody,
    AskQuery,
    AskSerializer,
    NewAskBody,
)
from improvements.standing import Standing, all_ambassadors, all_asks, ambassadors, standings
from web.nouns import Changing, Creating, Deleting, Form, NounViewSet, answers_of


class AmbassadorViewSet(NounViewSet):
    """Who agreed to speak for us, whether they may be asked today, and why or what is in the way."""

    noted_as = "ambassadors"
    permission_classes = (ReadsRegister,)
    queries: ClassVar = {"list": AmbassadorQuery}
    searched = ("contact__name", "contact__customer__name")
    answers: ClassVar = answers_of(AmbassadorSerializer)

    def rows(self) -> QuerySet[Ambassador]:
        return all_ambassadors()

    def forms(self, rows: QuerySet[Any]) -> list[Form]:
        """Keep the order of the rows; how they stand is worked out for those of the page."""
        ids = [row.pk for row in rows]
        by_id = {each.pk: each for each in standings(ambassadors().filter(pk__in=ids), as_of=self.today)}
        return [form_of(by_id[each]) for each in ids]


def form_of(standing: Standing) -> Form:
    its, served = standing.ambassador, standing.served
    return {
        "id": its.pk,
        "contact": its.contact_id,
        "customer": standing.customer.pk,
        "agreed_on": its.agreed_on,
        "agreed_source": its.agreed_source,
        "withdrawn_on": its.withdrawn_on,
        "noted_by_name": its.noted_by_name,
        "state": standing.state,
        "facts": [
            {"key": fact.key, "holds": fact.holds, "words": fact.words, "until": fact.until} for fact in standing.facts
        ],
        "free_on": standing.free_on,
        "levels_met": served.met,
        "levels_compared": served.compared,
        "felt_gap": served.felt_gap,
        "severe": list(standing.severe),
    }


class AskViewSet(Creating, Changing, Deleting, NounViewSet):
    """What ambassadors were asked: for which prospect, when, for what, and what came of it."""

    noted_as = "ambassador asks"
    permission_classes = (ReadsRegister,)
    writers = (WritesRegister,)
    queries: ClassVar = {"list": AskQuery}
    searched = ("ambassador__contact__name", "prospect__name")
    bodies: ClassVar = {"create": NewAskBody, "partial_update": AskBody}
    answers: ClassVar = answers_of(AskSerializer, "create", "partial_update")

    def rows(self) -> QuerySet[AmbassadorAsk]:
        return all_asks()

    def create_record(self, data: dict[str, Any]) -> AmbassadorAsk:
        user: Any = self.request.user
        return record_ask(asked_by=user, asked_by_name=str(user), today=self.today, **data)

    def change_record(self, record: AmbassadorAsk, data: dict[str, Any]) -> AmbassadorAsk:
        return change_ask(ask=record, changes=data, today=self.today)

    def delete_record(self, record: AmbassadorAsk) -> None:
        remove_ask(ask=record)
