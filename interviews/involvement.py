"""Who was involved when: customers by product and stage, from interviews that were held and from entries by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max, Q, QuerySet

from accounts.models import User
from customers.models import Contact, Customer, Lifecycle
from customers.services import check_not_ahead
from interviews.coding import LONGEST_NAME
from interviews.involvement_models import Involvement, Stage
from interviews.losses import check_told_by
from interviews.models import Interview
from interviews.workbench import counted_now_and_then
from requirements_catalog.models import Product
from web import sql
from web.changes import apply_changes

FIELDS = ("product", "stage", "contact", "involved_on", "how")
# At a hundred thousand interviews the count takes a second.
COUNTED_AT_ONCE, COUNTS_KEY = 20_000, "who-was-involved"


@transaction.atomic
def note_involvement(
    *, customer: Customer, product: Product, noted_by: User | None, noted_by_name: str, today: date, **said: Any
) -> Involvement:
    """Note that a customer took part. Raises ValidationError by field, for a day in the future or somebody of another
    customer too."""
    entry = Involvement(
        customer=customer, product=product, noted_by=noted_by, noted_by_name=noted_by_name[:LONGEST_NAME]
    )
    apply_changes(entry, said, allowed=FIELDS)
    return saved(entry, today)


@transaction.atomic
def change_involvement(*, involvement: Involvement, changes: Mapping[str, Any], today: date) -> Involvement:
    """Change an entry; whose it is stays."""
    entries = Involvement.objects.select_for_update(of=("self",)).select_related("customer", "product")
    locked = entries.get(pk=involvement.pk)
    apply_changes(locked, changes, allowed=FIELDS)
    return saved(locked, today)


@transaction.atomic
def remove_involvement(*, involvement: Involvement) -> None:
    """Take back an entry that was never true."""
    Involvement.objects.filter(pk=involvement.pk).delete()
    transaction.on_commit(forget_counts)


def saved(entry: Involvement, today: date) -> Involvement:
    entry.full_clean(exclude={"contact", "noted_by"})
    check_not_ahead("involved_on", entry.involved_on, today)
    if entry.contact is not None:
        check_told_by(entry, Contact.objects.select_for_update(no_key=True).get(pk=entry.contact.pk))
    entry.save()
    transaction.on_commit(forget_counts)
    return entry


def forget_counts() -> None:
    """What somebody noted is seen at once; what interviews add to long counts can wait."""
    cache.delete(COUNTS_KEY)


# ---- Reading


def involvements() -> QuerySet[Involvement]:
    return Involvement.objects.select_related("product", "customer", "contact")


def involvements_of(customer_id: int) -> QuerySet[Involvement]:
    """Return the entries of a customer and of those that were merged into it, newest first."""
    return involvements().filter(Q(customer=customer_id) | Q(customer__merged_into=customer_id))


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of one product: how many customers took part, in how many interviews and entries, the last on a day."""

    product: Product
    stage: Stage
    customers: int = 0
    interviews: int = 0
    entries: int = 0
    last_on: date | None = None

    @property
    def is_empty(self) -> bool:
        return not self.customers


# An interview counts for the products of its round; where the round names none, for those that it answered about.
STAGES = """
SELECT product_id, stage, COUNT(DISTINCT root), SUM(held), SUM(noted), MAX(day) FROM (
  SELECT p.product_id, r.stage, COALESCE(c.merged_into_id, c.id) AS root, i.held_on AS day, 1 AS held, 0 AS noted
  FROM interviews_interview i JOIN interviews_round r ON r.id = i.round_id AND r.stage <> ''
  JOIN interviews_round_products p ON p.round_id = r.id JOIN customers_customer c ON c.id = i.customer_id
  WHERE i.state = %s AND c.lifecycle <> %s
  UNION ALL
  SELECT h.product_id, r.stage, COALESCE(c.merged_into_id, c.id), i.held_on, 1, 0
  FROM (SELECT DISTINCT a.interview_id, a.product_id FROM interviews_round r
        JOIN interviews_interview i ON i.round_id = r.id JOIN interviews_answer a ON a.interview_id = i.id
        WHERE r.stage <> '' AND NOT EXISTS (SELECT 1 FROM interviews_round_products p WHERE p.round_id = r.id)) h
  JOIN interviews_interview i ON i.id = h.interview_id JOIN interviews_round r ON r.id = i.round_id
  JOIN customers_customer c ON c.id = i.customer_id
  WHERE i.state = %s AND c.lifecycle <> %s
  UNION ALL
  SELECT v.product_id, v.stage, COALESCE(c.merged_into_id, c.id), v.involved_on, 0, 1
  FROM interviews_involvement v JOIN customers_customer c ON c.id = v.customer_id WHERE c.lifecycle <> %s
) took_part GROUP BY product_id, stage
"""


def stage_lines() -> list[StageLine]:
    """Return every stage of every product in use, by the products' names; nobody is a line too (3 queries).

    Of many interviews it is counted every five minutes, and when somebody notes an entry.
    """
    last = Interview.objects.aggregate(last=Max("pk"))["last"] or 0
    rows = counted_now_and_then(COUNTS_KEY, counted_stages, at_once=last <= COUNTED_AT_ONCE)
    return [
        line_of(product, stage, rows.get((product.pk, stage.value)))
        for product in Product.objects.filter(is_active=True)
        for stage in Stage
    ]


def counted_stages() -> dict[tuple[int, str], tuple[Any, ...]]:
    internal = Lifecycle.INTERNAL.value
    held = [Interview.State.COMPLETED.value, internal]
    return {(row[0], row[1]): row[2:] for row in sql.fetch(STAGES, [*held, *held, internal])}


def line_of(product: Product, stage: Stage, counted: tuple[Any, ...] | None) -> StageLine:
    if counted is None:
        return StageLine(product, stage)
    customers, interviews, entries, day = counted
    # SQLite tells the greatest day as text.
    return StageLine(product, stage, customers, int(interviews), int(entries), date.fromisoformat(str(day)))
