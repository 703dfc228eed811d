"""How far two coders agree on each code, and whether enough was heard: rows for the pure figures of `scoring`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from interviews.models import Coding, ReadCode, SecondReading, Verbatim
from scoring.agreement import TENTATIVE, CodeAgreement, code_agreement, lowest_alpha
from scoring.saturation import BASE, RUN, Saturation, TypicalSaturation, saturation, typical_saturation, unseen_share

Identity = tuple[str, int]
# The same readings give the same interval on every page.
SEED = 1
# Newer interviews say nothing about saturation that the first ones did not; more would only take time.
MOST_INTERVIEWS = 400


def identity_from(requirement_id: int | None, attribute_id: int | None) -> Identity:
    """Return what a code is: a coding has one of the two."""
    return ("requirement", requirement_id) if requirement_id else ("attribute", attribute_id or 0)


# ---- Agreement


def done_readings() -> QuerySet[SecondReading]:
    return SecondReading.objects.exclude(state=SecondReading.State.OPEN)


def agreement_by_code() -> dict[Identity, CodeAgreement]:
    """Return the agreement on each code that at least one of two readings found (2 queries)."""
    units = done_readings().count()
    if not units:
        return {}
    found: defaultdict[Identity, dict[bool, set[int]]] = defaultdict(lambda: {True: set(), False: set()})
    done = ReadCode.objects.exclude(reading__state=SecondReading.State.OPEN).order_by()
    for reading, is_first, requirement, attribute in done.annotate(
        root=Coalesce("requirement__merged_into_id", "requirement_id")
    ).values_list("reading_id", "is_first", "root", "attribute_id"):
        code = identity_from(requirement, attribute)
        found[code][is_first].add(reading)
    return {code: agreement_of(units, sides[True], sides[False]) for code, sides in found.items()}


def agreement_of(units: int, first: set[int], second: set[int]) -> CodeAgreement:
    both = len(first & second)
    return _agreement(both, len(first) - both, len(second) - both, units - len(first | second))


@lru_cache(maxsize=4096)
def _agreement(both: int, first_only: int, second_only: int, neither: int) -> CodeAgreement:
    pairs = {(True, True): both, (True, False): first_only, (False, True): second_only, (False, False): neither}
    return code_agreement(pairs, seed=SEED)


def agreement_about(requirement_id: int) -> CodeAgreement | None:
    """Return the agreement on one requirement and what was merged into it; None where nobody read twice (2 queries)."""
    units = done_readings().count()
    if not units:
        return None
    mine = Q(requirement=requirement_id) | Q(requirement__merged_into=requirement_id)
    sides: dict[bool, set[int]] = {True: set(), False: set()}
    for reading, is_first in (
        ReadCode.objects.filter(mine)
        .exclude(reading__state=SecondReading.State.OPEN)
        .values_list("reading", "is_first")
    ):
        sides[is_first].add(reading)
    return agreement_of(units, sides[True], sides[False]) if sides[True] or sides[False] else None


@dataclass(frozen=True, slots=True)
class AgreementOfAll:
    """The smallest alpha of all codes stands for the codebook; readings: how many words were read twice."""

    readings: int
    lowest: float | None
    open_to_decide: int

    @property
    def is_low(self) -> bool:
        return self.lowest is not None and self.lowest < TENTATIVE


def agreement_of_all(by_code: Mapping[Identity, CodeAgreement]) -> AgreementOfAll:
    states = Counter(done_readings().order_by().values_list("state", flat=True))
    return AgreementOfAll(
        sum(states.values()), lowest_alpha(list(by_code.values())), states[SecondReading.State.DIFFERS]
    )


# ---- Saturation


@dataclass(frozen=True, slots=True)
class Heard:
    """How much new the interviews of a segment brought, in the order in which they were held."""

    interviews: int
    new: tuple[int, ...]
    codes: int
    as_held: Saturation
    typical: TypicalSaturation
    unseen: float | None
    is_cut: bool = False

    @property
    def last_run(self) -> int:
        return sum(self.new[-RUN:])

    @property
    def is_too_few(self) -> bool:
        return self.interviews < BASE + RUN


def heard_in(words: QuerySet[Verbatim]) -> Heard:
    """Return the figures of the interviews whose words these are and were coded (1 query)."""
    rows = (
        Coding.objects.filter(verbatim__in=words.order_by().values("pk"))
        .annotate(root=Coalesce("requirement__merged_into_id", "requirement_id"))
        .order_by("verbatim__interview__held_on", "verbatim__interview_id")
        .values_list("verbatim__interview_id", "root", "attribute_id")
        .distinct()
    )
    return figures_of(rows.iterator(chunk_size=2_000))


def figures_of(rows: Iterable[tuple[int, int | None, int | None]]) -> Heard:
    by_interview: dict[int, set[Identity]] = {}
    is_cut = False
    for interview, requirement, attribute in rows:
        if interview not in by_interview and len(by_interview) == MOST_INTERVIEWS:
            is_cut = True
            break
        code = identity_from(requirement, attribute)
        by_interview.setdefault(interview, set()).add(code)
    held = list(by_interview.values())
    seen: set[Identity] = set()
    new = []
    for codes in held:
        new.append(len(codes - seen))
        seen |= codes
    return Heard(
        interviews=len(held),
        new=tuple(new),
        codes=len(seen),
        as_held=saturation(held),
        typical=typical_saturation(held, seed=SEED),
        unseen=unseen_share(code for codes in held for code in codes),
        is_cut=is_cut,
    )
