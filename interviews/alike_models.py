"""What people said of requirements that look as if they said the same."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from requirements_catalog.models import Requirement


class AlikeVerdict(models.Model):
    """Two requirements were suggested as one, and somebody decided. `first` is the older one.

    `said`: a digest of what both said that day. Set aside it stays until one of them says something else.
    """

    class Decision(models.TextChoices):
        MERGED = "merged", _("merged")
        SET_ASIDE = "set_aside", _("not the same")

    first = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="+")
    decision = models.CharField(_("decision"), max_length=9, choices=Decision.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    said = models.CharField(max_length=64)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    decided_by_name = models.CharField(_("decided by"), max_length=160)
    decided_at = models.DateTimeField(_("decided"))

    class Meta:
        ordering = ("-decided_at", "-id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="alike_verdict_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="alike_verdict_in_order"),
            models.CheckConstraint(condition=Q(decision__in=["merged", "set_aside"]), name="alike_verdict_known"),
            models.CheckConstraint(
                condition=~Q(decision="set_aside") | ~Q(reason=""),
                name="alike_verdict_has_reason",
                violation_error_message=_("Say why they are not the same."),
            ),
            models.CheckConstraint(condition=~Q(decided_by_name=""), name="alike_verdict_decider_named"),
        ]

    def __str__(self) -> str:
        return f"{self.first.reference} / {self.second.reference}: {self.decision}"
