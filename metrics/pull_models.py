"""Where measurements are fetched from by themselves, when, and what became of each time."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from metrics.models import Metric

LONGEST_SOURCE = 40  # as a measurement names it


class MeasurementSource(models.Model):
    """An address that answers the measurements of one metric, asked by itself as often as it says.

    `name` is the source of what it gives, so no two share one. `secret` is encrypted and never told again.
    """

    class Format(models.TextChoices):
        JSON = "json", _("JSON")
        CSV = "csv", _("CSV")

    class Every(models.TextChoices):
        HOUR = "hour", _("every hour")
        DAY = "day", _("every day")
        WEEK = "week", _("every week")

    class Period(models.TextChoices):
        DAY = "day", _("the day on which it ends")
        MONTH = "month", _("its month")

    class DateForm(models.TextChoices):
        ISO_DAY = "%Y-%m-%d", _("2026-01-31")
        ISO_MONTH = "%Y-%m", _("2026-01")
        ISO_MOMENT = "%Y-%m-%dT%H:%M:%SZ", _("2026-01-31T00:00:00Z")
        COMPACT = "%Y%m%d", _("20260131")
        GERMAN = "%d.%m.%Y", _("31.01.2026")
        AMERICAN = "%m/%d/%Y", _("01/31/2026")

    class Delimiter(models.TextChoices):
        COMMA = ",", _("comma")
        SEMICOLON = ";", _("semicolon")
        TAB = "\t", _("tab")

    class Decimal(models.TextChoices):
        POINT = ".", _("point: 1234.5")
        COMMA = ",", _("comma: 1234,5")

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="sources")
    name = models.CharField(_("name"), max_length=LONGEST_SOURCE, unique=True)
    address = models.CharField(_("address"), max_length=500)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    header = models.CharField(_("header of the secret"), max_length=60, blank=True)
    secret = models.TextField(blank=True, editable=False)
    records = models.CharField(_("where the list is"), max_length=120, blank=True)
    delimiter = models.CharField(_("between cells"), max_length=1, choices=Delimiter.choices, default=Delimiter.COMMA)
    decimal = models.CharField(_("decimal mark"), max_length=1, choices=Decimal.choices, default=Decimal.POINT)
    date_form = models.CharField(
        _("days are written as"), max_length=20, choices=DateForm.choices, default=DateForm.ISO_DAY
    )
    period_is = models.CharField(_("a period is named by"), max_length=5, choices=Period.choices, default=Period.DAY)
    period = models.CharField(_("period"), max_length=120)
    begins = models.CharField(_("first day of the period"), max_length=120, blank=True)
    value = models.CharField(_("value"), max_length=120)
    size = models.CharField(_("size"), max_length=120, blank=True)
    part = models.CharField(_("breakdown value"), max_length=120, blank=True)
    identity = models.CharField(_("id of each record"), max_length=120, blank=True)
    every = models.CharField(_("how often"), max_length=4, choices=Every.choices, default=Every.DAY)
    minute = models.PositiveSmallIntegerField(_("minute"), default=0, validators=[MaxValueValidator(59)])
    hour = models.PositiveSmallIntegerField(_("hour"), default=5, validators=[MaxValueValidator(23)])
    weekday = models.PositiveSmallIntegerField(_("day of the week"), default=0, validators=[MaxValueValidator(6)])
    is_paused = models.BooleanField(_("paused"), default=True)
    next_at = models.DateTimeField(_("next time"), null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    failures = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text="times in a row that it gave nothing"
    )
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    history = HistoricalRecords(excluded_fields=["secret", "next_at", "claimed_at", "failures", "failing_since"])

    class Meta:
        ordering = ("name", "id")
        indexes: ClassVar = [
            models.Index(fields=["next_at"], condition=Q(is_paused=False), name="measurement_source_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="measurement_source_named"),
            models.CheckConstraint(
                condition=Q(address__startswith="https://"),
                name="measurement_source_https",
                violation_error_message=_("The address has to begin with https://."),
            ),
            models.CheckConstraint(condition=~Q(period="") & ~Q(value=""), name="measurement_source_mapped"),
            models.CheckConstraint(
                condition=Q(secret="") | ~Q(header=""), name="measurement_source_secret_has_its_header"
            ),
            models.CheckConstraint(
                condition=Q(minute__range=(0, 59), hour__range=(0, 23), weekday__range=(0, 6)),
                name="measurement_source_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PullRun(models.Model):
    """One time that a source was asked: how many measurements were new, changed, the same and refused, and why."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    source = models.ForeignKey(MeasurementSource, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=500, blank=True)
    errors = models.JSONField(default=list, blank=True, help_text="what was refused, row by row; the first hundred")

    class Meta:
        ordering = ("-id",)
        indexes: ClassVar = [models.Index(fields=["source", "-id"], name="pull_run_of_source")]

    def __str__(self) -> str:
        return f"{self.source}, {self.began_at}"
