"""Reports: pages of print, frozen with the kept day that they were drawn from."""

import hashlib
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from functions.models import Function
from gap_scores.models import Snapshot
from interviews.models import Round

LONGEST_TITLE = 120
NO_PDF = hashlib.sha256(b"").hexdigest()


class Report(models.Model):
    """What was said of a day: of everything, one function, one customer, one round or a review. The text is kept, so
    that it never says anything else.

    `digest`: of title and text; two reports with one digest say the same. `pdf`: empty until it is made from the text.
    """

    class Kind(models.TextChoices):
        PROGRAM = "program", _("the whole program")
        FUNCTION = "function", _("one function")
        REVIEW = "review", _("a management review")
        CUSTOMER = "customer", _("one customer")
        ROUND = "round", _("one round")

    kind = models.CharField(_("about"), max_length=10, choices=Kind.choices)
    function = models.ForeignKey(Function, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
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
                condition=Q(kind__in=["program", "review"], function=None, customer=None, round=None)
                | Q(kind="function", function__isnull=False, customer=None, round=None)
                | Q(kind="customer", function=None, customer__isnull=False, round=None)
                | Q(kind="round", function=None, customer=None, round__isnull=False),
                name="report_of_function_names_it",
                violation_error_message=_("A report of one function, customer or round names it; others name none."),
            ),
            models.CheckConstraint(condition=~Q(made_by_name=""), name="report_made_by_somebody"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def about(self) -> Function | Customer | Round | None:
        """The one thing that it is about; None: everything."""
        return self.function or self.customer or self.round

    @property
    def has_pdf(self) -> bool:
        """Told by its digest: a PDF is long, and mostly nobody wants it."""
        return self.pdf_digest != NO_PDF
