"""Reading scores: every page, API answer and export takes its numbers from here, from one stored run.

The values are those of gap_scores/board.py.
"""

from collections.abc import Callable, Collection
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet

from gap_scores.board import (
    Board,
    CustomerGap,
    EntryView,
    FunctionDetail,
    KeptDay,
    KeptEnd,
    RequirementDetail,
    Scope,
    TargetView,
    TrendPoint,
)
from gap_scores.boards import board_at_version, kept_at_version, kept_with_board
from gap_scores.detailing import DetailReader
from gap_scores.kept import KeptReader
from gap_scores.locking import one_snapshot
from gap_scores.models import ProjectionState, ScoringRun, Snapshot
from gap_scores.reading import read_stamp
from gap_scores.segmenting import SegmentGap
from gap_scores.workings import Clock, internal_gaps
from interviews.models import Interview
from requirements_catalog.models import Requirement
from scoring.changes import Estimate
from scoring.rollup import Whole

FEWEST_EFFECTIVE = 5


def reader_of(scope: Scope) -> DetailReader:
    """Return what reads a scope: of today from the projection, of a day that was kept from its snapshot."""
    return DetailReader(scope) if scope.as_of is None else KeptReader(scope, scope.as_of)


def read_board(*, scope: Scope = Scope()) -> Board:  # noqa: B008  # frozen, so safe to share
    """Return the circle, its functions and every requirement in a scope, read from one committed state."""
    if connection.in_atomic_block:
        # What this transaction wrote may be taken back, and its numbers given out again.
        return reader_of(scope).board()
    with one_snapshot():
        return board_at_version(scope, lambda: reader_of(scope).board())


def read_function(*, function_id: int, scope: Scope = Scope()) -> FunctionDetail | None:  # noqa: B008
    """Return one dot with its requirements and what reaches it; None if the circle has no such dot."""
    return function_in(board=read_board(scope=scope), function_id=function_id)


def function_in(*, board: Board, function_id: int) -> FunctionDetail | None:
    """Return the same of a board."""
    row = board.function(function_id)
    if row is None:
        return None
    by_id = {each.function_id: each for each in board.functions}
    ranked = sorted((each for each in board.functions if each.points is not None), key=lambda each: -(each.points or 0))
    return FunctionDetail(
        row=row,
        stamp=board.stamp,
        scope=board.scope,
        requirements=board.owned_by(function_id),
        unscored=tuple(each for each in board.unscored if each.owner_id == function_id),
        suppliers=tuple((link, by_id[link.supplier_id]) for link in board.links if link.supplied_id == function_id),
        supplied=tuple((link, by_id[link.supplied_id]) for link in board.links if link.supplier_id == function_id),
        overall=board.overall,
        rank=ranked.index(row) + 1 if row in ranked else None,
        of=len(ranked),
        internal=internal_gap(board=board, function_id=function_id),
    )


def internal_gap(*, board: Board, function_id: int) -> Whole | None:
    """Return what internal customers say of a function about whom customers were heard, too; None: nothing."""
    row = board.function(function_id)
    if row is None or row.is_internal or not board.scope.is_headline:
        return None
    mine = [*board.owned_by(function_id), *(each for each in board.unscored if each.owner_id == function_id)]
    owners = {each.requirement_id: function_id for each in mine}
    with one_snapshot():
        if board.scope.as_of is not None:
            return KeptReader(board.scope, board.scope.as_of).internal(owners).get(function_id)
        state = ProjectionState.objects.get()
        return internal_gaps(state.generation, owners, Clock(state.as_of, state.epoch)).get(function_id)


def read_requirement(*, requirement_id: int, scope: Scope = Scope()) -> RequirementDetail | None:  # noqa: B008
    """Return everything that explains one requirement's score; None if it is not an active requirement."""
    with one_snapshot():
        reader = reader_of(scope)
        board = reader.board()
        row = next(
            (each for each in (*board.requirements, *board.unscored) if each.requirement_id == requirement_id), None
        )
        return None if row is None else reader.detail(board, row)


def read_segments(*, board: Board, dimension: str) -> tuple[SegmentGap, ...]:
    """Return the gaps of the circle and of each function by segment of a board's scope, worked out once for each
    state."""

    def work_out() -> tuple[SegmentGap, ...]:
        with one_snapshot():
            return reader_of(board.scope).segment_gaps(dimension)

    return kept_with_board(board, ("segments", dimension), work_out)


def read_targets() -> tuple[TargetView, ...]:
    """Return each internal target beside the curve of current customers, worked out once for each state of the scores.

    Reads the answers of every requirement that has a target.
    """
    return kept_at_version("targets", lambda: DetailReader(Scope()).targets())


def customer_gaps(*, customer_id: int, as_of: date | None = None) -> list[CustomerGap]:
    """Return what one customer requires against what we measure, requirement by requirement, worst first; of today or
    of a kept day."""
    with one_snapshot():
        return reader_of(Scope(as_of=as_of)).customer(customer_id)


def kept_entries(*, as_of: date, wanted: Callable[[EntryView], bool]) -> list[tuple[Requirement, list[EntryView]]]:
    """Return the counted answers of a kept day that are wanted, by requirement, of customers of every lifecycle but
    internal ones."""
    with one_snapshot():
        return reader_of(Scope(lifecycle="", as_of=as_of)).all_entries(wanted)


def weight_set_in_sums() -> int | None:
    """Return the weight set whose factors of strata are in the scores (1 query); None: they are not weighted."""
    return ProjectionState.objects.values_list("weight_set_id", flat=True).first()


def days_to_compare(*, before: date) -> list[KeptDay]:
    """Return the kept days that can be compared, oldest first, without their gaps (1 query)."""
    rows = Snapshot.objects.filter(functions__isnull=False, as_of__lt=before).order_by("as_of")
    reviews: dict[date, bool] = {}
    for day, reason in rows.values_list("as_of", "reason"):
        reviews[day] = reviews.get(day, False) or reason == Snapshot.Reason.REVIEW
    return [KeptDay(day, is_review) for day, is_review in reviews.items()]


def kept_ends(days: Collection[KeptDay]) -> list[KeptEnd]:
    """Return the gaps of kept days, oldest first, one for each day (1 query, none without a day)."""
    reviews = {each.as_of: each.is_review for each in days}
    kept = Snapshot.objects.filter(functions__isnull=False, as_of__in=reviews).order_by("as_of", "id")
    kept = kept.only("as_of", "overall", "overall_lo", "overall_hi", "functions")
    # Of a day that was kept more than once the latest one counts.
    return list({each.as_of: kept_end(each, is_review=reviews[each.as_of]) for each in kept}.values())


def kept_end(kept: Snapshot, *, is_review: bool) -> KeptEnd:
    """Return the gaps that a snapshot keeps beside its content, none by function where it is an older one."""
    functions = {int(function): gap for function, gap in (kept.functions or {}).items()}
    gaps = {key: gap for key, its in functions.items() if (gap := _estimate(*its[:3]))}
    few = frozenset(key for key, its in functions.items() if (its[3] or 0.0) < FEWEST_EFFECTIVE)
    overall = _estimate(kept.overall, kept.overall_lo, kept.overall_hi)
    return KeptEnd(kept.as_of, overall, gaps, few, is_review)


def _estimate(gap: float | None, lo: float | None, hi: float | None) -> Estimate | None:
    if gap is None or lo is None or hi is None:
        return None
    # A sum of products can differ from its ends in the last bit.
    return Estimate(gap, min(lo, gap), max(hi, gap))


def overall_trend(*, until: date | None = None) -> list[TrendPoint]:
    """Return the overall gap of the kept month ends, oldest first; `until`: none after this day."""
    kept = Snapshot.objects.filter(reason=Snapshot.Reason.MONTH_END, overall__isnull=False).order_by("as_of", "id")
    kept = kept if until is None else kept.filter(as_of__lte=until)
    return [
        TrendPoint(as_of, overall, overall if lo is None else lo, overall if hi is None else hi)
        for as_of, overall, lo, hi in kept.values_list("as_of", "overall", "overall_lo", "overall_hi")
        if overall is not None
    ]


def snapshots() -> QuerySet[Snapshot]:
    return Snapshot.objects.defer("content", "functions")


def is_kept(day: date) -> bool:
    return Snapshot.objects.filter(as_of=day).exists()


def kept_on(day: date) -> Snapshot:
    """Return what counts of a kept day, without its content: the latest where it was kept more than once (1 query)."""
    return Snapshot.objects.defer("content").filter(as_of=day).latest("id")


def kept_before(day: date) -> Snapshot | None:
    """Return what was kept for the last review before a day, without one what was kept last before it (2 queries).

    Its content is read where it is unpacked.
    """
    before = Snapshot.objects.defer("content").filter(as_of__lt=day).order_by("as_of", "id")
    return before.filter(reason=Snapshot.Reason.REVIEW).last() or before.last()


def kept_last_between(first: date, last: date) -> date | None:
    """Return the newest kept day of a stretch, both ends included (1 query)."""
    return (
        Snapshot.objects.filter(as_of__range=(first, last)).order_by("-as_of").values_list("as_of", flat=True).first()
    )


def kept_days() -> list[date]:
    """Return the dates of which scores are kept, newest first (1 query)."""
    return list(Snapshot.objects.order_by("-as_of").values_list("as_of", flat=True).distinct())


def first_heard_on() -> date | None:
    """Return the day of the first completed interview: before it there are no scores (1 query)."""
    rows = Interview.objects.filter(state=Interview.State.COMPLETED).order_by("held_on")
    return rows.values_list("held_on", flat=True).first()


def newest_run() -> tuple[int, datetime | None]:
    """Return the number of the newest run and when it was; 0 before the first."""
    return ScoringRun.objects.order_by("-pk").values_list("pk", "computed_at").first() or (0, None)


__all__ = [
    "customer_gaps",
    "days_to_compare",
    "first_heard_on",
    "function_in",
    "internal_gap",
    "is_kept",
    "kept_before",
    "kept_days",
    "kept_end",
    "kept_ends",
    "kept_on",
    "newest_run",
    "overall_trend",
    "read_board",
    "read_function",
    "read_requirement",
    "read_segments",
    "read_stamp",
    "snapshots",
    "weight_set_in_sums",
]
