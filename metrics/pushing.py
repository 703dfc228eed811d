"""What a machine pushes: items that name their metric by id or by name, read one by one, stored all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from functions.selectors import Access
from metrics.figures import Errors, Figures
from metrics.items import MeasurementRow, Outcome, Result, check_items, hold_back
from metrics.models import Metric
from metrics.selectors import pushable_metrics
from metrics.services import record_measurements

LARGEST_PUSH = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedItem:
    metric: int | str
    external_id: str
    figures: Figures


def push_measurements(
    *, items: Sequence[PushedItem | Errors], source: str, access: Access, today: date, entered_by: User
) -> list[Result]:
    """Store pushed items, all or none, and say of each what became of it; errors in place of an item hold all back.

    A metric of a function that is not the sender's does not exist for the sender.
    """
    metrics = pushable_metrics(access, (item.metric for item in items if isinstance(item, PushedItem)))
    read = [row_of(item, metrics) if isinstance(item, PushedItem) else item for item in items]
    rows = [row for row in read if isinstance(row, MeasurementRow)]
    if len(rows) == len(read):
        return record_measurements(rows=rows, source=source, today=today, entered_by=entered_by)
    known = Metric.objects.in_bulk({row.metric_id for row in rows})
    checked = iter(hold_back(check_items(rows, known, source, today)))
    return [next(checked) if isinstance(row, MeasurementRow) else Result(Outcome.ERROR, errors=row) for row in read]


def row_of(item: PushedItem, metrics: dict[int | str, int]) -> MeasurementRow | Errors:
    if item.metric not in metrics:
        message = _("There is no metric %(metric)s, or it is not yours to push to.")
        params = {"metric": str(item.metric)[:120]}
        return {"metric": ValidationError(message, code="metric", params=params)}
    return MeasurementRow(metric_id=metrics[item.metric], external_id=item.external_id, figures=item.figures)
