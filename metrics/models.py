from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from functions.models import Function
from jobs.models import Job
from requirements_catalog.models import UNIT_CHOICES, Product, Requirement
from scoring.formulas import LONGEST
from web.fields import FixedPointField

RELATIONSHIPS = (9, 3, 1)
PULLS = (9, 3, -3, -9)
LONGEST_STEP, LONGEST_COUNTS = 20, 340
SHORT_NAME = r"^[a-z][a-z0-9_]*\Z"


class Kind(models.TextChoices):
    LEVEL = "level", _("level")
    PROPORTION = "proportion", _("proportion")
    DEFECTS = "defects", _("defects per opportunities")
    DURATION = "duration", _("duration percentile")
    COUNT_RATE = "count_rate", _("count rate")
    YIELD = "yield", _("yield")
    ORDINAL = "ordinal", _("worded scale")
    DERIVED = "derived", _("derived from other metrics")


class Breakdown(models.TextChoices):
    NONE = "", _("not broken down")
    COUNTRY = "country", _("country")
    REGION = "region", _("region")
    INDUSTRY = "industry", _("industry")
    SIZE = "size_band", _("size")
    LIFECYCLE = "lifecycle", _("lifecycle")


class Metric(models.Model):
    """What a function measures."""

    class Direction(models.TextChoices):
        LOWER = "lower", _("lower is better")
        HIGHER = "higher", _("higher is better")

    name = models.CharField(_("name"), max_length=120, unique=True)
    # What formulas of other metrics call it.
    short_name = models.CharField(
        _("short name"),
        max_length=30,
        blank=True,
        default="",
        db_default="",
        validators=[RegexValidator(SHORT_NAME, _("Small letters, digits and _, a letter first: late_invoices."))],
    )
    definition = models.TextField(_("definition"), blank=True, max_length=2000)
    function = models.ForeignKey(Function, on_delete=models.PROTECT, related_name="metrics")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    unit = models.CharField(_("unit"), max_length=16, choices=UNIT_CHOICES)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction.choices)
    percentile = models.PositiveSmallIntegerField(
        _("percentile"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    opportunities_per_unit = models.PositiveIntegerField(_("opportunities per unit"), null=True, blank=True)
    # Over the short names of other metrics; only of a derived one.
    formula = models.CharField(_("formula"), max_length=LONGEST, blank=True, default="", db_default="")
    # Of a yield the chain that units go through, of a worded scale its words, the lowest first; parted by commas.
    steps = models.CharField(_("steps"), max_length=420, blank=True, default="", db_default="")
    counts_from = models.CharField(
        _("counts from step"), max_length=LONGEST_STEP, blank=True, default="", db_default=""
    )
    breakdown = models.CharField(_("broken down by"), max_length=12, choices=Breakdown.choices, blank=True)
    window_months = models.PositiveSmallIntegerField(
        _("window, in months"), default=3, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    cadence_days = models.PositiveSmallIntegerField(
        _("expected every, in days"), default=31, validators=[MinValueValidator(1), MaxValueValidator(400)]
    )
    grace_days = models.PositiveSmallIntegerField(_("grace, in days"), default=10, validators=[MaxValueValidator(400)])
    target = FixedPointField(_("internal target"), null=True, blank=True)
    note = models.CharField(_("origin of the data"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    # Of what it measures; a link says for which one somebody looked at it last.
    version = models.PositiveSmallIntegerField(_("version"), default=1, db_default=1, editable=False)
    history = HistoricalRecords()

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="metric_name_given"),
            models.UniqueConstraint(
                fields=["short_name"],
                condition=~Q(short_name=""),
                name="metric_short_name_once",
                violation_error_message=_("Another metric has this short name."),
            ),
            models.CheckConstraint(
                condition=Q(steps="", counts_from="") | Q(kind="yield", counts_from="") | Q(kind="ordinal"),
                name="metric_steps_only_of_yields_and_scales",
                violation_error_message=_("Only a yield and a worded scale have steps."),
            ),
            models.CheckConstraint(
                condition=Q(formula="") | Q(kind="derived", breakdown=""),
                name="metric_formula_only_where_derived",
                violation_error_message=_("Only a derived metric has a formula, and it is not broken down."),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="duration", percentile__isnull=False, percentile__range=(1, 99))
                    | (~Q(kind="duration") & Q(percentile=None))
                ),
                name="metric_percentile_only_for_durations",
                violation_error_message=_(
                    "A duration percentile needs its percentile (1 to 99); other kinds have none."
                ),
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="defects", opportunities_per_unit__isnull=False, opportunities_per_unit__gt=0)
                    | (~Q(kind="defects") & Q(opportunities_per_unit=None))
                ),
                name="metric_opportunities_only_for_defects",
                violation_error_message=_(
                    "Defects per opportunities need the opportunities per unit; other kinds have none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(window_months__range=(1, 60), cadence_days__range=(1, 400)),
                name="metric_window_and_cadence",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def step_names(self) -> tuple[str, ...]:
        return tuple(name for each in self.steps.split(",") if (name := " ".join(each.split())))

    @property
    def is_chain(self) -> bool:
        """Whether its level is the product of its steps'."""
        return self.kind == Kind.YIELD and bool(self.steps)

    @property
    def word_for_part(self) -> str:
        """What each measurement names beside its figures; '' where it names nothing."""
        return str(_("step")) if self.is_chain else str(self.get_breakdown_display() if self.breakdown else "")


class MetricInput(models.Model):
    """A derived metric is worked out from another one: its formula names it."""

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="inputs")
    input = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="uses")

    class Meta:
        ordering = ("metric", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["metric", "input"], name="metric_input_once"),
            models.CheckConstraint(condition=~Q(metric=F("input")), name="metric_input_is_another"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} \u2190 {self.input}"


class MetricLinkQuerySet(models.QuerySet["MetricLink"]):
    def suspect(self) -> "MetricLinkQuerySet":
        """Keep those of which an end has changed its meaning since somebody looked at them."""
        return self.filter(SUSPECT)

    def with_suspicion(self) -> "MetricLinkQuerySet":
        return self.annotate(is_suspect=models.ExpressionWrapper(SUSPECT, models.BooleanField()))


SUSPECT = Q(requirement_version__lt=F("requirement__version")) | Q(metric_version__lt=F("metric__version"))


class MetricLink(models.Model):
    """A metric serves a requirement for one product: it measures the level, or it supports.

    It was made, or looked at again, for one version of each of its ends; once one of them has changed it is suspect.
    """

    class Role(models.TextChoices):
        MEASURES = "measures", _("measures the level")
        SUPPORTS = "supports", _("supports")

    class Strength(models.IntegerChoices):
        STRONG = 9, _("9: strong")
        MEDIUM = 3, _("3: medium")
        WEAK = 1, _("1: weak")

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="links")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="metric_links")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="metric_links")
    strength = models.PositiveSmallIntegerField(_("strength"), choices=Strength.choices, default=Strength.STRONG)
    role = models.CharField(_("role"), max_length=8, choices=Role.choices, default=Role.SUPPORTS)
    requirement_version = models.PositiveSmallIntegerField(
        _("for version of the requirement"), default=1, db_default=1, editable=False
    )
    metric_version = models.PositiveSmallIntegerField(
        _("for version of the metric"), default=1, db_default=1, editable=False
    )
    history = HistoricalRecords()

    objects = MetricLinkQuerySet.as_manager()
    is_suspect: bool  # where it was read `with_suspicion`

    class Meta:
        ordering = ("requirement", "product", "-strength", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["metric", "requirement", "product"],
                name="metric_link_once",
                violation_error_message=_("This metric serves the requirement for this product already."),
            ),
            models.UniqueConstraint(
                fields=["requirement", "product"],
                condition=Q(role="measures"),
                name="metric_link_one_measures_the_level",
                violation_error_message=_("Another metric measures this level already; this one can support."),
            ),
            models.CheckConstraint(condition=Q(strength__in=RELATIONSHIPS), name="metric_link_9_3_1"),
        ]

    def __str__(self) -> str:
        return f"{self.metric} → {self.requirement.reference}"


class MetricRelation(models.Model):
    """What a person judged of two metrics: whether to move one the right way helps or hinders the other.

    It stands in the roof of the House of Quality. The pair has no order, so the lower number comes first.
    """

    class Strength(models.IntegerChoices):
        STRONG_SUPPORT = 9, _("++ strong support")
        SUPPORT = 3, _("+ support")
        CONFLICT = -3, _("\u2212 conflict")
        STRONG_CONFLICT = -9, _("\u2212\u2212 strong conflict")

    one = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="+")
    strength = models.SmallIntegerField(_("strength"), choices=Strength.choices)
    note = models.CharField(_("why"), max_length=300, blank=True, default="", db_default="")
    history = HistoricalRecords()

    class Meta:
        ordering = ("one", "other", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["one", "other"],
                name="metric_relation_once",
                violation_error_message=_("These two metrics are related already. Change that relation instead."),
            ),
            models.CheckConstraint(
                condition=Q(one__lt=F("other")),
                name="metric_relation_lower_number_first",
                violation_error_message=_("A metric cannot pull on itself. Choose two different metrics."),
            ),
            models.CheckConstraint(condition=Q(strength__in=PULLS), name="metric_relation_in_four_words"),
        ]

    def __str__(self) -> str:
        return f"{self.one} / {self.other}: {self.get_strength_display()}"


VALUE_FIELDS = ("value", "numerator", "denominator", "defects", "units", "events", "exposure")


def only(kind: str, *fields: str) -> Q:
    """This kind fills these columns and no others."""
    filled = {f"{name}__isnull": name not in fields for name in VALUE_FIELDS}
    counts = ~Q(counts="") if "counts" in fields else Q(counts="")
    return Q(kind=kind, **filled) & counts


class Measurement(models.Model):
    """One observation of a metric. A correction is a new row that supersedes the old one, which stays."""

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="measurements")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    period_start = models.DateField(_("period from"))
    period_end = models.DateField(_("period to"))
    part = models.CharField(_("breakdown value"), max_length=20, blank=True)
    value = FixedPointField(_("value"), null=True, blank=True)
    numerator = models.BigIntegerField(_("numerator"), null=True, blank=True)
    denominator = models.BigIntegerField(_("denominator"), null=True, blank=True)
    defects = models.BigIntegerField(_("defects"), null=True, blank=True)
    units = models.BigIntegerField(_("units"), null=True, blank=True)
    opportunities = models.PositiveIntegerField(_("opportunities per unit"), null=True, blank=True)
    events = models.BigIntegerField(_("events"), null=True, blank=True)
    exposure = FixedPointField(_("exposure"), null=True, blank=True)
    # How many fell on each step of a worded scale, the lowest first: 3/5/12.
    counts = models.CharField(_("counts"), max_length=LONGEST_COUNTS, blank=True, default="", db_default="")
    source = models.CharField(_("source"), max_length=40)
    external_id = models.CharField(_("external id"), max_length=80, blank=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    is_current = models.BooleanField(default=True, editable=False)
    reason = models.CharField(_("reason of the correction"), max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="measurements"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-period_end", "-id")
        indexes: ClassVar = [
            models.Index(
                fields=["metric", "period_end", "id"], condition=Q(is_current=True), name="measurement_current_by_time"
            ),
            # Whether it is current is a column here, not a condition: the list of all revisions reads it too.
            models.Index(fields=["period_end", "id", "is_current"], name="measurement_by_day"),
            models.Index(
                fields=["period_end", "id"], condition=Q(is_current=False), name="measurement_corrected_by_day"
            ),
            models.Index(
                fields=["source", "period_end", "id"],
                condition=Q(is_current=True),
                name="measurement_current_in_source",
            ),
            models.Index(
                fields=["part", "period_end", "id"], condition=Q(is_current=True), name="measurement_current_of_part"
            ),
            models.Index(
                fields=["external_id", "source"],
                condition=~Q(external_id="") & Q(is_current=False),
                name="measurement_earlier_by_id",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(period_end__gte=F("period_start")),
                name="measurement_period_rises",
                violation_error_message=_("The period cannot end before it starts."),
            ),
            models.CheckConstraint(
                condition=only("level", "value")
                | only("duration", "value")
                | only("proportion", "numerator", "denominator")
                | only("defects", "defects", "units")
                | only("count_rate", "events", "exposure")
                | only("yield", "numerator", "denominator")
                | only("ordinal", "counts"),
                name="measurement_columns_fit_kind",
                violation_error_message=_("These figures do not fit the kind of the metric."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="duration") | Q(value__gte=0),
                name="measurement_duration_not_negative",
                violation_error_message=_("A duration cannot be negative."),
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("proportion", "yield"))
                | Q(denominator__gt=0, numerator__gte=0, numerator__lte=F("denominator")),
                name="measurement_proportion_0_to_1",
                violation_error_message=_("The numerator lies between 0 and the denominator, which is above 0."),
            ),
            models.CheckConstraint(
                condition=(~Q(kind="defects") & Q(opportunities=None))
                | Q(
                    kind="defects",
                    opportunities__isnull=False,
                    opportunities__gt=0,
                    units__gt=0,
                    defects__gte=0,
                    defects__lte=F("units") * F("opportunities"),
                ),
                name="measurement_defects_within_opportunities",
                violation_error_message=_("Defects lie between 0 and units x opportunities; units are above 0."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="count_rate") | Q(events__gte=0, exposure__gt=0),
                name="measurement_exposure_above_zero",
                violation_error_message=_("Events are 0 or more and the exposure is above 0."),
            ),
            models.CheckConstraint(condition=~Q(source=""), name="measurement_source_given"),
            # The id comes first, so that it is found without its source as well.
            models.UniqueConstraint(
                fields=["external_id", "source"],
                condition=~Q(external_id="") & Q(is_current=True),
                name="measurement_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}, {self.period_end}"


class DaySum(models.Model):
    """What a level needs of all current measurements of a metric and part whose periods end on one day.

    `sums`: whole numbers, by kind as metrics/day_sums.py says; as text, for they are exact and have no largest.
    """

    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+", db_index=False)
    period_end = models.DateField()
    part = models.CharField(max_length=20, blank=True)
    sums = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["metric", "period_end", "part"], name="day_sum_once"),
        ]

    def __str__(self) -> str:
        return f"{self.metric}, {self.period_end}"


class ChartPhase(models.Model):
    """From this day on a metric's chart has limits of its own, for a reason. Taken back it stays and says so."""

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="phases")
    begins_on = models.DateField(_("new limits from"))
    reason = models.CharField(_("why the process is another one"), max_length=300)
    named_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    named_by_name = models.CharField(_("named by"), max_length=160)
    named_at = models.DateTimeField(_("named at"))
    taken_back_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    taken_back_by_name = models.CharField(_("taken back by"), max_length=160, blank=True)
    taken_back_reason = models.CharField(_("why it was taken back"), max_length=300, blank=True)

    class Meta:
        ordering = ("begins_on", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="chart_phase_reason_given"),
            models.CheckConstraint(condition=~Q(named_by_name=""), name="chart_phase_named_by_somebody"),
            models.CheckConstraint(
                condition=Q(taken_back_at=None, taken_back_by_name="", taken_back_reason="")
                | (Q(taken_back_at__isnull=False) & ~Q(taken_back_by_name="") & ~Q(taken_back_reason="")),
                name="chart_phase_taken_back_by_whom_and_why",
            ),
            models.UniqueConstraint(
                fields=["metric", "begins_on"],
                condition=Q(taken_back_at=None),
                name="chart_phase_once_a_day",
                violation_error_message=_("New limits from this day are there already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}, from {self.begins_on}"


class ChartNote(models.Model):
    """What was behind a point or a stretch of a metric's chart, as somebody found out."""

    metric = models.ForeignKey(Metric, on_delete=models.PROTECT, related_name="notes")
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("to"))
    text = models.CharField(_("what was behind it"), max_length=300)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_by_name = models.CharField(_("written by"), max_length=160)
    written_at = models.DateTimeField(_("written at"))
    history = HistoricalRecords()

    class Meta:
        ordering = ("begins_on", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="chart_note_text_given"),
            models.CheckConstraint(condition=~Q(written_by_name=""), name="chart_note_written_by_somebody"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("begins_on")),
                name="chart_note_period_rises",
                violation_error_message=_("The period cannot end before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric}, {self.begins_on}"


class StagedMeasurement(models.Model):
    """A row of a stream that was read and found right, until all are and become measurements at once."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    row = models.PositiveIntegerField()
    metric = models.ForeignKey(Metric, on_delete=models.CASCADE, related_name="+", db_index=False)
    external_id = models.CharField(max_length=80)
    kind = models.CharField(max_length=12)
    period_start = models.DateField()
    period_end = models.DateField()
    part = models.CharField(max_length=20)
    value = models.BigIntegerField(null=True)
    numerator = models.BigIntegerField(null=True)
    denominator = models.BigIntegerField(null=True)
    defects = models.BigIntegerField(null=True)
    units = models.BigIntegerField(null=True)
    opportunities = models.PositiveIntegerField(null=True)
    events = models.BigIntegerField(null=True)
    exposure = models.BigIntegerField(null=True)
    counts = models.CharField(max_length=LONGEST_COUNTS, default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["job", "external_id"], name="staged_measurement_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} / {self.row}"
