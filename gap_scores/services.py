"""The drain: folds what markers name into the sums, the headlines and the circle, in one transaction and one run.

It takes the one lock before it reads, so score rows that units share cannot race. gap_scores/rebuilding.py works
the same state out from nothing, gap_scores/snapshots.py keeps a state for good.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from functions.selectors import zone_named
from gap_scores import store
from gap_scores.derive import derive_functions, write_requirements
from gap_scores.evidence import RequirementRules, Unit, requirements_of_customer, rules_of
from gap_scores.fold import (
    Frame,
    Reading,
    Written,
    flip_level,
    fold_units,
    replace_requirement,
    requirement_state,
)
from gap_scores.levels import (
    NO_LEVELS,
    Levels,
    forget_levels,
    kept_levels,
    measured_now,
    replace_levels,
    requirements_measured_by,
)
from gap_scores.locking import fetch_locked
from gap_scores.models import ProjectionState, RequirementScore, ScoringRun
from gap_scores.register import refresh_register
from gap_scores.workings import Clock, Headline, kept_headlines, requirement_headlines
from jobs.models import Marker
from jobs.services import mark_every_day
from metrics.day_sums import fold_days
from requirements_catalog.models import Requirement
from scoring.gaps import METHOD
from scoring.sums import epoch_of
from web import sql

BATCH = 5_000  # markers claimed by one drain
# What a drain wants to know before it takes the lock, most often that there is nothing to do.
WAITING = (
    "SELECT p.time_zone, s.as_of, EXISTS (SELECT 1 FROM jobs_marker) FROM (SELECT 1) once "
    "LEFT JOIN functions_program p ON p.id = 1 LEFT JOIN gap_scores_projectionstate s ON s.id = 1"
)
MANY_UNITS = 20_000  # above it whole requirements are worked out anew


@dataclass(frozen=True, slots=True)
class DrainReport:
    """What one drain did; false if there was nothing to do."""

    markers: int
    run_id: int | None = None

    def __bool__(self) -> bool:
        return bool(self.markers or self.run_id)


@dataclass(slots=True)
class Work:
    """What the claimed markers ask for, each key once."""

    units: set[Unit] = field(default_factory=set)
    requirements: set[int] = field(default_factory=set)
    metrics: set[int] = field(default_factory=set)
    days: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    every_day_of: set[int] = field(default_factory=set)
    register: bool = False
    circle: bool = False


def drain_markers(*, as_of: datetime, limit: int = BATCH) -> DrainReport:
    """Fold up to `limit` markers into every score they touch, in one transaction, and record one run."""
    zone, stands_at, markers_wait = sql.fetch(WAITING)[0]
    today = as_of.astimezone(zone_named(zone)).date()
    if not markers_wait and stands_at is not None and stands_at >= today:
        return DrainReport(0)
    with transaction.atomic():
        state, claimed = _state(today), _claim(limit)
        if not claimed and state.as_of >= today:
            return DrainReport(0)
        run = _open_run(as_of, max(state.as_of, today), len(claimed))
        _fold(state, run, _work(claimed), today)
    return DrainReport(len(claimed), run)


def drain_all(*, as_of: datetime) -> int:
    """Drain until no marker is left; return how many were folded."""
    folded = 0
    while report := drain_markers(as_of=as_of):
        folded += report.markers
    return folded


def _claim(limit: int) -> list[sql.Row]:
    return sql.fetch(
        "DELETE FROM jobs_marker WHERE id IN (SELECT id FROM jobs_marker ORDER BY id LIMIT %s) "
        "RETURNING kind, key1, key2",
        [limit],
    )


@transaction.atomic
def take_back_date(*, as_of: datetime) -> None:
    """Let the scores be of today again if a clock that ran ahead moved them on; who calls works all of them out anew.

    By itself the date never goes back: a moment's quarrel between two clocks would move every score to and fro.
    """
    zone, stands_at, _ = sql.fetch(WAITING)[0]
    today = as_of.astimezone(zone_named(zone)).date()
    if stands_at is not None and stands_at > today:
        _state(today)
        # The day before, so that the next drain moves on to today.
        ProjectionState.objects.update(as_of=today - timedelta(days=1))


@dataclass(slots=True)
class State:
    """Where the projection stands; `wanted_set`: the weight set in use, which the sums have after this drain.

    `is_rebuilding`: a rebuild is under way beside it. `is_noted`: each requirement has the run that last worked out its
    ledger.
    """

    generation: int
    as_of: date
    epoch: int
    run_id: int
    weight_set: int | None = None
    wanted_set: int | None = None
    is_rebuilding: bool = False
    is_noted: bool = False


def _state(today: date) -> State:
    """Take the lock and return the state, made at the first drain."""
    rows = fetch_locked(
        "SELECT generation, as_of, epoch, run_id, weight_set_id, "
        "(SELECT id FROM interviews_weightset WHERE is_active), EXISTS (SELECT 1 FROM gap_scores_rebuildchunk), "
        "noted_run_id = run_id "
        "FROM gap_scores_projectionstate"
    )
    if not rows:
        ProjectionState.objects.create(as_of=today, epoch=epoch_of(today))
        return _state(today)
    generation, as_of, epoch, run_id, weight_set, wanted_set, is_rebuilding, is_noted = rows[0]
    return State(generation, as_of, epoch, run_id, weight_set, wanted_set, bool(is_rebuilding), bool(is_noted))


def _open_run(computed_at: datetime, as_of: date, markers: int) -> int:
    kind = ScoringRun.Kind.DRAIN if markers else ScoringRun.Kind.DATE
    rows = sql.fetch(
        "INSERT INTO gap_scores_scoringrun (kind, method, as_of, computed_at, markers, units, requirements_changed, "
        "functions_changed) VALUES (%s, %s, %s, %s, %s, 0, 0, 0) RETURNING id",
        [kind, METHOD, as_of, connection.ops.adapt_datetimefield_value(computed_at), markers],
    )
    return int(rows[0][0])


def _work(claimed: Sequence[sql.Row]) -> Work:
    work = Work()
    for kind, key1, key2 in set(claimed):
        match kind:
            case Marker.Kind.UNIT:
                work.units.add((key1, key2))
            case Marker.Kind.CUSTOMER:
                work.units.update((key1, requirement) for requirement in _requirements_ever(key1))
            case Marker.Kind.REQUIREMENT:
                work.requirements.add(key1)
            case Marker.Kind.METRIC:
                work.metrics.add(key1)
                if key2 == Marker.EVERY_DAY:
                    work.every_day_of.add(key1)
                elif key2 != Marker.NO_DAY:
                    work.days[key1].add(key2)
            case Marker.Kind.REGISTER:
                work.register = True
            case _:
                work.circle = True
    return work


def _requirements_ever(customer: int) -> set[int]:
    """Return the requirements a customer has answers on, or has in the ledger (it may just have been merged)."""
    generation = ProjectionState.objects.values_list("generation", flat=True).get()
    kept = store.ledger_of_customer(generation, customer, sorted(root_requirements()))
    return {requirement for requirement, _ in kept} | set(requirements_of_customer(customer))


def _fold(state: State, run: int, work: Work, today: date) -> None:
    """Bring sums, levels and headlines to what the evidence says, then note what changed in the run."""
    day = max(state.as_of, today)
    moved, new_month = state.as_of < day, (state.as_of.year, state.as_of.month) != (day.year, day.month)
    if epoch_of(day) != state.epoch or state.weight_set != state.wanted_set:
        # A new January, or other factors of strata: every sum is made with them from now on.
        state.epoch, state.weight_set = epoch_of(day), state.wanted_set
        work.requirements.update(root_requirements())
    state.as_of, state.run_id = day, run
    everything = ((work.register or moved) and refresh_register(as_of=day)) or new_month
    folded = _fold_sums(state, work)
    if everything:
        folded.read(root_requirements())
        folded.touched = set(folded.rules)
    all_functions = bool(everything or work.circle or work.requirements)
    changed, functions = derive(state, folded, all_functions=all_functions)
    _close_run(
        state, units=len(work.units), changed=len(changed), functions=len(functions), answered=sorted(folded.answered)
    )


def _close_run(state: State, *, units: int, changed: int, functions: int, answered: Sequence[int]) -> None:
    of_run = "units = %s, requirements_changed = %s, functions_changed = %s"
    of_state = "as_of = %s, epoch = %s, run_id = %s, noted_run_id = %s, weight_set_id = %s"
    statements: list[tuple[str, Sequence[Any]]] = [
        (f"UPDATE gap_scores_scoringrun SET {of_run} WHERE id = %s", [units, changed, functions, state.run_id]),
        (
            f"UPDATE gap_scores_projectionstate SET {of_state}",
            [state.as_of, state.epoch, state.run_id, state.run_id, state.weight_set],
        ),
    ]
    note, noted = "UPDATE gap_scores_requirementscore SET ledger_run_id = %s", [state.run_id]
    if not state.is_noted:
        # Somebody else drained who notes nothing: it may have been any ledger.
        statements.append((note, noted))
    elif answered:
        statements.append((f"{note} WHERE requirement_id IN ({sql.marks(answered)})", [*noted, *answered]))
    sql.run_all(*statements)


def root_requirements() -> set[int]:
    return set(Requirement.objects.filter(merged_into=None).order_by().values_list("pk", flat=True))


@dataclass(slots=True)
class Folded:
    """Requirements whose sums were brought up to date: their rules, headlines as kept, score rows as written.

    answered: those of which ledger entries were worked out.
    """

    rules: dict[int, RequirementRules] = field(default_factory=dict)
    kept: dict[int, Headline] = field(default_factory=dict)
    rows: Written = field(default_factory=dict)
    touched: set[int] = field(default_factory=set)
    answered: set[int] = field(default_factory=set)

    def read(self, requirements: Iterable[int]) -> None:
        """Read the rules and headlines of more requirements; none for those that are gone or merged."""
        more = rules_of(sorted(set(requirements) - self.rules.keys()))
        self.rules |= more
        self.kept |= kept_headlines(sorted(more))


def derive(state: State | ProjectionState, folded: Folded, *, all_functions: bool) -> tuple[set[int], set[int]]:
    """Write the headlines of what was touched and of the functions above it; return what changed."""
    clock = Clock(state.as_of, state.epoch)
    rules = {each: folded.rules[each] for each in folded.touched}
    now = requirement_headlines(state.generation, rules, clock=clock, known=folded.rows)
    changed = write_requirements(folded.kept, now, run=state.run_id)
    if not changed and not all_functions:
        return changed, set()
    return changed, derive_functions(
        state.generation, None if all_functions else changed, clock=clock, run=state.run_id
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What one drain folds: whole requirements, requirements with a new level, single units."""

    whole: set[int]
    levelled: set[int]
    units: list[Unit]
    before: dict[int, Reading]
    after: dict[int, Reading]
    frame: Frame


def _fold_sums(state: State, work: Work) -> Folded:
    """Fold the days of metrics, units, whole requirements and levels."""
    left = fold_days(days=work.days, whole=work.every_day_of)
    mark_every_day(metric_ids=left)
    work.metrics -= left
    measured = requirements_measured_by(work.metrics)
    asked = work.requirements | measured | {requirement for _, requirement in work.units}
    folded = Folded()
    folded.read(asked)
    rules = folded.rules
    changed_rules = {each for each, kept in folded.kept.items() if kept.rules != rules[each].digest}
    whole = (work.requirements & rules.keys()) | changed_rules
    units = sorted(unit for unit in work.units if unit[1] in rules and unit[1] not in whole)
    if len(units) > MANY_UNITS:
        whole |= {requirement for _, requirement in units}
        units = []
    levelled = (measured & rules.keys()) - whole
    old = kept_levels(sorted(rules))
    new = old | _levels_again({each: rules[each] for each in whole | levelled}, state.as_of)
    frame = Frame.of(epoch=state.epoch, weight_set=state.weight_set)
    before, after = (
        {each: Reading(each, rules[each], levels.get(each, NO_LEVELS), frame) for each in rules}
        for levels in (old, new)
    )
    plan = _Plan(whole, levelled, units, before, after, frame)
    for generation, waiting in open_generations(state):
        written = _fold_generation(generation, waiting, plan, state.as_of)
        if generation == state.generation:
            folded.rows = written
    replace_levels(old, new, whole | levelled)
    forget(asked - rules.keys())
    # What a requirement concerns may have changed without any sum.
    folded.touched = {key.requirement for key in folded.rows} | whole | (rules.keys() - folded.kept.keys())
    folded.answered = whole | {requirement for _, requirement in units}
    return folded


def _levels_again(rules: Mapping[int, RequirementRules], as_of: date) -> dict[int, Levels]:
    """Return the measured levels of these requirements, none included, so that a level that ended goes."""
    return dict.fromkeys(rules, NO_LEVELS) | measured_now(rules, as_of=as_of)


def open_generations(state: State) -> list[tuple[int, set[int]]]:
    """Return each generation to fold into, with the requirements that a rebuild has yet to work out for it."""
    shadows: dict[int, set[int]] = {}
    if not state.is_rebuilding:
        return [(state.generation, set())]
    for generation, requirement, is_done in sql.fetch(
        "SELECT generation, requirement_id, is_done FROM gap_scores_rebuildchunk"
    ):
        waiting = shadows.setdefault(generation, set())
        if not is_done:
            waiting.add(requirement)
    return [(state.generation, set()), *sorted(shadows.items())]


def _fold_generation(generation: int, waiting: set[int], plan: _Plan, as_of: date) -> Written:
    """Return the score rows that units and levels changed; those of whole requirements are not in it."""
    for each in sorted(plan.whole - waiting):
        replace_requirement(generation, each, requirement_state(plan.after[each], as_of=as_of))
    written: Written = {}
    for each in sorted(plan.levelled - waiting):
        written |= flip_level(generation, plan.before[each], plan.after[each])
    units = [unit for unit in plan.units if unit[1] not in waiting]
    return written | fold_units(generation, units, plan.after, plan.frame, as_of=as_of)


def forget(requirements: Iterable[int]) -> None:
    """Take requirements that are gone or merged into another out of the projection."""
    for each in sorted(requirements):
        store.delete_requirement(each)
        RequirementScore.objects.filter(pk=each).delete()
        forget_levels(each)


def begin_lineage(*, lineage: str) -> None:
    """Part what is read from now on from everything read before under the same numbers: after a restore."""
    ProjectionState.objects.update(lineage=lineage)
