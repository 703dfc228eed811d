"""Initiatives: what could be done, what it is expected to change and to cost, and what was decided about it."""

from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from metrics.models import Metric
from web.fields import FixedPointField

LONGEST_PURPOSE, LONGEST_REASON = 300, 300
MOST_MONEY = Decimal(10**9)


def money(label: Any) -> FixedPointField:
    """A cost that may be unknown; unknown is never 0."""
    return FixedPointField(label, null=True, blank=True)


class Initiative(models.Model):
    """An investment option. Whether it serves customers is worked out on read."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        DECIDED_FOR = "for", _("decided for")
        DECIDED_AGAINST = "against", _("decided against")
        RUNNING = "running", _("running")
        DONE = "done", _("done")

    name = models.CharField(_("name"), max_length=120, unique=True)
    function = models.ForeignKey(Function, on_delete=models.PROTECT, related_name="initiatives")
    purpose = models.CharField(_("what it is for"), max_length=LONGEST_PURPOSE)
    cost_fixed = money(_("cost once"))
    cost_yearly = money(_("cost a year"))
    people_days = FixedPointField(_("people days"), null=True, blank=True)
    duration_months = models.PositiveSmallIntegerField(
        _("duration, in months"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(120)]
    )
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PROPOSED)
    # Three, six and twelve months are counted from here.
    delivered_on = models.DateField(_("in force since"), null=True, blank=True)
    cost_spent = money(_("what it really cost in the first year"))
    # Why it may be wanted although customers did not ask for it; said wherever its verdict is.
    internal_reason = models.CharField(
        _("internal reason"), max_length=LONGEST_REASON, blank=True, default="", db_default=""
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_name = models.CharField(_("proposed by"), max_length=160)
    created_at = models.DateTimeField(_("proposed"))

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(purpose=""), name="initiative_name_and_purpose"),
            models.CheckConstraint(
                condition=(Q(cost_fixed=None) | Q(cost_fixed__gte=0))
                & (Q(cost_yearly=None) | Q(cost_yearly__gte=0))
                & (Q(people_days=None) | Q(people_days__gte=0)),
                name="initiative_costs_not_negative",
                violation_error_message=_("A cost is 0 or more. Leave it empty where it is not known."),
            ),
            models.CheckConstraint(
                condition=Q(cost_spent=None) | Q(cost_spent__gte=0),
                name="initiative_cost_spent_not_negative",
                violation_error_message=_("A cost is 0 or more. Leave it empty where it is not known."),
            ),
            models.CheckConstraint(
                condition=Q(duration_months=None) | Q(duration_months__range=(1, 120)),
                name="initiative_duration_1_to_120",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "for", "against", "running", "done"]), name="initiative_state_known"
            ),
            models.CheckConstraint(condition=~Q(created_by_name=""), name="initiative_by_somebody"),
        ]

    def __str__(self) -> str:
        return self.name


# Those that can be chosen: proposed or decided for, and not begun.
OPEN = (Initiative.State.PROPOSED, Initiative.State.DECIDED_FOR)
# They come, or are there: what needs them does not wait for them.
GOING = (Initiative.State.RUNNING, Initiative.State.DONE)


class InitiativeEffect(models.Model):
    """The level of a metric that an initiative is expected to lead to, in the metric's unit.

    low: if it does little; high: if all goes well, whatever the direction. worse_is_meant: somebody confirmed that the
    likely level is worse than the one of the day on which it was said.
    """

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="effects")
    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    low = FixedPointField(_("if it does little"))
    likely = FixedPointField(_("likely"))
    high = FixedPointField(_("if all goes well"))
    worse_is_meant = models.BooleanField(_("it makes this worse, and that is meant"), default=False, db_default=False)
    # Whose estimate it is: whoever stated the levels last.
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("initiative", "metric__name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["initiative", "metric"],
                name="initiative_effect_once",
                violation_error_message=_("Its effect on this metric is stated already. Change that one instead."),
            ),
            models.CheckConstraint(
                condition=Q(low__lte=F("likely"), likely__lte=F("high"))
                | Q(low__gte=F("likely"), likely__gte=F("high")),
                name="initiative_effect_in_order",
                violation_error_message=_("The likely level lies between the other two."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.initiative}: {self.metric}"


class InitiativeNeed(models.Model):
    """An initiative can only be done together with, or after, another one."""

    initiative = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="needs")
    needed = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="needed_by")

    class Meta:
        ordering = ("initiative", "needed__name", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["initiative", "needed"], name="initiative_need_once"),
            models.CheckConstraint(condition=~Q(initiative=F("needed")), name="initiative_needs_another"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative} needs {self.needed}"


class InitiativeExclusion(models.Model):
    """Two initiatives of which only one can be done. The pair has no order, so the lower number comes first."""

    one = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Initiative, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ("one", "other", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["one", "other"], name="initiative_exclusion_once"),
            models.CheckConstraint(condition=Q(one__lt=F("other")), name="initiative_exclusion_lower_number_first"),
        ]

    def __str__(self) -> str:
        return f"{self.one} or {self.other}"


class InitiativeDecision(models.Model):
    """A decision with what was believed when it was made. It never changes; another one follows it."""

    class Kind(models.TextChoices):
        FOR = "for", _("for it")
        AGAINST = "against", _("against it")

    initiative = models.ForeignKey(Initiative, on_delete=models.PROTECT, related_name="decisions")
    kind = models.CharField(_("decision"), max_length=8, choices=Kind.choices)
    reason = models.CharField(_("why"), max_length=LONGEST_REASON)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by_name = models.CharField(_("decided by"), max_length=160)
    decided_at = models.DateTimeField(_("decided"))
    # The run that the numbers come from, and the digest of all that they were worked out of.
    run = models.PositiveIntegerField(_("run"))
    inputs_digest = models.CharField(_("inputs"), max_length=64)
    believed = models.JSONField(_("what was believed"))
    # The key that the form was shown with: sent twice, it is stored once.
    entry = models.CharField(max_length=32, blank=True, default="", db_default="")

    class Meta:
        ordering = ("-decided_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(decided_by_name=""), name="initiative_decision_says_why"
            ),
            models.CheckConstraint(condition=Q(kind__in=["for", "against"]), name="initiative_decision_known"),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="initiative_decision_stored_once"),
        ]

    def __str__(self) -> str:
        return f"{self.initiative}: {self.get_kind_display()}"
