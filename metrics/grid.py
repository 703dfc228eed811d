"""The grid in which measurements of many metrics are entered month by month: read from the store and from a form."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from metrics.figures import DECIMALS, FIELDS_OF, PARTED, Errors, Figures, counts_of, errors_in
from metrics.models import Kind, Measurement, Metric
from metrics.wording import plain
from scoring.shewhart import xmr_chart
from web.months import last_day, months_after
from web.numbers import ExactNumberField, WholeNumberField

MOST_METRICS = 40
LONGEST_MONTH = 31
MONTHS, MOST_MONTHS = 6, 12
# From how many months of before on a value can be called unusual, and how many are looked at.
FEWEST_BEFORE, MOST_BEFORE = 8, 24


@dataclass(frozen=True, slots=True)
class Month:
    first: date

    @property
    def last(self) -> date:
        return self.first.replace(day=last_day(self.first.year, self.first.month))

    @property
    def key(self) -> str:
        return f"{self.first:%Y%m}"


def months_up_to(today: date, count: int) -> list[Month]:
    """Return so many months that are over, the oldest first."""
    this = today.replace(day=1)
    return [Month(months_after(this, -back)) for back in range(count, 0, -1)]


@dataclass(slots=True)
class Cell:
    """One metric, or one step of a yield, in one month.

    `was`: the measurement that stands there; `others`: measurements of other periods.
    """

    metric: Metric
    month: Month
    part: str = ""
    was: Measurement | None = None
    others: int = 0
    typed: str | None = None
    errors: list[str] = field(default_factory=list)
    figures: Figures | None = None
    is_unusual: bool = False

    @property
    def name(self) -> str:
        step = f"-{self.metric.step_names.index(self.part)}" if self.part else ""
        return f"c-{self.metric.pk}-{self.month.key}{step}"

    @property
    def stored(self) -> str:
        return text_of(self.was) if self.was else ""

    @property
    def text(self) -> str:
        return self.stored if self.typed is None else self.typed

    @property
    def is_open(self) -> bool:
        """Whether it can be entered here: what is measured by the week or the day is entered on its page."""
        return not self.others

    @property
    def is_hole(self) -> bool:
        """Whether a figure is missing: what is measured less often than every month may stay empty."""
        return self.is_open and self.was is None and self.metric.cadence_days <= LONGEST_MONTH

    @property
    def is_changed(self) -> bool:
        return self.is_open and self.typed is not None and self.typed != self.stored


@dataclass(slots=True)
class Row:
    metric: Metric
    cells: list[Cell]
    part: str = ""

    @property
    def form_of_figures(self) -> str:
        """Say how a cell is written."""
        if self.metric.kind == Kind.ORDINAL:
            return " / ".join(self.metric.step_names)
        return str(WRITTEN.get(Kind(self.metric.kind), self.metric.get_unit_display()))


WRITTEN = {
    Kind.PROPORTION: _("number / out of"),
    Kind.DEFECTS: _("defects / units"),
    Kind.COUNT_RATE: _("events / exposure"),
    Kind.YIELD: _("right the first time / entered"),
}


def text_of(row: Measurement) -> str:
    """Return the figures as a cell has them: '12/340', or the value."""
    return "/".join(plain(getattr(row, name)) for name in FIELDS_OF[Kind(row.kind)])


def grid_of(metrics: Sequence[Metric], months: Sequence[Month]) -> list[Row]:
    """Return the rows of a grid with what is stored (1 query)."""
    stored = Measurement.objects.filter(
        metric__in=metrics, is_current=True, period_end__gte=months[0].first, period_start__lte=months[-1].last
    )
    by_metric: defaultdict[int, list[Measurement]] = defaultdict(list)
    for row in stored.order_by("pk"):
        by_metric[row.metric_id].append(row)
    return [
        Row(metric, [_cell(metric, month, part, by_metric[metric.pk]) for month in months], part)
        for metric in metrics
        for part in (metric.step_names if metric.is_chain else ("",))
    ]


def _cell(metric: Metric, month: Month, part: str, stored: Iterable[Measurement]) -> Cell:
    own = [row for row in stored if not part or row.part == part]
    inside = [row for row in own if row.period_start <= month.last and row.period_end >= month.first]
    whole = [row for row in inside if (row.period_start, row.period_end, row.part) == (month.first, month.last, part)]
    if len(inside) == 1 and whole:
        return Cell(metric, month, part, was=whole[0])
    return Cell(metric, month, part, others=len(inside))


# ---- What was typed


def read_cells(rows: Sequence[Row], sent: Mapping[str, Any], today: date) -> list[Cell]:
    """Put what was typed into the cells and return those that changed, read or with what is wrong with them.

    A page sends every cell, and beside each what it showed: a cell that somebody else filled meanwhile and that nobody
    touched here stays as it is, one that both touched is told.
    """
    cells = [cell for row in rows for cell in row.cells]
    for cell in cells:
        typed = str(sent.get(cell.name, "")).strip()
        shown = str(sent.get(f"was-{cell.name}", cell.stored if cell.is_open else ""))
        is_touched = cell.name in sent and typed != shown
        cell.typed = typed if is_touched else None
        if is_touched and (shown != cell.stored or not cell.is_open) and typed != cell.stored:
            cell.errors = [_("Somebody stored %(figures)s here meanwhile.") % {"figures": cell.stored or cell.others}]
    changed = [cell for cell in cells if cell.is_changed or cell.errors]
    for cell in changed:
        if not cell.errors:
            _read(cell, today)
    return changed


def _read(cell: Cell, today: date) -> None:
    try:
        cell.figures = replace(figures_in(cell.typed or "", cell.metric, cell.month), part=cell.part)
    except ValidationError as error:
        cell.errors = list(error.messages)
        return
    if cell.was is not None:
        # What a unit could have wrong is not entered here, so a correction leaves it as it was.
        cell.figures = replace(cell.figures, opportunities=cell.was.opportunities)
    found: Errors = errors_in(cell.figures, cell.metric, today)
    if cell.figures.counts and not found:
        cell.figures = replace(cell.figures, counts=counts_of(cell.figures, cell.metric))
    cell.errors = [message for error in found.values() for message in error.messages]


def figures_in(text: str, metric: Metric, month: Month) -> Figures:
    """Return the figures that a cell states; raises ValidationError."""
    names = FIELDS_OF[Kind(metric.kind)]
    parts = PARTED.split(text) if len(names) > 1 else [text]
    if not text:
        raise ValidationError(_("A measurement is corrected, not emptied. Correct it on its page if it never was."))
    if len(parts) != len(names):
        raise ValidationError(_("Write both figures, for example 12/340."))
    if metric.kind == Kind.ORDINAL:
        return Figures(period_start=month.first, period_end=month.last, counts=text)
    values = {
        name: (ExactNumberField() if name in DECIMALS else WholeNumberField()).clean(part)
        for name, part in zip(names, parts, strict=True)
    }
    return Figures(period_start=month.first, period_end=month.last, **values)


def mark_unusual(changed: Sequence[Cell]) -> list[Cell]:
    """Mark the cells beyond what the metric's months before let expect, and return them (1 query)."""
    before = _levels_before(
        [cell.metric for cell in changed], min((cell.month.first for cell in changed), default=None)
    )
    for cell in changed:
        level = _level(cell.figures, cell.metric) if cell.figures else None
        levels = before[cell.metric.pk, cell.part]
        chart = xmr_chart([levels]) if len(levels) >= FEWEST_BEFORE else None
        if chart is not None and level is not None and not chart.phases[-1].no_variation:
            newest = chart.phases[-1].points[-1]
            cell.is_unusual = not newest.lcl <= level <= newest.ucl
    return [cell for cell in changed if cell.is_unusual]


Levels = defaultdict[tuple[int, str], list[float | None]]


def _levels_before(metrics: Sequence[Metric], first: date | None) -> Levels:
    found: Levels = defaultdict(list)
    if first is None:
        return found
    by_id = {metric.pk: metric for metric in metrics}
    since = first - timedelta(days=LONGEST_MONTH * MOST_BEFORE)
    rows = Measurement.objects.filter(
        metric__in=metrics, is_current=True, period_end__lt=first, period_start__gte=since
    )
    for row in rows.order_by("period_end", "pk"):
        found[row.metric_id, row.part].append(_level(row, by_id[row.metric_id]))
    return found


def _level(row: Figures | Measurement, metric: Metric) -> float | None:
    """Return a value, or one count by the other."""
    if row.counts:
        counts = [int(each) for each in row.counts.split("/")]
        return sum(counts[metric.step_names.index(metric.counts_from) :]) / sum(counts)
    if row.value is not None:
        return float(row.value)
    pairs = ((row.numerator, row.denominator), (row.defects, row.units), (row.events, row.exposure))
    one, other = next((pair for pair in pairs if pair[0] is not None), (None, None))
    return None if one is None or not other else float(one) / float(other)
