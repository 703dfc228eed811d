"""What was said to a question by one of two who changed its answer at once, and was not chosen."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_ASKED = 500


class UnchosenAnswer(models.Model):
    """Kept beside the answer that stands, in words: it enters no score. `entry` makes a choice that comes twice one."""

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="unchosen")
    key = models.CharField(max_length=41)
    asked = models.CharField(_("question"), max_length=LONGEST_ASKED)
    said: Any = models.JSONField(_("said"), default=list)
    entry = models.CharField(max_length=32)
    # When it was said, as far as the browser told; what was stored has no such moment.
    said_at = models.DateTimeField(null=True, blank=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    chosen_by_name = models.CharField(_("chosen by"), max_length=160)
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "entry"], name="unchosen_answer_once"),
            models.CheckConstraint(condition=~Q(entry=""), name="unchosen_answer_has_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id} / {self.key}"
