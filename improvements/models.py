"""Ambassadors: who agreed to speak for us, and what they were asked. Whether they may be is worked out on read.

So are findings: what is kept of one is that somebody put it aside, why and until when.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Contact, Customer
from improvements import (  # noqa: F401  # their tables are of this room
    action_models,
    belief_models,
    file_models,
    loop_models,
    publication_models,
)
from improvements.initiative_models import (
    Initiative,
    InitiativeDecision,
    InitiativeEffect,
    InitiativeExclusion,
    InitiativeNeed,
)
from improvements.scenario_models import Scenario

__all__ = [
    "Ambassador",
    "AmbassadorAsk",
    "FindingAside",
    "Initiative",
    "InitiativeDecision",
    "InitiativeEffect",
    "InitiativeExclusion",
    "InitiativeNeed",
    "Scenario",
]

LONGEST_WORDS = 300
LONGEST_KEY = 80


class Ambassador(models.Model):
    """A contact who agreed to be named to prospects: a consent of its own. Withdrawn, the row says since when."""

    contact = models.OneToOneField(Contact, on_delete=models.PROTECT, related_name="ambassador")
    agreed_on = models.DateField(_("agreed on"))
    agreed_source = models.CharField(_("where that was said"), max_length=120)
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    noted_by_name = models.CharField(_("noted by"), max_length=160)

    class Meta:
        ordering = ("contact__name", "id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("agreed_on")),
                name="ambassador_withdrew_after_agreeing",
                violation_error_message=_("Nobody withdraws before agreeing. Check the two days."),
            ),
            models.CheckConstraint(condition=~Q(noted_by_name=""), name="ambassador_noted_by_somebody"),
        ]

    def __str__(self) -> str:
        return self.contact.name


class AmbassadorAsk(models.Model):
    """Somebody asked an ambassador to do something for a prospect, and what became of it."""

    class Kind(models.TextChoices):
        CALL = "call", _("a call")
        VISIT = "visit", _("a visit")
        WORDS = "words", _("words to quote")
        CASE = "case", _("a case study")
        EVENT = "event", _("an event")

    class Outcome(models.TextChoices):
        OPEN = "open", _("no answer yet")
        DONE = "done", _("it took place")
        DECLINED = "declined", _("declined")
        DROPPED = "dropped", _("not needed any more")

    ambassador = models.ForeignKey(Ambassador, on_delete=models.PROTECT, related_name="asks")
    prospect = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="ambassador_asks")
    asked_on = models.DateField(_("asked on"))
    kind = models.CharField(_("asked for"), max_length=8, choices=Kind.choices)
    about = models.CharField(_("what exactly"), max_length=LONGEST_WORDS, blank=True)
    # Why somebody was asked although something was in the way.
    despite = models.CharField(_("why all the same"), max_length=LONGEST_WORDS, blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.OPEN)
    outcome_on = models.DateField(_("outcome on"), null=True, blank=True)
    outcome_words = models.CharField(_("what came of it"), max_length=LONGEST_WORDS, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    asked_by_name = models.CharField(_("asked by"), max_length=160)

    class Meta:
        ordering = ("-asked_on", "-id")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome="open", outcome_on=None)
                | (~Q(outcome="open") & Q(outcome_on__isnull=False, outcome_on__gte=F("asked_on"))),
                name="ambassador_ask_outcome_has_day",
                violation_error_message=_(
                    "An outcome has its day, not before the day of asking; an open ask has none."
                ),
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["open", "done", "declined", "dropped"]), name="ambassador_ask_outcome_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["call", "visit", "words", "case", "event"]), name="ambassador_ask_kind_known"
            ),
            models.CheckConstraint(condition=~Q(asked_by_name=""), name="ambassador_asked_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.ambassador}, {self.asked_on}"


class FindingAside(models.Model):
    """A finding that somebody decided to live with until a day; `key`: its kind and what it is about."""

    key = models.CharField(max_length=LONGEST_KEY, unique=True)
    reason = models.CharField(_("why"), max_length=LONGEST_WORDS)
    until_on = models.DateField(_("until"))
    put_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    put_by_name = models.CharField(_("put aside by"), max_length=160)
    put_at = models.DateTimeField(_("put aside"), auto_now_add=True)

    class Meta:
        verbose_name_plural = _("findings put aside")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(key="") & ~Q(reason=""), name="finding_aside_has_a_reason"),
            models.CheckConstraint(condition=~Q(put_by_name=""), name="finding_aside_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.key}, {self.until_on}"
