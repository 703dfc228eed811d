"""The list of metrics: what do we measure, is it fresh, is it moving, and does it reach customers?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from dashboard.metric_marks import MetricMarks, metric_marks
from functions.models import Program
from functions.selectors import Access
from metrics.selectors import MetricRow, metrics_for, with_levels
from metrics.views import counts_of, rows_asked_for
from web.lists import ListAsked, Shown

WANTED_SHARE = 80  # per cent of weight to be served, where no program says otherwise


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


def metric_list_page(*, asked: ListAsked, access: Access, program: Program | None, today: date) -> MetricListPage:
    rows = rows_asked_for(asked, access, today=today)
    shown = asked.show(rows, of=metrics_for(access))
    # Levels and charts are worked out for the rows of the page only.
    shown.page.object_list = with_levels(list(shown.page.object_list), today=today)
    marks = metric_marks(
        [row.metric for row in shown.page.object_list],
        access=access,
        as_of=today,
        wanted_share=program.wanted_share if program else WANTED_SHARE,
    )
    return MetricListPage(marks, **counts_of(rows), list=shown)
