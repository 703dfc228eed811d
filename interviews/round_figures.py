"""What a round came to, up to a day: whom it asked and who answered, what they said first, how strict they are."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, F, Min, Q

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
    held_on: date
    products: tuple[int, ...]

    @property
    def was_asked(self) -> bool:
        return self.state in ASKED

    @property
    def has_answered(self) -> bool:
        return self.state == State.COMPLETED


def asked_in(wave: Round, *, until: date) -> list[AskedOne]:
    """Return the interviews of a round up to a day, but those of internal customers, as they stand now (2 queries)."""
    rows = Interview.objects.filter(round=wave, held_on__lte=until).exclude(stratum__lifecycle=Lifecycle.INTERNAL)
    columns = ("contact_id", "stratum__lifecycle", "stratum__region", "stratum__size_band", "state", "held_on")
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
    """How often a round's words are about something; requirement_id None: about an attribute as a whole."""

    label: str
    requirement_id: int | None
    words: int
    customers: int


def words_by_code(wave: Round, *, until: date) -> list[CodeCount]:
    """Return what the words of a round are about, the most frequent first (1 query)."""
    rows = (
        Coding.objects.filter(**_completed(wave, until))
        .order_by()
        .values_list("requirement_id", "requirement__reference", "requirement__statement", "attribute__name")
        .annotate(words=Count("verbatim", distinct=True), who=Count("verbatim__interview__customer", distinct=True))
    )
    found = [
        CodeCount(f"{reference} {statement}" if pk else attribute, pk, words, who)
        for pk, reference, statement, attribute, words, who in rows
    ]
    return sorted(found, key=lambda each: (-each.words, each.label))


def readings_of(wave: Round, *, until: date) -> Counter[str]:
    """Count the words of a round by what became of them: coded, set aside, not read yet (1 query)."""
    rows = Verbatim.objects.filter(
        interview__round=wave, interview__state=State.COMPLETED, interview__held_on__lte=until
    )
    return Counter(dict(rows.order_by().values_list("reading").annotate(Count("pk"))))


def first_said_in(wave: Round, *, until: date) -> set[int]:
    """Return the requirements about which words were said in this round, and none before it (2 queries)."""
    here = Coding.objects.filter(**_completed(wave, until), requirement__isnull=False)
    first = dict(here.order_by().values_list("requirement_id").annotate(Min("verbatim__interview__held_on")))
    earlier = Coding.objects.filter(requirement__in=first, verbatim__interview__state=State.COMPLETED).exclude(
        verbatim__interview__round=wave
    )
    before = dict(earlier.order_by().values_list("requirement_id").annotate(Min("verbatim__interview__held_on")))
    return {pk for pk, day in first.items() if pk not in before or before[pk] > day}


def levels_asked_in(wave: Round, *, until: date) -> dict[int, list[Decimal]]:
    """Return the levels that a round's answers ask for by requirement, lowest first, in its unit of today (1 query)."""
    rows = Answer.objects.filter(
        Q(scale_version=F("requirement__current_scale")), level_state=Part.KNOWN, interview__round=wave,
        interview__state=State.COMPLETED, interview__held_on__lte=until,
    ).exclude(interview__stratum__lifecycle=Lifecycle.INTERNAL)  # fmt: skip
    found: defaultdict[int, list[Decimal]] = defaultdict(list)
    for requirement, level in rows.order_by("required_level").values_list("requirement_id", "required_level"):
        if level is not None:
            found[requirement].append(Decimal(level))
    return found


def middle_of(levels: Sequence[Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Return the lower quartile, the median and the upper quartile of sorted levels: levels that somebody asked for."""
    last = len(levels) - 1
    return levels[last // 4], levels[last // 2], levels[last - last // 4]


def _completed(wave: Round, until: date) -> dict[str, object]:
    return {
        "verbatim__interview__round": wave, "verbatim__interview__state": State.COMPLETED,
        "verbatim__interview__held_on__lte": until,
    }  # fmt: skip


def by(rows: Iterable[AskedOne], name: str) -> dict[str, list[AskedOne]]:
    """Return who was asked by where the customer stood."""
    found: defaultdict[str, list[AskedOne]] = defaultdict(list)
    for row in rows:
        if row.was_asked:
            found[getattr(row, name)].append(row)
    return dict(found)
