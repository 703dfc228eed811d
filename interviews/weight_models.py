"""Weight sets: factors by which strata that were heard too little or too much stand for those who exist."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Stratum
from interviews.models import Divided

LEAST_TRIM = Decimal(2)
NAMES = {"lifecycle": _("lifecycle"), "industry": _("industry"), "region": _("region"), "size_band": _("size")}


class WeightSet(Divided, models.Model):
    """One version of the factors; it never changes once it is made. At most one is in use.

    `unheard`: strata that the register has and nobody was heard in, as [{values by dimension, customers}]; their
    customers are not spoken for. `outside`: customers heard in strata that the register no longer has; they keep 1.
    """

    class Method(models.TextChoices):
        CELLS = "cells", _("each combination by itself (post-stratified)")
        MARGINS = "margins", _("each division by itself (raked)")

    version = models.PositiveIntegerField(_("version"), unique=True)
    title = models.CharField(_("name"), max_length=80, blank=True)
    method = models.CharField(_("method"), max_length=8, choices=Method.choices)
    by_lifecycle = models.BooleanField(NAMES["lifecycle"], default=False)
    by_industry = models.BooleanField(NAMES["industry"], default=False)
    by_region = models.BooleanField(NAMES["region"], default=False)
    by_size_band = models.BooleanField(NAMES["size_band"], default=False)
    trim_at = models.DecimalField(
        _("cut above"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(LEAST_TRIM)],
    )
    as_of = models.DateField(_("as of"))
    customers = models.PositiveIntegerField(_("customers heard"))
    n_eff = models.FloatField(_("effective n"))
    design_effect = models.FloatField(_("design effect"))
    trimmed = models.PositiveIntegerField(_("cut"), default=0)
    unheard = models.JSONField(_("without a voice"), default=list, blank=True)
    outside = models.PositiveIntegerField(_("heard outside today's register"), default=0)
    is_active = models.BooleanField(_("in use"), default=False)
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ("-version",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="weight_set_one_in_use"),
        ]

    def __str__(self) -> str:
        return f"{_('Weight set')} {self.version}"

    @property
    def divided_words(self) -> str:
        return ", ".join(str(NAMES[name]) for name in self.divided_by)


class StratumFactor(models.Model):
    """What each answer given in a stratum counts times; 1 on average over the customers heard."""

    weight_set = models.ForeignKey(WeightSet, on_delete=models.CASCADE, related_name="factors")
    stratum = models.ForeignKey(Stratum, on_delete=models.PROTECT, related_name="+")
    customers = models.PositiveIntegerField(_("customers heard"))
    factor = models.DecimalField(_("factor"), max_digits=12, decimal_places=6, validators=[MinValueValidator(0)])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["weight_set", "stratum"], name="stratum_factor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.stratum}: {self.factor}"
