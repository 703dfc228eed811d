"""What came true of what was predicted, 3, 6 and 12 months after it was in force: worked out on every read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from functions.selectors import Access, program_zone
from gap_scores.board import Board, RequirementRow, Scope
from gap_scores.selectors import kept_last_between, read_board
from gap_scores.showing import hidden_from
from improvements.delivering import decision_before
from improvements.initiative_models import Initiative, InitiativeDecision
from metrics.deriving import Derivations
from metrics.levels import whole_levels
from metrics.measured import MeasuredPart
from metrics.models import Measurement, Metric
from scoring.calibration import Forecast
from scoring.investing import Case, Gain, Line, Option, Part, Step, gain_of
from web.months import months_after

MONTHS = (3, 6, 12)
# Months' ends are kept by themselves, so one lies in the month before any day.
KEPT_WITHIN = timedelta(days=31)
IT = 1


@dataclass(frozen=True, slots=True)
class LevelThen:
    """A predicted level and the measured one, in the metric's unit. why: what stands in the way of comparing them."""

    metric: Metric
    estimator: int | None
    low: Decimal
    likely: Decimal
    high: Decimal
    unit: str  # in which it was predicted
    part: MeasuredPart | None
    why: str
    begins_before: bool = False  # its window reaches back to before it was in force: shown, and not counted

    @property
    def came(self) -> float | None:
        """The measured level where it is one of the same, counted or not."""
        is_shown = self.part is not None and (not self.why or self.begins_before)
        return float(self.part.level.value) if self.part is not None and is_shown else None

    @property
    def forecast(self) -> Forecast | None:
        if self.came is None or self.why:
            return None
        return Forecast(float(self.low), float(self.likely), float(self.high), self.came)

    @property
    def is_better(self) -> bool:
        """Whether it came out beyond the better end of its range."""
        its = self.forecast
        return its is not None and not its.is_within and (its.came < its.ends[0]) == (self.metric.direction == "lower")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is known so many months after an initiative was in force. Gains in points of the overall gap.

    realised: what the measured levels take off, all else held as it was believed; None where that is not known, and
    why_no_points says why. expected: what the low, the likely and the high levels take off in the same way.
    """

    initiative: Initiative
    decision: InitiativeDecision
    months: int
    on: date
    is_passed: bool
    zone: ZoneInfo
    levels: tuple[LevelThen, ...] = ()
    realised: Gain | None = None
    why_no_points: str = ""
    expected: tuple[float, float, float] = (0.0, 0.0, 0.0)

    @property
    def predicted(self) -> Gain:
        return Gain(*self.decision.believed["points"])

    @property
    def forecast(self) -> Forecast | None:
        """The points as a forecast: those of the levels that somebody estimated, all else held."""
        return None if self.realised is None else Forecast(*self.expected, self.realised.points)

    @property
    def estimators(self) -> set[int | None]:
        return {each.estimator for each in self.levels}


@dataclass(frozen=True, slots=True)
class Asked:
    """The gap of the touched requirements by what customers said then and on a kept day, in points of the overall gap;
    customers: heard about the one of which fewest were."""

    day: date
    then: float
    now: float
    lo: float
    hi: float
    customers: int

    @property
    def change(self) -> float:
        return self.then - self.now


@dataclass(frozen=True, slots=True)
class Since:
    """How many measurements of what is compared were entered or corrected after the day itself, and when last."""

    count: int
    last_at: datetime | None


def delivered_initiatives() -> list[Initiative]:
    """Return all that are in force, with their decisions (2 queries)."""
    rows = Initiative.objects.filter(state=Initiative.State.DONE, delivered_on__isnull=False)
    return list(rows.select_related("function").prefetch_related("decisions").order_by("delivered_on", "pk"))


def checkpoints_of(rows: Sequence[Initiative], *, today: date) -> dict[int, list[Checkpoint]]:
    """Return the three checkpoints of each initiative that is in force.

    1 query for the program's zone, 1 for the metrics of all, and what their levels need (2) for each day that passed.
    """
    zone = program_zone()
    known = [(row, decision) for row in rows if (decision := predicted_in(row, zone)) is not None]
    days = {row.pk: [_day(row, months) for months in MONTHS] for row, _decision in known}
    wanted: dict[date, set[int]] = {}
    for row, decision in known:
        for day in days[row.pk]:
            if day <= today:
                wanted.setdefault(day, set()).update(_metrics_of(decision))
    metrics = Metric.objects.select_related("function").in_bulk({pk for ids in wanted.values() for pk in ids})
    levels = {day: _levels(ids, metrics, day) for day, ids in sorted(wanted.items())}
    return {
        row.pk: [
            checkpoint_of(Checkpoint(row, decision, months, day, day <= today, zone), levels.get(day, {}), metrics)
            for months, day in zip(MONTHS, days[row.pk], strict=True)
        ]
        for row, decision in known
    }


def predicted_in(row: Initiative, zone: ZoneInfo) -> InitiativeDecision | None:
    """Return the decision whose beliefs count as predicted, of one that is in force."""
    if row.state != Initiative.State.DONE or row.delivered_on is None:
        return None
    found = decision_before(row, row.delivered_on, zone)
    # The first versions kept the sentence alone.
    return found if found is not None and "effects" in found.believed else None


def _day(row: Initiative, months: int) -> date:
    assert row.delivered_on is not None  # noqa: S101 - of those in force alone
    return months_after(row.delivered_on, months)


def _metrics_of(decision: InitiativeDecision) -> set[int]:
    return {each["metric"] for each in decision.believed["effects"]}


def _levels(ids: Collection[int], metrics: Mapping[int, Metric], day: date) -> dict[int, MeasuredPart]:
    return whole_levels(metrics=[metrics[pk] for pk in sorted(ids) if pk in metrics], as_of=day)


def checkpoint_of(its: Checkpoint, levels: Mapping[int, MeasuredPart], metrics: Mapping[int, Metric]) -> Checkpoint:
    """Return a checkpoint with what is known at it; levels: the measured ones of its day by metric."""
    if not its.is_passed:
        return its
    believed = its.decision.believed
    compared = tuple(
        _level_then(each, metrics[each["metric"]], levels.get(each["metric"]), its.initiative.delivered_on)
        for each in believed["effects"]
        if each["metric"] in metrics
    )
    came = {each.metric.pk: each.part.level.value for each in compared if each.part is not None and not each.why}
    if why := _why_no_points(believed, came, compared):
        return replace(its, levels=compared, why_no_points=why)
    lines = believed["lines"]
    return replace(its, levels=compared, realised=realised_gain(lines, came), expected=_expected(lines, compared))


def _expected(lines: Sequence[Mapping[str, Any]], levels: Sequence[LevelThen]) -> tuple[float, float, float]:
    low, likely, high = (
        realised_gain(lines, {each.metric.pk: Fraction(getattr(each, name)) for each in levels}).points
        for name in ("low", "likely", "high")
    )
    return low, likely, high


def _level_then(said: Mapping[str, Any], metric: Metric, part: MeasuredPart | None, since: date | None) -> LevelThen:
    why, begins_before = "", False
    unit = said.get("unit", metric.unit)
    if since is None or part is None or part.newest_on <= since:
        why = _("not measured since it is in force")
    elif unit != metric.unit:
        why = _("measured in another unit now")
    elif said.get("version", metric.version) != metric.version:
        why = _("its definition was changed since")
    # A window begins on the day after window_from.
    elif part.window_from < since - timedelta(days=1):
        why, begins_before = _("its window begins before it was in force, so it is not counted"), True
    low, likely, high = (Decimal(said[name]) for name in ("low", "likely", "high"))
    return LevelThen(metric, said.get("by"), low, likely, high, unit, part, why, begins_before)


def _why_no_points(believed: Mapping[str, Any], came: Mapping[int, Fraction], levels: Sequence[LevelThen]) -> str:
    if not believed["effects"]:
        return _("No level was expected of it.")
    if "lines" not in believed:
        return _("What customers required was not kept with this decision.")
    if not believed["lines"]:
        return _("None of its levels measures a requirement that customers were heard about.")
    missing = {line["metric"] for line in believed["lines"]} - came.keys()
    if missing and missing <= {each.metric.pk for each in levels if each.begins_before}:
        return _("One of its levels still holds what was measured before it was in force.")
    if missing:
        return _("One of its levels is not known.")
    return ""


def realised_gain(lines: Sequence[Mapping[str, Any]], came: Mapping[int, Fraction]) -> Gain:
    """Return what these levels take off the overall gap, on the steps that were kept with a decision: what customers
    required, felt and weighed is held as it was, and so is every other level."""
    parts = {
        line["requirement"]: Part(line["requirement"], None, line["share"], line["gap"], 0.0, 100.0, line["n_eff"])
        for line in lines
    }
    moved = tuple(
        Line(line["requirement"], line["now"], _steps(line), {IT: _thrice(_moved(line, came[line["metric"]]))})
        for line in lines
    )
    return gain_of(Case(tuple(parts.values()), moved, (Option(IT, 0),)), {IT})


def _steps(line: Mapping[str, Any]) -> tuple[Step, ...]:
    return tuple(Step(*step) for step in line["steps"])


def _moved(line: Mapping[str, Any], came: Fraction) -> int:
    per_unit = Fraction(line["per_unit"])
    return round(came * per_unit) - round(Fraction(line["here"]) * per_unit)


def _thrice(step: int) -> tuple[int, int, int]:
    return step, step, step


# ---- Beside it


def asked_change(its: Checkpoint, access: Access) -> Asked | None:
    """Return what customers themselves said by then of the touched requirements; None where no day was kept, or the
    person may not see one of them (2 queries, and a kept board)."""
    lines = its.decision.believed.get("lines") or []
    since = its.initiative.delivered_on
    if not its.is_passed or not lines or since is None:
        return None
    day = kept_last_between(max(since, its.on - KEPT_WITHIN), its.on)
    return None if day is None else _asked(read_board(scope=Scope(as_of=day)), day, lines, access)


def _asked(board: Board, day: date, lines: Sequence[Mapping[str, Any]], access: Access) -> Asked | None:
    then = {line["requirement"]: (line["share"], line["gap"]) for line in lines}
    rows: dict[int, RequirementRow] = {row.requirement_id: row for row in board.requirements if row.score is not None}
    hidden = hidden_from(access, board.requirements)
    if not then.keys() <= rows.keys() - hidden:
        return None
    scores = [(share, gap, rows[pk].score) for pk, (share, gap) in then.items()]
    said = [(share, gap, score) for share, gap, score in scores if score is not None]
    return Asked(
        day,
        then=sum(share * gap for share, gap, _score in said),
        now=sum(share * score.gap for share, _gap, score in said),
        lo=sum(share * score.lo for share, _gap, score in said),
        hi=sum(share * score.hi for share, _gap, score in said),
        customers=min(rows[pk].counts.customers for pk in then),
    )


def entered_since(its: Checkpoint, levels: Sequence[LevelThen]) -> Since:
    """Return what was entered or corrected after a checkpoint's day among what these of its levels are worked out from,
    also what a correction moved out of the window (1 query, and 1 for each step of a chain of derived metrics)."""
    ends = datetime.combine(its.on + timedelta(days=1), time.min, its.zone)
    derivations, windows = Derivations.of([each.metric for each in levels]), Q(pk__in=())
    for each in levels:
        if each.part is not None:
            sources = derivations.measured(each.metric) or {each.metric}
            windows |= Q(metric__in=sources, period_end__gt=each.part.window_from, period_end__lte=its.on)
    inside = Measurement.objects.filter(windows)
    entered, moved = Q(is_current=True, created_at__gte=ends), Q(superseded_by__created_at__gte=ends)
    # What was corrected within the window counts once, as what stands there now.
    stays = Q(superseded_by__in=inside.order_by().values("pk"))
    found = inside.filter(entered | (moved & ~stays)).aggregate(
        count=Count("pk"), last=Max(Coalesce("superseded_by__created_at", "created_at"))
    )
    return Since(found["count"], found["last"])
