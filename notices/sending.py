"""Sending deliveries: each is claimed, and the claim committed, before its endpoint hears of it.

At least once: whoever dies between an endpoint's answer and the note of it leaves a claim that ends, and the delivery
is sent anew under the same webhook-id, by which the receiver drops what it has (docs/decisions/0060-told-once.md).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from functions.selectors import specialists
from metrics.charting import CHARTED_DAYS
from notices.endpoints import secrets_of
from notices.models import LONGEST_ANSWER, LONGEST_REASON, OVER, UNDER_WAY, Delivery, Endpoint, Event, Kind, Notice
from notices.signing import headers_for
from notices.telling import tell
from web.fetching import FetchError, Limits
from web.posting import Answered, post

State = Delivery.State
LIMITS = Limits(most_bytes=4 * LONGEST_ANSWER, seconds=15.0, connect=5.0, silence=10.0)
# After the first try: so long until each next one. The standard's own schedule, but for its first 5 seconds: what
# waits is looked at once a minute.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 840, 1_200, 1_440))
CLAIMED_FOR = timedelta(minutes=2)
OFF_AFTER = timedelta(days=5)
MOST_SECONDS = 60.0
KEPT_FOR, UNREAD_FOR = timedelta(days=90), timedelta(days=365)
Clock = Callable[[], datetime]

log = structlog.get_logger(__name__)


def clock_from(now: datetime) -> Clock:
    """Return a clock that goes on from a moment: the database's, carried on by this machine."""
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


# ---- What is due


def due(*, now: datetime) -> QuerySet[Delivery]:
    """Return what is to be sent: to endpoints that are switched on, and tests to any."""
    wanted = Q(endpoint__is_enabled=True) | Q(event__kind=Kind.TEST)
    return Delivery.objects.filter(wanted, state=State.WAITING, next_try_at__lte=now).order_by("next_try_at", "pk")


def endpoints_due(*, now: datetime) -> list[int]:
    """Return the endpoints for which something is due, after taking back claims of senders that died.

    One that is being sent something waits: it may hang, and would take a worker for everything that is due to it.
    """
    left = Delivery.objects.filter(state=State.SENDING, claimed_at__lte=now - CLAIMED_FOR)
    left.update(state=State.WAITING, claimed_at=None)
    busy = Delivery.objects.filter(state=State.SENDING).values_list("endpoint", flat=True)
    return sorted(set(due(now=now).order_by().values_list("endpoint", flat=True)) - set(busy))


def due_to(endpoint_id: int, *, now: datetime) -> QuerySet[Delivery]:
    """Return what is to be sent to an endpoint: nothing while something is, only tests for a minute after a failure."""
    its, there = due(now=now).filter(endpoint=endpoint_id), Delivery.objects.filter(endpoint=endpoint_id)
    if there.filter(state=State.SENDING).exists():
        return its.none()
    failed = there.filter(state=State.WAITING, attempts__gt=0, tried_at__gt=now - WAITS[0])
    return its.filter(event__kind=Kind.TEST) if failed.exists() else its


# ---- Sending


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a try. answered None: there was no answer, and `reason` says why; is_ours: it was never asked."""

    answered: Answered | None
    reason: str
    seconds: float
    is_ours: bool = False

    @property
    def is_taken(self) -> bool:
        return self.answered is not None and self.answered.is_taken

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint says that it is gone for good."""
        return self.answered is not None and self.answered.status == HTTPStatus.GONE


def send_to(*, endpoint_id: int, now: datetime) -> int:
    """Send what is due to an endpoint until one try fails, for a minute at most; return how many it took.

    One that hangs so costs one try a minute, and no other endpoint waits for it.
    """
    clock, until, taken = clock_from(now), monotonic() + MOST_SECONDS, 0
    while monotonic() < until:
        found = due_to(endpoint_id, now=clock()).values_list("pk", flat=True).first()
        if found is None:
            break
        if not send(found, clock=clock):
            break
        taken += 1
    return taken


def send(pk: int, *, clock: Clock) -> bool:
    """Send one delivery; whether it was taken. Of two who try at once one does."""
    delivery = claim(pk, now=clock())
    if delivery is None:
        return False
    tried = attempt(delivery, at=clock())
    settle(delivery, tried, now=clock())
    return tried.is_taken


def claim(pk: int, *, now: datetime) -> Delivery | None:
    """Take a delivery, so that nobody else does; None if it is not ours."""
    claimed = due(now=now).filter(pk=pk).order_by()
    rows = Delivery.objects.filter(pk__in=claimed.values("pk"), state=State.WAITING)
    if not rows.update(state=State.SENDING, claimed_at=now, attempts=F("attempts") + 1):
        return None
    return Delivery.objects.select_related("event", "endpoint").get(pk=pk)


def attempt(delivery: Delivery, *, at: datetime) -> Tried:
    """Send a delivery and say what became of it; no answer, whatever it is, is an error of ours."""
    event, endpoint, began = delivery.event, delivery.endpoint, monotonic()
    if not (secrets := secrets_of(endpoint, now=at)):
        words = _("Its secret was kept under another key of this installation. Give it another one.")
        return Tried(None, words, 0.0, is_ours=True)
    headers = headers_for(secrets, message_id=event.message_id, at=int(at.timestamp()), body=event.body)
    allowed = settings.WEBHOOK_ALLOWED_NETWORKS
    try:
        answered = post(endpoint.url, body=event.body.encode(), headers=headers, limits=LIMITS, allowed=allowed)
    except FetchError as error:
        return Tried(None, error.message, monotonic() - began)
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:
        # A claim that is not settled would wait for its end; the reason is in the log.
        log.exception("delivery_failed", delivery=delivery.pk, reason=type(error).__name__)
        return Tried(None, _("This is a defect of ours; it is in the log."), monotonic() - began, is_ours=True)
    return Tried(answered, "", monotonic() - began)


@transaction.atomic
def settle(delivery: Delivery, tried: Tried, *, now: datetime) -> None:
    """Keep what became of a try, unless its claim has ended and somebody else made another one."""
    # First, as whoever changes an endpoint does; it may have been removed meanwhile, and the delivery with it.
    endpoint = Endpoint.objects.select_for_update(of=("self",)).filter(pk=delivery.endpoint_id).first()
    mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, claimed_at=delivery.claimed_at)
    if endpoint is None or not mine.update(**fields_after(delivery, tried, now=now)):
        return
    if tried.is_taken:
        if endpoint.failing_since is not None:
            Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
    elif delivery.event.kind != Kind.TEST and not tried.is_ours:
        note_failure(endpoint, tried, now=now)


def fields_after(delivery: Delivery, tried: Tried, *, now: datetime) -> dict[str, Any]:
    state, next_try_at = State.TAKEN, delivery.next_try_at
    if not tried.is_taken:
        # A person waits for what becomes of a test, so it is not tried again.
        is_last = delivery.attempts > len(WAITS) or delivery.event.kind == Kind.TEST
        state = State.GIVEN_UP if is_last else State.WAITING
        next_try_at = now if is_last else now + WAITS[delivery.attempts - 1]
    answered = tried.answered
    return {
        "state": state, "next_try_at": next_try_at, "claimed_at": None, "tried_at": now,
        "took_ms": round(1_000 * tried.seconds), "status": answered.status if answered else None,
        "answer": answered.text[:LONGEST_ANSWER] if answered else "", "reason": tried.reason[:LONGEST_REASON],
    }  # fmt: skip


def note_failure(endpoint: Endpoint, tried: Tried, *, now: datetime) -> None:
    """Keep since when an endpoint fails; one that has for days, or says that it is gone, is switched off.

    In the caller's transaction, with the endpoint locked.
    """
    endpoint.failing_since = endpoint.failing_since or now
    if endpoint.is_enabled and (tried.is_gone or now - endpoint.failing_since >= OFF_AFTER):
        words = _("It says that it is gone (410).") if tried.is_gone else _("It has failed since %(day)s.")
        endpoint.is_enabled = False
        endpoint.off_because = words % {"day": endpoint.failing_since.date().isoformat()}
        occasion = endpoint.failing_since.isoformat()
        tell(kind=Kind.ENDPOINT_OFF, about=endpoint.pk, occasion=occasion, people=specialists(), now=now)
    elif not endpoint.deliveries.filter(state__in=UNDER_WAY).exists():
        # All was given up. What comes much later, and fails once, is a failure of its own.
        endpoint.failing_since = None
    endpoint.save(update_fields=["failing_since", "is_enabled", "off_because"])


# ---- What is over


def forget_told(*, now: datetime) -> None:
    """Delete deliveries that ended and notices that were read 90 days ago, unread ones after a year, and old events."""
    before = now - KEPT_FOR
    Delivery.objects.filter(state__in=OVER, tried_at__lt=before).delete()
    Notice.objects.filter(Q(read_at__lt=before) | Q(told_at__lt=now - UNREAD_FOR)).delete()
    # Its key keeps the same thing from being told again: as long as a chart may show the same signal.
    over = now - timedelta(days=CHARTED_DAYS + 1)
    Event.objects.filter(notices=None, deliveries=None, happened_at__lt=over).delete()
