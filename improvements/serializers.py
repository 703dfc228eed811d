"""What the API takes and gives about ambassadors and what they are asked."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from customers.serializers import customers_to_name
from improvements.models import Ambassador, AmbassadorAsk
from improvements.standing import State, all_ambassadors
from web.bodies import Body, Reference, Text
from web.nouns import SearchQuery, id_filter, ordering

KINDS = AmbassadorAsk.Kind.choices
OUTCOMES = AmbassadorAsk.Outcome.choices


def ambassadors_to_name(_access: Any) -> QuerySet[Ambassador]:
    return all_ambassadors()


class FactSerializer(serializers.Serializer[Any]):
    """One condition. until: the day on which it is fulfilled by itself, where days decide."""

    key = serializers.CharField(read_only=True)
    holds = serializers.BooleanField(read_only=True)
    words = serializers.CharField(read_only=True)
    until = serializers.DateField(read_only=True, allow_null=True)


class AmbassadorSerializer(serializers.ModelSerializer[Ambassador]):
    """Who agreed to speak for us. state and facts are worked out when they are read, for today.

    customer: the one for which the contact counts. levels_met of levels_compared; felt_gap in points of 100; severe:
    requirements neither met nor felt. free_on: the day on which nothing is in the way, where days alone decide.
    """

    contact = serializers.IntegerField(source="contact_id", read_only=True)
    customer = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(choices=State.choices, read_only=True)
    facts = serializers.ListField(child=FactSerializer(), read_only=True)
    free_on = serializers.DateField(read_only=True, allow_null=True)
    levels_met = serializers.IntegerField(read_only=True)
    levels_compared = serializers.IntegerField(read_only=True)
    felt_gap = serializers.FloatField(read_only=True, allow_null=True)
    severe = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = Ambassador
        fields: ClassVar = [
            "id", "contact", "customer", "agreed_on", "agreed_source", "withdrawn_on", "noted_by_name", "state",
            "facts", "free_on", "levels_met", "levels_compared", "felt_gap", "severe",
        ]  # fmt: skip
        read_only_fields = fields


class AmbassadorQuery(SearchQuery):
    contact = id_filter("Contact")
    customer = id_filter("Customer", source="contact__customer")
    ordering = ordering("id", "-agreed_on")


class AskSerializer(serializers.ModelSerializer[AmbassadorAsk]):
    ambassador = serializers.IntegerField(source="ambassador_id", read_only=True)
    prospect = serializers.IntegerField(source="prospect_id", read_only=True)
    asked_by = serializers.IntegerField(source="asked_by_id", allow_null=True, read_only=True)

    class Meta:
        model = AmbassadorAsk
        fields: ClassVar = [
            "id", "ambassador", "prospect", "asked_on", "kind", "about", "despite", "outcome", "outcome_on",
            "outcome_words", "asked_by", "asked_by_name",
        ]  # fmt: skip
        read_only_fields = fields


class AskQuery(SearchQuery):
    ambassador = id_filter("Ambassador")
    prospect = id_filter("Customer")
    outcome = serializers.ChoiceField(choices=OUTCOMES, required=False)
    since = serializers.DateField(required=False, source="asked_on__gte", help_text="Asked on this day or later.")
    until = serializers.DateField(required=False, source="asked_on__lte", help_text="Asked on this day or earlier.")
    ordering = ordering("-asked_on", "id")


class AskBody(Body):
    """outcome_on: today, where an outcome comes without its day."""

    asked_on = serializers.DateField(required=False)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    about = Text(required=False)
    outcome = serializers.ChoiceField(choices=OUTCOMES, required=False)
    outcome_on = serializers.DateField(required=False, allow_null=True)
    outcome_words = Text(required=False)


class NewAskBody(AskBody):
    """despite: why somebody was asked although something was in the way; needed only then."""

    ambassador = Reference(ambassadors_to_name)
    prospect = Reference(customers_to_name)
    asked_on = serializers.DateField()
    kind = serializers.ChoiceField(choices=KINDS)
    despite = Text(required=False)
