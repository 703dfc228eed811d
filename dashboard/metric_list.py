"""The list of metrics: what do we measure, is it fresh and to be trusted, is it moving, does it reach customers?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from dashboard.metric_marks import MetricMarks, metric_marks
from functions.models import Program
from functions.selectors import Access
from metrics import views as metrics
from metrics.health import with_health
from metrics.selectors import MetricRow, metrics_for, with_levels
from metrics.views import counts_of
from web.lists import ListAsked, Shown

WANTED_SHARE = 80  # per cent of weight to be served, where no program says otherwise
AT_ONCE = 25  # metrics whose charts are read together where all of a list are


@dataclass(frozen=True)
class MetricListPage:
    """old, never: how many of those that the filters leave are overdue or were never measured."""

    marks: Mapping[int, MetricMarks]
    old: int
    never: int
    list: Shown

    @property
    def rows(self) -> Iterator[tuple[MetricRow, MetricMarks]]:
        """Yield the rows of the page with their marks."""
        return ((row, self.marks[row.pk]) for row in self.list.page)


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks for the list, and when."""

    asked: ListAsked
    access: Access
    program: Program | None
    today: date

    def marks(self, rows: Sequence[MetricRow], *, at_once: int | None = None) -> dict[int, MetricMarks]:
        return metric_marks(
            [row.metric for row in rows],
            access=self.access,
            as_of=self.today,
            wanted_share=self.program.wanted_share if self.program else WANTED_SHARE,
            at_once=at_once,
        )

    def rows(self) -> list[MetricRow]:
        """Return the rows that the filters leave, with their marks where a filter asks for one."""
        rows = metrics.rows_asked_for(self.asked, self.access, today=self.today)
        moves, reaches = self.asked.value_of("moves"), self.asked.value_of("reaches")
        if not (moves or reaches):
            return rows
        # Every chart has to be drawn before it is known which are shown.
        marked = self.marked(rows)
        return [row for row in marked if moves in {"", None, row.moves} and reaches in {"", None, row.reaches}]

    def marked(self, rows: Sequence[MetricRow]) -> list[MetricRow]:
        marks = self.marks(rows, at_once=AT_ONCE)
        return [replace(row, moves=marks[row.pk].moves, reaches=marks[row.pk].reaches) for row in rows]


def metric_list_page(*, asked: ListAsked, access: Access, program: Program | None, today: date) -> MetricListPage:
    asking = _Asking(asked, access, program, today)
    rows = asking.rows()
    shown = asked.show(rows, of=metrics_for(access))
    # Levels, trust and charts are worked out for the rows of the page only.
    its = with_health(list(shown.page.object_list), today=today)
    shown.page.object_list = with_levels(its, today=today)
    return MetricListPage(asking.marks(its), **counts_of(rows), list=shown)


def rows_asked_for(asked: ListAsked, access: Access, *, program: Program | None, today: date) -> list[MetricRow]:
    return _Asking(asked, access, program, today).rows()


def rows_in_full(asked: ListAsked, access: Access, *, program: Program | None, today: date) -> list[MetricRow]:
    """Return the rows with all that the page shows of them and all that a metric is, as a file has them."""
    asking = _Asking(asked, access, program, today)
    return metrics.in_full(asking.marked(asking.rows()), today=today)
