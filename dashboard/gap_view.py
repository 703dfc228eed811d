"""How a gap is shown everywhere: value, interval, band and whisker; under n_eff 5 the interval alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.drawing.bands import Band, Edges
from dashboard.drawing.small import PointsBar, Whisker, points_bar, whisker
from functions.models import Program
from functions.selectors import Access
from gap_scores.board import FunctionRow, RequirementDetail, RequirementRow
from gap_scores.guarding import board_for
from gap_scores.showing import hidden_from, hidden_on
from web.templatetags.show import fixed

FEWEST_EFFECTIVE = 5  # below so many effective answers a gap is an interval, not a number


@dataclass(frozen=True, slots=True)
class GapView:
    """A gap in points 0..100 with its interval. few: n_eff under 5. None instead of it: no data.

    suspect: the requirement or what measures it has changed since somebody looked at their link, so it is hatched.
    """

    gap: float
    lo: float
    hi: float
    n_eff: float
    band: Band
    whisker: Whisker
    few: bool
    stale: bool = False
    suspect: bool = False

    @property
    def range(self) -> str:
        return f"{fixed(self.lo)} to {fixed(self.hi)}"

    @property
    def value(self) -> str:
        """The number to print: nothing where only the interval is known."""
        return "" if self.few else fixed(self.gap)

    @property
    def words(self) -> str:
        return self.range if self.few else f"{fixed(self.gap)} ({self.range})"


def edges_of(program: Program | None) -> Edges:
    return Edges(program.watch_from, program.gap_from, program.severe_from) if program else Edges()


def gap_view(
    gap: float | None,
    lo: float | None,
    hi: float | None,
    n_eff: float | None,
    *,
    edges: Edges,
    stale: bool = False,
    suspect: bool = False,
) -> GapView | None:
    if gap is None:
        return None
    low, high, evidence = lo or 0.0, 100.0 if hi is None else hi, n_eff or 0.0
    few = evidence < FEWEST_EFFECTIVE
    drawing = whisker(gap, low, high, edges=edges, only_interval=few)
    return GapView(gap, low, high, evidence, edges.band(gap), drawing, few, stale, suspect)


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A requirement in a list: its row of the board, the gap and points as they are shown, whether its page opens."""

    row: RequirementRow
    gap: GapView | None
    bar: PointsBar | None
    opens: bool


@dataclass(frozen=True, slots=True)
class Remainder:
    """Rows that may not be shown one by one, and the points that they carry together; None: neither may these."""

    count: int
    points: float | None


def may_open(access: Access, allowed: set[int] | None, requirement_id: int) -> bool:
    return access.is_specialist or allowed is None or requirement_id in allowed


def kept_apart(rows: Sequence[RequirementRow], access: Access) -> tuple[list[RequirementRow], list[RequirementRow]]:
    """Return the scored rows that a person may see one by one, and those that become one line, as in the API."""
    hidden = hidden_from(access, rows)
    return (
        [row for row in rows if row.requirement_id not in hidden],
        [row for row in rows if row.requirement_id in hidden],
    )


def hides(access: Access, detail: RequirementDetail) -> bool:
    """Whether a person may not see a requirement's numbers because they are of too few people, as in the API."""
    if access.is_specialist:
        return False
    if detail.row.too_few:
        return bool(detail.row.counts.heard)
    return detail.row.requirement_id in hidden_on(board_for(access, detail.scope))


def remainder_of(rows: Iterable[RequirementRow]) -> Remainder | None:
    listed = list(rows)
    return Remainder(len(listed), sum(row.points or 0.0 for row in listed)) if listed else None


def requirement_lines(
    rows: Sequence[RequirementRow], *, edges: Edges, access: Access, allowed: set[int] | None
) -> list[RequirementLine]:
    top = max((row.points_hi or 0.0 for row in rows), default=0.0)
    return [_line(row, top, edges, may_open(access, allowed, row.requirement_id)) for row in rows]


def _line(row: RequirementRow, top: float, edges: Edges, opens: bool) -> RequirementLine:
    score = row.score
    if score is None:
        return RequirementLine(row, None, None, opens)
    view = requirement_gap(row, edges=edges, suspect=row.is_suspect)
    band = edges.band(score.gap)
    bar = None
    if row.points is not None:
        bar = points_bar(row.points, row.points_lo or 0.0, row.points_hi or 0.0, top=top, band=band)
    return RequirementLine(row, view, bar, opens)


def function_gap(row: FunctionRow, *, edges: Edges) -> GapView | None:
    return gap_view(row.own, row.own_lo, row.own_hi, row.n_eff, edges=edges, stale=row.neglect.is_unheard)


def requirement_gap(row: RequirementRow, *, edges: Edges, suspect: bool = False) -> GapView | None:
    if (score := row.score) is None:
        return None
    return gap_view(score.gap, score.lo, score.hi, score.n_eff, edges=edges, stale=row.is_stale, suspect=suspect)
