"""Kept snapshots: the scores of a date with everything that explains them, as one sorted text with a digest.

*As of D* means today's definitions and corrections over evidence dated up to D. The current state is never touched.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import orjson
from django.db import transaction

from accounts.models import User
from functions.selectors import program_day
from gap_scores.evidence import rules_of, version_of
from gap_scores.fold import Frame, Reading, requirement_state
from gap_scores.levels import NO_LEVELS, Levels, measured_now
from gap_scores.locking import Progress, no_progress, one_snapshot
from gap_scores.models import ProjectionState, ScoringRun, Snapshot
from gap_scores.register import Cell, register_cells
from gap_scores.scopes import HEADLINE, Key, Kind
from gap_scores.services import root_requirements
from gap_scores.store import ScoreRow
from gap_scores.workings import (
    Clock,
    Headline,
    Register,
    active_ids,
    headline_of,
    mass_of,
    owners_of,
    owns_from,
    parts_of,
    products_of,
    reached,
    score_of,
    supply_links,
)
from scoring.gaps import METHOD
from scoring.rollup import Whole, weighted
from scoring.sums import epoch_of
from web.months import months_after


@dataclass(frozen=True, slots=True)
class StateAsOf:
    """Scores worked out for a date, and the sorted text that explains them."""

    headlines: Mapping[int, Headline]
    overall: Whole | None
    functions: Mapping[str, list[float | None]]  # own gap, its ends and n_eff
    content: bytes


def keep_snapshot(
    *,
    as_of: date,
    title: str,
    reason: str = Snapshot.Reason.DEMAND,
    now: datetime,
    by: User | None = None,
    progress: Progress = no_progress,
) -> Snapshot:
    """Work out the scores of a date from the evidence and keep them; the current state stays as it is."""
    with one_snapshot():
        run_id = ProjectionState.objects.values_list("run_id", flat=True).first() or 0
        state = state_as_of(as_of, progress=progress)
    overall = state.overall
    with transaction.atomic():
        return Snapshot.objects.create(
            reason=reason,
            title=title,
            as_of=as_of,
            method=METHOD,
            run_id=run_id,
            created_at=now,
            created_by=by,
            overall=overall.gap if overall else None,
            overall_lo=overall.lo if overall else None,
            overall_hi=overall.hi if overall else None,
            functions=dict(state.functions),
            digest=hashlib.sha256(state.content).hexdigest(),
            content=zlib.compress(state.content),
        )


def keep_month_end(*, now: datetime) -> Snapshot | None:
    """Keep the scores of the last month's last day, once; None if they are kept or nothing was scored yet."""
    if not ScoringRun.objects.exists():
        return None
    return _keep_end(program_day(now).replace(day=1) - timedelta(days=1), now)


def keep_month_ends(*, months: int, now: datetime) -> None:
    """Keep the ends of the last full months, oldest first, for a program whose evidence is older than itself."""
    day = program_day(now).replace(day=1) - timedelta(days=1)
    for back in range(months - 1, -1, -1):
        _keep_end(months_after(day, -back), now)


def _keep_end(day: date, now: datetime) -> Snapshot | None:
    if Snapshot.objects.filter(reason=Snapshot.Reason.MONTH_END, as_of=day).exists():
        return None
    return keep_snapshot(as_of=day, title=f"Month end {day:%Y-%m}", reason=Snapshot.Reason.MONTH_END, now=now)


def state_as_of(as_of: date, *, progress: Progress) -> StateAsOf:
    rules = rules_of(sorted(root_requirements()))
    clock = Clock(as_of, epoch_of(as_of))
    levels = measured_now(rules, as_of=as_of)
    cells = register_cells(as_of=as_of)
    register, products = _register_of(cells), products_of(rules)
    weight_set = ProjectionState.objects.values_list("weight_set_id", flat=True).first()
    frame = Frame.of(epoch=clock.epoch, weight_set=weight_set)
    headlines: dict[int, Headline] = {}
    kept: dict[str, Any] = {}
    for done, (each, its) in enumerate(sorted(rules.items())):
        progress(done, len(rules))
        state = requirement_state(Reading(each, its, levels.get(each, NO_LEVELS), frame), as_of=as_of)
        row = state.scores.get(Key(each, Kind.LIFECYCLE, 0, HEADLINE))
        score = score_of(row, clock=clock, half_life=its.rules.half_life)
        headlines[each] = headline_of(its.digest, score, mass_of(row, products[each], register) if row else 0.0)
        kept[str(each)] = _kept(headlines[each], levels.get(each, NO_LEVELS), state.ledger, state.scores)
    progress(len(rules), len(rules))
    ids = active_ids()
    owners = owners_of(ids)
    owns = owns_from(ids, owners, headlines)
    links = supply_links(ids)
    arrivals = reached(owns, links)
    content = {
        "method": METHOD,
        "as_of": as_of,
        "requirements": kept,
        "owners": {str(each): owner for each, owner in owners.items()},
        "functions": {str(each): [*owns[each], *arrivals[each]] for each in ids},
        "links": [[link.supplier, link.customer, link.strength] for link in links],
        "weight_set": version_of(weight_set),
        "weights": {str(stratum): factor for stratum, factor in frame.weights.items()},
        "register": sorted([*cell, *sums] for cell, sums in cells.items()),
    }
    text = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    functions = {str(each): list(owns[each][:4]) for each in ids}
    return StateAsOf(headlines, weighted(parts_of(owners, headlines)), functions, text)


def _register_of(cells: Mapping[Cell, tuple[int, int]]) -> Register:
    found: dict[frozenset[int], int] = {}
    for cell, (_, weight) in cells.items():
        if cell.lifecycle == "current":
            used = frozenset(int(each) for each in cell.products.split(",") if each)
            found[used] = found.get(used, 0) + weight
    return Register(sum(found.values()), found)


def _kept(
    headline: Headline, levels: Levels, ledger: Mapping[int, Any], scores: Mapping[Key, ScoreRow]
) -> dict[str, Any]:
    return {
        "headline": list(headline),
        "levels": [list(row) for _, row in sorted(levels.rows.items())],
        "ledger": [[customer, *row] for customer, rows in sorted(ledger.items()) for _, row in sorted(rows.items())],
        "sums": [[*key, *row.sums, row.newest_on] for key, row in sorted(scores.items()) if key.kind != Kind.LEAF],
    }
