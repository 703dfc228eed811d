"""Transcripts of interviews: the file as it came, and which words of the interview were taken from where in it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_FILE_NAME, LONGEST_SPEAKER = 120, 80


def clock(milliseconds: int | None) -> str:
    """Return hours, minutes and seconds from the beginning; '' for a moment that is not known."""
    if milliseconds is None:
        return ""
    seconds = milliseconds // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class Transcript(models.Model):
    """A file, read again whenever it is looked at; `taken_at`: when its customer's words became verbatims."""

    class Kind(models.TextChoices):
        TXT = "txt", _("text")
        DOCX = "docx", _("Word document")
        VTT = "vtt", _("WebVTT captions")
        SRT = "srt", _("SubRip captions")

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="transcripts")
    file_name = models.CharField(_("file"), max_length=LONGEST_FILE_NAME)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind.choices)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64, unique=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    uploaded_by_name = models.CharField(_("attached by"), max_length=160)
    uploaded_at = models.DateTimeField(_("attached"))
    taken_at = models.DateTimeField(_("taken"), null=True, blank=True)

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(file_name=""), name="transcript_file_named")]

    def __str__(self) -> str:
        return self.file_name


class TranscriptPlace(models.Model):
    """Where in a transcript a verbatim stands: which turn, by whom, and when from the beginning if the file says so."""

    verbatim = models.OneToOneField("interviews.Verbatim", on_delete=models.CASCADE, related_name="place")
    transcript = models.ForeignKey(Transcript, on_delete=models.CASCADE, related_name="places")
    turn = models.PositiveIntegerField()
    speaker = models.CharField(_("speaker"), max_length=LONGEST_SPEAKER, blank=True)
    starts_ms = models.PositiveIntegerField(_("begins at, in milliseconds"), null=True, blank=True)

    class Meta:
        ordering = ("transcript", "turn")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transcript", "turn"], name="transcript_turn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.transcript_id}, {self.turn}"

    @property
    def at(self) -> str:
        return clock(self.starts_ms)
