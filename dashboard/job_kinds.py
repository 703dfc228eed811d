"""What kinds of jobs this room does, and what the kinds of all rooms are called."""

from django.utils.translation import gettext_lazy as _

from gap_scores.keeping import KIND as SNAPSHOT
from gap_scores.splitting import KIND as SPLIT
from metrics.streaming import KIND as STREAM

LIST_EXPORT, PROGRAM_EXPORT, PROGRAM_IMPORT, REPORT = "list export", "program export", "program import", "report"
PORTFOLIO = "portfolio"
KINDS = {
    SNAPSHOT: _("Scores of a day"),
    SPLIT: _("What a change is made of"),
    STREAM: _("Stream of measurements"),
    LIST_EXPORT: _("File of a list"),
    REPORT: _("Report"),
    PROGRAM_EXPORT: _("File of the program"),
    PROGRAM_IMPORT: _("Import of a program"),
    PORTFOLIO: _("Best initiatives for a budget"),
}
