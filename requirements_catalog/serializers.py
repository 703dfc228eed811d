from typing import ClassVar

from rest_framework import serializers

from requirements_catalog.models import Attribute, Product, Requirement, Responsibility, ScaleVersion
from web.paging import PageQuery


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields: ClassVar = ["id", "name", "is_active"]
        read_only_fields = fields


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
    """One statement of what customers need. Owner: the function that answers for it."""

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
            "attribute",
            "owner",
            "products",
            "origin",
            "state",
            "scale",
            "contributions",
            "merged_into",
        ]
        read_only_fields = fields


class RequirementQuery(PageQuery):
    attribute = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Attribute id.")
    owner = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Function id.")
    product = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False, help_text="Product id.")
    state = serializers.ChoiceField(choices=Requirement.State.choices, required=False)
