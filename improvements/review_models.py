"""Management reviews: what was put before those who decide, what they noted and decided. Closed, one never changes."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gap_scores.models import Snapshot
from improvements.report_models import LONGEST_TITLE, Report

LONGEST_WHO, LONGEST_NOTE, LONGEST_SENTENCE = 1_000, 4_000, 300


class Review(models.Model):
    """A review of a kept day. Open, its sections say what is known now; closed, its report says what was known then."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    held_on = models.DateField(_("held on"))
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", verbose_name=_("kept day"))
    took_part = models.TextField(_("who took part"), max_length=LONGEST_WHO, blank=True)
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    nothing_decided = models.BooleanField(_("nothing was decided"), default=False)
    created_by_name = models.CharField(_("begun by"), max_length=160)
    created_at = models.DateTimeField(_("begun"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_by_name = models.CharField(_("closed by"), max_length=160, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, blank=True, related_name="review")
    # Of the form that began it: sent twice, it is stored once.
    entry = models.CharField(max_length=32, blank=True, default="", editable=False)

    class Meta:
        ordering = ("-held_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title="") & ~Q(created_by_name=""), name="review_titled_by_somebody"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, report=None, closed_by_name="")
                | (Q(state="closed", closed_at__isnull=False, report__isnull=False) & ~Q(closed_by_name="")),
                name="review_closed_with_its_report",
            ),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="review_entry_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class ReviewNote(models.Model):
    """What those who met said about one input."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="notes")
    section = models.CharField(max_length=16)
    text = models.TextField(_("note"), max_length=LONGEST_NOTE)

    class Meta:
        ordering = ("review", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "section"], name="review_note_once_a_section"),
            models.CheckConstraint(condition=~Q(text="") & ~Q(section=""), name="review_note_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.review}: {self.section}"


class ReviewDecision(models.Model):
    """What a review decided. The actions that came of it name it as their origin."""

    class Kind(models.TextChoices):
        IMPROVEMENT = "improvement", _("improvement")
        PROGRAM = "program", _("change to the program")
        RESOURCES = "resources", _("resources")

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    sentence = models.CharField(_("what was decided"), max_length=LONGEST_SENTENCE)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices, default=Kind.IMPROVEMENT)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+",
        verbose_name=_("who is responsible"),
    )  # fmt: skip
    due_on = models.DateField(_("due on"), null=True, blank=True)
    entry = models.CharField(max_length=32, blank=True, default="", editable=False)

    class Meta:
        ordering = ("review", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(sentence=""), name="review_decision_has_a_sentence"),
            models.CheckConstraint(
                condition=Q(kind__in=["improvement", "program", "resources"]), name="review_decision_kind_known"
            ),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="review_decision_entry_once"),
        ]

    def __str__(self) -> str:
        return self.sentence
