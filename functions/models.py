import re
from decimal import Decimal
from functools import cache
from typing import ClassVar
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from web.fields import FixedPointField

STRENGTHS = [Decimal("1.00"), Decimal("0.75"), Decimal("0.50"), Decimal("0.25")]


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones; looking for them reads some hundred files."""
    return frozenset(available_timezones())


def check_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(
            _("%(name)s is not a time zone. Choose one such as Europe/Berlin or UTC."),
            code="time_zone",
            params={"name": name},
        )


DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def domains_in(text: str) -> tuple[str, ...]:
    """Return the domains that somebody wrote down, with commas, blanks or an @ between or before them."""
    return tuple(dict.fromkeys(re.split(r"[\s,;@]+", text.lower().strip(" \t\r\n,;@")))) if text.strip(" ,;@") else ()


def check_domains(text: str) -> None:
    for domain in domains_in(text):
        if not DOMAIN.fullmatch(domain):
            message = _("%(domain)s is not a domain. Write what stands behind the @, such as example.com.")
            raise ValidationError(message, code="domain", params={"domain": domain})


class Program(models.Model):
    """The one quality program of this installation: its name, its calendar and the limits people agreed on."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC", validators=[check_time_zone])
    currency = models.CharField(
        _("currency"),
        max_length=3,
        default="EUR",
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Enter three capital letters, for example EUR."))],
    )
    wanted_share = models.PositiveSmallIntegerField(
        _("wanted share of customers served, in per cent"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    watch_from = models.PositiveSmallIntegerField(_("'watch' starts at a gap of"), default=10)
    gap_from = models.PositiveSmallIntegerField(_("'gap' starts at a gap of"), default=25)
    severe_from = models.PositiveSmallIntegerField(_("'severe' starts at a gap of"), default=50)
    half_life_months = models.PositiveSmallIntegerField(
        _("half-life of an answer, in months"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(120)],
    )
    ask_again_days = models.PositiveSmallIntegerField(
        _("days before a contact is asked again"),
        db_default=90,
        default=90,
        validators=[MaxValueValidator(3650)],
    )
    ambassador_rest_days = models.PositiveSmallIntegerField(
        _("days that an ambassador rests after being asked"),
        db_default=90,
        default=90,
        validators=[MaxValueValidator(3650)],
    )
    ambassador_asks_a_year = models.PositiveSmallIntegerField(
        _("how often an ambassador is asked in twelve months, at most"),
        db_default=3,
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
    )
    ambassador_met_from = models.PositiveSmallIntegerField(
        _("share of an ambassador's own required levels that is met, in per cent, at least"),
        db_default=60,
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    forget_after_months = models.PositiveSmallIntegerField(
        _("months after which people of past customers are erased"),
        null=True,
        blank=True,
        validators=[MinValueValidator(6), MaxValueValidator(600)],
    )
    day_rate = FixedPointField(_("what a working day of a person costs"), null=True, blank=True)
    sign_up_domains = models.CharField(
        _("who may sign up"), max_length=400, blank=True, db_default="", default="", validators=[check_domains]
    )
    is_example = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="program_only_one"),
            models.CheckConstraint(condition=Q(wanted_share__range=(1, 100)), name="program_wanted_share_1_to_100"),
            models.CheckConstraint(
                condition=Q(day_rate=None) | Q(day_rate__gte=0),
                name="program_day_rate_not_negative",
                violation_error_message=_("A day costs 0 or more. Leave it empty where it is not known."),
            ),
            models.CheckConstraint(condition=Q(half_life_months__range=(1, 120)), name="program_half_life_1_to_120"),
            models.CheckConstraint(
                condition=Q(watch_from__gt=0, gap_from__gt=F("watch_from"), severe_from__gt=F("gap_from"))
                & Q(severe_from__lte=100),
                name="program_bands_rise",
                violation_error_message=_("The three band edges must rise: watch, then gap, then severe, at most 100."),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Function(models.Model):
    """A dot of the circle: a department or team with one head and a deputy."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    short_name = models.CharField(_("short name"), max_length=24, blank=True)
    purpose = models.CharField(_("purpose"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position on the circle"), default=0)
    is_customer_facing = models.BooleanField(_("customer-facing"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("position", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="function_name_given"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return self.short_name or self.name


class SupplyLink(models.Model):
    """Function A supplies function B; strength = how much of A's gap reaches B. Unset transmits nothing."""

    class Strength(models.TextChoices):
        ALL = "1.00", _("1: B cannot compensate")
        MOST = "0.75", _("0.75: B compensates a little")
        HALF = "0.50", _("0.5: B compensates half")
        LITTLE = "0.25", _("0.25: B compensates most")

    supplier = models.ForeignKey(Function, on_delete=models.PROTECT, related_name="supplies")
    supplied = models.ForeignKey(Function, on_delete=models.PROTECT, related_name="supplied_by")
    strength = models.DecimalField(_("strength"), max_digits=3, decimal_places=2, null=True, blank=True)
    history = HistoricalRecords()

    class Meta:
        ordering = ("supplier__position", "supplied__position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["supplier", "supplied"],
                name="supply_link_once",
                violation_error_message=_("This supply link exists already. Change its strength instead."),
            ),
            models.CheckConstraint(
                condition=~Q(supplier=F("supplied")),
                name="supply_link_not_to_itself",
                violation_error_message=_("A function cannot supply itself. Choose two different functions."),
            ),
            models.CheckConstraint(
                condition=Q(strength=None) | Q(strength__in=STRENGTHS),
                name="supply_link_strength_in_words",
                violation_error_message=_("Strength is 1, 0.75, 0.5 or 0.25, or unset."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier} → {self.supplied}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def program_wide(self) -> "MembershipQuerySet":
        return self.filter(function=None)

    def of_functions(self) -> "MembershipQuerySet":
        return self.exclude(function=None)


class Membership(models.Model):
    """What a person may do: a program-wide role, or head or deputy of one function."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("administrator")
        SPECIALIST = "specialist", _("specialist")
        HEAD = "head", _("head")
        DEPUTY = "deputy", _("deputy")
        VIEWER = "viewer", _("viewer")

    OF_A_FUNCTION = (Role.HEAD, Role.DEPUTY)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    function = models.ForeignKey(Function, on_delete=models.CASCADE, null=True, blank=True, related_name="memberships")
    may_see_names = models.BooleanField(_("may see names of customers"), default=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("role", "function__position", "user__username", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(role__in=["head", "deputy"], function__isnull=False)
                | Q(role__in=["administrator", "specialist", "viewer"], function__isnull=True),
                name="membership_function_fits_role",
                violation_error_message=_(
                    "Head and deputy need a function; administrator, specialist and viewer have none."
                ),
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=Q(function=None), name="membership_program_role_once"
            ),
            models.UniqueConstraint(
                fields=["user", "function"],
                condition=Q(function__isnull=False),
                name="membership_function_once",
                violation_error_message=_("This person already has a role in this function."),
            ),
            models.UniqueConstraint(
                fields=["function", "role"],
                condition=Q(function__isnull=False),
                name="membership_one_head_one_deputy",
                violation_error_message=_("This function has a head and a deputy already: end that role first."),
            ),
        ]

    def __str__(self) -> str:
        place = f" ({self.function})" if self.function else ""
        return f"{self.user}: {self.get_role_display()}{place}"
