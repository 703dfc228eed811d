"""Writers of the projection: the drain, the move of the date, the rebuild and the kept snapshots.

Every writer takes the one lock before it reads, so score rows that units share cannot race.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from functions.selectors import program_day
from gap_scores import sql
from gap_scores.derive import Clock, derive_functions, derive_requirements
from gap_scores.evidence import RequirementRules, Unit, requirements_of_customer, rules_of
from gap_scores.fold import Frame, Reading, flip_level, fold_units, replace_requirement, requirement_state
from gap_scores.levels import NO_LEVELS, Levels, kept_levels, measured_now, replace_levels, requirements_measured_by
from gap_scores.models import ProjectionState, RebuildChunk, RequirementScore, ScoringRun
from gap_scores.register import refresh_register
from gap_scores.sql import take_lock
from jobs.models import Marker
from requirements_catalog.models import Requirement
from scoring.gaps import METHOD
from scoring.sums import epoch_of

BATCH = 5_000  # markers claimed by one drain
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
    register: bool = False
    circle: bool = False


def drain_markers(*, as_of: datetime, limit: int = BATCH) -> DrainReport:
    """Fold up to `limit` markers into every score they touch, in one transaction, and record one run."""
    today = program_day(as_of)
    if not Marker.objects.exists() and ProjectionState.objects.filter(as_of__gte=today).exists():
        return DrainReport(0)
    with transaction.atomic():
        take_lock()
        state = _state(today)
        claimed = _claim(limit)
        moved = state.as_of < today
        if not claimed and not moved:
            return DrainReport(0)
        run = ScoringRun.objects.create(
            kind=ScoringRun.Kind.DRAIN if claimed else ScoringRun.Kind.DATE,
            method=METHOD,
            as_of=max(state.as_of, today),
            computed_at=as_of,
            markers=len(claimed),
        )
        _fold(state, run, _work(claimed), today)
    return DrainReport(len(claimed), run.pk)


def drain_all(*, as_of: datetime) -> int:
    """Drain until no marker is left; return how many were folded."""
    folded = 0
    while report := drain_markers(as_of=as_of):
        folded += report.markers
    return folded


def _state(today: date) -> ProjectionState:
    """Return the state, made at the first drain."""
    state, _ = ProjectionState.objects.select_for_update().get_or_create(
        pk=ProjectionState.ONLY, defaults={"as_of": today, "epoch": epoch_of(today)}
    )
    return state


def _claim(limit: int) -> list[sql.Row]:
    return sql.fetch(
        "DELETE FROM jobs_marker WHERE id IN (SELECT id FROM jobs_marker ORDER BY id LIMIT %s) "
        "RETURNING kind, key1, key2",
        [limit],
    )


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
            case Marker.Kind.REGISTER:
                work.register = True
            case _:
                work.circle = True
    return work


def _requirements_ever(customer: int) -> set[int]:
    """Return the requirements a customer has answers on, or has in the ledger (it may just have been merged)."""
    kept = sql.fetch("SELECT DISTINCT requirement_id FROM gap_scores_ledgerentry WHERE customer_id = %s", [customer])
    return {row[0] for row in kept} | set(requirements_of_customer(customer))


def _fold(state: ProjectionState, run: ScoringRun, work: Work, today: date) -> None:
    """Bring sums, levels and headlines to what the evidence says, then note what changed in the run."""
    new_month = (state.as_of.year, state.as_of.month) < (today.year, today.month)
    new_day, new_year = state.as_of < today, epoch_of(max(today, state.as_of)) != state.epoch
    state.as_of, state.run_id = max(state.as_of, today), run.pk
    if new_year:
        state.epoch = epoch_of(state.as_of)
        work.requirements.update(Requirement.objects.filter(merged_into=None).values_list("pk", flat=True))
    register_changed = (work.register or new_day) and refresh_register(as_of=state.as_of)
    rules, touched = _fold_sums(state, work)
    everything = new_month or bool(register_changed)
    if everything:
        rules |= rules_of(sorted(set(Requirement.objects.filter(merged_into=None).values_list("pk", flat=True)) - set(rules)))
        touched = set(rules)
    changed, functions = _derive(state, run, {each: rules[each] for each in touched}, all_functions=work.circle or everything)
    ScoringRun.objects.filter(pk=run.pk).update(
        units=len(work.units), requirements_changed=len(changed), functions_changed=len(functions)
    )
    state.save()


def _fold_sums(state: ProjectionState, work: Work) -> tuple[dict[int, RequirementRules], set[int]]:
    """Fold units, whole requirements and levels; return the rules read and the requirements whose sums changed."""
    generations = _generations(state)
    measured = requirements_measured_by(work.metrics)
    ids = work.requirements | measured | {requirement for _, requirement in work.units}
    rules = rules_of(sorted(ids))
    kept_rules = dict(RequirementScore.objects.filter(pk__in=ids).values_list("pk", "rules"))
    whole = {each for each in work.requirements if each in rules}
    whole |= {each for each in rules if each in kept_rules and kept_rules[each] != rules[each].digest}
    units = sorted(unit for unit in work.units if unit[1] in rules and unit[1] not in whole)
    if len(units) > MANY_UNITS:
        whole |= {requirement for _, requirement in units}
        units = []
    old = kept_levels(sorted(rules))
    new = old | measured_now({each: rules[each] for each in whole | measured if each in rules}, as_of=state.as_of)
    for each in (whole | measured) & set(rules):
        new.setdefault(each, NO_LEVELS)
    frame = Frame(epoch=state.epoch, segments={})
    now = {each: Reading(each, rules[each], new.get(each, NO_LEVELS), frame) for each in rules}
    touched: set[int] = set()
    for generation, skipped in generations:
        touched |= _fold_generation(generation, skipped, whole, measured & set(rules), units, old, now, state)
    replace_levels(old, new, rules)
    _forget_gone(generations, work.requirements - set(rules))
    return rules, touched | (set(rules) - kept_rules.keys())
