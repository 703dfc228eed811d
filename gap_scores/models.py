"""The projection: rebuildable, so no foreign keys and no surrogate ids. Evidence lives in the rooms below.

A `generation` is one complete set of ledger and score rows. Readers and drains use the generation that the state
names; a rebuild fills the next one beside it and the switch is one update.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LONGEST_TITLE = 120  # of a snapshot


class ProjectionState(models.Model):
    """The one row that says which generation counts, as of which date, relative to which January."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    generation = models.PositiveSmallIntegerField(default=1)
    as_of = models.DateField()
    epoch = models.IntegerField(help_text="month number (12 x year + month - 1) of the January the sums refer to")
    run_id = models.BigIntegerField(default=0)
    noted_run_id = models.BigIntegerField(
        default=0,
        db_default=0,
        help_text="the last run that noted which ledgers it worked out; earlier releases do not",
    )
    weight_set_id = models.IntegerField(null=True, help_text="whose factors are in the sums; null: none")
    lineage = models.CharField(
        max_length=32, default="", help_text="another one after each restore: numbers come again with another meaning"
    )

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="projection_state_only_one")]

    def __str__(self) -> str:
        return f"generation {self.generation} as of {self.as_of}"


class LedgerEntry(models.Model):
    """One heard answer: what of it is in the sums now. Levels are signed steps of the resolution: met if m <= level."""

    pk = models.CompositePrimaryKey("generation", "requirement_id", "customer_id", "product_id", "contact_id")
    generation = models.PositiveSmallIntegerField()
    requirement_id = models.IntegerField()
    customer_id = models.IntegerField()
    product_id = models.IntegerField()
    contact_id = models.IntegerField()
    stratum_id = models.IntegerField()
    country = models.CharField(max_length=2)
    day = models.DateField()
    level = models.BigIntegerField(null=True)
    scale_version_id = models.IntegerField(null=True)
    felt = models.SmallIntegerField()
    felt_rule = models.SmallIntegerField()
    states = models.SmallIntegerField()
    weight = models.IntegerField()
    a = models.IntegerField()
    b = models.IntegerField()
    a_requirement = models.BigIntegerField()
    a_product = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.requirement_id} / {self.customer_id} / {self.product_id} / {self.contact_id}"


class GapScore(models.Model):
    """The sums over every ledger entry of one scope. Kinds and keys: gap_scores/scopes.py."""

    pk = models.CompositePrimaryKey("generation", "requirement_id", "kind", "k1", "k2")
    generation = models.PositiveSmallIntegerField()
    requirement_id = models.IntegerField()
    kind = models.SmallIntegerField()
    k1 = models.IntegerField()
    k2 = models.IntegerField()
    customers = models.IntegerField()
    weight_heard = models.BigIntegerField()
    weight_not_applicable = models.BigIntegerField()
    heard = models.IntegerField()
    n = models.IntegerField()
    importance_unknown = models.IntegerField()
    importance_not_applicable = models.IntegerField()
    importance_not_asked = models.IntegerField()
    level_unknown = models.IntegerField()
    level_not_applicable = models.IntegerField()
    level_not_asked = models.IntegerField()
    perception_unknown = models.IntegerField()
    perception_not_applicable = models.IntegerField()
    perception_not_asked = models.IntegerField()
    yy = models.BigIntegerField()
    yn = models.BigIntegerField()
    yu = models.BigIntegerField()
    ny = models.BigIntegerField()
    nn = models.BigIntegerField()
    nu = models.BigIntegerField()
    uy = models.BigIntegerField()
    un = models.BigIntegerField()
    uu = models.BigIntegerField()
    c_best = models.BigIntegerField()
    c_worst = models.BigIntegerField()
    s0 = models.BigIntegerField()
    s2_requirement = models.BigIntegerField()
    s2_product = models.BigIntegerField()
    newest_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.requirement_id} {self.kind} {self.k1} {self.k2}"


class MeasuredLevel(models.Model):
    """The level that a requirement's measuring metric gives, as it stands in the sums; part '' is all parts pooled."""

    pk = models.CompositePrimaryKey("requirement_id", "product_id", "part")
    requirement_id = models.IntegerField()
    product_id = models.IntegerField()
    part = models.CharField(max_length=20)
    metric_id = models.IntegerField()
    breakdown = models.CharField(max_length=12, help_text="the dimension of `part`")
    m = models.BigIntegerField()
    best = models.BigIntegerField(null=True, help_text="null: open end")
    worst = models.BigIntegerField(null=True, help_text="null: open end")
    n = models.BigIntegerField()
    newest_on = models.DateField()
    window_from = models.DateField()

    def __str__(self) -> str:
        return f"{self.requirement_id} / {self.product_id} / {self.part}"


class RegisterSum(models.Model):
    """Customers of the register by today's stratum and by the set of products that they use."""

    lifecycle = models.CharField(max_length=12)
    industry = models.CharField(max_length=1)
    region = models.CharField(max_length=20)
    size_band = models.CharField(max_length=8)
    products = models.CharField(max_length=2000, help_text="ids in rising order, ',1,5,'")
    n = models.IntegerField()
    weight = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lifecycle", "industry", "region", "size_band", "products"], name="register_sum_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lifecycle} {self.products}: {self.n}"


class RequirementScore(models.Model):
    """The headline of one requirement (answers given as current customer). Null: no data.

    `rules` says how the answers in the sums were read; when the requirement says otherwise, they are read anew.
    """

    requirement_id = models.IntegerField(primary_key=True)
    rules = models.CharField(max_length=2000)
    gap = models.FloatField(null=True)
    lo = models.FloatField(null=True)
    hi = models.FloatField(null=True)
    n_eff = models.FloatField(null=True)
    importance = models.FloatField(null=True)
    mass = models.FloatField(null=True)
    j = models.FloatField(null=True)
    run_id = models.BigIntegerField()
    # A headline may stay as it is while answers change: of former customers, or in levels that are met or missed alike.
    ledger_run_id = models.BigIntegerField(
        default=0, db_default=0, help_text="the run that last worked out ledger entries of it"
    )

    def __str__(self) -> str:
        return f"{self.requirement_id}: {self.gap}"


class FunctionScore(models.Model):
    """The headline of one function: own gap, and the largest gap that reaches customers through it."""

    function_id = models.IntegerField(primary_key=True)
    own = models.FloatField(null=True)
    own_lo = models.FloatField(null=True)
    own_hi = models.FloatField(null=True)
    n_eff = models.FloatField(null=True)
    j = models.FloatField(null=True)
    is_internal = models.BooleanField(default=False, help_text="only internal customers were heard about it")
    transmitted = models.FloatField(null=True)
    transmitted_lo = models.FloatField(null=True)
    transmitted_hi = models.FloatField(null=True)
    bottleneck_id = models.IntegerField(null=True)
    tied = models.JSONField(default=list)
    path = models.JSONField(default=list)
    run_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.function_id}: {self.own}"


class ScoringRun(models.Model):
    """One drain, one rebuild or one move of the date: what it read and what it changed."""

    class Kind(models.TextChoices):
        DRAIN = "drain", _("drain")
        REBUILD = "rebuild", _("rebuild")
        DATE = "date", _("new date")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    method = models.CharField(max_length=20)
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    markers = models.PositiveIntegerField(default=0)
    units = models.PositiveIntegerField(default=0)
    requirements_changed = models.PositiveIntegerField(default=0)
    functions_changed = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"run {self.pk}"


class RebuildChunk(models.Model):
    """One requirement of a rebuild that is under way; a rebuild that was stopped goes on with those not done."""

    generation = models.PositiveSmallIntegerField()
    requirement_id = models.IntegerField()
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "requirement_id"], name="rebuild_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.generation} / {self.requirement_id}"


class Snapshot(models.Model):
    """A kept state of the scores with everything that explains it; reports and comparisons replay from it."""

    class Reason(models.TextChoices):
        MONTH_END = "month_end", _("month end")
        REVIEW = "review", _("review")
        REPORT = "report", _("report")
        DEMAND = "demand", _("on demand")

    reason = models.CharField(max_length=12, choices=Reason.choices)
    title = models.CharField(max_length=LONGEST_TITLE)
    as_of = models.DateField()
    method = models.CharField(max_length=20)
    run_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    overall = models.FloatField(null=True)
    overall_lo = models.FloatField(null=True)
    overall_hi = models.FloatField(null=True)
    functions = models.JSONField(
        null=True, help_text="own gap, its ends and n_eff by function, to compare without unpacking; None: an older one"
    )
    digest = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        ordering = ("-as_of", "-id")

    def __str__(self) -> str:
        return self.title


class KeptSplit(models.Model):
    """What the change between two kept texts is made of, where that took a job. It can be worked out again."""

    then = models.CharField(max_length=64, help_text="digest of the earlier snapshot")
    now = models.CharField(max_length=64, help_text="digest of the later snapshot")
    gaps = models.JSONField(help_text="by function, and the whole under 0")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["then", "now"], name="kept_split_once")]

    def __str__(self) -> str:
        return f"{self.then[:8]} / {self.now[:8]}"
