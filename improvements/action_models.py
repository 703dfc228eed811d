"""Actions: what is done about a gap, how far it is, why it came, and whether customers say that it helped.

Whether one is effective nobody writes: it is worked out from the metric and from what customers confirmed. What is kept
is since when it was (docs/decisions/0052-effective-is-worked-out.md).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact
from functions.models import Function
from interviews.models import Verbatim
from metrics.models import Metric
from requirements_catalog.models import Requirement
from web.fields import FixedPointField

LONGEST_TITLE, LONGEST_TEXT, LONGEST_WHY, LONGEST_ORIGIN = 160, 4_000, 300, 80
LONGEST_CAUSE, LONGEST_COMMENT = 200, 2_000


class Kind(models.TextChoices):
    QUICK_FIX = "quick_fix", _("quick fix")
    PDCA = "pdca", _("PDCA")
    EIGHT_D = "eight_d", _("8D")
    EXPERIMENT = "experiment", _("experiment")


class Stage(models.TextChoices):
    """How far an action is. Effective, not effective and reopened are worked out; nobody chooses them."""

    DRAFT = "draft", _("draft")
    ANALYSIS = "analysis", _("analysis")
    PLAN = "plan", _("plan")
    IN_PROGRESS = "in_progress", _("in progress")
    VERIFYING = "verifying", _("done, being verified")
    EFFECTIVE = "effective", _("effective")
    NOT_EFFECTIVE = "not_effective", _("not effective")
    REOPENED = "reopened", _("reopened")
    CANCELLED = "cancelled", _("cancelled")


# What somebody still has to work on; what is verified waits for the world, not for us.
OPEN = (Stage.DRAFT, Stage.ANALYSIS, Stage.PLAN, Stage.IN_PROGRESS, Stage.NOT_EFFECTIVE, Stage.REOPENED)
# What has a date to keep; what turned out not to help was done in time, perhaps.
RUNNING = (Stage.DRAFT, Stage.ANALYSIS, Stage.PLAN, Stage.IN_PROGRESS)
WORKED_OUT = (Stage.EFFECTIVE, Stage.NOT_EFFECTIVE, Stage.REOPENED)


class Action(models.Model):
    """An improvement. `cost` in the program's currency, None: not known; `expected_level` in the metric's unit."""

    class Origin(models.TextChoices):
        GAP = "gap", _("a gap")
        FINDING = "finding", _("a finding")
        SIGNAL = "signal", _("a signal of a metric")
        VERBATIM = "verbatim", _("a customer's words")
        REVIEW = "review", _("a management review")
        OTHER = "other", _("something else")

    title = models.CharField(_("title"), max_length=LONGEST_TITLE)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.PDCA)
    stage = models.CharField(_("stage"), max_length=13, choices=Stage.choices, default=Stage.DRAFT, db_index=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions",
        verbose_name=_("owner"),
    )  # fmt: skip
    function = models.ForeignKey(
        Function, on_delete=models.PROTECT, related_name="actions", verbose_name=_("function that answers")
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    requirements = models.ManyToManyField(Requirement, related_name="actions", verbose_name=_("requirements"))
    metric = models.ForeignKey(
        Metric, on_delete=models.PROTECT, null=True, blank=True, related_name="actions",
        verbose_name=_("metric that should shift"),
    )  # fmt: skip
    expected_level = FixedPointField(_("expected level"), null=True, blank=True)
    cost = models.PositiveBigIntegerField(_("cost"), null=True, blank=True)
    origin = models.CharField(_("came from"), max_length=8, choices=Origin.choices, default=Origin.OTHER)
    # Which gap, finding or signal it was: 'requirement:3', the finding's key, 'signal:3:2026-02-28', 'decision:3'.
    origin_key = models.CharField(max_length=LONGEST_ORIGIN, blank=True, default="")
    verbatim = models.ForeignKey(
        Verbatim, on_delete=models.SET_NULL, null=True, blank=True, related_name="actions", verbose_name=_("words")
    )
    problem = models.TextField(_("what is wrong"), max_length=LONGEST_TEXT, blank=True, default="")
    containment = models.TextField(_("what keeps customers safe meanwhile"), max_length=LONGEST_TEXT, blank=True)
    plan = models.TextField(_("steps of the plan"), max_length=LONGEST_TEXT, blank=True)
    done_words = models.TextField(_("what was done"), max_length=LONGEST_TEXT, blank=True)
    done_on = models.DateField(_("in effect since"), null=True, blank=True)
    prevention = models.TextField(_("what keeps it from coming back"), max_length=LONGEST_TEXT, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_by_name = models.CharField(_("created by"), max_length=160)
    created_at = models.DateTimeField(_("created"))
    # Of the form that made it: sent twice, it is stored once.
    entry = models.CharField(max_length=32, blank=True, default="", editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes: ClassVar = [models.Index(fields=["due_on", "id"], name="action_due_on_id")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title=""), name="action_has_a_title"),
            models.CheckConstraint(condition=~Q(created_by_name=""), name="action_created_by_somebody"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="action_kind_known"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="action_stage_known"),
            models.CheckConstraint(
                condition=Q(origin__in=["gap", "finding", "signal", "verbatim", "review", "other"]),
                name="action_origin_known",
            ),
            models.CheckConstraint(
                condition=Q(expected_level=None) | Q(metric__isnull=False),
                name="action_level_is_of_a_metric",
                violation_error_message=_("An expected level is one of a metric: name the metric, too."),
            ),
            models.CheckConstraint(
                condition=~Q(stage__in=[Stage.VERIFYING, Stage.EFFECTIVE, Stage.NOT_EFFECTIVE])
                | Q(done_on__isnull=False),
                name="action_done_has_its_day",
            ),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="action_entry_once"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_running(self) -> bool:
        return self.stage in RUNNING


class StageChange(models.Model):
    """An action came from one stage to another: when, by whom, why. Made by nobody: it was worked out."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="changes")
    before = models.CharField(max_length=13, choices=Stage.choices, blank=True)
    after = models.CharField(max_length=13, choices=Stage.choices)
    why = models.CharField(_("why"), max_length=LONGEST_WHY, blank=True)
    changed_at = models.DateTimeField(_("when"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    changed_by_name = models.CharField(_("by whom"), max_length=160, blank=True)

    class Meta:
        ordering = ("action", "changed_at", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(after__in=Stage.values), name="stage_change_to_a_stage"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="stage_change_changes"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.get_after_display()}"


BONES = ("people", "method", "machine", "material", "measurement", "surroundings")


class Cause(models.Model):
    """One answer to 'why?': a bone of the fishbone at the top, and a why beneath what it explains."""

    class Bone(models.TextChoices):
        PEOPLE = "people", _("people")
        METHOD = "method", _("method")
        MACHINE = "machine", _("machines and systems")
        MATERIAL = "material", _("material and information")
        MEASUREMENT = "measurement", _("measurement")
        SURROUNDINGS = "surroundings", _("surroundings")

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="causes")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="whys")
    bone = models.CharField(_("bone"), max_length=12, choices=Bone.choices, blank=True)
    text = models.CharField(_("because"), max_length=LONGEST_CAUSE)
    is_root = models.BooleanField(_("this is a root cause"), default=False)

    class Meta:
        ordering = ("action", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="cause_says_something"),
            models.CheckConstraint(
                condition=Q(parent=None, bone__in=BONES) | Q(parent__isnull=False, bone=""),
                name="cause_bone_at_the_top",
                violation_error_message=_("A cause at the top has a bone; one beneath another has that of the top."),
            ),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="cause_not_its_own"),
        ]

    def __str__(self) -> str:
        return self.text


class ActionComment(models.Model):
    """What somebody said about an action. Whoever it mentions finds it under 'my work'."""

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="comments")
    text = models.TextField(_("comment"), max_length=LONGEST_COMMENT)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    written_by_name = models.CharField(_("written by"), max_length=160)
    written_at = models.DateTimeField(_("written"))
    entry = models.CharField(max_length=32, blank=True, default="", editable=False)

    class Meta:
        ordering = ("action", "written_at", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="action_comment_says_something"),
            models.CheckConstraint(condition=~Q(written_by_name=""), name="action_comment_by_somebody"),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="action_comment_entry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.action}, {self.written_by_name}"


class Mention(models.Model):
    """A comment names a person of the program; seen_at None: it waits for them."""

    comment = models.ForeignKey(ActionComment, on_delete=models.CASCADE, related_name="mentions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("comment", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["comment", "person"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.comment_id}"


class Confirmation(models.Model):
    """Somebody who raised it was asked whether it is fixed for them; is_fixed None: no reply yet."""

    class Source(models.TextChoices):
        PHONE = "phone", _("phone")
        MEETING = "meeting", _("meeting")
        MAIL = "mail", _("mail")
        LINK = "link", _("their personal page")

    action = models.ForeignKey(Action, on_delete=models.CASCADE, related_name="confirmations")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="confirmations")
    asked_on = models.DateField(_("asked on"))
    is_fixed = models.BooleanField(_("is it fixed for them?"), null=True, blank=True)
    said_on = models.DateField(_("said on"), null=True, blank=True)
    source = models.CharField(_("how"), max_length=8, choices=Source.choices, blank=True)
    note = models.CharField(_("in their words"), max_length=LONGEST_WHY, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_by_name = models.CharField(_("noted by"), max_length=160)

    class Meta:
        ordering = ("action", "asked_on", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["action", "contact", "asked_on"], name="confirmation_once_a_day"),
            models.CheckConstraint(
                condition=Q(is_fixed=None, said_on=None, source="")
                | (Q(is_fixed__isnull=False, said_on__isnull=False, said_on__gte=F("asked_on")) & ~Q(source="")),
                name="confirmation_reply_is_whole",
                violation_error_message=_("A reply has its day, not before that of asking, and says how it came."),
            ),
            models.CheckConstraint(condition=~Q(noted_by_name=""), name="confirmation_noted_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.contact}"
