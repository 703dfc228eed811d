"""What the API takes and gives about the catalogue."""

from fractions import Fraction
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from functions.serializers import functions_to_name
from requirements_catalog.catalogue_file import FACTOR
from requirements_catalog.models import (
    UNIT_CHOICES,
    Attribute,
    Product,
    RatingScale,
    Requirement,
    Responsibility,
    ScaleVersion,
)
from requirements_catalog.selectors import all_attributes, all_products, catalogue
from web.bodies import Body, Exact, Reference, References, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import PageQuery

LONGEST_FACTOR = 40
LONGEST_RULE = 2_000
MONTHS = {"min_value": 1, "max_value": 120}


def products_to_name(_access: Any) -> QuerySet[Product]:
    return all_products()


def requirements_to_name(_access: Any) -> QuerySet[Requirement]:
    return catalogue()


def attributes_to_name(_access: Any) -> QuerySet[Attribute]:
    return all_attributes()


# ---- Products, attributes, rating scales


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields: ClassVar = ["id", "name", "is_active"]
        read_only_fields = fields


class ProductQuery(SearchQuery):
    is_active = serializers.BooleanField(required=False)
    ordering = ordering("name", "id")


class NewProductBody(Body):
    name = Text()


class ProductBody(NewProductBody):
    is_active = YesNo(required=False)


class AttributeSerializer(serializers.ModelSerializer[Attribute]):
    """A group of quality. The six that are core stay for good."""

    class Meta:
        model = Attribute
        fields: ClassVar = ["id", "key", "name", "description", "rule", "example", "position", "is_core"]
        read_only_fields = fields


class AttributeBody(Body):
    name = Text()
    description = Text(required=False)
    rule = Text(required=False, max_length=LONGEST_RULE, help_text="When words count as this, for coders.")
    example = Text(required=False)
    position = Whole(required=False)


class RatingScaleSerializer(serializers.ModelSerializer[RatingScale]):
    class Meta:
        model = RatingScale
        fields: ClassVar = ["id", "name", "version", "minimum", "maximum", "satisfied_from"]
        read_only_fields = fields


class RatingScaleBody(Body):
    """A scale, or the next version of the scale of that name: answers keep the one they were given on."""

    name = Text()
    minimum = Whole(max_value=1000)
    maximum = Whole(max_value=1000)
    satisfied_from = Whole(max_value=1000, allow_null=True, required=False)


# ---- Requirements


class AttributeOfRequirementSerializer(serializers.ModelSerializer[Attribute]):
    class Meta:
        model = Attribute
        fields: ClassVar = ["id", "key", "name"]
        read_only_fields = fields


class ScaleSerializer(serializers.ModelSerializer[ScaleVersion]):
    """The unit in which a level is stated; levels are rounded to the resolution before they are compared."""

    resolution = serializers.DecimalField(max_digits=None, decimal_places=None, read_only=True)

    class Meta:
        model = ScaleVersion
        fields: ClassVar = ["version", "unit", "direction", "resolution"]
        read_only_fields = fields


class ContributionSerializer(serializers.ModelSerializer[Responsibility]):
    function = serializers.IntegerField(source="function_id", read_only=True)

    class Meta:
        model = Responsibility
        fields: ClassVar = ["function", "strength"]
        read_only_fields = fields


class RequirementSerializer(serializers.ModelSerializer[Requirement]):
    """One statement of what customers need. Owner: the function that answers for it. Half-life: null follows the
    program's."""

    attribute = AttributeOfRequirementSerializer(read_only=True)
    owner = serializers.IntegerField(source="owner_id", allow_null=True, read_only=True)
    products = serializers.PrimaryKeyRelatedField[Product](many=True, read_only=True)
    scale = ScaleSerializer(source="current_scale", allow_null=True, read_only=True)
    contributions = ContributionSerializer(source="responsibilities", many=True, read_only=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True, read_only=True)

    class Meta:
        model = Requirement
        fields: ClassVar = [
            "id",
            "reference",
            "statement",
            "rule",
            "example",
            "attribute",
            "owner",
            "products",
            "origin",
            "state",
            "version",
            "half_life_months",
            "scale",
            "contributions",
            "merged_into",
        ]
        read_only_fields = fields


class RequirementQuery(SearchQuery):
    attribute = id_filter("Attribute")
    owner = id_filter("Function")
    product = id_filter("Product", source="products")
    state = serializers.ChoiceField(choices=Requirement.State.choices, required=False)
    origin = serializers.ChoiceField(choices=Requirement.Origin.choices, required=False)
    ordering = ordering("reference", "statement", "state", "id")


class ScaleBody(Body):
    """How a level is stated from now on. `factor` turns a level of the version before into this one, exactly."""

    unit = serializers.ChoiceField(choices=UNIT_CHOICES)
    direction = serializers.ChoiceField(choices=ScaleVersion.Direction.choices)
    resolution = Exact()
    factor = Text(required=False, max_length=LONGEST_FACTOR, help_text="A whole number or a fraction: 60, 1/60.")
    reason = Text(required=False)

    def validate_factor(self, text: str) -> Fraction | None:
        # Not left to Fraction: '1e999999999' is short, and works for hours.
        if text and not FACTOR.fullmatch(text):
            raise serializers.ValidationError("Write a number or a fraction, for example 60 or 1/60.")
        return Fraction(text) if text else None


class RequirementBody(Body):
    statement = Text()
    reference = Text(required=False, help_text="Left out: the next one.")
    rule = Text(required=False, max_length=LONGEST_RULE)
    example = Text(required=False)
    attribute = Reference(attributes_to_name)
    owner = Reference(functions_to_name, allow_null=True, required=False)
    products = References(products_to_name)
    origin = serializers.ChoiceField(choices=Requirement.Origin.choices, required=False)
    half_life_months = Whole(**MONTHS, allow_null=True, required=False)


class ChangedRequirementBody(RequirementBody):
    """Another statement is another version, whose metric links are suspect, unless it means the same."""

    means_the_same = YesNo(required=False)


class NewRequirementBody(RequirementBody):
    """A draft; it counts once it is active."""

    scale = ScaleBody(required=False, allow_null=True)


class StateBody(Body):
    """Only active requirements count; one becomes active by the approval of somebody who did not write it.

    An active one needs an owner, which may be named here.
    """

    state = serializers.ChoiceField(choices=Requirement.State.choices)
    owner = Reference(functions_to_name, allow_null=True, required=False)


class IntoRequirementBody(Body):
    into = Reference(requirements_to_name)


class ScaleVersionSerializer(ScaleSerializer):
    """A scale, and the factor by which levels of the version before count on; null: they do not."""

    class Meta(ScaleSerializer.Meta):
        fields: ClassVar = [
            "id", "version", "unit", "direction", "resolution", "factor_numerator", "factor_denominator", "reason",
            "created_at",
        ]  # fmt: skip


# ---- Responsibilities


class ResponsibilitySerializer(serializers.ModelSerializer[Responsibility]):
    requirement = serializers.IntegerField(source="requirement_id", read_only=True)
    function = serializers.IntegerField(source="function_id", read_only=True)

    class Meta:
        model = Responsibility
        fields: ClassVar = ["id", "requirement", "function", "strength"]
        read_only_fields = fields


class ResponsibilityQuery(PageQuery):
    requirement = id_filter("Requirement")
    function = id_filter("Function")


class ContributionBody(Body):
    strength = serializers.ChoiceField(choices=Responsibility.Strength.choices)


class NewResponsibilityBody(ContributionBody):
    requirement = Reference(requirements_to_name)
    function = Reference(functions_to_name)
