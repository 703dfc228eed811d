"""What a round came to, up to a day: whom it asked and who answered, what they said first, how strict they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from customers.models import Lifecycle, ProductUse
from interviews.models import Answer, Coding, Interview, Part, Round, Verbatim

State = Interview.State
# Who is only planned was not asked yet, and what was called off by us is nobody's refusal.
ASKED = (State.INVITED, State.SCHEDULED, State.IN_PROGRESS, State.COMPLETED, State.DECLINED)


@dataclass(frozen=True, slots=True)
class AskedOne:
    """One interview of a round: where its customer stood then, how far it came, by which products the customer goes."""

    customer_id: int
    contact_id: int
    lifecycle: str
    region: str
    size_band: str
    state: str
    held_on: date  # of who has answered, when that was
    products: tuple[int, ...]

    @property
    def was_asked(self) -> bool:
        return self.state in ASKED

    @property
    def has_answered(self) -> bool:
        return self.state == State.COMPLETED


def begun_in(wave: Round, *, until: date) -> QuerySet[Interview]:
    """Return the interviews of a round for which somebody was asked, or heard, up to a day, but those of internal
    customers. An answer moves the day of an interview; when its person was asked the invitation knows."""
    begun = Q(held_on__lte=until) | Q(invitation__invited_at__date__lte=until)
    return Interview.objects.filter(begun, round=wave).exclude(stratum__lifecycle=Lifecycle.INTERNAL)


def asked_in(wave: Round, *, until: date) -> list[AskedOne]:
    """Return whom a round asked up to a day, as they stand now; who answered later had not answered (2 queries)."""
    rows = begun_in(wave, until=until)
    later = Q(state=State.COMPLETED, held_on__gt=until)
    later |= Q(state=State.DECLINED, invitation__declined_at__date__gt=until)
    stood = Case(When(later, then=Value(State.INVITED.value)), default=F("state"))
    columns = ("contact_id", "stratum__lifecycle", "stratum__region", "stratum__size_band", stood, "held_on")
    found = list(rows.order_by("pk").values_list("customer_id", "customer__merged_into_id", *columns))
    uses: defaultdict[int, set[int]] = defaultdict(set)
    used = ProductUse.objects.filter(customer__in=[merged or customer for customer, merged, *_rest in found])
    for customer, product in used.values_list("customer_id", "product_id"):
        uses[customer].add(product)
    made = []
    for customer, merged, *rest in found:
        root = merged or customer
        made.append(AskedOne(root, *rest, tuple(sorted(uses[root]))))  # type: ignore[call-arg]  # rest: the columns
    return made


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often a round's words are about something: a requirement, or an attribute as a whole."""

    label: str
    words: int
    customers: int


def words_by_code(wave: Round, *, until: date) -> list[CodeCount]:
    """Return what the words of a round are about, the most frequent first (1 query)."""
    who = Coalesce("verbatim__interview__customer__merged_into", "verbatim__interview__customer")
    rows = (
        _of_customers(Coding.objects.filter(verbatim__interview__round=wave), "verbatim__interview__", until)
        .values_list("requirement_id", "requirement__reference", "requirement__statement", "attribute__name")
        .annotate(words=Count("verbatim", distinct=True), who=Count(who, distinct=True))
    )
    found = [
        CodeCount(f"{reference} {statement}" if pk else attribute, words, who)
        for pk, reference, statement, attribute, words, who in rows
    ]
    return sorted(found, key=lambda each: (-each.words, each.label))


def readings_of(wave: Round, *, until: date) -> Counter[str]:
    """Count the words of a round by what became of them: coded, set aside, not read yet (1 query)."""
    rows = _of_customers(Verbatim.objects.filter(interview__round=wave), "interview__", until)
    return Counter(dict(rows.values_list("reading").annotate(Count("pk"))))


def first_said_in(wave: Round, *, until: date) -> set[int]:
    """Return the requirements of which customers spoke in this round, in words or by a known part of an answer, and
    none in another round before it; each for what was merged into it, too (2 queries)."""
    known = Q(importance_state=Part.KNOWN) | Q(level_state=Part.KNOWN) | Q(perception_state=Part.KNOWN)
    said = chain(
        _first_days(Answer.objects.filter(known), "interview__", until),
        _first_days(Coding.objects.filter(requirement__isnull=False), "verbatim__interview__", until),
    )
    here, before = dict[int, date](), dict[int, date]()
    for root, round_id, day in said:
        days = here if round_id == wave.pk else before
        days[root] = min(day, days.get(root, day))
    return {root for root, day in here.items() if root not in before or before[root] > day}


def _first_days(rows: QuerySet[Any], interview: str, until: date) -> Iterable[tuple[int, int, date]]:
    root = Coalesce("requirement__merged_into", "requirement")
    days = _of_customers(rows, interview, until).values_list(root, f"{interview}round")
    return days.annotate(Min(f"{interview}held_on"))


def middle_of(levels: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the lower quartile, the median and the upper quartile of sorted levels: levels that somebody asked for."""
    last = len(levels) - 1
    return levels[last // 4], levels[last // 2], levels[last - last // 4]


def _of_customers(rows: QuerySet[Any], interview: str, until: date) -> QuerySet[Any]:
    """Leave what was said in completed interviews up to a day; what internal customers say is no customer's word."""
    done = {f"{interview}state": State.COMPLETED, f"{interview}held_on__lte": until}
    return rows.filter(**done).exclude(**{f"{interview}stratum__lifecycle": Lifecycle.INTERNAL}).order_by()


def by(rows: Iterable[AskedOne], name: str) -> dict[str, list[AskedOne]]:
    """Return who was asked by where the customer stood."""
    found: defaultdict[str, list[AskedOne]] = defaultdict(list)
    for row in rows:
        if row.was_asked:
            found[getattr(row, name)].append(row)
    return dict(found)
