"""What the API takes and gives about who was involved in a product, and when."""

from typing import ClassVar

from rest_framework import serializers

from customers.serializers import contacts_to_name, customers_to_name
from interviews.involvement_models import Involvement, Stage
from requirements_catalog.serializers import products_to_name
from web.bodies import Body, Reference, Text
from web.nouns import SearchQuery, id_filter, ordering


class InvolvementSerializer(serializers.ModelSerializer[Involvement]):
    """A customer took part in a stage of a product other than by an interview of a round."""

    product = serializers.IntegerField(source="product_id", read_only=True)
    customer = serializers.IntegerField(source="customer_id", read_only=True)
    contact = serializers.IntegerField(source="contact_id", allow_null=True, read_only=True)
    noted_by = serializers.IntegerField(source="noted_by_id", allow_null=True, read_only=True)

    class Meta:
        model = Involvement
        fields: ClassVar = [
            "id", "product", "stage", "customer", "contact", "involved_on", "how", "noted_by", "noted_by_name",
        ]  # fmt: skip
        read_only_fields = fields


class InvolvementQuery(SearchQuery):
    product = id_filter("Product")
    customer = id_filter("Customer")
    contact = id_filter("Contact")
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    since = serializers.DateField(required=False, source="involved_on__gte", help_text="On this day or later.")
    until = serializers.DateField(required=False, source="involved_on__lte", help_text="On this day or earlier.")
    ordering = ordering("-involved_on", "involved_on", "id")


class InvolvementBody(Body):
    """how: in a few words, such as 'design review'. contact: somebody of that customer."""

    product = Reference(products_to_name, required=False)
    stage = serializers.ChoiceField(choices=Stage.choices, required=False)
    involved_on = serializers.DateField(required=False)
    how = Text(required=False)
    contact = Reference(contacts_to_name, required=False, allow_null=True)


class NewInvolvementBody(InvolvementBody):
    customer = Reference(customers_to_name)
    product = Reference(products_to_name)
    stage = serializers.ChoiceField(choices=Stage.choices)
    involved_on = serializers.DateField()
    how = Text()


class StageSerializer(serializers.Serializer[object]):
    """One stage of one product in use. customers: how many took part, 0 is a finding; last_on: the last day."""

    product = serializers.IntegerField()
    stage = serializers.ChoiceField(choices=Stage.choices)
    customers = serializers.IntegerField()
    interviews = serializers.IntegerField()
    entries = serializers.IntegerField()
    last_on = serializers.DateField(allow_null=True)


class StagesSerializer(serializers.Serializer[object]):
    results = StageSerializer(many=True)
