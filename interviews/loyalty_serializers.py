"""What the API takes and gives about NPS, CSAT and CES of a product."""

from typing import Any

from rest_framework import serializers

from interviews.guide_models import LoyaltyAnswer
from interviews.selectors import interviews_for
from interviews.serializers import PART_CHOICES
from requirements_catalog.serializers import products_to_name
from web.bodies import Body, Reference, Whole
from web.nouns import id_filter
from web.paging import PageQuery

HIGHEST = 10


class LoyaltyAnswerSerializer(serializers.Serializer[Any]):
    """How a customer rates a product: NPS 0 to 10, CSAT 1 to 5, CES 1 to 7; null with one of the three nothings."""

    id = serializers.IntegerField()
    interview = serializers.IntegerField(source="interview_id")
    product = serializers.IntegerField(source="product_id")
    measure = serializers.ChoiceField(choices=LoyaltyAnswer.Measure.choices)
    state = serializers.ChoiceField(choices=PART_CHOICES)
    rating = serializers.IntegerField(allow_null=True)


class LoyaltyAnswerQuery(PageQuery):
    interview = id_filter("Interview")
    product = id_filter("Product")
    measure = serializers.ChoiceField(choices=LoyaltyAnswer.Measure.choices, required=False)


class LoyaltyAnswerBody(Body):
    """One for each interview, product and measure: another one takes its place while the interview is open."""

    interview = Reference(interviews_for)
    product = Reference(products_to_name)
    measure = serializers.ChoiceField(choices=LoyaltyAnswer.Measure.choices)
    state = serializers.ChoiceField(choices=PART_CHOICES, required=False)
    rating = Whole(max_value=HIGHEST, allow_null=True, required=False)
