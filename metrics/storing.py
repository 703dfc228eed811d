"""Writing many measurements by few statements that are the same on SQLite and PostgreSQL."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field
from django.utils import timezone

from metrics.models import Measurement

META = Measurement._meta  # noqa: SLF001  # Django's documented way to the columns of a model
COLUMNS = (
    "metric", "kind", "period_start", "period_end", "part", "value", "numerator", "denominator", "defects", "units",
    "opportunities", "events", "exposure", "source", "external_id", "is_current", "reason", "entered_by",
    "created_at",
)  # fmt: skip
ROWS_PER_STATEMENT = 500  # 19 columns each: below SQLite's limit of 32,766 parameters


def revisions_by_id(*, source: str, external_ids: Sequence[str]) -> dict[str, list[Measurement]]:
    """Return the stored revisions of these external ids, corrected ones included."""
    found: dict[str, list[Measurement]] = defaultdict(list)
    for some in in_slices(sorted(set(external_ids) - {""})):
        for measurement in Measurement.objects.filter(source=source, external_id__in=some).order_by("id"):
            found[measurement.external_id].append(measurement)
    return dict(found)


def in_slices(items: Sequence[Any], size: int = ROWS_PER_STATEMENT) -> Iterator[Sequence[Any]]:
    return (items[at : at + size] for at in range(0, len(items), size))


def insert_new(measurements: Sequence[Measurement]) -> dict[str, int]:
    """Insert rows whose (source, external id) is new; return the ids by external id.

    Only RETURNING tells without a race which rows were inserted, and Django's ignore_conflicts does not ask for it.
    """
    now = timezone.now()
    stored: dict[str, int] = {}
    for some in in_slices(measurements):
        for measurement in some:
            measurement.created_at = now
        stored |= insert_slice(some)
    return stored


def insert_slice(measurements: Sequence[Measurement]) -> dict[str, int]:
    fields = [field for field in (META.get_field(name) for name in COLUMNS) if isinstance(field, Field)]
    values = [
        field.get_db_prep_save(getattr(measurement, field.attname), connection)
        for measurement in measurements
        for field in fields
    ]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    row = f"({', '.join(['%s'] * len(fields))})"
    table = connection.ops.quote_name(META.db_table)
    with connection.cursor() as cursor:
        # Table and column names only; every value is a parameter.
        cursor.execute(
            f"INSERT INTO {table} ({names}) VALUES {', '.join([row] * len(measurements))} "  # noqa: S608
            "ON CONFLICT DO NOTHING RETURNING external_id, id",
            values,
        )
        return dict(cursor.fetchall())
