import uuid
from typing import ClassVar

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Upper
from django.utils.translation import gettext_lazy as _
from django_countries.fields import CountryField

from customers.places import INDUSTRIES, REGIONS
from functions.models import Function
from requirements_catalog.models import Product

FULL_WEIGHT = 100
MAX_WEIGHT = 1000
KEYLESS = uuid.UUID("5a0e2b1c-6f0d-5f4e-9d0a-3b7f1c2d4e60")


class Lifecycle(models.TextChoices):
    CURRENT = "current", _("current")
    PAST = "past", _("past")
    PROSPECTIVE = "prospective", _("prospective")
    INTERNAL = "internal", _("internal")


class SizeBand(models.TextChoices):
    MICRO = "1-9", _("1-9 employees")
    SMALL = "10-49", _("10-49 employees")
    MEDIUM = "50-249", _("50-249 employees")
    LARGE = "250+", _("250+ employees")
    UNKNOWN = "", _("size not known")


class ValueBand(models.Model):
    """A weight from a table people agreed on, never relative to the largest customer."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    weight = models.PositiveSmallIntegerField(
        _("weight"), default=FULL_WEIGHT, validators=[MaxValueValidator(MAX_WEIGHT)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ("position", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(weight__range=(0, MAX_WEIGHT)), name="value_band_weight_0_to_1000"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.weight})"


class CustomerQuerySet(models.QuerySet["Customer"]):
    def active(self) -> "CustomerQuerySet":
        return self.filter(is_active=True, merged_into=None)


class Customer(models.Model):
    """An organisation, or an internal customer: another function."""

    name = models.CharField(_("name"), max_length=160)
    function = models.OneToOneField(
        Function, on_delete=models.PROTECT, null=True, blank=True, related_name="as_customer"
    )
    lifecycle = models.CharField(_("lifecycle"), max_length=12, choices=Lifecycle.choices)
    industry = models.CharField(_("industry"), max_length=1, choices=INDUSTRIES, blank=True)
    country = CountryField(_("country"), blank=True)
    region = models.CharField(_("region"), max_length=20, choices=REGIONS, blank=True)
    size_band = models.CharField(_("size"), max_length=8, choices=SizeBand.choices, blank=True)
    value_band = models.ForeignKey(ValueBand, on_delete=models.PROTECT, null=True, blank=True, related_name="customers")
    domain = models.CharField(_("web domain"), max_length=120, blank=True)
    external_id = models.CharField(_("external id"), max_length=80, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    is_active = models.BooleanField(_("active"), default=True)
    # Of the completed interviews of this customer and of those merged into it; kept by customers.hearing.
    last_heard_on = models.DateField(_("last heard"), null=True, blank=True, editable=False)
    search_text = models.GeneratedField(expression=Upper("name"), output_field=models.TextField(), db_persist=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="customer_name_id"),
            models.Index(fields=["lifecycle", "id"], name="customer_lifecycle_id"),
            models.Index(fields=["industry", "id"], name="customer_industry_id"),
            models.Index(fields=["country", "id"], name="customer_country_id"),
            models.Index(fields=["region", "id"], name="customer_region_id"),
            models.Index(fields=["size_band", "id"], name="customer_size_id"),
            models.Index(fields=["last_heard_on", "id"], name="customer_last_heard_id"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_name_given"),
            models.UniqueConstraint(
                fields=["external_id"],
                condition=~Q(external_id=""),
                name="customer_external_id_once",
                # With this code the error stands beside the field.
                violation_error_code="unique",
                violation_error_message=_("Another customer has this external id."),
            ),
            models.CheckConstraint(
                condition=Q(lifecycle__in=[choice.value for choice in Lifecycle]), name="customer_lifecycle_known"
            ),
            models.CheckConstraint(
                condition=Q(lifecycle="internal", function__isnull=False)
                | Q(~Q(lifecycle="internal"), function__isnull=True),
                name="customer_internal_is_a_function",
                violation_error_message=_("An internal customer is a function; any other customer is not."),
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="customer_not_merged_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def weight(self) -> int:
        return self.value_band.weight if self.value_band else FULL_WEIGHT


class LifecyclePeriod(models.Model):
    """Since when a customer has been prospective, current or past."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="lifecycle_periods")
    lifecycle = models.CharField(_("lifecycle"), max_length=12, choices=Lifecycle.choices)
    since_on = models.DateField(_("since"))

    class Meta:
        ordering = ("customer", "since_on")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "since_on"], name="lifecycle_one_change_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.lifecycle} since {self.since_on}"


class Stratum(models.Model):
    """A segment: lifecycle x industry x region x size, as a customer stood on the day of an interview."""

    lifecycle = models.CharField(_("lifecycle"), max_length=12, choices=Lifecycle.choices)
    industry = models.CharField(_("industry"), max_length=1, choices=INDUSTRIES, blank=True)
    region = models.CharField(_("region"), max_length=20, choices=REGIONS, blank=True)
    size_band = models.CharField(_("size"), max_length=8, choices=SizeBand.choices, blank=True)

    class Meta:
        verbose_name_plural = _("strata")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lifecycle", "industry", "region", "size_band"], name="stratum_once"),
        ]

    def __str__(self) -> str:
        return " × ".join(filter(None, [self.lifecycle, self.industry, self.region, self.size_band]))


class Contact(models.Model):
    """A person at a customer. Once erased it is a number without a person: who said it is gone, the figures stay."""

    # Random; by it the note of an erasure, which lies outside, finds the person again in a restored database.
    key = models.UUIDField(default=uuid.uuid4, null=True, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts", db_index=False)
    name = models.CharField(_("name"), max_length=160)
    position = models.CharField(_("position"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail address"), blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    consent_on = models.DateField(_("consent given on"), null=True, blank=True)
    consent_source = models.CharField(_("source of the consent"), max_length=120, blank=True)
    is_opted_out = models.BooleanField(_("does not want to be asked"), default=False)
    opted_out_on = models.DateField(_("said so on"), null=True, blank=True, editable=False)
    opted_out_source = models.CharField(
        _("said so where"), max_length=120, blank=True, default="", db_default="", editable=False
    )
    is_active = models.BooleanField(_("active"), default=True)
    external_id = models.CharField(_("external id"), max_length=80, blank=True)
    erased_on = models.DateField(_("erased"), null=True, blank=True, editable=False)
    search_text = models.GeneratedField(
        expression=Upper(Concat("name", Value(" "), "email", output_field=models.TextField())),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="contact_name_id"),
            # Customer by customer, in the order of theirs.
            models.Index(fields=["customer", "id"], name="contact_customer_id"),
            models.Index(fields=["position", "id"], name="contact_position_id"),
            models.Index(fields=["email", "id"], name="contact_email_id"),
            models.Index(fields=["language", "id"], name="contact_language_id"),
            models.Index(fields=["consent_on", "id"], name="contact_consent_id"),
            models.Index(fields=["is_active", "is_opted_out", "id"], name="contact_may_be_asked_id"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="contact_name_given"),
            models.UniqueConstraint(
                fields=["customer", "external_id"], condition=~Q(external_id=""), name="contact_external_id_once"
            ),
            models.CheckConstraint(
                condition=Q(erased_on=None)
                | Q(email="", position="", external_id="", consent_source="", is_opted_out=True, is_active=False),
                name="contact_erased_is_nobody",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def lasting_key(self) -> uuid.UUID:
        """The key; that of a contact older than keys follows from the id, so every backup gives the same one."""
        return self.key or uuid.uuid5(KEYLESS, f"contact {self.pk}")

    @property
    def marks(self) -> tuple[str, ...]:
        """By what a file or a form names this person: the address, the id at the customer."""
        return tuple(filter(None, [self.email, self.external_id and f"{self.customer_id}: {self.external_id}"]))


class ProductUse(models.Model):
    """A customer uses a product, or considers it."""

    class Kind(models.TextChoices):
        USED = "used", _("used")
        CONSIDERED = "considered", _("considered")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="product_uses")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="uses")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.USED)
    since_on = models.DateField(_("since"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    uniqueness = models.CharField(_("what is unique about this use"), max_length=300, blank=True)

    class Meta:
        ordering = ("customer", "product", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "product", "kind"],
                name="product_use_once",
                violation_error_message=_("This use is recorded already. Change its dates instead."),
            ),
            models.CheckConstraint(
                condition=Q(since_on=None) | Q(until_on=None) | Q(until_on__gte=F("since_on")),
                name="product_use_until_after_since",
                violation_error_message=_("The use cannot end before it began."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} / {self.product}"
