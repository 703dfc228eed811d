"""What the API takes and gives about losses."""

from typing import ClassVar

from rest_framework import serializers

from customers.serializers import contacts_to_name, customers_to_name
from interviews.loss_forms import MOST_VALUE
from interviews.loss_models import LossAssessment
from requirements_catalog.serializers import requirements_to_name
from web.bodies import Body, Reference, References, Text, Whole
from web.nouns import SearchQuery, id_filter, ordering

KNOWN = LossAssessment.Known.choices


class LossSerializer(serializers.ModelSerializer[LossAssessment]):
    """Why a customer was lost. theirs, ours: requirements that were not met, as they say and as our records say."""

    customer = serializers.IntegerField(source="customer_id", read_only=True)
    contact = serializers.IntegerField(source="contact_id", allow_null=True, read_only=True)
    assessed_by = serializers.IntegerField(source="assessed_by_id", allow_null=True, read_only=True)
    theirs = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    ours = serializers.ListField(child=serializers.IntegerField(), read_only=True)

    class Meta:
        model = LossAssessment
        fields: ClassVar = [
            "id", "customer", "lost_on", "value_lost", "competitor", "contact", "reason_theirs", "theirs",
            "reason_ours", "ours", "could_have_known", "signs", "assessed_by", "assessed_by_name", "assessed_on",
        ]  # fmt: skip
        read_only_fields = fields


class LossQuery(SearchQuery):
    customer = id_filter("Customer")
    requirement = id_filter("Requirement", source="reasons__requirement")
    could_have_known = serializers.ChoiceField(choices=KNOWN, required=False)
    since = serializers.DateField(required=False, source="lost_on__gte", help_text="Lost on this day or later.")
    until = serializers.DateField(required=False, source="lost_on__lte", help_text="Lost on this day or earlier.")
    ordering = ordering("-lost_on", "lost_on", "-value_lost", "id")


class LossBody(Body):
    """value_lost: a year's worth in whole units of the program's currency; null: not known."""

    lost_on = serializers.DateField(required=False)
    value_lost = Whole(required=False, allow_null=True, max_value=MOST_VALUE)
    competitor = Text(required=False)
    contact = Reference(contacts_to_name, required=False, allow_null=True)
    reason_theirs = Text(required=False)
    theirs = References(requirements_to_name, required=False)
    reason_ours = Text(required=False)
    ours = References(requirements_to_name, required=False)
    could_have_known = serializers.ChoiceField(choices=KNOWN, required=False)
    signs = Text(required=False)


class NewLossBody(LossBody):
    customer = Reference(customers_to_name)
    lost_on = serializers.DateField()
