"""The two marks of a metric in a list or on a board: what its newest points say, and whether it reaches customers."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from functions.selectors import Access
from gap_scores.board import Scope
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_on
from gap_scores.wanting import WantedLevel, wanted_levels
from metrics.chart_selectors import phase_days
from metrics.charting import Charted, charted, charted_after
from metrics.levels import newest_rows_between
from metrics.measured import WindowRow
from metrics.models import Metric, MetricLink
from scoring.charts import Assurance, assurance
from scoring.units import UNITS, factor

# Measurements that a list reads: of a metric three years of days, of all on a page together not more than a few charts.
MOST_ROWS, MOST_IN_ALL = 1_200, 30_000


@dataclass(frozen=True, slots=True)
class MetricMarks:
    """signal: 'none', 'better', 'worse', or '' where there is no chart. assurance None: not known.

    is_long: more measurements than a list reads; its own page charts them.
    """

    signal: str = ""
    assurance: Assurance | None = None
    is_long: bool = False

    @property
    def moves(self) -> str:
        """What the variation mark says, as a filter asks for it."""
        return "long" if self.is_long else self.signal or "unknown"

    @property
    def reaches(self) -> str:
        """What the assurance mark says, as a filter asks for it."""
        return self.assurance.value if self.assurance else "unknown"


def metric_marks(
    metrics: Sequence[Metric], *, access: Access, as_of: date, wanted_share: int, at_once: int | None = None
) -> dict[int, MetricMarks]:
    """Return the marks of the metrics of one page: from a bounded number of measurements, and as their pages say.

    at_once: so many of them share the bound; without it all do.
    """
    if not metrics:
        return {}
    customers = customers_levels(metrics, access=access, wanted_share=wanted_share)
    since = phase_days([each.pk for each in metrics])
    found: dict[int, MetricMarks] = {}
    step = at_once or len(metrics)
    for start in range(0, len(metrics), step):
        found |= _charted_marks(metrics[start : start + step], customers=customers, since=since, as_of=as_of)
    return found


def _charted_marks(
    metrics: Sequence[Metric], *, customers: Mapping[int, float], since: Mapping[int, list[date]], as_of: date
) -> dict[int, MetricMarks]:
    rows: defaultdict[int, list[WindowRow]] = defaultdict(list)
    most = min(MOST_ROWS, MOST_IN_ALL // len(metrics))
    for row in newest_rows_between(metrics=metrics, after=charted_after(as_of), until=as_of, most=most + 1):
        rows[row.metric].append(row)
    return {
        # One that was cut off would show other limits than its own page.
        each.pk: MetricMarks(is_long=True)
        if len(rows[each.pk]) > most
        else marks_of(charted(each, rows[each.pk], since=since.get(each.pk, ())), customers.get(each.pk))
        for each in metrics
    }


def marks_of(chart: Charted | None, customers: float | None) -> MetricMarks:
    """Return the marks of a chart that is drawn already."""
    if chart is None:
        return MetricMarks()
    reached = None if customers is None else assurance(chart.chart, customers, chart.direction)
    return MetricMarks(chart.newest_signal or "none", reached)


def customers_levels(metrics: Sequence[Metric], *, access: Access, wanted_share: int) -> dict[int, float]:
    """Return the level that customers need per metric that measures one, in the metric's unit.

    Missing where nobody stated one, where units cannot be compared, and where it may not be shown to this person.
    """
    measured = _measured_by(metrics)
    hidden = _hidden_from(access) if measured else set()
    asked = set(measured.values()) - hidden
    levels = wanted_levels(requirements=asked, scope=Scope(), wanted_share=wanted_share)
    by_id = {each.pk: each for each in metrics}
    found = {
        metric: _in_unit_of(by_id[metric], levels[requirement])
        for metric, requirement in measured.items()
        if requirement in levels
    }
    return {metric: level for metric, level in found.items() if level is not None}


def _measured_by(metrics: Sequence[Metric]) -> Mapping[int, int]:
    """Return the first requirement whose level each metric measures, as its page takes it (1 query)."""
    links = MetricLink.objects.filter(metric__in=[each.pk for each in metrics], role=MetricLink.Role.MEASURES)
    found: dict[int, int] = {}
    for metric, requirement in links.order_by("-strength", "pk").values_list("metric_id", "requirement_id"):
        found.setdefault(metric, requirement)
    return found


def _hidden_from(access: Access) -> set[int]:
    """Return the requirements of too few people to be shown one by one; specialists see all."""
    return set() if access.is_specialist else hidden_on(read_board())


def _in_unit_of(metric: Metric, wanted: WantedLevel) -> float | None:
    one, other = UNITS.get(wanted.unit), UNITS.get(metric.unit)
    if one is None or other is None or one.dimension != other.dimension:
        return None
    return wanted.level * float(factor(wanted.unit, metric.unit))
