"""What waits to become a requirement, and whose voices a requirement has."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from customers.models import Lifecycle, Stratum
from interviews.consolidation_models import Consolidation
from interviews.models import Answer, Coding, Interview, Objective, Part, Verbatim
from interviews.readings import hidden_from
from interviews.shares import Share
from interviews.workbench import COUNTED_AT_ONCE, counted_now_and_then
from requirements_catalog.models import Requirement
from scoring.units import factor, unit_of
from web.choices import in_words
from web.fields import PLACES, from_units

HEARD_KEY = "heard-and-where-it-is"
# A comparison of fewer says nothing.
FEWEST = 5
MOST_LEVELS, MOST_OBJECTIVES, MOST_SHOWN = 5_000, 10, 10
ACTS_SHOWN = 10


# ---- Where everything that was heard is


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """Verbatims: all = in_requirements + set_aside + uncoded + attribute_only; nothing is anywhere else."""

    all: int
    in_requirements: int
    set_aside: int
    uncoded: int

    @property
    def attribute_only(self) -> int:
        return self.all - self.in_requirements - self.set_aside - self.uncoded

    @property
    def waiting(self) -> int:
        return self.uncoded + self.attribute_only


def heard_so_far() -> HeardSoFar:
    """Return where every verbatim is (2 queries; of many words counted every five minutes)."""
    last = Verbatim.objects.aggregate(last=Max("pk"))["last"] or 0
    return counted_now_and_then(HEARD_KEY, _heard_so_far, at_once=last <= COUNTED_AT_ONCE)


def _heard_so_far() -> HeardSoFar:
    readings = Counter(dict(Verbatim.objects.order_by().values_list("reading").annotate(Count("pk"))))
    named = Coding.objects.filter(requirement__isnull=False).order_by()
    in_requirements = named.aggregate(count=Count("verbatim", distinct=True))["count"]
    return HeardSoFar(
        sum(readings.values()),
        in_requirements,
        readings[Verbatim.Reading.SET_ASIDE],
        readings[Verbatim.Reading.UNCODED],
    )


def loose_codings(user_id: int | None) -> QuerySet[Coding]:
    """Return the codings to an attribute of words without a requirement; none that this person is to read blind."""
    named = Coding.objects.filter(verbatim=OuterRef("verbatim"), requirement__isnull=False)
    loose = Coding.objects.filter(~Exists(named), attribute__isnull=False)
    return loose.exclude(verbatim__in=hidden_from(user_id)).order_by("attribute__position", "attribute", "-pk")


def with_speakers(codings: QuerySet[Coding]) -> QuerySet[Coding]:
    return codings.select_related("attribute", "verbatim__interview__customer", "verbatim__interview__stratum").defer(
        "verbatim__tokens"
    )


def by_attribute(codings: QuerySet[Coding]) -> list[tuple[int, str, int]]:
    """Return (attribute, name, how many codings) of what is loose (1 query)."""
    rows = codings.order_by("attribute__position", "attribute").values_list("attribute", "attribute__name")
    return list(rows.annotate(Count("pk")))


def passage_of(coding: Coding) -> str:
    text = coding.verbatim.text
    return text if coding.start is None else text[coding.start : coding.end]


def acts() -> QuerySet[Consolidation]:
    """Return what was consolidated, newest first."""
    return Consolidation.objects.select_related("requirement", "source")


# ---- The voices of a requirement


def voices(requirement: Requirement) -> QuerySet[Interview]:
    """Return the interviews that say something about a requirement itself, newest first."""
    answered = Answer.objects.filter(interview=OuterRef("pk"), requirement=requirement)
    said = Coding.objects.filter(verbatim__interview=OuterRef("pk"), requirement=requirement)
    found = Interview.objects.filter(Exists(answered) | Exists(said))
    return found.select_related("customer", "stratum").order_by("-held_on", "-pk")


@dataclass(frozen=True, slots=True)
class Voice:
    """One interview as a requirement's page shows it."""

    interview: Interview
    answers: tuple[Answer, ...]
    passages: tuple[str, ...]


def voices_shown(requirement: Requirement, interviews: Iterable[Interview]) -> list[Voice]:
    """Return what each of these interviews says about a requirement (2 queries)."""
    page = list(interviews)
    answers: defaultdict[int, list[Answer]] = defaultdict(list)
    for answer in (
        Answer.objects.filter(requirement=requirement, interview__in=page)
        .select_related("product", "scale_version")
        .order_by("product__name")
    ):
        answers[answer.interview_id].append(answer)
    passages: defaultdict[int, list[str]] = defaultdict(list)
    codings = Coding.objects.filter(requirement=requirement, verbatim__interview__in=page).select_related("verbatim")
    for coding in codings.order_by("pk"):
        passages[coding.verbatim.interview_id].append(passage_of(coding))
    return [Voice(each, tuple(answers[each.pk]), tuple(passages[each.pk])) for each in page]


@dataclass(frozen=True, slots=True)
class Segment:
    """How many customers of one segment have a voice, by one of its dimensions."""

    dimension: str
    name: str
    customers: int


DIMENSIONS = (("lifecycle", "Lifecycle"), ("region", "Region"), ("industry", "Industry"), ("size_band", "Size"))


def segments_of(found: QuerySet[Interview]) -> list[Segment]:
    """Count the customers behind some interviews by lifecycle, region, industry and size (1 query)."""
    columns = [f"stratum__{name}" for name, _label in DIMENSIONS]
    rows = found.order_by().values_list("customer", "customer__merged_into", *columns).distinct()
    counted: defaultdict[tuple[int, str], set[int]] = defaultdict(set)
    for customer, root, *values in rows:
        for at, value in enumerate(values):
            counted[at, value].add(root or customer)
    return [
        Segment(DIMENSIONS[at][1], worded(DIMENSIONS[at][0], value), len(customers))
        for (at, value), customers in sorted(counted.items(), key=lambda row: (row[0][0], -len(row[1]), row[0][1]))
    ]


def worded(name: str, value: str) -> str:
    return str(in_words(name)(Stratum(**{name: value}))) or "not known"


# ---- Strictness


@dataclass(frozen=True, slots=True)
class Strictness:
    """Required levels in the present unit. strict: the answers of the strictest quarter (ties are in it) with how many
    named an objective, rest: the others; objectives: what the strict ones want to achieve, with how many said so."""

    n: int
    strictest: Decimal
    loosest: Decimal
    limit: Decimal
    strict: Share
    rest: Share
    objectives: tuple[tuple[str, int], ...]
    elsewhere: int

    @property
    def named(self) -> int:
        return self.strict.named + self.rest.named

    @property
    def can_be_compared(self) -> bool:
        return min(self.strict.of, self.rest.of) >= FEWEST


@dataclass(frozen=True, slots=True)
class Stated:
    interview: int
    product: int
    level: Decimal


def strictness_of(requirement: Requirement) -> Strictness | None:
    """Return how strict customers are about a requirement, and what explains it; None where no level is known.

    Read are the newest 5,000 levels of completed interviews, those of merged requirements too. A level on a unit that
    cannot be converted is counted as `elsewhere`. (2 queries)
    """
    scale = requirement.current_scale
    if scale is None:
        return None
    mine = Q(requirement=requirement) | Q(requirement__merged_into=requirement)
    known = Answer.objects.filter(mine, level_state=Part.KNOWN, interview__state=Interview.State.COMPLETED)
    rows: Any = known.order_by("-pk").values_list("interview", "product", "required_level", "scale_version__unit")
    stated, elsewhere = [], 0
    for interview, product, level, unit in rows[:MOST_LEVELS]:
        if unit_of(unit).dimension != unit_of(scale.unit).dimension:
            elsewhere += 1
        else:
            exact = factor(unit, scale.unit)
            here = to_millionths(level * exact.numerator / exact.denominator)
            stated.append(Stated(interview, product, here))
    return compared(stated, is_lower=scale.direction == "lower", elsewhere=elsewhere) if stated else None


def to_millionths(level: Decimal) -> Decimal:
    """Return a level as the columns would hold it: a third of an hour has no end."""
    return from_units(int(level.scaleb(PLACES).to_integral_value()))


def compared(stated: list[Stated], *, is_lower: bool, elsewhere: int) -> Strictness:
    levels = sorted((each.level for each in stated), reverse=not is_lower)
    limit = levels[(len(levels) - 1) // 4]
    named: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    about = Objective.objects.filter(interview__in={each.interview for each in stated}).order_by("pk")
    for interview, product, statement in about.values_list("interview_id", "product_id", "statement"):
        named[interview, product].add(" ".join(statement.split()))
    strict = [each for each in stated if (each.level <= limit if is_lower else each.level >= limit)]
    rest = [each for each in stated if (each.level > limit if is_lower else each.level < limit)]
    said = Counter(text for each in strict for text in named[each.interview, each.product])
    return Strictness(
        len(stated), levels[0], levels[-1], limit, share_of(strict, named), share_of(rest, named),
        tuple(sorted(said.items(), key=lambda row: (-row[1], row[0]))[:MOST_OBJECTIVES]), elsewhere,
    )  # fmt: skip


def share_of(answers: list[Stated], named: dict[tuple[int, int], set[str]]) -> Share:
    return Share(sum(bool(named.get((each.interview, each.product))) for each in answers), len(answers))


def of_lifecycle(found: QuerySet[Interview], lifecycle: str) -> QuerySet[Interview]:
    return found.filter(stratum__lifecycle=lifecycle) if lifecycle in Lifecycle.values else found
