"""What was consolidated: words that became a requirement, voices that went from one requirement to another."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from requirements_catalog.models import Requirement


class Consolidation(models.Model):
    """One act, with what stood where before, so that it can be undone.

    `moved`: codings as [id, attribute or None], answers as [id, scale version or None], kano answers as ids.
    """

    class Kind(models.TextChoices):
        MADE = "made", _("made from words")
        SPLIT = "split", _("split off")

    kind = models.CharField(max_length=5, choices=Kind.choices)
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="consolidations")
    source = models.ForeignKey(Requirement, on_delete=models.PROTECT, null=True, blank=True, related_name="splits")
    moved = models.JSONField(default=dict)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    done_by_name = models.CharField(_("done by"), max_length=160)
    done_at = models.DateTimeField(_("done"))
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)

    class Meta:
        ordering = ("-done_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind="made", source=None) | Q(kind="split", source__isnull=False),
                name="consolidation_split_has_source",
            ),
            models.CheckConstraint(condition=~Q(done_by_name=""), name="consolidation_doer_named"),
        ]

    def __str__(self) -> str:
        return f"{self.requirement.reference}: {self.kind}"
