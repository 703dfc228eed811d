"""The loop: what those who raised something were told of it, letter by letter, and what they answered.

A telling goes to many at once, one letter a person; nobody is written to before somebody else has approved its words
(docs/decisions/0058-the-loop-goes-by-tellings.md).
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact
from improvements.action_models import Action, Stage
from interviews.models import Interview

LONGEST_SUBJECT, LONGEST_NEWS = 160, 2_000


class Step(models.TextChoices):
    """How far somebody was told of an action; with what changed comes the question whether it is fixed for them."""

    UNDERSTOOD = "understood", _("what we understood")
    PLANNED = "planned", _("what we plan")
    CHANGED = "changed", _("what changed")


STEP_OF = {
    Stage.DRAFT: Step.UNDERSTOOD,
    Stage.ANALYSIS: Step.UNDERSTOOD,
    Stage.PLAN: Step.PLANNED,
    Stage.IN_PROGRESS: Step.PLANNED,
    Stage.REOPENED: Step.PLANNED,
    Stage.VERIFYING: Step.CHANGED,
    Stage.EFFECTIVE: Step.CHANGED,
    Stage.NOT_EFFECTIVE: Step.CHANGED,
}


class Telling(models.Model):
    """What is told at once about some actions to all who raised them; `prepared_by`: whose words they are last."""

    class State(models.TextChoices):
        DRAFT = "draft", _("waits for approval")
        SENT = "sent", _("approved and sent")
        DISCARDED = "discarded", _("discarded")

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT)
    intro = models.TextField(_("beginning"), max_length=LONGEST_NEWS)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    prepared_by_name = models.CharField(_("prepared by"), max_length=160)
    prepared_at = models.DateTimeField(_("prepared"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_by_name = models.CharField(_("approved by"), max_length=160, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["draft", "sent", "discarded"]), name="telling_state_known"),
            models.CheckConstraint(condition=~Q(subject="") & ~Q(intro=""), name="telling_says_something"),
            models.CheckConstraint(condition=~Q(prepared_by_name=""), name="telling_prepared_by_somebody"),
            models.CheckConstraint(
                condition=(Q(state="sent", approved_at__isnull=False) & ~Q(approved_by_name=""))
                | (~Q(state="sent") & Q(approved_at=None, approved_by_name="")),
                name="telling_sent_once_approved",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class TellingPart(models.Model):
    """What a telling says about one action, in words for customers."""

    telling = models.ForeignKey(Telling, on_delete=models.CASCADE, related_name="parts")
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="told")
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    words = models.TextField(_("words"), max_length=LONGEST_NEWS)

    class Meta:
        ordering = ("telling", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["telling", "action"], name="telling_part_once"),
            models.CheckConstraint(condition=Q(step__in=Step.values), name="telling_part_step_known"),
            models.CheckConstraint(condition=~Q(words=""), name="telling_part_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.action}: {self.get_step_display()}"

    @property
    def asks(self) -> bool:
        return self.step == Step.CHANGED


class LoopLetter(models.Model):
    """A telling to one person: its outbox row has the person as recipient and the telling, negative, as wave."""

    telling = models.ForeignKey(Telling, on_delete=models.CASCADE, related_name="letters")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="loop_letters")

    class Meta:
        ordering = ("telling", "id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["telling", "contact"], name="loop_letter_once")]

    def __str__(self) -> str:
        return f"{self.telling}: {self.contact_id}"


class LoopEntry(models.Model):
    """One action in one person's letter, with the answer; what was said in words is in the interview made of it."""

    class Reply(models.TextChoices):
        YES = "yes", _("yes")
        PARTLY = "partly", _("partly")
        NO = "no", _("no")

    letter = models.ForeignKey(LoopLetter, on_delete=models.CASCADE, related_name="entries")
    part = models.ForeignKey(TellingPart, on_delete=models.CASCADE, related_name="entries")
    reply = models.CharField(_("is it fixed?"), max_length=6, choices=Reply.choices, blank=True)
    replied_at = models.DateTimeField(_("answered"), null=True, blank=True)
    interview = models.ForeignKey(Interview, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("letter", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["letter", "part"], name="loop_entry_once"),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None) | Q(reply__in=["yes", "partly", "no"], replied_at__isnull=False),
                name="loop_entry_reply_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.letter}: {self.part_id}"


class LoopLink(models.Model):
    """A key that was mailed with a letter, kept as its digest: to read and answer, or not to be written to any more."""

    class Purpose(models.TextChoices):
        READ = "read", _("to read and answer")
        UNSUBSCRIBE = "unsubscribe", _("not to be asked any more")

    digest = models.CharField(max_length=64, unique=True)
    letter = models.ForeignKey(LoopLetter, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.letter}: {self.purpose}"
