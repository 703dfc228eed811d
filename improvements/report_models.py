"""Reports: pages of print, frozen with the kept day that they were drawn from."""

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from functions.models import Function
from gap_scores.models import Snapshot

LONGEST_TITLE = 120
NO_PDF = hashlib.sha256(b"").hexdigest()


class Report(models.Model):
    """What was said of a day to everybody or to one function. The text is kept, so that it never says anything else.

    `digest`: of title and text; two reports with one digest say the same. `pdf`: empty until it is made from the text.
    """

    class Kind(models.TextChoices):
        PROGRAM = "program", _("the whole program")
        FUNCTION = "function", _("one function")
        REVIEW = "review", _("a management review")

    kind = models.CharField(_("about"), max_length=10, choices=Kind.choices)
    function = models.ForeignKey(Function, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+")
    article = models.BinaryField(help_text="the text as HTML, compressed")
    pdf = models.BinaryField()
    digest = models.CharField(max_length=64)
    pdf_digest = models.CharField(max_length=64)
    # Work that is delivered twice makes one report.
    job = models.BigIntegerField(unique=True, null=True, editable=False, help_text="the job that made it")
    made_at = models.DateTimeField(_("made"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_by_name = models.CharField(_("made by"), max_length=160)

    class Meta:
        ordering = ("-made_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=["program", "review"], function=None) | Q(kind="function", function__isnull=False),
                name="report_of_function_names_it",
                violation_error_message=_("A report of one function names it; any other one names none."),
            ),
            models.CheckConstraint(condition=~Q(made_by_name=""), name="report_made_by_somebody"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_pdf(self) -> bool:
        """Told by its digest: a PDF is long, and mostly nobody wants it."""
        return self.pdf_digest != NO_PDF
