"""Requirements that look as if they said the same: suggested by their words, merged or set aside by a person."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from interviews.alike_models import AlikeVerdict
from interviews.coding import LONGEST_NAME
from interviews.full_text import tokens_of
from interviews.models import Coding
from interviews.shares import Share
from interviews.suggesting import JUDGED_BY
from requirements_catalog.models import Requirement
from requirements_catalog.services import lock_in_order, lock_requirement, merge_requirements
from scoring.suggesting import Alike, alike, learn

# What is looked at: the pairs of a thousand requirements take half a second, once.
MOST_REQUIREMENTS, MOST_WORDS = 1_000, 4_000
# Below it pairs of the example share a turn of phrase and nothing else.
LIKE, MOST_PAIRS = 0.2, 50
KEPT_SECONDS, KEY = 300, "alike-requirements"
Decision = AlikeVerdict.Decision


# ---- Found


@dataclass(frozen=True, slots=True)
class Found:
    """The pairs by their ids, and what was looked at: so many requirements of so many, so many words."""

    pairs: tuple[Alike[int], ...]
    requirements: int
    of_requirements: int
    words: int


def standing() -> QuerySet[Requirement]:
    """Return the requirements that stand for themselves, newest first."""
    return Requirement.objects.exclude(state=Requirement.State.RETIRED).filter(merged_into=None).order_by("-pk")


def found_alike() -> Found:
    """Return the pairs that look alike, worked out anew once the catalogue changed, else every five minutes."""
    # Every change of a requirement leaves a row of its history behind.
    key = f"{KEY}-{Requirement.history.aggregate(last=Max('history_id'))['last'] or 0}"
    return cast("Found", cache.get_or_set(key, look_for_pairs, KEPT_SECONDS))


def look_for_pairs() -> Found:
    """Compare the newest requirements by what they say and by the newest words about them (3 queries)."""
    looked_at = {each.pk: each for each in standing()[:MOST_REQUIREMENTS]}
    passages = list(passages_of(looked_at))
    own = ((pk, tokens_of(f"{each.statement} {each.rule}").split()) for pk, each in looked_at.items())
    pairs = alike(learn([*own, *passages]), like=LIKE, most=MOST_PAIRS)
    return Found(tuple(pairs), len(looked_at), standing().count(), len(passages))


def passages_of(looked_at: Mapping[int, Requirement]) -> Iterator[tuple[int, list[str]]]:
    """Yield the requirement of each of the newest codings with its words, those of merged ones included."""
    rows = (
        Coding.objects.filter(requirement__isnull=False)
        .annotate(root=Coalesce("requirement__merged_into_id", "requirement_id"))
        .order_by("-pk")
        .values_list("root", "start", "end", "verbatim__text")
    )
    for root, start, end, text in rows[:MOST_WORDS]:
        if root in looked_at:
            yield root, tokens_of(text[start:end]).split()


# ---- Shown


@dataclass(frozen=True, slots=True)
class LooksAlike:
    """A pair as the page shows it. because: the words that both share, the strongest first."""

    first: Requirement
    second: Requirement
    because: tuple[str, ...] = ()
    verdict: AlikeVerdict | None = None


@dataclass(frozen=True, slots=True)
class AlikePage:
    """suggested: nobody decided yet; aside: somebody said that they are not the same, and neither changed since."""

    suggested: tuple[LooksAlike, ...]
    aside: tuple[LooksAlike, ...]
    found: Found
    taken: Share


def alike_page() -> AlikePage:
    """Return what is suggested and what was set aside (5 queries; 4 more where pairs are worked out anew)."""
    found = found_alike()
    verdicts = {
        (each.first_id, each.second_id): each for each in AlikeVerdict.objects.filter(decision=Decision.SET_ASIDE)
    }
    ids = {pk for each in found.pairs for pk in (each.one, each.other)} | {pk for pair in verdicts for pk in pair}
    there = standing().select_related("attribute").in_bulk(list(ids))
    aside = {pair: seen for pair, verdict in verdicts.items() if (seen := stands_aside(verdict, there))}
    pairs = [(each, (each.one, each.other)) for each in found.pairs]
    suggested = tuple(
        LooksAlike(there[pair[0]], there[pair[1]], each.because)
        for each, pair in pairs
        if pair not in aside and pair[0] in there and pair[1] in there
    )
    return AlikePage(suggested, tuple(aside.values()), found, alike_taken())


def stands_aside(verdict: AlikeVerdict, there: Mapping[int, Requirement]) -> LooksAlike | None:
    """Return the pair of a verdict that still holds: both stand, and say what they said that day."""
    first, second = there.get(verdict.first_id), there.get(verdict.second_id)
    if first is None or second is None or said_by(first, second) != verdict.said:
        return None
    return LooksAlike(first, second, verdict=verdict)


def said_by(first: Requirement, second: Requirement) -> str:
    """Return a digest of what two requirements say; not of the words about them, which come every day."""
    said = [each for one in (first, second) for each in (one.statement, one.rule, one.example)]
    return sha256("\0".join(said).encode()).hexdigest()


def alike_taken() -> Share:
    """Return of how many decided pairs how many are one now: a merge that was undone is none (1 query)."""
    decided = AlikeVerdict.objects.annotate(
        one=Coalesce("first__merged_into_id", "first_id"), other=Coalesce("second__merged_into_id", "second_id")
    ).order_by("-decided_at", "-pk")
    answers = [
        decision == Decision.MERGED and one == other
        for decision, one, other in decided.values_list("decision", "one", "other")[:JUDGED_BY]
    ]
    return Share(sum(answers), len(answers))


# ---- Decided


def in_order(one: Requirement, other: Requirement) -> tuple[Requirement, Requirement]:
    return (one, other) if one.pk < other.pk else (other, one)


@transaction.atomic
def merge_alike(
    *, requirement: Requirement, into: Requirement, decider: User | None, decider_name: str, now: datetime
) -> Requirement:
    """Merge one of a suggested pair into the other, and keep that the suggestion was taken; the merge can be undone.

    Raises ValidationError as any merge does, for one that was merged away meanwhile too.
    """
    first, second = in_order(requirement, into)
    keep_verdict(first, second, decision=Decision.MERGED, reason="", by=decider, by_name=decider_name, now=now)
    return merge_requirements(requirement=requirement, into=into)


@transaction.atomic
def set_pair_aside(
    *, one: Requirement, other: Requirement, reason: str, decider: User | None, decider_name: str, now: datetime
) -> AlikeVerdict:
    """Say that two requirements are not the same, and why; they are not suggested until one of them says otherwise.

    Raises ValidationError without a reason, and for one that was merged away meanwhile.
    """
    lock_in_order(one, other)
    first, second = in_order(lock_requirement(one), lock_requirement(other))
    reason = reason.strip()
    return keep_verdict(
        first, second, decision=Decision.SET_ASIDE, reason=reason, by=decider, by_name=decider_name, now=now
    )


def keep_verdict(
    first: Requirement, second: Requirement, *, decision: str, reason: str, by: User | None, by_name: str, now: datetime
) -> AlikeVerdict:
    kept = AlikeVerdict.objects.filter(first=first, second=second).first() or AlikeVerdict(first=first, second=second)
    kept.decision, kept.reason, kept.said = decision, reason, said_by(first, second)
    kept.decided_by, kept.decided_by_name, kept.decided_at = by, by_name[:LONGEST_NAME], now
    kept.full_clean(exclude={"first", "second", "decided_by"})
    kept.save()
    return kept


@transaction.atomic
def suggest_again(*, verdict: AlikeVerdict) -> None:
    """Take back that two requirements are not the same."""
    AlikeVerdict.objects.filter(pk=verdict.pk, decision=Decision.SET_ASIDE).delete()
