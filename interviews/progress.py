"""How far a round has come, and who may still be asked."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from itertools import pairwise
from operator import or_

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from customers.models import FULL_WEIGHT, Contact, Customer, Lifecycle, ProductUse, ValueBand
from interviews.models import ANY, STRATUM, Interview, Round, SamplingPlan, StratumTarget
from interviews.planning import Cell
from web import sql

State = Interview.State
STEPS = (0, 40, 400, 4_000)
# A register of more customers than this is not sorted as a whole, but looked through part by part.
SORTED_WHOLE = 5_000
COUNTS_AS_ASKED = (State.PLANNED, State.INVITED, State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED, State.DECLINED)


def planned_rounds() -> QuerySet[Round]:
    """Return the rounds that have a plan, the newest first."""
    return Round.objects.filter(plan__isnull=False).select_related("plan").order_by("-starts_on", "-pk")


def plan_of(wave: Round) -> SamplingPlan | None:
    return SamplingPlan.objects.filter(round=wave).prefetch_related("targets").first()


def all_plans() -> QuerySet[SamplingPlan]:
    return SamplingPlan.objects.select_related("round")


def targets_of_plans(plan_ids: Collection[int]) -> list[tuple[int, dict[str, object]]]:
    """Return (plan, target) pairs in the order in which the strata were planned (1 query)."""
    columns = (*STRATUM, "population", "weight", "target")
    rows = StratumTarget.objects.filter(plan__in=plan_ids).order_by("plan", "pk").values_list("plan_id", *columns)
    return [(plan, dict(zip(columns, row, strict=True))) for plan, *row in rows]


def cell_of(segment: Sequence[str], divided_by: Collection[str]) -> Cell:
    """Return the stratum of a plan in which a segment of the register lies."""
    lifecycle, industry, region, size_band = (
        value if name in divided_by else ANY for name, value in zip(STRATUM, segment, strict=True)
    )
    return lifecycle, industry, region, size_band


def cell_from(values: Sequence[str], divided_by: Sequence[str]) -> Cell:
    """Return the stratum that has these values of what a plan divides by."""
    known = dict(zip(divided_by, values, strict=True))
    lifecycle, industry, region, size_band = (known.get(name, ANY) for name in STRATUM)
    return lifecycle, industry, region, size_band


@dataclass(frozen=True, slots=True)
class Heard:
    """Customers who completed an interview of a round, in one stratum, with their weight as it is today."""

    cell: Cell
    customers: int
    weight: int


def heard_in(wave: Round, *, divided_by: Sequence[str], until: date | None = None) -> list[Heard]:
    """Count whom a round has heard, up to a day, by stratum: a customer once in each in which it stood then
    (1 query)."""
    names = ", ".join(f"t.{name}" for name in divided_by)
    columns = ", ".join(f"h.{name}" for name in divided_by)
    rows = sql.fetch(
        f"SELECT {columns}, COUNT(*), SUM(COALESCE(b.weight, {FULL_WEIGHT})) FROM ("
        f"SELECT DISTINCT {names}, COALESCE(c.merged_into_id, c.id) AS root FROM interviews_interview i "
        "JOIN customers_customer c ON c.id = i.customer_id JOIN customers_stratum t ON t.id = i.stratum_id "
        "WHERE i.round_id = %s AND i.state = %s AND t.lifecycle <> %s AND i.held_on <= %s) h "
        "JOIN customers_customer r ON r.id = h.root LEFT JOIN customers_valueband b ON b.id = r.value_band_id "
        f"GROUP BY {columns} ORDER BY {columns}",
        [wave.pk, State.COMPLETED.value, Lifecycle.INTERNAL.value, until or date.max],
    )
    return [Heard(cell_from(row[:-2], divided_by), int(row[-2]), int(row[-1])) for row in rows]


def counts_of(wave: Round) -> tuple[Counter[str], Counter[str]]:
    """Count a round's interviews by state, and its completed ones by mode (1 query)."""
    states: Counter[str] = Counter()
    modes: Counter[str] = Counter()
    rows = Interview.objects.filter(round=wave).order_by().values_list("state", "mode").annotate(Count("pk"))
    for state, mode, n in rows:
        states[state] += n
        if state == State.COMPLETED:
            modes[mode] += n
    return states, modes


# ---- Who may be asked


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact who may be asked now; heard_on: when the customer was last heard, by anybody."""

    contact_id: int
    contact: str
    customer_id: int
    customer: str
    weight: int
    segment: Cell
    heard_on: date | None


def may_be_asked(*, as_of: date, ask_again_days: int) -> QuerySet[Contact]:
    """Return the contacts of the register whom consent, opt-out and the days between two requests allow to ask."""
    agreed = Contact.objects.filter(_of_the_register(), is_opted_out=False, consent_on__isnull=False)
    return agreed.exclude(_asked_lately(as_of, ask_again_days))


def _of_the_register(to_contact: str = "") -> Q:
    """Return what is true of active contacts of active customers outside the company; `to_contact`: the way to them."""
    return Q(**{f"{to_contact}is_active": True}) & _is_registered(f"{to_contact}customer__")


def _is_registered(to_customer: str = "") -> Q:
    active = Q(**{f"{to_customer}is_active": True, f"{to_customer}merged_into": None})
    return active & ~Q(**{f"{to_customer}lifecycle": Lifecycle.INTERNAL})


def _asked_lately(as_of: date, ask_again_days: int) -> Exists:
    since = as_of - timedelta(days=ask_again_days)
    asked = Interview.objects.filter(contact=OuterRef("pk"), state__in=COUNTS_AS_ASKED, held_on__gt=since)
    return Exists(asked)


def best_candidates(
    cells: Iterable[Cell],
    *,
    divided_by: Sequence[str],
    most: int,
    as_of: date,
    ask_again_days: int,
    customers: int,
    products: Collection[int] = (),
) -> list[Candidate]:
    """Return one contact of each of the first customers of each stratum: never heard, then longest ago, then by weight.

    Looks at the first customers of each stratum, at more only while too few of them may be asked, at 4,000 of each
    part of the register at most (2 queries for each step). `customers`: how many the register has, about; `products`:
    only of customers who belong to one of these.
    """
    may = may_be_asked(as_of=as_of, ask_again_days=ask_again_days)
    belong = belonging_to(products, as_of=as_of) if products else Q()
    found: list[Candidate] = []
    wanted = list(cells)
    for part in parts_in_order() if customers > SORTED_WHOLE else [Q()]:
        there = wanted
        for after, up_to in pairwise(STEPS):
            looked_at = list(_customers_in(there, part & belong, divided_by, after=after, up_to=up_to))
            found += _who_may(looked_at, may)
            askable = Counter(cell_of(each.segment, divided_by) for each in found)
            seen = Counter(cell_of(segment_of(each), divided_by) for each in looked_at)
            wanted = [cell for cell in wanted if askable[cell] < most]
            there = [cell for cell in there if cell in wanted and seen[cell] == up_to - after]
            if not there:
                break
        if not wanted:
            break
    return found


def belonging_to(products: Collection[int], *, as_of: date) -> Q:
    """Return which customers belong to some products, as the register counts them.

    Prospects consider one of them, past customers used one, others use one now.
    """
    its = Q(customer=OuterRef("pk")) | Q(customer__merged_into=OuterRef("pk"))
    began = ProductUse.objects.filter(its, Q(since_on=None) | Q(since_on__lte=as_of), product__in=products)
    used, considered = (began.filter(kind=kind) for kind in (ProductUse.Kind.USED, ProductUse.Kind.CONSIDERED))
    goes_on = Q(until_on=None) | Q(until_on__gte=as_of)
    prospects, past = Q(lifecycle=Lifecycle.PROSPECTIVE), Q(lifecycle=Lifecycle.PAST)
    return (
        prospects & Q(Exists(considered.filter(goes_on)))
        | past & Q(Exists(used))
        | ~prospects & ~past & Q(Exists(used.filter(goes_on)))
    )


def _who_may(customers: Sequence[Customer], may: QuerySet[Contact]) -> list[Candidate]:
    contacts = may.filter(customer__in=[each.pk for each in customers]).order_by("-pk")
    first = {customer: (pk, name) for pk, name, customer in contacts.values_list("pk", "name", "customer_id")}
    return [_candidate(each, *first[each.pk]) for each in customers if each.pk in first]


def parts_in_order() -> Iterator[Q]:
    """Yield parts of the register so that everybody in one comes before everybody in the next (2 queries).

    Never heard, the heaviest value band first; then those heard, a few thousand whose last time is longest ago first.
    """
    weights = defaultdict(list, {FULL_WEIGHT: [Q(value_band=None)]})
    for pk, weight in ValueBand.objects.values_list("pk", "weight"):
        weights[weight].append(Q(value_band=pk))
    for weight in sorted(weights, reverse=True):
        yield Q(last_heard_on=None) & reduce(or_, weights[weight])
    heard = Customer.objects.active().exclude(last_heard_on=None).order_by("last_heard_on", "pk")
    cut = heard.values_list("last_heard_on", flat=True)[STEPS[-1] : STEPS[-1] + 1].first()
    if cut is not None:
        yield Q(last_heard_on__lte=cut)
    yield Q(last_heard_on__gt=cut) if cut is not None else Q(last_heard_on__isnull=False)


def _customers_in(
    cells: Iterable[Cell], part: Q, divided_by: Sequence[str], *, after: int, up_to: int
) -> QuerySet[Customer]:
    """Return the customers of these places in their strata, in that order, within a part of the register."""
    inside = Q(pk__in=())
    for cell in cells:
        inside |= Q(**{name: value for name, value in zip(STRATUM, cell, strict=True) if value != ANY})
    place = Window(
        RowNumber(),
        partition_by=[F(name) for name in divided_by] or None,
        order_by=[F("last_heard_on").asc(nulls_first=True), "-shown_weight", "pk"],
    )
    return (
        Customer.objects.active()
        .filter(part & inside)
        .exclude(lifecycle=Lifecycle.INTERNAL)
        .select_related("value_band")
        .annotate(shown_weight=Coalesce("value_band__weight", FULL_WEIGHT))
        .annotate(place=place)
        .filter(place__gt=after, place__lte=up_to)
        .order_by("place", "pk")
    )


def segment_of(customer: Customer) -> Cell:
    return customer.lifecycle, customer.industry, customer.region, customer.size_band


def _candidate(customer: Customer, contact_id: int, contact: str) -> Candidate:
    return Candidate(
        contact_id, contact, customer.pk, customer.name, customer.weight, segment_of(customer), customer.last_heard_on
    )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whom the list does not propose, and why."""

    opted_out: int
    without_consent: int
    asked_lately: int


def left_out(*, as_of: date, ask_again_days: int) -> LeftOut:
    """Count the contacts that may not be asked now (3 queries)."""
    refused = Contact.objects.filter(Q(is_opted_out=True) | Q(consent_on=None), is_active=True)
    # Of a large register nearly everybody counts: those who do not are taken off, rather than each one looked up.
    everybody, aside = (
        _refusing(refused),
        _refusing(refused.filter(customer__in=Customer.objects.exclude(_is_registered()))),
    )
    since = as_of - timedelta(days=ask_again_days)
    asked = Interview.objects.filter(_of_the_register("contact__"), state__in=COUNTS_AS_ASKED, held_on__gt=since)
    agreed = asked.filter(contact__is_opted_out=False, contact__consent_on__isnull=False)
    return LeftOut(
        opted_out=everybody[True] - aside[True],
        without_consent=everybody[False] - aside[False],
        asked_lately=agreed.aggregate(n=Count("contact", distinct=True))["n"],
    )


def _refusing(contacts: QuerySet[Contact]) -> Counter[bool]:
    """Count contacts by whether they opted out."""
    return Counter(dict(contacts.order_by().values_list("is_opted_out").annotate(Count("pk"))))
