"""Keeping that something happened: the only writer of events, of the notices to people and the deliveries of each."""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction

from accounts.mailing import public_address
from accounts.models import User
from notices.models import TYPES, Delivery, Endpoint, Event, Kind, Notice, new_message_id


@transaction.atomic
def tell(
    *,
    kind: Kind,
    about: int,
    occasion: str,
    people: Iterable[User] = (),
    has_letter: Collection[int] = (),
    page: str = "",
    data: Mapping[str, Any] | None = None,
    way: str = "",
    day: date | None = None,
    now: datetime,
) -> Event:
    """Keep that something happened, in the caller's transaction, and tell people and endpoints; twice is once.

    occasion: what makes it this event and not the next one of its kind. has_letter: ids of people whom a letter of its
    own tells. data: ids and numbers that endpoints are sent, with the address of `page`.
    """
    key = f"{kind.value}:{about}:{occasion}"
    event, is_new = Event.objects.get_or_create(
        key=key, defaults=fields_of(kind, about, page, data or {}, way=way, day=day, now=now)
    )
    told = {person.pk: person.pk in has_letter for person in people}
    Notice.objects.bulk_create(
        [Notice(event=event, person_id=pk, has_letter=mailed, told_at=now) for pk, mailed in sorted(told.items())],
        ignore_conflicts=True,
    )
    if is_new and event.body:
        deliver(event, [each for each in Endpoint.objects.filter(is_enabled=True) if TYPES[kind] in each.types], now)
    return event


def fields_of(
    kind: Kind, about: int, page: str, data: Mapping[str, Any], *, way: str, day: date | None, now: datetime
) -> dict[str, Any]:
    fields = {"kind": kind, "about": about, "way": way, "day": day, "happened_at": now, "message_id": new_message_id()}
    if kind in TYPES:
        fields["body"] = body_of(kind, {**data, **({"page": public_address(page)} if page else {})}, now)
    return fields


def body_of(kind: Kind, data: Mapping[str, Any], now: datetime) -> str:
    """Return the text that is sent and signed: written once, so each try has the same bytes."""
    moment = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = {"type": TYPES[kind], "timestamp": moment, "data": dict(data)}
    return json.dumps(body, separators=(",", ":"), sort_keys=True)


def deliver(event: Event, endpoints: Iterable[Endpoint], now: datetime) -> None:
    rows = [Delivery(event=event, endpoint=each, written_at=now, next_try_at=now) for each in endpoints]
    if rows:
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        ring()


def ring() -> None:
    """Have deliveries sent when the transaction commits; without a broker the sweep does, in a minute."""
    transaction.on_commit(partial(current_app.send_task, "notices.tasks.send_due"), robust=True)


@transaction.atomic
def tell_also(*, person: User, kinds: Collection[Kind], since: datetime) -> int:
    """Tell a person who came later of what happened since a moment; return how many notices that are."""
    events = Event.objects.filter(kind__in=kinds, happened_at__gte=since).exclude(notices__person=person)
    notices = [Notice(event=event, person=person, told_at=event.happened_at) for event in events]
    return len(Notice.objects.bulk_create(notices, ignore_conflicts=True))
