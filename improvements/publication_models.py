"""'You said, we did': what is published of effective actions, frozen, for everybody who has the address."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from improvements.action_models import Action

LONGEST_SAID = 1_000


class Publication(models.Model):
    """One edition. At most one waits for approval and one is public; what was public before it stays to be compared."""

    class State(models.TextChoices):
        DRAFT = "draft", _("waits for approval")
        PUBLIC = "public", _("public")
        REPLACED = "replaced", _("replaced by a later one")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DISCARDED = "discarded", _("discarded")

    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.DRAFT)
    intro = models.TextField(_("beginning"), max_length=LONGEST_SAID)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    prepared_by_name = models.CharField(_("prepared by"), max_length=160)
    prepared_at = models.DateTimeField(_("prepared"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    approved_by_name = models.CharField(_("approved by"), max_length=160, blank=True)
    approved_at = models.DateTimeField(_("published"), null=True, blank=True)
    withdrawn_by_name = models.CharField(_("withdrawn by"), max_length=160, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "public", "replaced", "withdrawn", "discarded"]),
                name="publication_state_known",
            ),
            models.CheckConstraint(condition=~Q(intro=""), name="publication_begins"),
            models.CheckConstraint(condition=~Q(prepared_by_name=""), name="publication_prepared_by_somebody"),
            models.CheckConstraint(
                condition=(Q(state__in=["draft", "discarded"], approved_at=None))
                | (Q(state__in=["public", "replaced", "withdrawn"], approved_at__isnull=False)
                   & ~Q(approved_by_name="")),
                name="publication_public_once_approved",
            ),
            models.CheckConstraint(
                condition=(Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_by_name=""))
                | (~Q(state="withdrawn") & Q(withdrawn_at=None, withdrawn_by_name="")),
                name="publication_withdrawn_by_somebody",
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="draft"), name="publication_one_draft"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="public"), name="publication_one_public"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"


class PublishedAction(models.Model):
    """What an edition says of one action, frozen. `people`, `customers`: how many raised it when it was published."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="items")
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="published")
    said = models.TextField(_("you said"), max_length=LONGEST_SAID)
    did = models.TextField(_("we did"), max_length=LONGEST_SAID)
    done_on = models.DateField(_("since"))
    people = models.PositiveIntegerField()
    customers = models.PositiveIntegerField()

    class Meta:
        ordering = ("publication", "-done_on", "id")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["publication", "action"], name="published_action_once"),
            models.CheckConstraint(condition=~Q(said="") & ~Q(did=""), name="published_action_says_something"),
            models.CheckConstraint(condition=Q(people__gte=5, customers__gte=3), name="published_action_not_of_few"),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id}: {self.action_id}"
