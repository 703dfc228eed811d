"""What heads and executives believe that customers require and feel, said before they look at what customers say."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from requirements_catalog.models import Product, Requirement

LONGEST_TITLE = 120
MOST_IMPORTANT, LARGEST_GAP = 10, 100


class BeliefAsking(models.Model):
    """Heads, and executives where it says so, are asked within some days. What customers said on the day on which it
    was written is kept with it: everybody is compared with the same, whatever is heard meanwhile."""

    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("about")
    )
    opens_on = models.DateField(_("asked from"))
    closes_on = models.DateField(_("to"))
    asks_viewers = models.BooleanField(_("executives and other viewers are asked, too"), default=False)
    # One entry for each requirement: what customers said of it (see improvements.believing.Figure).
    figures = models.JSONField(_("what customers said"))
    run = models.PositiveIntegerField(_("run"))
    as_of = models.DateField(_("said up to"))
    created_by_name = models.CharField(_("asked by"), max_length=160)
    created_at = models.DateTimeField(_("written"))
    # Of the form that wrote it: sent twice, it is stored once.
    entry = models.CharField(max_length=32, blank=True, default="", editable=False)

    class Meta:
        ordering = ("-opens_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(created_by_name=""), name="belief_asking_by_somebody"),
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="belief_asking_closes_after_it_opens",
                violation_error_message=_("It ends on the day on which it begins, or later."),
            ),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="belief_asking_entry_once"),
        ]

    def __str__(self) -> str:
        return self.title


class BeliefSheet(models.Model):
    """What one person said in one asking: a draft until it is handed in, and then frozen.

    Where the account goes, the points stay and nobody knows any more whose they were.
    """

    class Role(models.TextChoices):
        HEAD = "head", _("heads and deputies")
        VIEWER = "viewer", _("executives and other viewers")

    asking = models.ForeignKey(BeliefAsking, on_delete=models.CASCADE, related_name="sheets")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    role = models.CharField(_("asked as"), max_length=6, choices=Role.choices)
    # How often it was saved: of two windows the one that is behind is told so.
    version = models.PositiveIntegerField(default=0)
    submitted_at = models.DateTimeField(_("handed in"), null=True, blank=True)

    class Meta:
        ordering = ("asking", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["asking", "person"], name="belief_sheet_once_a_person"),
            models.CheckConstraint(condition=Q(role__in=["head", "viewer"]), name="belief_sheet_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.asking}: {self.get_role_display()}"


class Belief(models.Model):
    """How important a requirement is to customers (0 to 10), and how large its gap is (0 to 100). None: not said."""

    sheet = models.ForeignKey(BeliefSheet, on_delete=models.CASCADE, related_name="beliefs")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="+")
    importance = models.PositiveSmallIntegerField(_("importance"), null=True, blank=True)
    gap = models.PositiveSmallIntegerField(_("gap"), null=True, blank=True)

    class Meta:
        ordering = ("sheet", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "requirement"], name="belief_once_a_requirement"),
            models.CheckConstraint(
                condition=(Q(importance=None) | Q(importance__lte=MOST_IMPORTANT))
                & (Q(gap=None) | Q(gap__lte=LARGEST_GAP)),
                name="belief_within_its_scales",
            ),
            models.CheckConstraint(
                condition=Q(importance__isnull=False) | Q(gap__isnull=False), name="belief_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}: {self.requirement}"
