"""Guides: what an interview asks, in which words and languages; a launched version never changes."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from requirements_catalog.models import Attribute, Product, Requirement
from web.fields import FixedPointField

LONGEST_QUESTION, LONGEST_HELP, LONGEST_CHOICE = 500, 500, 120
LONGEST_KEY = 40


class Guide(models.Model):
    """A versioned list of questions. `note`: what it is for, read by those who plan a round."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    note = models.CharField(_("what it is for"), max_length=500, blank=True)

    class Meta:
        ordering = ("name", "id")
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(name=""), name="guide_name_given")]

    def __str__(self) -> str:
        return self.name


class GuideVersion(models.Model):
    """One state of a guide: a draft changes, a launched one is asked, a retired one was followed by another."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        LAUNCHED = "launched", _("launched")
        RETIRED = "retired", _("retired")

    guide = models.ForeignKey(Guide, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.DRAFT)
    default_language = models.CharField(_("default language"), max_length=8)
    languages: Any = models.JSONField(_("languages"), default=list)
    launched_at = models.DateTimeField(_("launched"), null=True, blank=True)

    class Meta:
        ordering = ("guide", "-number")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guide", "number"], name="guide_version_once"),
            models.UniqueConstraint(fields=["guide"], condition=Q(state="draft"), name="guide_one_draft"),
            models.UniqueConstraint(fields=["guide"], condition=Q(state="launched"), name="guide_one_launched"),
            models.CheckConstraint(
                condition=Q(state="draft", launched_at=None) | ~Q(state="draft") & Q(launched_at__isnull=False),
                name="guide_version_launched_has_time",
            ),
            models.CheckConstraint(condition=~Q(default_language=""), name="guide_version_has_language"),
        ]

    def __str__(self) -> str:
        return f"{self.guide}, version {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == GuideVersion.State.DRAFT


class GuideQuestion(models.Model):
    """One question. Its key stays the same over the versions of its guide, so that answers can be compared.

    `shown_if`: the earlier question on whose answer it depends; levels of choices and conditions are in `unit`.
    `revision` counts the changes, so that two people do not overwrite each other.
    """

    class Kind(models.TextChoices):
        IMPORTANCE = "importance", _("importance")
        LEVEL = "level", _("required level")
        PERCEPTION = "perception", _("expected and perceived")
        KANO = "kano", _("Kano pair")
        POINTS = "points", _("100 points")
        NPS = "nps", _("would recommend (NPS)")
        CSAT = "csat", _("satisfied overall (CSAT)")
        CES = "ces", _("made it easy (CES)")
        OPEN = "open", _("open")
        OBJECTIVE = "objective", _("objective and outcome")
        UNIQUENESS = "uniqueness", _("uniqueness of use")

    class Test(models.TextChoices):
        ANSWERED = "answered", _("has an answer")
        NOTHING = "nothing", _("is 'does not know' or 'not applicable'")
        AT_LEAST = "at_least", _("is at least")
        AT_MOST = "at_most", _("is at most")

    version = models.ForeignKey(GuideVersion, on_delete=models.CASCADE, related_name="questions")
    key = models.SlugField(_("key"), max_length=LONGEST_KEY, db_index=False)
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    attribute = models.ForeignKey(Attribute, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    requirements = models.ManyToManyField(Requirement, blank=True, related_name="+")
    unit = models.CharField(_("unit"), max_length=16, blank=True)
    is_required = models.BooleanField(_("required"), default=False)
    shown_if = models.ForeignKey(
        "self", on_delete=models.RESTRICT, null=True, blank=True, related_name="shown_after", verbose_name=_("only if")
    )
    shown_if_test = models.CharField(_("its answer"), max_length=8, choices=Test.choices, blank=True)
    shown_if_value = FixedPointField(_("number"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("version", "position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "key"], name="guide_question_key_once"),
            models.CheckConstraint(
                condition=Q(shown_if=None, shown_if_test="", shown_if_value=None)
                | Q(shown_if__isnull=False, shown_if_test__in=("answered", "nothing"), shown_if_value=None)
                | Q(shown_if__isnull=False, shown_if_test__in=("at_least", "at_most"), shown_if_value__isnull=False),
                name="guide_question_branch_whole_or_none",
            ),
            models.CheckConstraint(
                condition=Q(shown_if=None) | ~Q(shown_if=F("id")), name="guide_question_not_after_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_kind_display()}"


class QuestionText(models.Model):
    """A question in one language: what is read aloud, and a hint for the interviewer, which customers do not see."""

    question = models.ForeignKey(GuideQuestion, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=8)
    text = models.CharField(_("question"), max_length=LONGEST_QUESTION)
    help = models.CharField(_("hint for the interviewer"), max_length=LONGEST_HELP, blank=True)

    class Meta:
        ordering = ("question", "language")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "language"], name="question_text_once"),
            models.CheckConstraint(condition=~Q(text=""), name="question_text_given"),
        ]

    def __str__(self) -> str:
        return self.text


class WordedChoice(models.Model):
    """A level in words: 'within a working day' is 8 hours."""

    question = models.ForeignKey(GuideQuestion, on_delete=models.CASCADE, related_name="choices")
    position = models.PositiveSmallIntegerField()
    level = FixedPointField(_("level"))

    class Meta:
        ordering = ("question", "position", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["question", "level"], name="worded_choice_level_once"),
        ]

    def __str__(self) -> str:
        return f"{self.level}"


class ChoiceText(models.Model):
    choice = models.ForeignKey(WordedChoice, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=8)
    text = models.CharField(_("choice"), max_length=LONGEST_CHOICE)

    class Meta:
        ordering = ("choice", "language")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["choice", "language"], name="choice_text_once"),
            models.CheckConstraint(condition=~Q(text=""), name="choice_text_given"),
        ]

    def __str__(self) -> str:
        return self.text


# ---- Answers that have no other place


class KanoAnswer(models.Model):
    """How a customer feels if a requirement is met, and if it is not: 1 like it .. 5 dislike it, or a nothing."""

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="kano_answers")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="kano_answers")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="kano_answers")
    state = models.PositiveSmallIntegerField(default=0)
    functional = models.PositiveSmallIntegerField(_("if it is met"), null=True, blank=True)
    dysfunctional = models.PositiveSmallIntegerField(_("if it is not met"), null=True, blank=True)

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "requirement", "product"], name="kano_answer_once"),
            models.CheckConstraint(
                condition=Q(state=0, functional__range=(1, 5), dysfunctional__range=(1, 5))
                | Q(state__in=(1, 2, 3), functional=None, dysfunctional=None),
                name="kano_answer_known_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.functional} / {self.dysfunctional}"


class LoyaltyAnswer(models.Model):
    """How a customer rates a product by one of three questions that others ask, too: on its own scale, or a nothing."""

    class Measure(models.TextChoices):
        NPS = "nps", _("NPS")
        CSAT = "csat", _("CSAT")
        CES = "ces", _("CES")

    SCALES: ClassVar = {Measure.NPS.value: (0, 10), Measure.CSAT.value: (1, 5), Measure.CES.value: (1, 7)}

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="loyalty_answers")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="loyalty_answers")
    measure = models.CharField(_("measure"), max_length=4, choices=Measure.choices)
    state = models.PositiveSmallIntegerField(default=0)
    rating = models.PositiveSmallIntegerField(_("rating"), null=True, blank=True)

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "product", "measure"], name="loyalty_answer_once"),
            models.CheckConstraint(
                condition=Q(state=0, measure="nps", rating__range=(0, 10))
                | Q(state=0, measure="csat", rating__range=(1, 5))
                | Q(state=0, measure="ces", rating__range=(1, 7))
                | Q(state__in=(1, 2, 3), measure__in=("nps", "csat", "ces"), rating=None),
                name="loyalty_answer_on_its_scale_or_not",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()}: {self.rating}"


class NothingSaid(models.Model):
    """'Does not know' or 'not applicable' to a question whose answers are words; any other has its own state."""

    interview = models.ForeignKey("interviews.Interview", on_delete=models.CASCADE, related_name="nothings_said")
    question = models.ForeignKey(GuideQuestion, on_delete=models.PROTECT, related_name="nothings_said")
    state = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("interview", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["interview", "question"], name="nothing_said_once"),
            models.CheckConstraint(condition=Q(state__in=(1, 2, 3)), name="nothing_said_is_a_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.state}"
