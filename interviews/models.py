from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact, Customer, Stratum
from interviews import (  # noqa: F401  # their tables are of this room
    alike_models,
    consolidation_models,
    desk_models,
    loss_models,
    transcript_models,
)
from interviews.full_text import TokensField
from interviews.guide_models import GuideQuestion, GuideVersion
from interviews.involvement_models import Stage
from requirements_catalog.models import Attribute, Product, RatingScale, Requirement, ScaleVersion
from web.fields import FixedPointField

LONGEST_TEXT = 20_000
STRATUM = ("lifecycle", "industry", "region", "size_band")
ANY = "*"


class Part(models.IntegerChoices):
    """What is known of one part of an answer. The three nothings are kept apart; none is a value."""

    KNOWN = 0, _("known")
    DOES_NOT_KNOW = 1, _("does not know")
    NOT_APPLICABLE = 2, _("not applicable")
    NOT_ASKED = 3, _("not asked")


class Round(models.Model):
    """One wave of interviews, or the standing round 'any time'."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    is_standing = models.BooleanField(_("standing round"), default=False)
    products = models.ManyToManyField(Product, blank=True, related_name="rounds")
    guide_version = models.ForeignKey(
        GuideVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="rounds", verbose_name=_("guide")
    )
    # Where its products stand; the standing round may have none.
    stage = models.CharField(
        _("stage"), max_length=12, choices=Stage.choices, blank=True, default="", db_default="",
    )  # fmt: skip

    class Meta:
        ordering = ("-starts_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="round_ends_after_start",
                violation_error_message=_("The round cannot end before it starts."),
            ),
            models.UniqueConstraint(fields=["is_standing"], condition=Q(is_standing=True), name="round_one_standing"),
        ]

    def __str__(self) -> str:
        return self.name


class Divided:
    """What says by four yes or no which strata it has."""

    @property
    def divided_by(self) -> tuple[str, ...]:
        return tuple(name for name in STRATUM if getattr(self, f"by_{name}"))


class SamplingPlan(Divided, models.Model):
    """How many interviews a round wants in each stratum, and by which rule that was worked out."""

    class Method(models.TextChoices):
        PROPORTIONAL = "proportional", _("in proportion to customers")
        POWER = "power", _("balanced: small strata get more")
        NEYMAN = "neyman", _("where customers differ most")

    round = models.OneToOneField(Round, on_delete=models.CASCADE, related_name="plan")
    by_lifecycle = models.BooleanField(_("lifecycle"), default=True)
    by_industry = models.BooleanField(_("industry"), default=False)
    by_region = models.BooleanField(_("region"), default=True)
    by_size_band = models.BooleanField(_("size"), default=False)
    method = models.CharField(_("method"), max_length=12, choices=Method.choices, default=Method.POWER)
    exponent = models.DecimalField(
        _("exponent of the balance"),
        max_digits=3,
        decimal_places=2,
        default=Decimal("0.5"),
        validators=[MinValueValidator(0), MaxValueValidator(1)],
    )
    minimum = models.PositiveSmallIntegerField(_("at least in each stratum"), default=2)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(exponent__range=(0, 1)), name="sampling_plan_exponent_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.get_method_display()}"


class StratumTarget(models.Model):
    """How many customers of one stratum a round wants to hear. ANY stands where the plan does not divide.

    Population and weight are those of the register when the plan was made.
    """

    plan = models.ForeignKey(SamplingPlan, on_delete=models.CASCADE, related_name="targets")
    lifecycle = models.CharField(max_length=12)
    industry = models.CharField(max_length=1, blank=True)
    region = models.CharField(max_length=20, blank=True)
    size_band = models.CharField(max_length=8, blank=True)
    population = models.PositiveIntegerField()
    weight = models.PositiveBigIntegerField()
    target = models.PositiveIntegerField(_("target"))

    class Meta:
        ordering = ("plan", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", *STRATUM], name="stratum_target_once"),
            models.CheckConstraint(
                condition=Q(target__lte=F("population")),
                name="stratum_target_at_most_all",
                violation_error_message=_("A stratum cannot have more interviews than customers."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} of {self.population}"


class Interview(models.Model):
    """One contact, one round. The customer and the stratum are those of the day it was held."""

    class Mode(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        PHONE = "phone", _("phone")
        VIDEO = "video", _("video")
        SELF_SERVICE = "self_service", _("self-service")

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        INVITED = "invited", _("invited")
        SCHEDULED = "scheduled", _("scheduled")
        IN_PROGRESS = "in_progress", _("in progress")
        COMPLETED = "completed", _("completed")
        DECLINED = "declined", _("declined")
        CANCELLED = "cancelled", _("cancelled")

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="interviews")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="interviews")
    stratum = models.ForeignKey(Stratum, on_delete=models.PROTECT, related_name="interviews")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="interviews")
    mode = models.CharField(_("mode"), max_length=12, choices=Mode.choices, default=Mode.IN_PERSON)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.PLANNED)
    held_on = models.DateField(_("held on"))
    country = models.CharField(max_length=2, blank=True)
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="interviews"
    )
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    handed_over_by_name = models.CharField(_("handed over by"), max_length=160, blank=True, db_default="")
    hand_over_note = models.CharField(_("note"), max_length=500, blank=True, db_default="")
    source = models.CharField(_("source"), max_length=40, blank=True)
    external_id = models.CharField(_("external id"), max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    # Kept from the first answer on: the round may go on with another version.
    guide_version = models.ForeignKey(
        GuideVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="interviews", db_index=False
    )
    # Whether the contact confirmed what we understood: in the receipt, or told to somebody of ours.
    is_understood = models.BooleanField(_("we understood"), null=True, blank=True)
    understood_said_on = models.DateField(_("said on"), null=True, blank=True)

    class Meta:
        ordering = ("-held_on", "-id")
        indexes: ClassVar = [
            models.Index(
                fields=["guide_version"],
                condition=Q(guide_version__isnull=False),
                name="interview_guide_version",
            ),
            models.Index(fields=["held_on", "id"], name="interview_held_on_id"),
            models.Index(fields=["state", "id"], name="interview_state_id"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="interview_external_id_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="completed") | Q(completed_at__isnull=False), name="interview_completed_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contact}, {self.held_on}"


def part_constraint(part: str, name: str, *, known: Q, empty: Q) -> models.CheckConstraint:
    """Known if and only if there is a value: an unknown is stored as unknown."""
    return models.CheckConstraint(
        condition=(Q(**{f"{part}_state": 0}) & known) | (Q(**{f"{part}_state__in": (1, 2, 3)}) & empty), name=name
    )


class Answer(models.Model):
    """One interview x one requirement x one product: importance, required level, perception; any part can be unknown.

    Importance u = importance_num / importance_den, exact, 0..10; the original stays beside it with its scale.
    Levels are in the unit of `scale_version`. `requirement` is the one asked: a merge moves no answer.
    """

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="answers")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="answers")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="answers")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="answers", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="answers")

    importance_state = models.PositiveSmallIntegerField(choices=Part.choices, default=Part.NOT_ASKED)
    importance_original = FixedPointField(_("importance as given"), null=True, blank=True)
    importance_scale = models.ForeignKey(
        RatingScale, on_delete=models.PROTECT, null=True, blank=True, related_name="importance_answers", db_index=False
    )
    importance_num = models.BigIntegerField(null=True, blank=True)
    importance_den = models.BigIntegerField(null=True, blank=True)

    level_state = models.PositiveSmallIntegerField(choices=Part.choices, default=Part.NOT_ASKED)
    required_level = FixedPointField(_("required level"), null=True, blank=True)
    scale_version = models.ForeignKey(
        ScaleVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="answers", db_index=False
    )

    perception_state = models.PositiveSmallIntegerField(choices=Part.choices, default=Part.NOT_ASKED)
    is_fixed = models.BooleanField(_("is it fixed for you?"), null=True, blank=True)
    perceived_level = FixedPointField(_("perceived level"), null=True, blank=True)
    perceived_rating = models.SmallIntegerField(_("perceived rating"), null=True, blank=True)
    expected_rating = models.SmallIntegerField(_("expected rating"), null=True, blank=True)
    rating_scale = models.ForeignKey(
        RatingScale, on_delete=models.PROTECT, null=True, blank=True, related_name="rating_answers", db_index=False
    )

    class Meta:
        indexes: ClassVar = [models.Index(fields=["customer", "requirement"], name="answer_evidence")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "requirement", "product"], name="answer_once"),
            part_constraint(
                "importance",
                "answer_importance_known_or_not",
                known=Q(importance_num__isnull=False, importance_den__isnull=False, importance_original__isnull=False),
                empty=Q(importance_num=None, importance_den=None, importance_original=None),
            ),
            models.CheckConstraint(
                condition=Q(importance_num=None)
                | Q(importance_den__gt=0, importance_num__gte=0, importance_num__lte=F("importance_den") * 10),
                name="answer_importance_0_to_10",
            ),
            part_constraint(
                "level",
                "answer_level_known_or_not",
                known=Q(required_level__isnull=False, scale_version__isnull=False),
                empty=Q(required_level=None),
            ),
            part_constraint(
                "perception",
                "answer_perception_known_or_not",
                known=Q(is_fixed__isnull=False) | Q(perceived_level__isnull=False) | Q(perceived_rating__isnull=False),
                empty=Q(is_fixed=None, perceived_level=None, perceived_rating=None, expected_rating=None),
            ),
            models.CheckConstraint(
                condition=Q(perceived_rating=None) | Q(rating_scale__isnull=False),
                name="answer_rating_has_scale",
            ),
            models.CheckConstraint(
                condition=Q(perceived_level=None) | Q(scale_version__isnull=False),
                name="answer_perceived_level_has_scale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interview_id} / {self.requirement_id} / {self.product_id}"


class Objective(models.Model):
    """What the customer wants to achieve with the product; it explains strictness."""

    interview = models.ForeignKey(Interview, on_delete=models.CASCADE, related_name="objectives")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="objectives")
    statement = models.CharField(_("objective"), max_length=300)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    question = models.ForeignKey(
        GuideQuestion, on_delete=models.PROTECT, null=True, blank=True, related_name="objectives"
    )

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(statement=""), name="objective_statement_given")]

    def __str__(self) -> str:
        return self.statement


class Verbatim(models.Model):
    """The customer's own words. `reading`: whether somebody said what they are about, kept by the services."""

    class Reading(models.TextChoices):
        UNCODED = "uncoded", _("uncoded")
        CODED = "coded", _("coded")
        SET_ASIDE = "set_aside", _("heard, not a requirement")

    interview = models.ForeignKey(Interview, on_delete=models.PROTECT, related_name="verbatims")
    text = models.TextField(_("words"), max_length=LONGEST_TEXT)
    tokens = TokensField(source="text")
    language = models.CharField(_("language"), max_length=8, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    reading = models.CharField(
        _("reading"), max_length=9, choices=Reading.choices, default=Reading.UNCODED, db_default=Reading.UNCODED.value
    )

    question = models.ForeignKey(
        GuideQuestion, on_delete=models.PROTECT, null=True, blank=True, related_name="verbatims", db_index=False
    )

    class Meta:
        ordering = ("interview", "position", "id")
        # The queue is short, the words are many: counting it reads no others.
        indexes: ClassVar = [
            models.Index(fields=["question"], condition=Q(question__isnull=False), name="verbatim_question"),
            models.Index(fields=["id"], condition=Q(reading="uncoded"), name="verbatim_uncoded"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(text=""), name="verbatim_text_given"),
            models.CheckConstraint(
                condition=Q(reading__in=["uncoded", "coded", "set_aside"]), name="verbatim_reading_known"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    def clean(self) -> None:
        """Check what Django leaves to forms: the length of a TextField, and NUL, which PostgreSQL cannot store."""
        if len(self.text) > LONGEST_TEXT or "\0" in self.text:
            message = _("Enter at most %(longest)s characters, without the character NUL.")
            raise ValidationError({"text": ValidationError(message, code="text", params={"longest": LONGEST_TEXT})})


class SetAside(models.Model):
    """Words that were read and are no requirement: who said so, when and why. They stay to be searched and counted."""

    verbatim = models.OneToOneField(Verbatim, on_delete=models.CASCADE, related_name="set_aside")
    reason = models.CharField(_("reason"), max_length=300)
    coder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    coder_name = models.CharField(_("coder"), max_length=160)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(reason=""), name="set_aside_reason_given"),
            models.CheckConstraint(condition=~Q(coder_name=""), name="set_aside_coder_named"),
        ]

    def __str__(self) -> str:
        return f"{self.verbatim}: {self.reason}"


class Sentiment(models.IntegerChoices):
    NEGATIVE = -1, _("negative")
    NEUTRAL = 0, _("neutral")
    POSITIVE = 1, _("positive")


class Coding(models.Model):
    """A named coder says what some words are about: an attribute, or a requirement."""

    verbatim = models.ForeignKey(Verbatim, on_delete=models.CASCADE, related_name="codings")
    requirement = models.ForeignKey(
        Requirement, on_delete=models.PROTECT, null=True, blank=True, related_name="codings"
    )
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, null=True, blank=True, related_name="codings")
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    coder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="codings"
    )
    coder_name = models.CharField(_("coder"), max_length=160)
    sentiment = models.SmallIntegerField(_("sentiment"), choices=Sentiment.choices, null=True, blank=True)
    # Whether it was among the codes that the desk suggested; empty where none was.
    was_suggested = models.BooleanField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("verbatim", "start", "id")
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(was_suggested__isnull=False), name="coding_beside_suggestions")
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(requirement__isnull=False, attribute=None) | Q(requirement=None, attribute__isnull=False),
                name="coding_to_requirement_or_attribute",
            ),
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(start__isnull=False, end__isnull=False, end__gt=F("start")),
                name="coding_span_rises",
            ),
            models.CheckConstraint(condition=~Q(coder_name=""), name="coding_coder_named"),
            models.CheckConstraint(
                condition=Q(sentiment=None) | Q(sentiment__in=(-1, 0, 1)), name="coding_sentiment_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verbatim} → {self.requirement or self.attribute}"


class ReadingSample(models.Model):
    """Words that were drawn for a second person to read without seeing what the first one found."""

    coder = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    coder_name = models.CharField(_("second coder"), max_length=160)
    drawn_by_name = models.CharField(_("drawn by"), max_length=160)
    drawn_at = models.DateTimeField(_("drawn"))
    seed = models.PositiveIntegerField(_("seed"))
    drawn_from = models.PositiveIntegerField(_("drawn from"))

    class Meta:
        ordering = ("-drawn_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(coder_name="") & ~Q(drawn_by_name=""), name="sample_people_named")
        ]

    def __str__(self) -> str:
        return f"{self.coder_name}, {self.drawn_at:%Y-%m-%d}"


class SecondReading(models.Model):
    """One verbatim read blind. Once done it keeps what both found, so that agreement stays what it was."""

    class State(models.TextChoices):
        OPEN = "open", _("to be read")
        AGREED = "agreed", _("agreed")
        DIFFERS = "differs", _("to be decided")
        RESOLVED = "resolved", _("decided")

    class Stands(models.TextChoices):
        FIRST = "first", _("the first reading")
        SECOND = "second", _("the second reading")
        BOTH = "both", _("both together")

    sample = models.ForeignKey(ReadingSample, on_delete=models.CASCADE, related_name="readings")
    verbatim = models.ForeignKey(Verbatim, on_delete=models.CASCADE, related_name="second_readings")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    stands = models.CharField(_("which reading stands"), max_length=6, choices=Stands.choices, blank=True)
    note = models.CharField(_("why"), max_length=300, blank=True)
    resolved_by_name = models.CharField(_("decided by"), max_length=160, blank=True)
    resolved_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        ordering = ("sample", "id")
        indexes: ClassVar = [
            models.Index(fields=["verbatim"], condition=Q(state="differs"), name="second_reading_differs"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sample", "verbatim"], name="second_reading_once"),
            models.CheckConstraint(
                condition=Q(state="open", done_at=None) | ~Q(state="open") & Q(done_at__isnull=False),
                name="second_reading_done_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved")
                | ~Q(note="") & ~Q(stands="") & ~Q(resolved_by_name="") & Q(resolved_at__isnull=False),
                name="second_reading_decided_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verbatim}: {self.state}"


class ReadCode(models.Model):
    """A code that one of two readings found: the second one's own, and, once done, the first one's as it was then."""

    reading = models.ForeignKey(SecondReading, on_delete=models.CASCADE, related_name="codes")
    is_first = models.BooleanField(default=False)
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("reading", "start", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(requirement__isnull=False, attribute=None) | Q(requirement=None, attribute__isnull=False),
                name="read_code_of_requirement_or_attribute",
            ),
            models.CheckConstraint(
                condition=Q(start=None, end=None) | Q(start__isnull=False, end__isnull=False, end__gt=F("start")),
                name="read_code_span_rises",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement or self.attribute}"


# ---- Asking by mail


class LetterPurpose(models.TextChoices):
    INVITATION = "invitation", _("invitation")
    REMINDER = "reminder", _("reminder")


class Language(models.TextChoices):
    """In which customers are written to and answer; a contact with another language is asked in English."""

    ENGLISH = "en", _("English")
    GERMAN = "de", _("German")


class RoundLetter(models.Model):
    """What the letters of a round say in its own words; without one they say what is usual."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="letters")
    purpose = models.CharField(max_length=20, choices=LetterPurpose.choices)
    language = models.CharField(max_length=8, choices=Language.choices)
    subject = models.CharField(_("subject"), max_length=150)
    intro = models.TextField(_("text"), max_length=2_000)

    class Meta:
        ordering = ("round", "purpose", "language")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "purpose", "language"], name="round_letter_once"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(intro=""), name="round_letter_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.round}: {self.get_purpose_display()}, {self.get_language_display()}"


class Invitation(models.Model):
    """A contact was asked by mail for an interview, which may be answered by a link.

    `words` are drafts by question until the answers are sent; they become verbatims then, and nobody reads them before.
    """

    interview = models.OneToOneField(Interview, on_delete=models.CASCADE, related_name="invitation")
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    invited_at = models.DateTimeField(_("invited"))
    starts_at = models.DateTimeField(_("date of the talk"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    words = models.JSONField(default=dict, blank=True)
    may_quote = models.BooleanField(_("may be quoted"), null=True, blank=True)
    may_quote_said_on = models.DateField(_("said on"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined"), null=True, blank=True)

    class Meta:
        ordering = ("-invited_at", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(may_quote=None, may_quote_said_on=None)
                | Q(may_quote__isnull=False, may_quote_said_on__isnull=False),
                name="invitation_quote_has_day",
            ),
        ]

    def __str__(self) -> str:
        return str(self.interview)


class PersonalLink(models.Model):
    """A key that was mailed to one person, kept as its digest. Each letter has its own; all end with the interview."""

    class Purpose(models.TextChoices):
        ANSWER = "answer", _("to answer")
        UNSUBSCRIBE = "unsubscribe", _("not to be asked any more")

    digest = models.CharField(max_length=64, unique=True)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.invitation}: {self.purpose}"
