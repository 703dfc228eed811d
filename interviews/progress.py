"""How far a round has come, and who may still be asked."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber

from customers.models import FULL_WEIGHT, Contact, Lifecycle
from interviews.models import ANY, STRATUM, Interview, Round, SamplingPlan, StratumTarget
from interviews.planning import Cell

State = Interview.State
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


@dataclass(frozen=True, slots=True)
class HeardCustomer:
    customer_id: int
    weight: int
    segment: Cell


def customers_heard_in(wave: Round) -> list[HeardCustomer]:
    """Return who completed an interview of a round, each once, in the stratum of the last one (1 query)."""
    completed = Interview.objects.filter(round=wave, state=State.COMPLETED).exclude(
        stratum__lifecycle=Lifecycle.INTERNAL
    )
    rows = completed.order_by("held_on", "pk").values_list(
        Coalesce("customer__merged_into_id", "customer_id"),
        Coalesce("customer__merged_into__value_band__weight", "customer__value_band__weight", FULL_WEIGHT),
        *(f"stratum__{name}" for name in STRATUM),
    )
    return list({row[0]: HeardCustomer(row[0], row[1], row[2:]) for row in rows}.values())


def states_of(wave: Round) -> Counter[str]:
    """Count a round's interviews by state (1 query)."""
    rows = Interview.objects.filter(round=wave).order_by().values_list("state").annotate(Count("pk"))
    return Counter(dict(rows))


def modes_of(wave: Round) -> Counter[str]:
    """Count a round's completed interviews by mode (1 query)."""
    held = Interview.objects.filter(round=wave, state=State.COMPLETED).order_by()
    return Counter(dict(held.values_list("mode").annotate(Count("pk"))))


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
    return (
        Contact.objects.filter(is_active=True, is_opted_out=False, consent_on__isnull=False)
        .filter(customer__is_active=True, customer__merged_into=None)
        .exclude(customer__lifecycle=Lifecycle.INTERNAL)
        .exclude(_asked_lately(as_of, ask_again_days))
    )


def _asked_lately(as_of: date, ask_again_days: int) -> Exists:
    since = as_of - timedelta(days=ask_again_days)
    asked = Interview.objects.filter(contact=OuterRef("pk"), state__in=COUNTS_AS_ASKED, held_on__gt=since)
    return Exists(asked)


def best_candidates(
    cells: Iterable[Cell], *, divided_by: Sequence[str], most: int, as_of: date, ask_again_days: int
) -> list[Candidate]:
    """Return the first contacts to ask in each stratum: never heard, then longest ago, then most weight (1 query)."""
    inside = Q(pk__in=())
    for cell in cells:
        inside |= Q(**{f"customer__{name}": value for name, value in zip(STRATUM, cell, strict=True) if value != ANY})
    weight = Coalesce("customer__value_band__weight", FULL_WEIGHT)
    ranked = (
        may_be_asked(as_of=as_of, ask_again_days=ask_again_days)
        .filter(inside)
        .annotate(weight=weight)
        .annotate(
            place=Window(
                RowNumber(),
                partition_by=[F(f"customer__{name}") for name in divided_by] or None,
                order_by=[
                    F("customer__last_heard_on").asc(nulls_first=True),
                    F("weight").desc(),
                    F("customer_id"),
                    F("pk"),
                ],
            )
        )
        .filter(place__lte=most)
        .order_by("place", "customer_id", "pk")
    )
    rows = ranked.values_list(
        *("pk", "name", "customer_id", "customer__name", "weight", "customer__last_heard_on"),
        *(f"customer__{name}" for name in STRATUM),
    )
    return [
        Candidate(pk, name, customer_id, customer, weight, (lifecycle, industry, region, size_band), heard_on)
        for pk, name, customer_id, customer, weight, heard_on, lifecycle, industry, region, size_band in rows
    ]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Whom the list does not propose, and why."""

    opted_out: int
    without_consent: int
    asked_lately: int


def left_out(*, as_of: date, ask_again_days: int) -> LeftOut:
    """Count the contacts that may not be asked now (1 query)."""
    here = Contact.objects.filter(is_active=True, customer__is_active=True, customer__merged_into=None)
    free, agreed = Q(is_opted_out=False), Q(is_opted_out=False, consent_on__isnull=False)
    counts = (
        here.exclude(customer__lifecycle=Lifecycle.INTERNAL)
        .annotate(is_asked_lately=_asked_lately(as_of, ask_again_days))
        .aggregate(
            opted_out=Count("pk", filter=Q(is_opted_out=True)),
            without_consent=Count("pk", filter=free & Q(consent_on=None)),
            asked_lately=Count("pk", filter=agreed & Q(is_asked_lately=True)),
        )
    )
    return LeftOut(**counts)
