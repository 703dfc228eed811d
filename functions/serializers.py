from typing import ClassVar

from rest_framework import serializers

from functions.models import Function, SupplyLink


class FunctionSerializer(serializers.ModelSerializer[Function]):
    class Meta:
        model = Function
        fields: ClassVar = ["id", "name", "short_name", "purpose", "position", "is_customer_facing", "is_active"]
        read_only_fields = fields


class SupplyLinkSerializer(serializers.ModelSerializer[SupplyLink]):
    """Strength: how much of the supplier's gap reaches the supplied function; null transmits nothing."""

    supplier = serializers.IntegerField(source="supplier_id", read_only=True)
    supplied = serializers.IntegerField(source="supplied_id", read_only=True)
    strength = serializers.FloatField(allow_null=True, read_only=True)

    class Meta:
        model = SupplyLink
        fields: ClassVar = ["id", "supplier", "supplied", "strength"]
        read_only_fields = fields
