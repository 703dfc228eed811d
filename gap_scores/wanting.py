"""The level that serves the wanted share of customers' weight, for many requirements at once."""

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from gap_scores.board import Scope
from gap_scores.evidence import all_strata
from gap_scores.fold import Frame
from gap_scores.levels import NO_LEVELS, kept_levels
from gap_scores.locking import one_snapshot
from gap_scores.models import ProjectionState
from gap_scores.moving import groups_of
from gap_scores.reading import in_unit, stands_in
from gap_scores.workings import half_lives_of
from requirements_catalog.models import Requirement
from scoring.curves import satisfaction_curve
from scoring.felt import Direction
from scoring.sums import FELT_UNKNOWN


@dataclass(frozen=True, slots=True)
class WantedLevel:
    """In the requirement's unit, as on the requirement's own curve."""

    level: float
    unit: str


def wanted_levels(*, requirements: Collection[int], scope: Scope, wanted_share: int) -> dict[int, WantedLevel]:
    """Return the level per requirement that serves so many per cent of the weight in a scope (9 queries at most).

    One without a scale, or of which nobody in the scope stated a level, has no entry.
    """
    if not requirements:
        return {}
    with one_snapshot():
        state = ProjectionState.objects.first()
        if state is None:
            return {}
        ids = sorted(requirements)
        groups, levels, half_lives = groups_of(state.generation, ids), kept_levels(ids), half_lives_of(ids)
        segments, scales = all_strata(), _scales(ids)
        frame = Frame.of(epoch=state.epoch, weight_set=state.weight_set_id)
    found = {}
    for each, (direction, step, unit) in scales.items():
        its = levels.get(each, NO_LEVELS)
        stated = [
            (row.level, float(weight * frame.factors(row, half_lives[each])[0]))
            for row, weight in groups.get(each, ())
            if row.level is not None and stands_in(scope, row, segments[row.stratum])
            # In the sums is what is met or not, or felt or not; the curve is of those.
            if row.felt != FELT_UNKNOWN or its.serving(row, segments[row.stratum]) is not None
        ]
        # Kept levels are steps that are better the lower they are, whatever the direction of the unit.
        curve = satisfaction_curve(stated, Direction.LOWER)
        if curve is not None:
            level = in_unit(int(curve.level_for(wanted_share / 100)), direction, step)
            found[each] = WantedLevel(float(level), unit)
    return found


def _scales(requirements: Collection[int]) -> dict[int, tuple[str, Decimal, str]]:
    rows = Requirement.objects.filter(pk__in=requirements, current_scale__isnull=False).order_by()
    columns = ("pk", *(f"current_scale__{name}" for name in ("direction", "resolution", "unit")))
    return {pk: (direction, Decimal(step), unit) for pk, direction, step, unit in rows.values_list(*columns)}
