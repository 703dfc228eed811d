from typing import Any, ClassVar, NoReturn

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from functions.models import Function
from scoring.units import UNITS
from web.fields import FixedPointField

CONTRIBUTIONS = (9, 3, 1)
UNIT_CHOICES = [(key, unit.long) for key, unit in UNITS.items()]


def refuse_core_attribute() -> NoReturn:
    raise ValidationError(
        _("The six attributes of quality cannot be deleted. One without requirements is simply not used."),
        code="core_attribute",
    )


class AttributeQuerySet(models.QuerySet["Attribute"]):
    def delete(self) -> tuple[int, dict[str, int]]:
        if self.filter(is_core=True).exists():
            refuse_core_attribute()
        return super().delete()


class Attribute(models.Model):
    """One of the groups of quality. The six that came by migration stay."""

    key = models.SlugField(_("key"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80, unique=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    rule = models.TextField(_("rule for coders"), blank=True, max_length=2000, default="", db_default="")
    example = models.CharField(_("example for coders"), max_length=500, blank=True, default="", db_default="")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_core = models.BooleanField(default=False, editable=False)

    objects = AttributeQuerySet.as_manager()

    class Meta:
        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.name

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        if self.is_core:
            refuse_core_attribute()
        return super().delete(*args, **kwargs)


class Product(models.Model):
    """What a requirement is about."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="product_name_given")]

    def __str__(self) -> str:
        return self.name


class RatingScale(models.Model):
    """How a rating was asked: its ends, and the point from which it counts as satisfied. A change is a new row."""

    name = models.CharField(_("name"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    minimum = models.SmallIntegerField(_("lowest point"))
    maximum = models.SmallIntegerField(_("highest point"))
    satisfied_from = models.SmallIntegerField(_("counts as satisfied from"), null=True, blank=True)

    class Meta:
        ordering = ("name", "version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["name", "version"], name="rating_scale_version_once"),
            models.CheckConstraint(
                condition=Q(minimum__gte=0, maximum__gt=F("minimum"), maximum__lte=1000), name="rating_scale_rises"
            ),
            models.CheckConstraint(
                condition=Q(satisfied_from=None)
                | Q(satisfied_from__gte=F("minimum"), satisfied_from__lte=F("maximum")),
                name="rating_scale_satisfied_point_inside",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}" if self.version > 1 else self.name


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def active(self) -> "RequirementQuerySet":
        return self.filter(state=Requirement.State.ACTIVE)

    def delete(self) -> NoReturn:
        raise ValidationError(_("Requirements are retired, not deleted: evidence hangs on them."), code="retire")


class Requirement(models.Model):
    """One statement of what customers need, under one attribute, for one or more products."""

    class Origin(models.TextChoices):
        CUSTOMER = "customer", _("customer")
        REGULATORY = "regulatory", _("regulatory")
        INTERNAL = "internal", _("internal")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        ACTIVE = "active", _("active")
        RETIRED = "retired", _("retired")

    reference = models.CharField(_("reference"), max_length=20, unique=True)
    statement = models.CharField(_("statement"), max_length=200)
    rule = models.TextField(_("rule for coders"), blank=True, max_length=2000)
    # The statement says what it is, the rule when words count as it, the example how that sounds.
    example = models.CharField(_("example for coders"), max_length=500, blank=True, default="", db_default="")
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, related_name="requirements")
    owner = models.ForeignKey(
        Function, on_delete=models.PROTECT, null=True, blank=True, related_name="owned_requirements"
    )
    products = models.ManyToManyField(Product, related_name="requirements", through="RequirementProduct")
    origin = models.CharField(_("origin"), max_length=12, choices=Origin.choices, default=Origin.CUSTOMER)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    half_life_months = models.PositiveSmallIntegerField(
        _("half-life of an answer, in months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text=_("Empty: the program's half-life."),
    )
    current_scale = models.OneToOneField(
        "ScaleVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="current_of"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    # Of its meaning and its scale; a metric link says for which one somebody looked at it last.
    version = models.PositiveSmallIntegerField(_("version"), default=1, db_default=1, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("written by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("approved by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    history = HistoricalRecords()

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ("reference", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(statement=""), name="requirement_statement_given"),
            models.CheckConstraint(
                condition=~Q(state="active") | Q(owner__isnull=False),
                name="requirement_active_has_owner",
                violation_error_message=_("An active requirement needs an owner: exactly one function answers for it."),
            ),
            models.CheckConstraint(
                condition=Q(half_life_months=None) | Q(half_life_months__range=(1, 120)),
                name="requirement_half_life_1_to_120",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="requirement_not_merged_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.statement}"


class RequirementProduct(models.Model):
    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE)
    product = models.ForeignKey(Product, on_delete=models.PROTECT)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["requirement", "product"], name="requirement_product_once"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} / {self.product}"


class ScaleVersion(models.Model):
    """The scale on which a requirement's level is stated. Answers keep the version they were given in."""

    class Direction(models.TextChoices):
        LOWER = "lower", _("lower is better")
        HIGHER = "higher", _("higher is better")

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="scale_versions")
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    unit = models.CharField(_("unit"), max_length=16, choices=UNIT_CHOICES)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction.choices)
    resolution = FixedPointField(_("resolution"), help_text=_("Levels are rounded to it before they are compared."))
    factor_numerator = models.BigIntegerField(null=True, blank=True)
    factor_denominator = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(_("reason of the change"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("requirement", "version")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["requirement", "version"], name="scale_version_once"),
            models.CheckConstraint(
                condition=Q(resolution__gt=0),
                name="scale_resolution_above_zero",
                violation_error_message=_("The resolution must be above zero, for example 0.5."),
            ),
            models.CheckConstraint(
                condition=Q(factor_numerator=None, factor_denominator=None)
                | Q(factor_numerator__gt=0, factor_denominator__gt=0),
                name="scale_factor_whole_or_none",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement.reference} scale {self.version} ({self.unit})"


class Responsibility(models.Model):
    """A function contributes to a requirement: 9, 3 or 1. The owner is a field of the requirement."""

    class Strength(models.IntegerChoices):
        STRONG = 9, _("9: strong")
        MEDIUM = 3, _("3: medium")
        WEAK = 1, _("1: weak")

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="responsibilities")
    function = models.ForeignKey(Function, on_delete=models.PROTECT, related_name="responsibilities")
    strength = models.PositiveSmallIntegerField(_("strength"), choices=Strength.choices)

    class Meta:
        ordering = ("-strength", "function__position", "id")
        verbose_name_plural = _("responsibilities")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["requirement", "function"],
                name="responsibility_once",
                violation_error_message=_("This function contributes already. Change its strength instead."),
            ),
            models.CheckConstraint(condition=Q(strength__in=CONTRIBUTIONS), name="responsibility_9_3_1"),
        ]

    def __str__(self) -> str:
        return f"{self.function}: {self.requirement.reference} ({self.strength})"
