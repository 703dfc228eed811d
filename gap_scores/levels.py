"""Measured levels as the sums use them: signed steps of a requirement's resolution, one row per product and part."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from gap_scores.evidence import RequirementRules
from gap_scores.scopes import Segment, part_of
from metrics.levels import measured_levels
from metrics.measured import MeasuredPart
from metrics.models import Metric
from scoring.felt import Direction
from scoring.sums import LedgerRow, LevelEnds
from web import sql
from web.fields import from_units

TABLE = "gap_scores_measuredlevel"
COLUMNS = (
    "requirement_id", "product_id", "part", "metric_id", "breakdown", "m", "best", "worst", "n", "newest_on",
    "window_from",
)  # fmt: skip
KEY = ("requirement_id", "product_id", "part")


class LevelRow(NamedTuple):
    requirement: int
    product: int
    part: str
    metric: int
    breakdown: str
    m: int
    best: int | None
    worst: int | None
    n: int
    newest_on: date
    window_from: date

    @property
    def ends(self) -> LevelEnds:
        return LevelEnds(self.m, self.best, self.worst)


@dataclass(frozen=True, slots=True)
class Levels:
    """The measured levels of one requirement."""

    rows: Mapping[tuple[int, str], LevelRow]
    # By product and part, made once: each ledger row asks for its own.
    _ends: dict[tuple[int, str], LevelEnds] = field(default_factory=dict, init=False, repr=False, compare=False)

    def serving(self, row: LedgerRow, segment: Segment) -> LevelEnds | None:
        """Return the level that serves a ledger row: its part's, else the one over all parts, else None."""
        whole = self.rows.get((row.product, ""))
        if whole is None:
            return None
        key = row.product, part_of(whole.breakdown, segment=segment, country=row.country)
        ends = self._ends.get(key)
        if ends is None:
            ends = self._ends[key] = self.rows.get(key, whole).ends
        return ends


NO_LEVELS = Levels({})


def kept_levels(requirements: Sequence[int]) -> dict[int, Levels]:
    """Return the levels that are in the sums now (1 query)."""
    rows = sql.fetch_by_keys(
        "WITH k(id) AS ({keys}) SELECT l." + ", l.".join(COLUMNS) + f" FROM k JOIN {TABLE} l "
        "ON l.requirement_id = k.id",
        [(each,) for each in requirements],
    )
    found: defaultdict[int, dict[tuple[int, str], LevelRow]] = defaultdict(dict)
    for row in rows:
        level = LevelRow(*row)
        found[level.requirement][level.product, level.part] = level
    return {requirement: Levels(rows) for requirement, rows in found.items()}


def measured_now(rules: Mapping[int, RequirementRules], *, as_of: date) -> dict[int, Levels]:
    """Return the levels that the measurements give for these requirements (3 queries)."""
    if not rules:
        return {}
    links = sql.fetch_by_keys(
        "WITH k(id) AS ({keys}) SELECT l.requirement_id, l.product_id, l.metric_id FROM k JOIN metrics_metriclink l "
        "ON l.requirement_id = k.id AND l.role = 'measures' ORDER BY l.requirement_id, l.product_id",
        [(each,) for each in sorted(rules)],
    )
    metrics = Metric.objects.in_bulk({metric for _, _, metric in links})
    active = [metric for metric in metrics.values() if metric.is_active]
    parts = measured_levels(metrics=active, as_of=as_of) if active else {}
    found: defaultdict[int, dict[tuple[int, str], LevelRow]] = defaultdict(dict)
    for requirement, product, metric in links:
        own = rules[requirement]
        if own.rules.direction is None:
            continue
        for part in parts.get(metric, []):
            if part.part and not metrics[metric].breakdown:
                continue  # a step of a yield serves nobody by itself
            row = _level_row(requirement, product, metrics[metric], part, own)
            found[requirement][product, part.part] = row
    return {requirement: Levels(rows) for requirement, rows in found.items()}


def _level_row(requirement: int, product: int, metric: Metric, part: MeasuredPart, own: RequirementRules) -> LevelRow:
    rounded = part.level.converted(metric.unit, own.unit).at_resolution(from_units(own.rules.resolution))
    if own.rules.direction is Direction.LOWER:
        m, best, worst = rounded.m, rounded.lo, rounded.hi
    else:
        m = -rounded.m
        best = None if rounded.hi is None else -rounded.hi
        worst = None if rounded.lo is None else -rounded.lo
    return LevelRow(
        requirement, product, part.part, metric.pk, metric.breakdown, m, best, worst,
        part.level.n, part.newest_on, part.window_from,
    )  # fmt: skip


def requirements_measured_by(metrics: Iterable[int]) -> set[int]:
    """Return the requirements whose level rests on one of these metrics, now or in the sums (1 query).

    On a metric rests what is derived from it, through others too; UNION ends the walk even where it went in a circle.
    """
    rows = sql.fetch_by_keys(
        "WITH RECURSIVE k(id) AS ({keys} UNION "
        "SELECT i.metric_id FROM metrics_metricinput i JOIN k ON k.id = i.input_id) "
        "SELECT l.requirement_id FROM k JOIN metrics_metriclink l "
        "ON l.metric_id = k.id AND l.role = 'measures' "
        f"UNION SELECT l.requirement_id FROM k JOIN {TABLE} l ON l.metric_id = k.id",
        [(each,) for each in sorted(set(metrics))],
    )
    return {row[0] for row in rows}


def replace_levels(old: Mapping[int, Levels], new: Mapping[int, Levels], requirements: Iterable[int]) -> None:
    """Keep the new levels; a level that no longer exists goes."""
    put, gone = [], []
    for requirement in requirements:
        before, after = old.get(requirement, NO_LEVELS).rows, new.get(requirement, NO_LEVELS).rows
        put += [row for key, row in after.items() if before.get(key) != row]
        gone += [row for key, row in before.items() if key not in after]
    sql.upsert(TABLE, COLUMNS, KEY, put)
    for row in gone:
        sql.run(
            f"DELETE FROM {TABLE} WHERE requirement_id = %s AND product_id = %s AND part = %s",
            [row.requirement, row.product, row.part],
        )


def forget_levels(requirement: int) -> None:
    sql.run(f"DELETE FROM {TABLE} WHERE requirement_id = %s", [requirement])
