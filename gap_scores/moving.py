"""What would move a function's own gap: stated levels within reach, read from the sums of one stored run."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection

from gap_scores.board import LevelView, RequirementRow, Scope
from gap_scores.evidence import all_strata
from gap_scores.fold import Frame
from gap_scores.levels import NO_LEVELS, Levels, kept_levels
from gap_scores.locking import one_snapshot
from gap_scores.models import ProjectionState
from gap_scores.reading import in_unit, stands_in
from gap_scores.scopes import Segment
from gap_scores.store import LEDGER
from requirements_catalog.models import Requirement
from scoring.moves import Move, Stake, gain_if_felt, gain_interval, moves_worth_naming
from scoring.sums import FELT_UNKNOWN, LedgerRow
from web import sql


@dataclass(frozen=True, slots=True)
class MoveView:
    """One thing that would lower a gap. Gains in points of the requirement's own gap, shares 0..1.

    to None: no level can be told; then only `most` is known, if all came to feel served. lo and hi: the 95 %
    interval of the gain. best and worst: the measured level today, two where products or parts differ.
    """

    row: RequirementRow
    metric_id: int | None
    metric: str
    best: Decimal | None
    worst: Decimal | None
    to: Decimal | None
    served_now: float | None
    served_then: float | None
    least: float | None
    most: float
    lo: float
    hi: float
    n_measured: int
    measured_on: date | None
    is_old: bool


class Group(NamedTuple):
    """Ledger rows that are alike in all that a move asks about, and the sum of their a."""

    row: LedgerRow
    weight: int


def read_moves(*, rows: Sequence[RequirementRow], scope: Scope, wanted_share: float) -> list[MoveView]:
    """Return what would lower the gap of each of these scored requirements, in the order given (5 queries)."""
    scored = [row for row in rows if row.score is not None]
    if not scored:
        return []
    with one_snapshot():
        state = ProjectionState.objects.first()
        if state is None:
            return []
        ids = [row.requirement_id for row in scored]
        groups, levels, segments = groups_of(state.generation, ids), kept_levels(ids), all_strata()
        scales, frame = _scales(ids), Frame.of(epoch=state.epoch, weight_set=state.weight_set_id)
    found = []
    for row in scored:
        each = row.requirement_id
        stakes = _Stakes(
            groups=[group for group in groups[each] if stands_in(scope, group.row, segments[group.row.stratum])],
            levels=levels.get(each, NO_LEVELS),
            segments=segments,
            frame=frame,
            half_life=row.half_life,
        )
        found += _moves_of(row, stakes, scales.get(each), wanted_share)
    return found


@dataclass(frozen=True, slots=True)
class _Stakes:
    """The answers of one requirement in the scope, ready to be asked what a metric's move is worth."""

    groups: Sequence[Group]
    levels: Levels
    segments: Mapping[int, Segment]
    frame: Frame
    half_life: int

    def of_metric(self, products: Iterable[int]) -> list[Stake]:
        """Return every answer in the sums; only those about these products have a level to move."""
        moved = set(products)
        found = []
        for row, weight in self.groups:
            ends = self.levels.serving(row, self.segments[row.stratum])
            felt = None if row.felt == FELT_UNKNOWN else bool(row.felt)
            if felt is None and (ends is None or row.level is None):
                continue
            fresh, _ = self.frame.factors(row, self.half_life)
            now = ends.m if ends is not None and row.product in moved else None
            found.append(Stake(float(weight * fresh), row.level, now, felt))
        return found


def _moves_of(
    row: RequirementRow, stakes: _Stakes, scale: tuple[str, Decimal] | None, wanted_share: float
) -> list[MoveView]:
    by_metric: defaultdict[int, list[LevelView]] = defaultdict(list)
    for level in row.levels:
        by_metric[level.metric_id].append(level)
    found = [
        _measured_move(row, its, move, scale)
        for its in by_metric.values()
        if scale is not None
        for move in moves_worth_naming(stakes.of_metric(level.product_id for level in its), wanted_share)
    ]
    return found or _felt_move(row, stakes)


def _measured_move(
    row: RequirementRow, levels: Sequence[LevelView], move: Move, scale: tuple[str, Decimal] | None
) -> MoveView:
    direction, step = scale or ("", Decimal(1))
    values = [level.value for level in levels]
    lo, hi = gain_interval(move.least, move.most, _n_eff(row))
    return MoveView(
        row=row,
        metric_id=levels[0].metric_id,
        metric=levels[0].metric,
        best=min(values),
        worst=max(values),
        to=in_unit(move.level, direction, step),
        served_now=move.served_now,
        served_then=move.served_then,
        least=move.least,
        most=move.most,
        lo=lo,
        hi=hi,
        n_measured=sum(level.n for level in levels if not level.part),
        measured_on=max(level.newest_on for level in levels),
        is_old=any(level.is_old for level in levels),
    )


def _felt_move(row: RequirementRow, stakes: _Stakes) -> list[MoveView]:
    """Without a level to reach, all that is known is what it would be worth if customers came to feel served."""
    most = gain_if_felt(stakes.of_metric(level.product_id for level in row.levels))
    if not most:
        return []
    hi = gain_interval(0.0, most, _n_eff(row))[1]
    return [MoveView(row, None, "", None, None, None, None, None, None, most, 0.0, hi, 0, None, is_old=False)]


def _n_eff(row: RequirementRow) -> float:
    return row.score.n_eff if row.score else 0.0


def groups_of(generation: int, requirements: Sequence[int]) -> dict[int, list[Group]]:
    """Return the counted answers of these requirements, added up in the database by what tells them apart (1 query)."""
    month = "to_char(l.day, 'YYYY-MM-01')" if connection.vendor == "postgresql" else "strftime('%%Y-%%m-01', l.day)"
    rows = sql.fetch_by_keys(
        f"WITH k(r) AS ({{keys}}) SELECT l.requirement_id, l.product_id, l.stratum_id, l.country, {month}, l.level, "
        f"l.felt, SUM(l.a) FROM k JOIN {LEDGER} l ON l.generation = %s AND l.requirement_id = k.r AND l.b > 0 "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7",
        [(each,) for each in requirements],
        [generation],
    )
    found: defaultdict[int, list[Group]] = defaultdict(list)
    for requirement, product, stratum, country, day, level, felt, a in rows:
        alike = LedgerRow(product, 0, stratum, country, date.fromisoformat(day), level, None, felt, 0, 0, 0, 0, 0, 0, 0)
        found[requirement].append(Group(alike, int(a)))
    return found


def _scales(requirements: Sequence[int]) -> dict[int, tuple[str, Decimal]]:
    rows = Requirement.objects.filter(pk__in=requirements, current_scale__isnull=False).order_by()
    return {
        pk: (direction, Decimal(step))
        for pk, direction, step in rows.values_list("pk", "current_scale__direction", "current_scale__resolution")
    }
