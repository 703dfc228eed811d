"""What happened, who is told of it, and which systems are: one event, a notice per person, a delivery per endpoint.

They hold keys and numbers. What an event says is worded when it is read, for whoever reads it
(docs/decisions/0060-told-once.md).
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from metrics.models import Metric

LONGEST_URL, LONGEST_DESCRIPTION, LONGEST_KEY, LONGEST_ANSWER, LONGEST_REASON = 500, 200, 100, 1_000, 300


class Kind(models.TextChoices):
    SIGNAL = "signal", _("signal of a metric")
    DUE = "action_due", _("action due soon")
    OVERDUE = "action_overdue", _("action overdue")
    STILL = "action_still", _("action stands still")
    EFFECTIVE = "action_effective", _("action effective")
    REOPENED = "action_reopened", _("action reopened")
    MENTION = "mention", _("you were mentioned")
    EDITION = "edition", _("edition published")
    ENDPOINT_OFF = "endpoint_off", _("endpoint switched off")
    TEST = "test", _("test")


# What endpoints can ask for, and what it is called there. A test is sent to its own endpoint only.
TYPES = {
    Kind.SIGNAL: "metric.signal",
    Kind.EFFECTIVE: "action.effective",
    Kind.REOPENED: "action.reopened",
    Kind.EDITION: "edition.published",
    Kind.TEST: "endpoint.test",
}
SENT = {TYPES[kind]: kind.label for kind in (Kind.SIGNAL, Kind.EFFECTIVE, Kind.REOPENED, Kind.EDITION)}


class Way(models.TextChoices):
    """What a signal says; whether it is for the better depends on the metric's direction."""

    BETTER = "better", _("for the better")
    WORSE = "worse", _("for the worse")
    EITHER = "either", _("out of the ordinary")


def new_message_id() -> str:
    return f"msg_{uuid.uuid4().hex}"


class Event(models.Model):
    """Something happened, once: `key` names it, `about` the metric, action, edition or endpoint that it is about.

    `body`: what endpoints are sent, byte by byte; '' for what no endpoint can ask for.
    """

    kind = models.CharField(max_length=20, choices=Kind.choices)
    about = models.BigIntegerField()
    key = models.CharField(max_length=LONGEST_KEY, unique=True)
    way = models.CharField(max_length=6, choices=Way.choices, blank=True)
    day = models.DateField(null=True, blank=True, help_text="of the point that signals")
    happened_at = models.DateTimeField()
    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    body = models.TextField(blank=True)

    class Meta:
        ordering = ("-happened_at", "-id")
        indexes: ClassVar = [models.Index(fields=["happened_at", "id"], name="event_by_moment")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(kind="signal") | (Q(day__isnull=False) & ~Q(way="")), name="event_signal_has_its_day"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Notice(models.Model):
    """A person is told of an event. has_letter: a letter of its own tells it too, so no digest does.

    digest_on: in the digest of that day.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="notices")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    has_letter = models.BooleanField(default=False)
    told_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    digest_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("-told_at", "-id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "person"], name="notice_once")]
        indexes: ClassVar = [
            models.Index(fields=["person", "told_at"], name="notice_of_person"),
            models.Index(fields=["person"], condition=Q(read_at=None), name="notice_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.event_id}"


class DigestChoice(models.Model):
    """How often a person is mailed what the inbox has; who chose nothing is not mailed."""

    class Every(models.TextChoices):
        OFF = "off", _("never")
        DAY = "day", _("every day")
        WEEK = "week", _("every Monday")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_choice")
    every = models.CharField(max_length=4, choices=Every.choices, default=Every.OFF)
    next_on = models.DateField(null=True, blank=True, help_text="the day from which the next one is due")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(every="off", next_on=None) | (~Q(every="off") & Q(next_on__isnull=False)),
                name="digest_has_its_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.every}"


class SignalWatch(models.Model):
    """How far a metric's chart was looked at, and which signal stands there; standing '': none."""

    metric = models.OneToOneField(Metric, on_delete=models.CASCADE, related_name="signal_watch")
    looked_at = models.DateTimeField()
    looked_until = models.DateField(null=True, blank=True, help_text="the day of the newest point")
    standing = models.CharField(max_length=6, choices=Way.choices, blank=True)

    class Meta:
        ordering = ("metric",)

    def __str__(self) -> str:
        return f"{self.metric_id}: {self.standing or 'no signal'}"


class Endpoint(models.Model):
    """An address of another system that is sent what happens. Secrets are encrypted, shown once, and never told again.

    previous_secret signs, too, until `previous_until`, so that the receiver can change its own meanwhile.
    """

    url = models.CharField(_("address"), max_length=LONGEST_URL)
    description = models.CharField(_("what it is for"), max_length=LONGEST_DESCRIPTION)
    types = models.JSONField(_("what it is sent"), default=list)
    is_enabled = models.BooleanField(_("switched on"), default=True)
    off_because = models.CharField(max_length=LONGEST_REASON, blank=True, editable=False)
    secret = models.TextField(editable=False)
    previous_secret = models.TextField(blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    entry = models.CharField(max_length=32, blank=True, default="", db_default="", editable=False)

    class Meta:
        ordering = ("description", "id")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(url__startswith="https://"), name="endpoint_https"),
            models.CheckConstraint(condition=~Q(description=""), name="endpoint_described"),
            models.CheckConstraint(condition=~Q(secret=""), name="endpoint_has_a_secret"),
            models.UniqueConstraint(fields=["entry"], condition=~Q(entry=""), name="endpoint_stored_once"),
        ]

    def __str__(self) -> str:
        return self.description


class Delivery(models.Model):
    """An event on its way to an endpoint: once for both, tried again until it is taken or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        TAKEN = "taken", _("taken")
        GIVEN_UP = "given_up", _("given up")

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="of this round of tries")
    written_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="when the newest try ended")
    took_ms = models.PositiveIntegerField(null=True, blank=True, help_text="how long the newest try took")
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="HTTP status of the newest answer")
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True, help_text="how the newest answer begins")
    reason = models.CharField(max_length=LONGEST_REASON, blank=True, help_text="why there was no answer, in words")

    class Meta:
        ordering = ("-written_at", "-id")
        constraints: ClassVar = [models.UniqueConstraint(fields=["event", "endpoint"], name="delivery_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["next_try_at", "id"], condition=Q(state__in=["waiting", "sending"]), name="delivery_due"
            ),
            models.Index(fields=["written_at", "id"], name="delivery_by_moment"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id}: {self.state}"


UNDER_WAY = (Delivery.State.WAITING, Delivery.State.SENDING)
OVER = (Delivery.State.TAKEN, Delivery.State.GIVEN_UP)
