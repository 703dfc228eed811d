"""When each customer was last heard: kept beside the customer, because a list of them all is sorted and counted by it.

The evidence are completed interviews, of the customer itself and of those that were merged into it. Interviews are a
room above; their rows are reached through the relation, in the same transaction.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date

from django.db import transaction
from django.db.models import Max, OuterRef, Q, Subquery

from customers.models import Customer

HEARD = Q(interviews__state="completed")
AT_ONCE = 1_000


@contextmanager
def hearing(customer_ids: Collection[int]) -> Iterator[None]:
    """Bring `last_heard_on` of these customers, and of those they count for, to what is true after the block.

    For whatever completes, opens or moves their interviews, or merges them. The customers are locked before the block,
    so two that change the same customer's evidence come one after the other, and the later one sees both.
    """
    concerned = _locked(set(customer_ids))
    yield
    _work_out(concerned)


def hear_anew(customer_ids: Collection[int]) -> None:
    """Bring `last_heard_on` of these customers, and of those they count for, to what the interviews have."""
    with hearing(customer_ids):
        pass  # It is worked out at the end of the block, under the lock.


def _locked(customer_ids: set[int]) -> set[int]:
    """Lock the customers and those they are merged into, by id; return all of them."""
    wanted: set[int] = set()
    if not customer_ids:
        return wanted
    merged = _merged_into(customer_ids)
    while not merged | customer_ids <= wanted:
        wanted |= merged | customer_ids
        # Not FOR UPDATE: that would wait for everybody who is storing an answer of theirs, who may be waiting for us.
        rows = Customer.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
        # Somebody may have merged them while we waited.
        merged = {into for pk, into in rows.values_list("pk", "merged_into_id") if into and pk in customer_ids}
    return wanted


def _merged_into(customer_ids: set[int]) -> set[int]:
    merged = Customer.objects.filter(pk__in=customer_ids, merged_into__isnull=False).order_by()
    return set(merged.values_list("merged_into_id", flat=True))


def _work_out(customer_ids: Collection[int]) -> None:
    if customer_ids:
        # A statement after the lock, so that it sees what those have written for whom we waited.
        Customer.objects.filter(pk__in=customer_ids).update(last_heard_on=_newest())


def _newest() -> Subquery:
    it_or_part_of_it = Q(pk=OuterRef("pk")) | Q(merged_into=OuterRef("pk"))
    heard = Customer.objects.filter(it_or_part_of_it, HEARD).order_by("-interviews__held_on")
    return Subquery(heard.values("interviews__held_on")[:1])


# ---- Against the evidence


def kept_and_true() -> tuple[dict[int, date], dict[int, date]]:
    """Return when customers were last heard, by their ids: as it is kept, and as the interviews have it (2 queries)."""
    kept = Customer.objects.filter(last_heard_on__isnull=False).order_by().values_list("pk", "last_heard_on")
    heard = Customer.objects.filter(HEARD).order_by().annotate(newest=Max("interviews__held_on"))
    true: dict[int, date] = {}
    for pk, into, newest in heard.values_list("pk", "merged_into_id", "newest"):
        for each in (pk, into):
            if each:
                true[each] = max(newest, true.get(each, newest))
    return {pk: day for pk, day in kept if day}, true


def set_right() -> int:
    """Work out anew whoever is kept with another day than the interviews have; return how many."""
    kept, true = kept_and_true()
    wrong = sorted(pk for pk in kept.keys() | true.keys() if kept.get(pk) != true.get(pk))
    for start in range(0, len(wrong), AT_ONCE):
        with transaction.atomic():
            hear_anew(wrong[start : start + AT_ONCE])
    return len(wrong)
