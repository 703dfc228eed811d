"""Involving customers before, while and after a product comes to them."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact, Customer
from requirements_catalog.models import Product


class Stage(models.TextChoices):
    """Where a product stands while customers are asked about it."""

    DEVELOPMENT = "development", _("development")
    DELIVERY = "delivery", _("delivery")
    MAINTENANCE = "maintenance", _("maintenance")


class Involvement(models.Model):
    """A customer took part in a stage of a product other than by an interview of a round: a design review, a pilot."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="involvements")
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="involvements")
    # The entry outlives the person: on erasure it says only which customer it was.
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="involvements")
    involved_on = models.DateField(_("involved on"))
    how = models.CharField(_("how"), max_length=200)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_by_name = models.CharField(_("noted by"), max_length=160)

    class Meta:
        ordering = ("-involved_on", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["product", "stage", "customer", "involved_on", "how"],
                name="involvement_once",
                violation_error_message=_("This is noted already. Change that entry."),
            ),
            models.CheckConstraint(
                condition=Q(stage__in=["development", "delivery", "maintenance"]), name="involvement_stage_known"
            ),
            models.CheckConstraint(condition=~Q(how=""), name="involvement_how_given"),
            models.CheckConstraint(condition=~Q(noted_by_name=""), name="involvement_noter_named"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}, {self.involved_on}: {self.how}"
