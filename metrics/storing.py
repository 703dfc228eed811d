"""Writing many measurements by few statements that are the same on SQLite and PostgreSQL."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from metrics.models import Measurement, Metric
from web import sql

COLUMNS = (
    "metric_id", "external_id", "kind", "period_start", "period_end", "part", "value", "numerator", "denominator",
    "defects", "units", "opportunities", "events", "exposure", "counts",
    "source", "is_current", "reason", "entered_by_id", "created_at",
)  # fmt: skip
WHAT_MEASUREMENTS_FIX = ("kind", "unit", "breakdown", "steps")
IDS_PER_STATEMENT = 5_000  # below SQLite's limit of 32,766 parameters


class NewMeasurement(NamedTuple):
    """A row to be stored; value and exposure in millionths, as the columns hold them."""

    metric: int
    external_id: str
    kind: str
    period_start: date
    period_end: date
    part: str
    value: int | None
    numerator: int | None
    denominator: int | None
    defects: int | None
    units: int | None
    opportunities: int | None
    events: int | None
    exposure: int | None
    counts: str


def hold_meaning(metrics: Iterable[Metric]) -> None:
    """Hold what measurements rely on until they are stored; raises ValidationError where it is another by now.

    Whoever changes it waits, and so does this for who is changing it; other changes and other senders wait for nothing.
    The foreign key does not do that: it is looked at when all is stored. On SQLite one transaction writes at a time.
    """
    if connection.vendor != "postgresql":
        return
    read = {each.pk: tuple(getattr(each, name) for name in WHAT_MEASUREMENTS_FIX) for each in metrics}
    rows = sql.fetch(
        "SELECT id, kind, unit, breakdown, steps FROM metrics_metric WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE",
        [sorted(read)],
    )
    if any(read[pk] != tuple(now) for pk, *now in rows):
        message = _("The metric was changed in this moment. Read it again, then send it once more.")
        raise ValidationError({"metric": ValidationError(message, code="changed")})


def revisions_by_id(*, source: str, external_ids: Sequence[str]) -> dict[str, list[Measurement]]:
    """Return the stored revisions of these external ids, newest last (1 query a batch, 2 if any was corrected)."""
    found: dict[str, list[Measurement]] = defaultdict(list)
    # PostgreSQL sees that a partial index will do only where its condition stands in the query, too; without it, it
    # reads the whole table for each batch. Of a source that is new since it last looked it expects one row, and would
    # read all there are: so the source is compared as an expression, which only the index of external ids serves.
    its = Measurement.objects.alias(its_source=Concat("source", Value("")))
    same = its.filter(its_source=source).exclude(external_id="")
    for some in sql.batches(sorted(set(external_ids) - {""}), IDS_PER_STATEMENT):
        current = list(same.filter(external_id__in=some, is_current=True))
        if corrected := [each.external_id for each in current if each.supersedes_id]:
            for earlier in same.filter(external_id__in=corrected, is_current=False).order_by("id"):
                found[earlier.external_id].append(earlier)
        for each in current:
            found[each.external_id].append(each)
    return dict(found)


def insert_new(rows: Sequence[NewMeasurement], *, source: str, entered_by: int | None) -> dict[str, int]:
    """Insert rows whose (source, external id) is new; return the ids by external id."""
    same = (source, True, "", entered_by, connection.ops.adapt_datetimefield_value(timezone.now()))
    lines = [(*row, *same) for row in rows]
    return dict(sql.insert_new("metrics_measurement", COLUMNS, lines, ("external_id", "id")))
