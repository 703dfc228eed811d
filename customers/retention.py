"""The rule by which people of past customers are erased without asking for it: who is due, and erasing them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from customers.erasing import erase_contact
from customers.models import Contact, Lifecycle, LifecyclePeriod
from functions.selectors import program
from web.months import months_after


@dataclass(frozen=True, slots=True)
class DueAt:
    """One customer whose people are due: since when it is past (None: since before our records), and how many."""

    customer: str
    past_since: date | None
    people: int
    words: int


def months() -> int | None:
    """Return after how many months people of past customers are erased; None: they are not."""
    current = program()
    return current.forget_after_months if current else None


def due(*, after_months: int, today: date) -> QuerySet[Contact]:
    """Return the contacts whose customer has been past for so long, and who gave no sign since: no word, no consent."""
    limit = months_after(today, -after_months)
    newest = LifecyclePeriod.objects.filter(customer=OuterRef("customer")).order_by("-since_on")
    is_past = Q(customer__lifecycle=Lifecycle.PAST) & (
        Q(customer__merged_into=None) | Q(customer__merged_into__lifecycle=Lifecycle.PAST)
    )
    silent = Q(customer__last_heard_on=None) | Q(customer__last_heard_on__lte=limit)
    rows = Contact.objects.annotate(past_since=Subquery(newest.values("since_on")[:1]))
    rows = rows.filter(is_past, silent, Q(past_since=None) | Q(past_since__lte=limit), erased_on=None)
    return rows.filter(Q(consent_on=None) | Q(consent_on__lte=limit)).order_by("pk")


def due_by_customer(*, after_months: int, today: date) -> list[DueAt]:
    """Return what the rule would take now, customer by customer (1 query). Nothing is changed."""
    people: Any = due(after_months=after_months, today=today)
    rows = people.order_by().values_list("customer__name", "past_since")
    # Interviews are a room above; their rows are reached through the relation.
    counted = rows.annotate(
        people=Count("pk", distinct=True), words=Count("interviews__verbatims", distinct=True)
    ).order_by("customer__name", "customer")
    return [DueAt(*row[:4]) for row in counted]


def erase_due(*, after_months: int, now: datetime, today: date) -> int:
    """Erase everybody who is due, each in a transaction of its own; return how many. Nobody older is left."""
    reason = f"the rule: {after_months} months after the customer was lost"
    done = 0
    for contact in due(after_months=after_months, today=today).iterator():
        erase_contact(contact=contact, reason=reason, now=now, today=today)
        done += 1
    return done
