"""Storing a grid of measurements: all or none."""

from collections.abc import Sequence
from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from metrics.grid import Cell
from metrics.items import MeasurementRow, Outcome
from metrics.models import Measurement
from metrics.services import correct_measurement, record_measurements

SOURCE = "grid"


@transaction.atomic
def record_grid(*, cells: Sequence[Cell], reason: str, today: date, entered_by: User) -> int:
    """Store what was typed into cells that were read without fault; return how many measurements that made.

    A stored measurement gets a revision with the reason. What somebody else stored or corrected meanwhile is told by
    the cell's errors, and nothing is stored.
    """
    fresh = [cell for cell in cells if cell.was is None]
    ids = free_ids(fresh)
    rows = [
        MeasurementRow(metric_id=cell.metric.pk, external_id=external_id, figures=cell.figures)
        for cell, external_id in zip(fresh, ids, strict=True)
        if cell.figures is not None
    ]
    results = record_measurements(rows=rows, source=SOURCE, today=today, entered_by=entered_by) if rows else []
    for cell, result in zip(fresh, results, strict=True):
        if result.outcome is Outcome.CONFLICT:
            cell.errors.append(str(_("Somebody entered other figures meanwhile. Open the page anew to see them.")))
        elif result.outcome is Outcome.ERROR:
            cell.errors += [message for error in result.errors.values() for message in error.messages]
    for cell in cells:
        if cell.was is not None and cell.figures is not None:
            try:
                correct_measurement(
                    measurement=cell.was, figures=cell.figures, reason=reason, today=today, entered_by=entered_by
                )
            except ValidationError as error:
                cell.errors += error.messages
    if any(cell.errors for cell in cells):
        transaction.set_rollback(True)
        return 0
    return len(cells)


def free_ids(cells: Sequence[Cell]) -> list[str]:
    """Return an id for each month that is to be filled: the same for a page that is sent twice.

    A measurement whose period was corrected keeps its id, so a month from which one moved away gets another.
    """
    plain = [f"{cell.metric.pk} {cell.month.key} {cell.part}".strip() for cell in cells]
    moved = dict(
        Measurement.objects.filter(source=SOURCE, is_current=True, external_id__in=plain)
        .exclude(period_start__in={cell.month.first for cell in cells})
        .values_list("external_id", "pk")
    )
    return [f"{each} {moved[each]}" if each in moved else each for each in plain]
