"""Why customers were lost: what they say, what our records say, and which requirements were behind it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact, Customer
from requirements_catalog.models import Requirement

LONGEST_REASON = 2_000


class LossAssessment(models.Model):
    """One loss of one customer, looked into by somebody. `value_lost`: a year's worth; None: not known."""

    class Known(models.TextChoices):
        YES = "yes", _("yes, there were signs")
        NO = "no", _("no")
        OPEN = "open", _("not clear yet")

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="losses")
    lost_on = models.DateField(_("lost on"))
    value_lost = models.PositiveBigIntegerField(_("value lost in a year"), null=True, blank=True)
    competitor = models.CharField(_("lost to"), max_length=120, blank=True)
    # Who told us. What that person said goes when the person is erased.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="losses")
    reason_theirs = models.TextField(_("reason by them"), max_length=LONGEST_REASON, blank=True)
    reason_ours = models.TextField(_("reason by our records"), max_length=LONGEST_REASON, blank=True)
    could_have_known = models.CharField(
        _("could we have known?"), max_length=4, choices=Known.choices, default=Known.OPEN
    )
    signs = models.CharField(_("which signs"), max_length=300, blank=True)
    assessed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    assessed_by_name = models.CharField(_("assessed by"), max_length=160)
    assessed_on = models.DateField(_("assessed on"))

    class Meta:
        ordering = ("-lost_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "lost_on"],
                name="loss_once",
                violation_error_message=_("This loss is assessed already. Change that assessment."),
            ),
            models.CheckConstraint(condition=~Q(assessed_by_name=""), name="loss_assessor_named"),
            models.CheckConstraint(condition=Q(could_have_known__in=["yes", "no", "open"]), name="loss_known_or_not"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}, {self.lost_on}"


class LossReason(models.Model):
    """A requirement that was not met, by what they say or by what our records say."""

    class Source(models.TextChoices):
        THEIRS = "theirs", _("they say so")
        OURS = "ours", _("our records say so")

    loss = models.ForeignKey(LossAssessment, on_delete=models.CASCADE, related_name="reasons")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="loss_reasons")
    source = models.CharField(_("who says so"), max_length=6, choices=Source.choices)

    class Meta:
        ordering = ("loss", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["loss", "requirement", "source"], name="loss_reason_once"),
            models.CheckConstraint(condition=Q(source__in=["theirs", "ours"]), name="loss_reason_of_them_or_us"),
        ]

    def __str__(self) -> str:
        return f"{self.loss}: {self.requirement.reference}"
