"""The same state from nothing: `rebuild` writes it beside the kept one and switches, `verify` compares bit for bit."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Any

from django.db import connection, transaction

from customers.hearing import kept_and_true
from gap_scores import store
from gap_scores.evidence import rules_of
from gap_scores.fold import Frame, Reading, RequirementState, requirement_state, requirement_states
from gap_scores.levels import NO_LEVELS, kept_levels, measured_now
from gap_scores.locking import Progress, exclusive, no_progress, one_snapshot, take_lock, take_shared_lock
from gap_scores.models import ProjectionState, RebuildChunk, RequirementScore, ScoringRun
from gap_scores.register import kept_cells, register_cells
from gap_scores.services import Folded, derive, drain_all, drain_markers, forget, root_requirements, take_back_date
from gap_scores.workings import Clock, Headlines, headlines_of
from jobs.models import Marker
from jobs.services import mark_every_day, mark_register
from metrics.day_sums import days_from_measurements, kept_days
from metrics.models import Metric
from scoring.gaps import METHOD
from web import sql

PIECE = 20_000  # ledger rows written in one transaction: drains wait for about half a second
LARGEST_PIECE = 100  # requirements
MOMENT = 0.2  # seconds
ATTEMPTS = 200  # a reading between two drains; each is milliseconds apart


# ---- Rebuild


def rebuild(
    *, now: datetime, progress: Progress = no_progress, call_others: Callable[[], None] = lambda: None
) -> ScoringRun:
    """Work everything out anew beside the kept state, then switch; a rebuild that was stopped goes on.

    While it runs, drains fold into both states. `call_others` asks other processes to `rebuild_piece`, too.
    """
    generation, size = open_rebuild(now=now), 1
    call_others()
    while (at := _counts(generation)) and at[0] < at[1]:
        progress(*at)
        size = rebuild_piece(size) or wait_for_others(size)
    progress(*at)
    return _switch(generation, now)


def rebuild_piece(size: int = 1) -> int:
    """Work out the next requirements of the rebuild under way, whoever began it, in one transaction.

    Returns how many make a good piece next time, 0 if others are at all that is left.
    """
    claimed, rows = _rebuild_some(size)
    return max(1, min(LARGEST_PIECE, claimed * PIECE // (rows or 1))) if claimed else 0


def wait_for_others(size: int) -> int:
    """Wait for a moment: the pieces of a process that dies become free when its transaction ends."""
    sleep(MOMENT)
    return size


def open_rebuild(*, now: datetime) -> int:
    """Return the generation under construction; the first call empties it and lists what is to do.

    Levels and the register belong to no generation: before a rebuild begins, a drain brings them to the evidence.
    """
    if not RebuildChunk.objects.exists():
        take_back_date(as_of=now)
        mark_every_day(metric_ids=Metric.objects.values_list("pk", flat=True))
        mark_register()
    drain_all(as_of=now)
    with transaction.atomic():
        take_lock()
        open_one = RebuildChunk.objects.values_list("generation", flat=True).first()
        if open_one is not None:
            return open_one
        state = ProjectionState.objects.get()
        generation = state.generation % 30_000 + 1
        store.delete_generation(generation)
        RebuildChunk.objects.bulk_create(
            RebuildChunk(generation=generation, requirement_id=each) for each in sorted(root_requirements())
        )
        return generation


def _counts(generation: int) -> tuple[int, int]:
    chunks = RebuildChunk.objects.filter(generation=generation)
    return chunks.filter(is_done=True).count(), chunks.count()


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave out Python's search for cycles while rows come and go by the million: none is in a cycle, and looking for
    them took a quarter of a rebuild."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@uncollected()
@transaction.atomic
def _rebuild_some(size: int) -> tuple[int, int]:
    """Work out requirements while no drain runs, so a drain folds before them or after them, never between.

    Nothing is kept of them yet: drains leave out what waits. Returns how many they were, and their ledger rows.
    """
    take_shared_lock()
    generation, requirements = _claim(size)
    if not requirements:
        return 0, 0
    state = ProjectionState.objects.get()
    rules, levels = rules_of(requirements), kept_levels(requirements)
    frame = Frame.of(epoch=state.epoch, weight_set=state.weight_set_id)
    readings = {each: Reading(each, its, levels.get(each, NO_LEVELS), frame) for each, its in rules.items()}
    states = requirement_states(readings, as_of=state.as_of)
    rows = [
        ((customer, requirement), row)
        for requirement, found in states.items()
        for customer, its in found.ledger.items()
        for row in its.values()
    ]
    store.put_ledger(generation, rows)
    store.put_scores(generation, {key: row for found in states.values() for key, row in found.scores.items()})
    RebuildChunk.objects.filter(generation=generation, requirement_id__in=requirements).update(is_done=True)
    return len(requirements), len(rows)


def _claim(size: int) -> tuple[int, list[int]]:
    """Return the generation under construction and requirements that nobody else is at, until the transaction ends."""
    skip = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    rows = sql.fetch(
        "SELECT generation, requirement_id FROM gap_scores_rebuildchunk WHERE NOT is_done "
        f"ORDER BY requirement_id LIMIT %s {skip}",
        [size],
    )
    return (rows[0][0], [row[1] for row in rows]) if rows else (0, [])


@transaction.atomic
def _switch(generation: int, now: datetime) -> ScoringRun:
    take_lock()
    state = ProjectionState.objects.get()
    if state.generation == generation:
        # Somebody who began the same rebuild was there first.
        return ScoringRun.objects.filter(kind=ScoringRun.Kind.REBUILD).latest("pk")
    old, state.generation = state.generation, generation
    run = ScoringRun.objects.create(kind=ScoringRun.Kind.REBUILD, method=METHOD, as_of=state.as_of, computed_at=now)
    # All ledgers are of another generation.
    state.run_id = state.noted_run_id = run.pk
    roots = root_requirements()
    forget(set(RequirementScore.objects.values_list("pk", flat=True)) - roots)
    folded = Folded()
    folded.read(roots)
    folded.touched = set(folded.rules)
    changed, functions = derive(state, folded, all_functions=True)
    run.requirements_changed, run.functions_changed = len(changed), len(functions)
    run.save()
    state.save()
    RebuildChunk.objects.filter(generation=generation).delete()
    store.delete_generation(old)
    return run


# ---- Verify


@dataclass(frozen=True, slots=True)
class Difference:
    """One kept value that a computation from the evidence does not give."""

    place: str
    kept: object
    worked_out: object

    def __str__(self) -> str:
        return f"{self.place}: kept {self.kept}, worked out {self.worked_out}"


def verify(*, now: datetime, progress: Progress = no_progress) -> list[Difference]:
    """Return every difference between the kept state and the evidence; drains first, changes nothing else."""
    drain_all(as_of=now)
    found: list[Difference] = []
    with _quiet_state(now) as state:
        ids = sorted(root_requirements() | _kept_ids(state.generation))
    for done, each in enumerate(ids):
        progress(done, len(ids))
        with _quiet_state(now) as state:
            found += _verify_requirement(state, each)
    for metric in Metric.objects.order_by("pk").values_list("pk", flat=True):
        with _quiet_state(now):
            found += _verify_days(metric)
    with _quiet_state(now) as state:
        found += _verify_headlines(state)
    progress(len(ids), len(ids))
    return found


def _verify_days(metric: int) -> list[Difference]:
    worked_out, _ = days_from_measurements(metric)
    return _compare(
        f"day of metric {metric}", *({row[1:3]: row.sums for row in its} for its in (kept_days(metric), worked_out))
    )


def verify_hearing() -> list[Difference]:
    """Return each customer that is kept with another day on which it was last heard than the interviews have."""
    return _compare("last heard, customer", *kept_and_true())


@contextmanager
def _quiet_state(now: datetime) -> Iterator[ProjectionState]:
    """Hold the lock over one snapshot in which no marker waits, so evidence and projection must agree."""
    with exclusive():
        for _ in range(ATTEMPTS):
            drain_markers(as_of=now)
            with one_snapshot():
                if not Marker.objects.exists():
                    yield ProjectionState.objects.get()
                    return
    raise RuntimeError("Markers keep coming faster than they are folded; verify when less is written.")


def _kept_ids(generation: int) -> set[int]:
    ids: set[int] = set(RequirementScore.objects.values_list("pk", flat=True))
    for table in (store.LEDGER, store.SCORE):
        ids |= {
            row[0]
            for row in sql.fetch(f"SELECT DISTINCT requirement_id FROM {table} WHERE generation = %s", [generation])
        }
    return ids


@uncollected()
def _verify_requirement(state: ProjectionState, requirement: int) -> list[Difference]:
    rules = rules_of([requirement])
    levels = measured_now(rules, as_of=state.as_of).get(requirement, NO_LEVELS)
    kept = kept_levels([requirement]).get(requirement, NO_LEVELS)
    found = _compare(f"level of requirement {requirement}", dict(kept.rows), dict(levels.rows))
    now = RequirementState({}, {})
    if requirement in rules:
        frame = Frame.of(epoch=state.epoch, weight_set=state.weight_set_id)
        reading = Reading(requirement, rules[requirement], levels, frame)
        now = requirement_state(reading, as_of=state.as_of)
    ledger = store.ledger_of_requirement(state.generation, requirement)
    found += _compare(f"ledger of requirement {requirement}", _flat(ledger), _flat(now.ledger))
    scores = store.score_rows_of_requirement(state.generation, requirement)
    return found + _compare(f"sums of requirement {requirement}", scores, now.scores)


def _flat(ledger: Mapping[int, Mapping[Any, Any]]) -> dict[Any, Any]:
    return {(customer, *key): row for customer, rows in ledger.items() for key, row in rows.items()}


def _verify_headlines(state: ProjectionState) -> list[Difference]:
    """Compare the register and every derived number with what the kept sums give: floats by their bits."""
    found = _compare("register", kept_cells(), register_cells(as_of=state.as_of))
    clock = Clock(state.as_of, state.epoch)
    worked_out = headlines_of(state.generation, rules_of(sorted(root_requirements())), clock=clock)
    kept = Headlines.kept()
    found += _compare("score of requirement", _bits(kept.requirements), _bits(worked_out.requirements))
    return found + _compare("score of function", _bits(kept.functions), _bits(worked_out.functions))


def _bits(rows: Mapping[int, tuple[Any, ...]]) -> dict[int, tuple[Any, ...]]:
    return {
        key: tuple(value.hex() if isinstance(value, float) else value for value in row) for key, row in rows.items()
    }


def _compare(place: str, kept: Mapping[Any, Any], now: Mapping[Any, Any]) -> list[Difference]:
    return [
        Difference(f"{place} {key}", kept.get(key), now.get(key))
        for key in sorted(kept.keys() | now.keys(), key=str)
        if kept.get(key) != now.get(key)
    ]
