"""What the API takes and gives about the register: customers, contacts, product use, value bands, segments."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_countries import countries
from rest_framework import serializers

from customers.models import Contact, Customer, Lifecycle, LifecyclePeriod, ProductUse, SizeBand, Stratum, ValueBand
from customers.places import INDUSTRIES, REGIONS
from customers.selectors import all_contacts, register, value_bands
from functions.serializers import active_functions
from requirements_catalog.serializers import products_to_name
from web.bodies import Body, Reference, Text, Whole, YesNo
from web.nouns import SearchQuery, id_filter, ordering
from web.paging import PageQuery

HIGHEST_WEIGHT = 1_000


def customers_to_name(_access: Any) -> QuerySet[Customer]:
    return register()


def contacts_to_name(_access: Any) -> QuerySet[Contact]:
    return all_contacts()


def value_bands_to_name(_access: Any) -> QuerySet[ValueBand]:
    return value_bands()


# ---- Customers


class LifecyclePeriodSerializer(serializers.ModelSerializer[LifecyclePeriod]):
    class Meta:
        model = LifecyclePeriod
        fields: ClassVar = ["lifecycle", "since_on"]
        read_only_fields = fields


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """An organisation, or an internal customer: a function. `weight`: of its value band, 100 without one."""

    function = serializers.IntegerField(source="function_id", allow_null=True, read_only=True)
    industry = serializers.ChoiceField(choices=INDUSTRIES, allow_blank=True)
    region = serializers.ChoiceField(choices=REGIONS, allow_blank=True)
    country = serializers.CharField(read_only=True, help_text="ISO 3166-1 alpha-2; '' where it is not known.")
    value_band = serializers.IntegerField(source="value_band_id", allow_null=True, read_only=True)
    weight = serializers.IntegerField(source="shown_weight", read_only=True)
    merged_into = serializers.IntegerField(source="merged_into_id", allow_null=True, read_only=True)
    lifecycle_periods = LifecyclePeriodSerializer(many=True, read_only=True)

    class Meta:
        model = Customer
        fields: ClassVar = [
            "id", "name", "lifecycle", "function", "industry", "country", "region", "size_band", "value_band", "weight",
            "domain", "external_id", "merged_into", "is_active", "lifecycle_periods",
        ]  # fmt: skip
        read_only_fields = fields


class CustomerQuery(SearchQuery):
    lifecycle = serializers.ChoiceField(choices=Lifecycle.choices, required=False)
    industry = serializers.ChoiceField(choices=INDUSTRIES, required=False)
    country = serializers.ChoiceField(choices=list(countries), required=False)
    region = serializers.ChoiceField(choices=REGIONS, required=False)
    size_band = serializers.ChoiceField(choices=SizeBand.choices, required=False)
    value_band = id_filter("Value band")
    external_id = serializers.CharField(required=False, max_length=80)
    product = id_filter("Product", source="product_uses__product")
    is_active = serializers.BooleanField(required=False)
    is_merged = serializers.BooleanField(required=False, source="merged_into__isnull", help_text="Into another one.")
    ordering = ordering("name", "lifecycle", "region", "id")

    def validate_is_merged(self, value: bool) -> bool:
        return not value


class SegmentBody(Body):
    """The country decides the region, which counts alone where no country is known."""

    name = Text()
    industry = serializers.ChoiceField(choices=INDUSTRIES, allow_blank=True, required=False)
    country = serializers.ChoiceField(choices=list(countries), allow_blank=True, required=False)
    region = serializers.ChoiceField(choices=REGIONS, allow_blank=True, required=False)
    size_band = serializers.ChoiceField(choices=SizeBand.choices, allow_blank=True, required=False)
    value_band = Reference(value_bands_to_name, allow_null=True, required=False)
    domain = Text(required=False)
    external_id = Text(required=False)


class NewCustomerBody(SegmentBody):
    """An internal customer names its function; any other customer has none."""

    lifecycle = serializers.ChoiceField(choices=Lifecycle.choices, required=False)
    since_on = serializers.DateField(required=False, allow_null=True, help_text="Since when it stands there.")
    function = Reference(active_functions, allow_null=True, required=False)


class CustomerBody(SegmentBody):
    """`is_correction`: the entry was wrong, so earlier interviews are restated; else they keep what was true then."""

    is_active = YesNo(required=False)
    is_correction = YesNo(required=False)


class LifecycleBody(Body):
    """It changed on a day; or `is_correction`: the newest entry was wrong, and interviews since then are restated."""

    lifecycle = serializers.ChoiceField(choices=Lifecycle.choices)
    since_on = serializers.DateField(required=False, allow_null=True)
    is_correction = YesNo(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.get("is_correction") and attrs.get("since_on") is None:
            reason = serializers.ErrorDetail("Say on which day it changed.", "required")
            raise serializers.ValidationError({"since_on": [reason]})
        return attrs


class IntoCustomerBody(Body):
    into = Reference(customers_to_name)


# ---- Contacts


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """A person at a customer. Opted out: nobody plans another interview; what the person said before stays."""

    customer = serializers.IntegerField(source="customer_id", read_only=True)

    class Meta:
        model = Contact
        fields: ClassVar = [
            "id", "customer", "name", "position", "email", "language", "time_zone", "consent_on", "consent_source",
            "is_opted_out", "is_active", "external_id",
        ]  # fmt: skip
        read_only_fields = fields


class ContactQuery(SearchQuery):
    customer = id_filter("Customer")
    is_opted_out = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)
    external_id = serializers.CharField(required=False, max_length=80)
    ordering = ordering("name", "customer", "consent_on", "id")


class ContactBody(Body):
    name = Text()
    position = Text(required=False)
    email = Text(required=False)
    language = Text(required=False)
    time_zone = Text(required=False)
    consent_on = serializers.DateField(required=False, allow_null=True)
    consent_source = Text(required=False)
    is_opted_out = YesNo(required=False)
    is_active = YesNo(required=False)
    external_id = Text(required=False)


class NewContactBody(ContactBody):
    customer = Reference(customers_to_name)


# ---- Product use


class ProductUseSerializer(serializers.ModelSerializer[ProductUse]):
    """A customer uses a product, or considers it. One that ended has an end; only one that never was is deleted."""

    customer = serializers.IntegerField(source="customer_id", read_only=True)
    product = serializers.IntegerField(source="product_id", read_only=True)

    class Meta:
        model = ProductUse
        fields: ClassVar = ["id", "customer", "product", "kind", "since_on", "until_on", "uniqueness"]
        read_only_fields = fields


class ProductUseQuery(PageQuery):
    customer = id_filter("Customer")
    product = id_filter("Product")
    kind = serializers.ChoiceField(choices=ProductUse.Kind.choices, required=False)


class ProductUseBody(Body):
    kind = serializers.ChoiceField(choices=ProductUse.Kind.choices, required=False)
    since_on = serializers.DateField(required=False, allow_null=True)
    until_on = serializers.DateField(required=False, allow_null=True)
    uniqueness = Text(required=False)


class NewProductUseBody(ProductUseBody):
    customer = Reference(customers_to_name)
    product = Reference(products_to_name)


# ---- Value bands and segments


class ValueBandSerializer(serializers.ModelSerializer[ValueBand]):
    """How much a customer's answers weigh, 0 to 1,000: from a table that people agreed on."""

    class Meta:
        model = ValueBand
        fields: ClassVar = ["id", "name", "weight", "position"]
        read_only_fields = fields


class ValueBandBody(Body):
    name = Text()
    weight = Whole(max_value=HIGHEST_WEIGHT)
    position = Whole(required=False)


class SegmentSerializer(serializers.ModelSerializer[Stratum]):
    """Lifecycle x industry x region x size, as customers stood on the day of an interview."""

    industry = serializers.ChoiceField(choices=INDUSTRIES, allow_blank=True)
    region = serializers.ChoiceField(choices=REGIONS, allow_blank=True)

    class Meta:
        model = Stratum
        fields: ClassVar = ["id", "lifecycle", "industry", "region", "size_band"]
        read_only_fields = fields
