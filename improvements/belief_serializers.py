"""What the API takes and gives about beliefs."""

from typing import Any, ClassVar

from rest_framework import serializers

from improvements.belief_models import BeliefAsking, BeliefSheet
from requirements_catalog.serializers import products_to_name, requirements_to_name
from web.bodies import Body, Reference, References, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering


class AskingSerializer(serializers.ModelSerializer[BeliefAsking]):
    """What heads, and viewers where asks_viewers, are asked. What customers said is told to those who handed in."""

    product = serializers.IntegerField(source="product_id", read_only=True, allow_null=True)
    requirements = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    answered = serializers.IntegerField(read_only=True)

    class Meta:
        model = BeliefAsking
        fields: ClassVar = [
            "id", "title", "product", "opens_on", "closes_on", "asks_viewers", "requirements", "answered", "run",
            "as_of", "created_by_name", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class AskingQuery(SearchQuery):
    product = id_filter("Product")
    ordering = ordering("-opens_on", "id")


class AskingBody(Body):
    """Whom it asks, and when. What is asked about stays."""

    title = Text(required=False)
    opens_on = serializers.DateField(required=False)
    closes_on = serializers.DateField(required=False)
    asks_viewers = YesNo(required=False)


class NewAskingBody(Body):
    """product: null for all. requirements: none means all of which enough customers were heard."""

    title = Text()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    asks_viewers = YesNo(required=False)
    product = Reference(products_to_name, required=False, allow_null=True)
    requirements = References(requirements_to_name, required=False)


class SaidBody(Body):
    """importance: 0 to 10, gap: 0 to 100; null: not said."""

    requirement = Whole()
    importance = Whole(required=False, allow_null=True)
    gap = Whole(required=False, allow_null=True)


class SayBody(Body):
    """All that you believe: what is left out is not said. Handed in, it never changes."""

    beliefs = SaidBody(many=True)
    hand_in = YesNo(required=False)


class ComparedSerializer(serializers.Serializer[Any]):
    """What was believed, and what customers said with its 95 % interval once it was handed in."""

    believed = serializers.IntegerField()
    said = serializers.FloatField(allow_null=True)
    lo = serializers.FloatField(allow_null=True)
    hi = serializers.FloatField(allow_null=True)
    side = serializers.ChoiceField(choices=["right", "over", "under"], allow_null=True)


class OwnLineSerializer(serializers.Serializer[Any]):
    requirement = serializers.IntegerField()
    importance = ComparedSerializer(allow_null=True)
    gap = ComparedSerializer(allow_null=True)
    n_eff = serializers.FloatField(allow_null=True)
    customers = serializers.IntegerField(allow_null=True)
    heard_on = serializers.DateField(allow_null=True)


class OwnBeliefsSerializer(serializers.Serializer[Any]):
    """What you said, the largest surprise first; beside it what customers said, once you handed in."""

    role = serializers.ChoiceField(choices=BeliefSheet.Role.choices)
    submitted_at = serializers.DateTimeField(allow_null=True)
    sentence = serializers.CharField(allow_blank=True)
    lines = OwnLineSerializer(many=True)


class RoleLineSerializer(serializers.Serializer[Any]):
    """Believed less said, on average; null where fewer than 3 said it."""

    requirement = serializers.IntegerField()
    importance = serializers.FloatField(allow_null=True)
    importance_n = serializers.IntegerField()
    gap = serializers.FloatField(allow_null=True)
    gap_n = serializers.IntegerField()


class RoleViewSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=BeliefSheet.Role.choices)
    n = serializers.IntegerField(help_text="How many handed in; 0 of fewer than 3.")
    sentence = serializers.CharField()
    lines = RoleLineSerializer(many=True)


class ByRoleSerializer(serializers.Serializer[Any]):
    """The means by role, when it is over, for those who handed in and for specialists; else why there are none."""

    why = serializers.CharField(allow_blank=True)
    roles = RoleViewSerializer(many=True)
