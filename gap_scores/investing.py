"""What any change of a measured level is worth: the stated levels of all requirements, read from one stored run.

Options of improvements and what-if questions are judged on it by scoring.investing, without reading an answer again.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from customers.models import Lifecycle
from gap_scores.board import FEWEST_CONTACTS, FEWEST_CUSTOMERS, Board
from gap_scores.boards import kept_pieces, kept_with_board
from gap_scores.evidence import all_strata
from gap_scores.fold import Frame
from gap_scores.levels import NO_LEVELS, kept_levels
from gap_scores.locking import one_snapshot
from gap_scores.models import ProjectionState, RequirementScore
from gap_scores.reading import is_of
from gap_scores.stated import Heard, MeasuredLine, Read, Reading, Said, Scale
from gap_scores.store import LEDGER
from gap_scores.weighing import Asked, weighed_answers
from metrics.levels import measured_levels
from metrics.measured import ALL_PARTS
from metrics.models import Metric
from requirements_catalog.models import Requirement
from scoring.circle import Link
from scoring.investing import Case, Circle, Line, Option, Part
from scoring.levels import Level
from web import sql


class Expected(NamedTuple):
    """The level of a metric that an option is expected to lead to, in the metric's unit: if it does little, likely,
    and if all goes well."""

    low: Decimal | Fraction
    likely: Decimal | Fraction
    high: Decimal | Fraction


@dataclass(frozen=True, slots=True)
class MetricNow:
    """A metric that measures levels, and its level over all parts; None: nothing was measured yet."""

    metric: Metric
    level: Level | None
    newest_on: date | None


@dataclass(frozen=True)
class Ground:
    """What gains are worked out on: the board, the lines of its requirements, and the metrics that measure them.

    heard: by scored requirement with a scale, all that was said of it, for what another link would be worth.
    """

    board: Board
    lines: tuple[MeasuredLine, ...]
    metrics: Mapping[int, MetricNow]
    heard: Mapping[int, tuple[Heard, ...]]
    scales: Mapping[int, Scale]

    @cached_property
    def lines_of(self) -> dict[int, list[MeasuredLine]]:
        """The lines by the metric that gives their level."""
        found: dict[int, list[MeasuredLine]] = {}
        for line in self.lines:
            found.setdefault(line.metric, []).append(line)
        return found

    @cached_property
    def stakes(self) -> dict[int, float]:
        """The points of the overall gap that answers to each metric's level carry today."""
        share = {row.requirement_id: row.share or 0.0 for row in self.board.requirements}
        return {
            metric: math.fsum(
                share[line.requirement] * step.least
                for line in lines
                for step in line.steps
                if step.threshold < line.now
            )
            for metric, lines in self.lines_of.items()
        }

    @cached_property
    def strengths(self) -> dict[tuple[int, int], Decimal]:
        """How much is passed on today, by supplier and supplied; a link that is not set passes nothing on."""
        return {(each.supplier_id, each.supplied_id): Decimal(str(each.strength or 0)) for each in self.board.links}

    @cached_property
    def measured(self) -> dict[tuple[int, int], int]:
        """Which metric measures each requirement that can be measured, by product; 0: none."""
        return {(each, one.product): one.metric or 0 for each, its in self.heard.items() for one in its}

    def measured_by(self, metric: int) -> list[int]:
        """Return the scored requirements whose level a metric measures."""
        return sorted({line.requirement for line in self.lines_of.get(metric, ())})


def read_ground(board: Board) -> Ground:
    """Return what gains are worked out on, once for each state of the scores (9 queries, none where it is kept)."""
    return kept_with_board(board, "ground", lambda: _read_ground(board))


def case_of(ground: Ground, options: Iterable[Option], effects: Mapping[int, Sequence[tuple[int, Expected]]]) -> Case:
    """Return the case of these options; effects: by option, (metric, its expected levels). Without a query."""
    by_metric: defaultdict[int, list[tuple[int, Expected]]] = defaultdict(list)
    for option, its in effects.items():
        for metric, expected in its:
            by_metric[metric].append((option, expected))
    lines = tuple(
        _with_effects(line, ground, by_metric[line.metric]) for line in ground.lines if line.metric in by_metric
    )
    return Case(_parts(ground.board), lines, tuple(options), _circle(ground.board))


def _with_effects(line: MeasuredLine, ground: Ground, expected: Sequence[tuple[int, Expected]]) -> Line:
    level = ground.metrics[line.metric].level
    effects = {}
    if level is not None:
        here = round(level.value * line.per_unit)
        for option, its in expected:
            low, likely, high = (round(Fraction(each) * line.per_unit) - here for each in its)
            effects[option] = low, likely, high
    return Line(line.requirement, line.now, line.steps, effects)


def _parts(board: Board) -> tuple[Part, ...]:
    return tuple(
        Part(
            row.requirement_id,
            row.owner_id,
            row.share or 0.0,
            row.score.gap,
            row.score.lo,
            row.score.hi,
            row.score.n_eff,
        )
        for row in board.requirements
        if row.score is not None
    )


def _circle(board: Board) -> Circle:
    return Circle(
        own={row.function_id: row.own for row in board.functions},
        links=[Link(each.supplier_id, each.supplied_id, each.strength) for each in board.links],
        facing=frozenset(row.function_id for row in board.functions if row.is_customer_facing),
    )


def heard_about(board: Board, requirements: Collection[int]) -> tuple[int, int]:
    """Return how many current customers, and contacts, weigh in the scores of any of these requirements (2 queries,
    none where it is kept)."""
    ids = tuple(sorted(requirements))
    return kept_with_board(board, ("heard about", ids), lambda: _heard_about(ids)) if ids else (0, 0)


def stated_by_few(board: Board, requirements: Collection[int]) -> frozenset[tuple[int, int]]:
    """Return the (requirement, product) pairs of which fewer than 5 contacts of 3 current customers, but somebody,
    stated a level (2 queries, none where it is kept)."""
    ids = tuple(sorted(requirements))
    return kept_with_board(board, ("stated by few", ids), lambda: _stated_by_few(ids)) if ids else frozenset()


def _stated_by_few(requirements: Sequence[int]) -> frozenset[tuple[int, int]]:
    state = ProjectionState.objects.first()
    rows = sql.fetch_by_keys(
        "WITH k(r) AS ({keys}) SELECT l.requirement_id, l.product_id FROM k "
        f"JOIN {LEDGER} l ON l.generation = %s AND l.requirement_id = k.r AND l.b > 0 AND l.level IS NOT NULL "
        "JOIN customers_stratum s ON s.id = l.stratum_id AND s.lifecycle = %s GROUP BY 1, 2 "
        "HAVING COUNT(DISTINCT l.contact_id) < %s OR COUNT(DISTINCT l.customer_id) < %s",
        [(each,) for each in requirements],
        [state.generation if state else 0, Lifecycle.CURRENT.value, FEWEST_CONTACTS, FEWEST_CUSTOMERS],
    )
    return frozenset((requirement, product) for requirement, product in rows)


def _heard_about(requirements: Sequence[int]) -> tuple[int, int]:
    state = ProjectionState.objects.first()
    ((customers, contacts),) = sql.fetch_by_keys(
        "WITH k(r) AS ({keys}) SELECT COUNT(DISTINCT l.customer_id), COUNT(DISTINCT l.contact_id) FROM k "
        f"JOIN {LEDGER} l ON l.generation = %s AND l.requirement_id = k.r AND l.b > 0 "
        "JOIN customers_stratum s ON s.id = l.stratum_id AND s.lifecycle = %s",
        [(each,) for each in requirements],
        [state.generation if state else 0, Lifecycle.CURRENT.value],
    )
    return int(customers), int(contacts)


# ---- Reading


def _read_ground(board: Board) -> Ground:
    with one_snapshot():
        state = ProjectionState.objects.first()
        asked = [row.requirement_id for row in board.requirements if row.has_scale or row.levels]
        if state is None or not asked:
            return Ground(board, (), {}, {}, {})
        levels, scales = kept_levels(asked), _scales(asked)
        ids = {row.metric for its in levels.values() for row in its.rows.values()}
        metrics = Metric.objects.select_related("function").in_bulk(ids)
        parts = measured_levels(metrics=[each for each in metrics.values() if each.is_active], as_of=state.as_of)
        exact = {(metric, part.part): part.level for metric, its in parts.items() for part in its}
        readings = {
            each: Reading(each, levels.get(each, NO_LEVELS), scales[each], metrics, exact)
            for each in asked
            if each in scales
        }
        read = _read(board, state, readings)
    lines = [line for each in readings for line in read[each][0]]
    newest = {metric: part.newest_on for metric, its in parts.items() for part in its if part.part == ALL_PARTS}
    now = {pk: MetricNow(metric, exact.get((pk, ALL_PARTS)), newest.get(pk)) for pk, metric in metrics.items()}
    return Ground(board, tuple(lines), now, {each: read[each][1] for each in readings}, scales)


def _read(board: Board, state: ProjectionState, readings: Mapping[int, Reading]) -> dict[int, Read]:
    """Return the readings of requirements. What was said, and what was read from it, is kept until that changes: most
    changes of the scores are of a few requirements, and adding up the answers to all of them takes seconds."""
    half_life = {row.requirement_id: row.half_life for row in board.requirements}
    runs = dict(RequirementScore.objects.order_by().values_list("requirement_id", "ledger_run_id"))
    # Where an earlier release drained last, which notes no ledgers, everything is read for this state only.
    run = None if state.noted_run_id == state.run_id else state.run_id
    sums = state.lineage, state.generation, state.epoch, state.weight_set_id, run
    said_keys = {
        each: (*sums, runs.get(each), half_life[each], reading.breakdowns) for each, reading in readings.items()
    }
    read_keys = {each: (*said_keys[each], reading.compared) for each, reading in readings.items()}

    def add_up(requirements: Sequence[int]) -> dict[int, Said]:
        strata = {stratum: segment for stratum, segment in all_strata().items() if is_of(board.scope, segment)}
        answers = weighed_answers(
            state.generation, [Asked(each, half_life[each]) for each in requirements], strata=strata,
            levels={each: readings[each].levels for each in requirements},
            frame=Frame.of(epoch=state.epoch, weight_set=state.weight_set_id),
        )  # fmt: skip
        product = board.scope.product
        return {
            each: readings[each].said([one for one in answers.get(each, ()) if product in {None, one.product}], strata)
            for each in requirements
        }

    def read(requirements: Sequence[int]) -> dict[int, Read]:
        said = kept_pieces(board, "said", {each: said_keys[each] for each in requirements}, add_up)
        return {each: readings[each].read(said[each]) for each in requirements}

    return kept_pieces(board, "read", read_keys, read)


def _scales(requirements: Sequence[int]) -> dict[int, Scale]:
    rows = Requirement.objects.filter(pk__in=requirements, current_scale__isnull=False).order_by()
    names = ("current_scale__unit", "current_scale__direction", "current_scale__resolution")
    return {pk: Scale(unit, direction, Decimal(step)) for pk, unit, direction, step in rows.values_list("pk", *names)}
