"""What a change between two kept days is made of, replayed from what the two snapshots keep.

Source: docs/algorithms/gap-score.md, What a change is made of.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from customers.models import Lifecycle
from gap_scores.evidence import RequirementRules, all_strata
from gap_scores.fold import Frame, LedgerRows, Reading, sums_of_ledger
from gap_scores.kept import STATED_KEY, content_of, ledger_row, levels_in
from gap_scores.levels import LevelRow, Levels
from gap_scores.locking import Progress, no_progress
from gap_scores.models import Snapshot
from gap_scores.scopes import HEADLINE, Key, Kind, Segment, codes_of
from gap_scores.workings import Clock, Headline, score_of
from scoring.rollup import mass
from scoring.rounding import divide_half_even
from scoring.sums import LedgerRow, Rules, epoch_of
from scoring.waterfall import Cause, Stage, Waterfall, Weighed, split_change

Ledger = Mapping[int, LedgerRows]  # by customer


@dataclass(frozen=True, slots=True)
class Held:
    """What one kept day holds of one requirement: how answers are read, what was measured, who said what.

    use: the part of the register's weight that uses one of its products.
    """

    headline: Headline
    owner: int | None
    levels: Levels
    ledger: Ledger
    use: float

    @property
    def half_life(self) -> int:
        return int(self.headline.rules.split(" ")[0])


@dataclass(frozen=True, slots=True)
class KeptSide:
    """One of the two days: its requirements, and the factors of strata."""

    as_of: date
    requirements: Mapping[int, Held]
    weights: Mapping[int, float]

    @property
    def clock(self) -> Clock:
        return Clock(self.as_of, epoch_of(self.as_of))


WHOLE = 0  # no function has this number: the overall gap


def changes_between(*, then: Snapshot, now: Snapshot, progress: Progress = no_progress) -> dict[int, Waterfall]:
    """Return what the change of each gap is made of: of every function that had one on both days, and of the WHOLE (1
    query). Raises: ValueError for a snapshot that was altered.
    """
    strata = all_strata()
    sides = [side_of(snapshot, strata) for snapshot in (then, now)]
    courses = courses_between(*sides, strata=strata, progress=progress)
    of_functions = {
        function: [each for each in courses if function in (each.owner_then, each.owner_now)]
        for function in sorted({each.owner_then for each in courses} & {each.owner_now for each in courses})
    }
    stages = {WHOLE: stages_of(courses), **{each: stages_of(its, each) for each, its in of_functions.items()}}
    return {each: split_change(its) for each, its in stages.items() if weighs(its[0]) and weighs(its[-1])}


def side_of(snapshot: Snapshot, strata: Mapping[int, Segment]) -> KeptSide:
    content = content_of(snapshot)
    owners = {int(each): owner for each, owner in content["owners"].items()}
    current = {each for each, segment in strata.items() if segment.lifecycle == Lifecycle.CURRENT}
    held = {
        int(each): _held(its, owners.get(int(each)), current) for each, its in sorted(content["requirements"].items())
    }
    # Snapshots from before there were weight sets do not say them: none was in them.
    weights = {int(stratum): factor for stratum, factor in content.get("weights", {}).items()}
    return KeptSide(snapshot.as_of, held, weights)


def _held(kept: Mapping[str, Any], owner: int | None, current: set[int]) -> Held:
    headline = Headline(*kept["headline"])
    ledger: dict[int, LedgerRows] = {}
    for customer, *rest in kept["ledger"]:
        row = ledger_row(rest)
        if row.stratum in current:
            ledger.setdefault(customer, {})[row.product, row.contact] = row
    return Held(headline, owner, levels_in(kept["levels"]), ledger, _use(headline, _headline_sums(kept["sums"])))


def _headline_sums(rows: Iterable[Sequence[Any]]) -> Sequence[int] | None:
    of_headline = (row[STATED_KEY:-1] for row in rows if tuple(row[1:STATED_KEY]) == (Kind.LIFECYCLE, 0, HEADLINE))
    return next(of_headline, None)


def _use(headline: Headline, sums: Sequence[int] | None) -> float:
    """Return U of M = U (1 - N): the snapshot keeps M, and the sums say N."""
    applies = _mass(1.0, sums) if sums else 0.0
    return headline.mass / applies if headline.mass is not None and applies else 1.0


def _mass(use: float, sums: Sequence[int]) -> float:
    share = mass(using=0, register=0, not_applicable=sums[2], heard=sums[1], use_recorded=False)
    return use * share


# ---- From then to now


@dataclass(frozen=True, slots=True)
class Course:
    """One requirement on its way: what it weighed at each stage but the last, and at the last. Owner 0: none."""

    requirement: int
    owner_then: int
    owner_now: int
    stages: Sequence[Weighed | None]
    last: Weighed | None


def courses_between(
    then: KeptSide, now: KeptSide, *, strata: Mapping[int, Segment], progress: Progress = no_progress
) -> list[Course]:
    """Return the way of each requirement that counts on one of the days at least.

    One whose answers are read by other rules now, or that somebody else answers for, stays as it was until the last
    cause, the definitions: what else happened to it cannot be told apart from those.
    """
    replay, found = Replay.between(then, now, strata), []
    ids = sorted({*then.requirements, *now.requirements})
    for done, each in enumerate(ids):
        progress(done, len(ids))
        old, new = then.requirements.get(each), now.requirements.get(each)
        owner_then, owner_now = (held.owner or 0 if held else 0 for held in (old, new))
        if not owner_then and not owner_now:
            continue
        stays = [_kept(old)] * len(Cause)
        stages = replay.course(each, old, new) if old and new and is_alike(old, new) else stays
        found.append(Course(each, owner_then, owner_now, stages, _kept(new)))
    progress(len(ids), len(ids))
    return found


def stages_of(courses: Iterable[Course], function: int | None = None) -> list[Stage]:
    """Return the requirements of the whole, or of a function, as they were, and after each cause."""
    stages: list[dict[int, Weighed]] = [{} for _ in range(len(Cause) + 1)]
    for course in courses:
        counts_then, counts_now = (
            bool(owner) and function in (None, owner) for owner in (course.owner_then, course.owner_now)
        )
        for stage, weighed in zip(stages, course.stages, strict=False):
            if weighed and counts_then:
                stage[course.requirement] = weighed
        if course.last and counts_now:
            stages[-1][course.requirement] = course.last
    return list(stages)


def weighs(stage: Stage) -> bool:
    return any(each.j > 0 for each in stage.values())


def is_alike(old: Held, new: Held) -> bool:
    """Whether answers are read by the same rules on both days, and the same function answers for it."""
    return old.headline.rules == new.headline.rules and old.owner == new.owner


def _kept(held: Held | None) -> Weighed | None:
    """Return what the snapshot itself says, to the last bit."""
    if held is None or held.headline.gap is None or held.headline.j is None:
        return None
    return Weighed(held.headline.gap, held.headline.j)


class Seen(NamedTuple):
    """A requirement with some things of then and others of now."""

    ledger: Ledger
    levels: Levels
    frame: Frame
    use: float


@dataclass(frozen=True, slots=True)
class Replay:
    """Works out requirements on the way from then to now. as_then, as_now: the frames of the two days; faded: the
    freshness of now with the weights of then."""

    day: date
    clock: Clock
    as_then: Frame
    faded: Frame
    as_now: Frame

    @classmethod
    def between(cls, then: KeptSide, now: KeptSide, strata: Mapping[int, Segment]) -> "Replay":
        segments, codes = dict(strata), {stratum: codes_of(segment) for stratum, segment in strata.items()}
        frames = (
            Frame(at.clock.epoch, side.weights, segments, codes) for at, side in ((then, then), (now, then), (now, now))
        )
        return cls(then.as_of, now.clock, *frames)

    def course(self, requirement: int, old: Held, new: Held) -> list[Weighed | None]:
        """Return the requirement at each stage but the last."""
        as_then, faded, as_now = self.as_then, self.faded, self.as_now
        weighed_as_then = with_weights_of(new.ledger, old.ledger)
        steps = [
            # No answer can be fresher than the day that it is brought back to.
            Seen(not_after(weighed_as_then, self.day), old.levels, as_then, old.use),
            Seen(weighed_as_then, old.levels, faded, old.use),
            Seen(weighed_as_then, measured_by_the_same(old.levels, new.levels), faded, old.use),
            Seen(weighed_as_then, new.levels, faded, old.use),
            Seen(new.ledger, new.levels, as_now, old.use),
            Seen(new.ledger, new.levels, as_now, new.use),
        ]
        weighed = [self._weighed(requirement, old.half_life, steps[0])]
        for before, step in pairwise(steps):
            # Mostly levels, weights and use are the same on both days.
            weighed.append(weighed[-1] if step == before else self._weighed(requirement, old.half_life, step))
        return [_kept(old), *weighed]

    def _weighed(self, requirement: int, half_life: int, seen: Seen) -> Weighed | None:
        if not seen.ledger:
            return None
        rules = RequirementRules(Rules(half_life=half_life), "", "")
        sums = sums_of_ledger(Reading(requirement, rules, seen.levels, seen.frame), seen.ledger)
        row = sums[Key(requirement, Kind.LIFECYCLE, 0, HEADLINE)]
        score = score_of(row, clock=self.clock, half_life=half_life)
        return Weighed(score.gap, _mass(seen.use, row.sums) * score.importance) if score else None


def with_weights_of(ledger: Ledger, other: Ledger) -> Ledger:
    """Return the answers as heavy as their customers were in another ledger; who is not in it keeps its own."""
    weights = {customer: next(iter(rows.values())).weight for customer, rows in other.items()}
    return {
        customer: {key: _weighing(row, weights.get(customer, row.weight)) for key, row in rows.items()}
        for customer, rows in ledger.items()
    }


def _weighing(row: LedgerRow, weight: int) -> LedgerRow:
    """Return an answer as if its customer weighed so much; one that weighs nothing cannot be weighed anew."""
    if row.weight in (0, weight):
        return row
    a, b = (divide_half_even(its * weight, row.weight) for its in (row.a, row.b))
    return row._replace(weight=weight, a=a, b=b)


def not_after(ledger: Ledger, day: date) -> Ledger:
    return {
        customer: {key: row._replace(day=min(row.day, day)) for key, row in rows.items()}
        for customer, rows in ledger.items()
    }


def measured_by_the_same(old: Levels, new: Levels) -> Levels:
    """Return the levels of now, but those of then where another metric gives them now.

    A level that came or went stands with the same metric: whether a link or a measurement is new is not kept.
    """
    before, after = metrics_of(old), metrics_of(new)
    other = {product for product in before.keys() & after.keys() if before[product] != after[product]}
    rows: dict[tuple[int, str], LevelRow] = {
        **{key: row for key, row in old.rows.items() if key[0] in other},
        **{key: row for key, row in new.rows.items() if key[0] not in other},
    }
    return Levels(rows)


def metrics_of(levels: Levels) -> dict[int, int]:
    """Return the metric that gives the level of each product."""
    return {product: row.metric for (product, part), row in levels.rows.items() if not part}
