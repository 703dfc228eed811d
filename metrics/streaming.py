"""A million measurements in one call: received as they come, read by a job, stored all or none.

Every row is checked and staged before anything is stored, so progress can be seen, a cancelled job has nothing to take
back, and the one transaction that stores is a single statement.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from functions.selectors import Access, program_day, scope_for
from jobs.models import Job
from jobs.running import MOST_ERRORS, InputReader, JobFailedError, tell_progress
from jobs.services import mark_days
from metrics.figures import Errors
from metrics.items import MeasurementRow, Outcome, check_items, other_figures_error
from metrics.models import Metric, StagedMeasurement
from metrics.pushing import PushedItem, row_of
from metrics.selectors import pushable_metrics
from metrics.services import storable
from metrics.storing import COLUMNS, NewMeasurement
from web import sql
from web.imports import note_import, sentences

KIND = "measurements"
MOST_ROWS = 1_000_000
BATCH = 2_000
LONGEST_LINE = 64 * 1024
FORMATS = {"application/x-ndjson": "ndjson", "text/csv": "csv"}
STAGED = "metrics_stagedmeasurement"
FIELDS = NewMeasurement._fields
STAGED_COLUMNS = ("job_id", "row", "metric_id", *FIELDS[1:])
Item = PushedItem | Errors
ReadItem = Callable[[Any], Item]


@dataclass(slots=True)
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    fresh: int = 0
    duplicates: int = 0
    refused: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, row: int, errors: Errors) -> None:
        self.refused += 1
        for name, error in errors.items():
            if len(self.errors) < MOST_ERRORS:
                code = str(error.error_list[0].code or "invalid")
                self.errors.append({"row": row, "field": name, "detail": sentences(error), "code": code})


def run_stream(job: Job, *, read_line: ReadItem, read_cells: ReadItem) -> dict[str, Any]:
    """Do a job of this kind; raises JobFailedError with what is wrong row by row, and then nothing is stored."""
    StagedMeasurement.objects.filter(job=job).delete()
    try:
        tally = stage(job, read_line=read_line, read_cells=read_cells)
        if tally.refused:
            message = _("Nothing was stored: %(wrong)s of %(rows)s rows cannot be taken.")
            raise JobFailedError(message % {"wrong": tally.refused, "rows": tally.rows}, tally.errors)
        late = store(job, tally)
    finally:
        StagedMeasurement.objects.filter(job=job).delete()
    return {"rows": tally.rows, "created": tally.fresh - late, "duplicates": tally.duplicates + late}


# ---- Reading


def stage(job: Job, *, read_line: ReadItem, read_cells: ReadItem) -> Tally:
    user, today = job.started_by, program_day(timezone.now())
    if user is None:
        raise JobFailedError(_("Whoever sent this is no longer there."))
    access, tally, total = scope_for(user), Tally(), max(1, int(job.about["bytes"]))
    raw = InputReader(job)
    items = lines_of(raw, read_line) if job.about["format"] == "ndjson" else cells_of(raw, read_cells)
    known = KnownMetrics(access)
    for batch in sql.batches(items, BATCH):
        tally.rows += len(batch)
        if tally.rows > MOST_ROWS:
            raise JobFailedError(_("These are more than %(most)s rows. Send them in parts.") % {"most": MOST_ROWS})
        stage_batch(job, batch, known, today, tally)
        tell_progress(job=job, done=min(batch[-1][1], total), total=total)
    return tally


Read = tuple[int, int, Item]  # number of the row, bytes read so far, what the row says


def lines_of(raw: InputReader, read_line: ReadItem) -> Iterator[Read]:
    """Yield the objects of a text with one JSON object a line; blank lines are passed over."""
    with io.BufferedReader(raw) as lines:
        number = read = 0
        while line := lines.readline(LONGEST_LINE + 1):
            number, read = number + 1, read + len(line)
            if len(line) > LONGEST_LINE:
                raise JobFailedError(_("Row %(row)s is longer than a measurement can be.") % {"row": number})
            if line.strip():
                yield number, read, read_line(line)


def cells_of(raw: InputReader, read_cells: ReadItem) -> Iterator[Read]:
    """Yield the rows of a CSV text with a header; a cell that is empty is not there."""
    counted = Counted(raw)
    with io.TextIOWrapper(counted, encoding="utf-8-sig", newline="") as text:
        table = csv.reader(text, strict=True)
        try:
            header = [name.strip() for name in next(table, [])]
            check_header(header)
            for number, cells in enumerate(table, start=2):
                if cells:
                    yield number, counted.read_so_far, read_cells((header, cells))
        except (csv.Error, UnicodeDecodeError) as error:
            reason = _("Row %(row)s cannot be read as CSV in UTF-8: %(why)s.")
            raise JobFailedError(reason % {"row": table.line_num + 1, "why": error}) from None


def check_header(header: Sequence[str]) -> None:
    if unknown := sorted(set(header) - {"metric", "external_id", *FIELDS}):
        message = _("The header names a column that there is not: '%(name)s'. There are: %(known)s.")
        known = ", ".join(sorted({*FIELDS} - {"kind"}))
        raise JobFailedError(message % {"name": unknown[0][:80], "known": known})
    if len(set(header)) < len(header) or not {"metric", "external_id", "period_start", "period_end"} <= set(header):
        raise JobFailedError(_("The header names metric, external_id, period_start and period_end, each column once."))


class Counted(io.BufferedReader):
    """A reader that knows how much was read, for the progress."""

    read_so_far = 0

    def read1(self, size: int = -1) -> bytes:
        found = super().read1(size)
        self.read_so_far += len(found)
        return found


class KnownMetrics:
    """What a sender calls its metrics, each looked up once."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._ids: dict[int | str, int] = {}
        self._missing: set[int | str] = set()
        self.by_id: dict[int, Metric] = {}

    def learn(self, references: set[int | str]) -> Mapping[int | str, int]:
        if fresh := references - self._ids.keys() - self._missing:
            found = pushable_metrics(self._access, fresh)
            self._ids |= found
            # Bounded: whoever makes names up gets them looked up again.
            self._missing = (self._missing | (fresh - found.keys())) if len(self._missing) < BATCH else set()
            self.by_id |= Metric.objects.in_bulk(set(found.values()) - self.by_id.keys())
        return self._ids


# ---- Staging


def stage_batch(job: Job, batch: Sequence[Read], known: KnownMetrics, today: date, tally: Tally) -> None:
    ids = known.learn({item.metric for _row, _read, item in batch if isinstance(item, PushedItem)})
    right: list[tuple[int, MeasurementRow]] = []
    for number, _read, item in batch:
        read = row_of(item, dict(ids)) if isinstance(item, PushedItem) else item
        if isinstance(read, MeasurementRow):
            right.append((number, read))
        else:
            tally.refuse(number, read)
    results = check_items([row for _number, row in right], known.by_id, job.about["source"], today)
    fresh = []
    for (number, row), result in zip(right, results, strict=True):
        if result.outcome is Outcome.CREATED:
            fresh.append((job.pk, number, *storable(row, known.by_id)))
        elif result.outcome is Outcome.DUPLICATE:
            tally.duplicates += 1
        else:
            tally.refuse(number, result.errors)
    keep_staged(job, fresh, tally)


def keep_staged(job: Job, fresh: Sequence[tuple[Any, ...]], tally: Tally) -> None:
    """Stage new rows; one whose id came earlier in the stream is a repeat, or a conflict if its figures differ."""
    stored = {row[0] for row in sql.insert_new(STAGED, STAGED_COLUMNS, fresh, ("external_id",))} if fresh else set()
    tally.fresh += len(stored)
    late = [row for row in fresh if row[3] not in stored]
    if not late:
        return
    rows = StagedMeasurement.objects.filter(job=job, external_id__in=[row[3] for row in late])
    there = {row[1]: row for row in rows.values_list("metric_id", *FIELDS[1:])}
    for row in late:
        if there[row[3]] == tuple(row[2:]):
            tally.duplicates += 1
        else:
            tally.refuse(row[1], {"external_id": other_figures_error(row[3])})


# ---- Storing


@transaction.atomic
def store(job: Job, tally: Tally) -> int:
    """Turn what is staged into measurements, all or none; return how many somebody else stored meanwhile."""
    names = ", ".join(COLUMNS[: len(FIELDS)])
    same = (job.about["source"], True, "", job.started_by_id, connection.ops.adapt_datetimefield_value(timezone.now()))
    columns, marks = ", ".join(COLUMNS), sql.marks(same)
    # In the order of their keys, so that two senders of the same ids wait for each other instead of deadlocking.
    stored = sql.run(
        f"INSERT INTO metrics_measurement ({columns}) SELECT {names}, {marks} FROM {STAGED} "  # noqa: S608  # constants
        "WHERE job_id = %s ORDER BY external_id ON CONFLICT DO NOTHING",
        [*same, job.pk],
    )
    late = tally.fresh - stored
    if late:
        check_late(job, tally)
    mark_days(days=StagedMeasurement.objects.filter(job=job).order_by().values_list("metric", "period_end").distinct())
    note_import(name=job.title, created={"measurements": stored}, person=job.started_by)
    return late


def check_late(job: Job, tally: Tally) -> None:
    """Refuse everything if what somebody else stored under the same ids says something else."""
    same = " AND ".join(f"m.{name} IS NOT DISTINCT FROM s.{name}" for name in COLUMNS[: len(FIELDS)])
    if connection.vendor == "sqlite":
        same = same.replace("IS NOT DISTINCT FROM", "IS")
    others = sql.fetch(
        f"SELECT s.row, s.external_id FROM {STAGED} s JOIN metrics_measurement m ON m.source = %s "  # noqa: S608
        "AND m.external_id = s.external_id AND m.external_id <> '' AND m.is_current "
        f"WHERE s.job_id = %s AND NOT ({same}) ORDER BY s.row",
        [job.about["source"], job.pk],
    )
    for number, external_id in others:
        tally.refuse(number, {"external_id": other_figures_error(external_id)})
    if others:
        message = _("Nothing was stored: %(wrong)s of %(rows)s rows cannot be taken.")
        raise JobFailedError(message % {"wrong": tally.refused, "rows": tally.rows}, tally.errors)
