"""Measurements from a file: one row is one observation per block of the mapping. docs/importing.md shows mappings."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from functions.selectors import program_day
from jobs.services import mark_days
from metrics.figures import DECIMALS, Errors, Figures
from metrics.items import MeasurementRow, Outcome, Result
from metrics.models import Metric
from metrics.services import days_of_created, store_measurements
from web.imports import (
    CellError,
    MappedTable,
    Reader,
    Report,
    run_import,
    sentences,
)
from web.mappings import (
    NOWHERE,
    From,
    ImportMapping,
    Source,
    hint,
    read_mapping,
    source_of,
)
from web.months import last_day
from web.tables import Row

FIGURES = ("value", "numerator", "denominator", "defects", "units", "opportunities", "events", "exposure", "counts")


class MeasurementColumns(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where one observation of a row stands. Without any figure in the row there is no observation."""

    metric: From
    external_id: From
    period_start: From = NOWHERE
    period_end: From = NOWHERE
    month: From = NOWHERE
    part: From = NOWHERE
    value: From = NOWHERE
    numerator: From = NOWHERE
    denominator: From = NOWHERE
    defects: From = NOWHERE
    units: From = NOWHERE
    opportunities: From = NOWHERE
    events: From = NOWHERE
    exposure: From = NOWHERE
    counts: From = NOWHERE

    def sources(self) -> dict[str, Source]:
        return {name: source_of(getattr(self, name)) for name in self.__struct_fields__}


class MeasurementMapping(ImportMapping, kw_only=True, frozen=True, forbid_unknown_fields=True):
    source: str
    measurements: list[MeasurementColumns]


class Mapped(Protocol):
    """A table that can say whether it has what a mapping names."""

    def require(self, sources: Mapping[str, Source]) -> None: ...


class Block(NamedTuple):
    """One block of the mapping, ready to be read many times."""

    sources: dict[str, Source]
    figures: tuple[str, ...]

    def source(self, field: str) -> Source:
        """Return where a field of the figures stands; a month states both ends of the period."""
        source = self.sources.get(field, NOWHERE)
        return self.sources["month"] if source == NOWHERE and field.startswith("period") else source

    def columns(self, field: str) -> str:
        return self.source(field).place


class Found(NamedTuple):
    row: Row
    block: Block
    item: MeasurementRow


def import_measurements(
    *,
    path: Path,
    mapping_path: Path,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
    months: int = 0,
) -> Report:
    """Store the measurements of a file, all or none; raises ValidationError if file or mapping cannot be used.

    A measurement that is stored already with the same figures is left as it is. `months` moves every date.
    """
    mapping = read_mapping(mapping_path, MeasurementMapping)
    table = MappedTable(path, mapping, mapping_path.parent, months)
    return import_table(table=table, mapping=mapping, dry_run=dry_run, now=now, progress=progress)


def import_table(
    *,
    table: MappedTable,
    mapping: MeasurementMapping,
    dry_run: bool,
    now: datetime,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Store the rows of a table whose columns mean what the mapping says, all or none."""
    blocks = [block_of(table, number, columns) for number, columns in enumerate(mapping.measurements, start=1)]
    stage = Measurements(blocks, table.reader, mapping.source, program_day(now))
    return run_import(rows=table.rows(), stage=stage, dry_run=dry_run, finish=stage.finish, progress=progress)


def block_of(table: Mapped, number: int, columns: MeasurementColumns) -> Block:
    sources = columns.sources()
    table.require({f"measurements[{number}].{name}": source for name, source in sources.items()})
    if (sources["month"] == NOWHERE) == (sources["period_end"] == NOWHERE):
        message = _("measurements[%(number)s]: state either month or period_end.")
        raise ValidationError(message, code="period", params={"number": number})
    figures = tuple(name for name in FIGURES if sources[name] != NOWHERE)
    if not figures:
        message = _("measurements[%(number)s]: state where the figures are, for example value or numerator.")
        raise ValidationError(message, code="figures", params={"number": number})
    return Block(sources, figures)


class Measurements:
    """Stages batches of rows: read, record, report."""

    def __init__(self, blocks: list[Block], reader: Reader, source: str, today: date) -> None:
        self.blocks, self.reader, self.source, self.today = blocks, reader, source, today
        self.metrics = {metric.name: metric for metric in Metric.objects.all()}
        self.by_id = {metric.pk: metric for metric in self.metrics.values()}
        self.touched: set[tuple[int, date]] = set()

    def __call__(self, rows: list[Row], report: Report) -> None:
        found = [each for row in rows for each in self._read_row(row, report)]
        results = self._record(found)
        # What was right in itself is stored for the time being, so that later rows are compared with it.
        again = [each for each, result in zip(found, results, strict=True) if result.outcome is Outcome.HELD_BACK]
        for each, result in [*zip(found, results, strict=True), *zip(again, self._record(again), strict=True)]:
            self._report(each, result, report)

    def finish(self) -> None:
        mark_days(days=self.touched)

    def _record(self, found: list[Found]) -> list[Result]:
        if not found:
            return []
        items = [each.item for each in found]
        results = store_measurements(items=items, metrics=self.by_id, source=self.source, today=self.today)
        self.touched |= days_of_created(items, results)
        return results

    def _read_row(self, row: Row, report: Report) -> Iterator[Found]:
        for block in self.blocks:
            try:
                if all(not self.reader.text(row, block.sources[name]) for name in block.figures):
                    report.left_out["measurements without figures"] += 1
                else:
                    yield Found(row, block, self._read_block(row, block))
            except CellError as error:
                report.refuse(row.number, error.column, error.value, error.reason)

    def _read_block(self, row: Row, block: Block) -> MeasurementRow:
        sources, read = block.sources, self.reader
        name = read.required(row, sources["metric"], "the metric")
        if name not in self.metrics:
            raise CellError(block.columns("metric"), name, f"there is no such metric.{hint(name, self.metrics)}")
        start, end = self._period(row, sources)
        return MeasurementRow(
            metric_id=self.metrics[name].pk,
            external_id=read.required(row, sources["external_id"], "the external id"),
            figures=Figures(
                period_start=start,
                period_end=end,
                part=read.text(row, sources["part"]),
                **{name: self._figure(row, name, sources[name]) for name in block.figures},
            ),
        )

    def _period(self, row: Row, sources: dict[str, Source]) -> tuple[date, date]:
        if sources["month"] != NOWHERE:
            day = self.reader.day(row, sources["month"], "the month")
            return day.replace(day=1), day.replace(day=last_day(day.year, day.month))
        end = self.reader.day(row, sources["period_end"], "the end of the period")
        if sources["period_start"] == NOWHERE:
            return end, end
        return self.reader.day(row, sources["period_start"], "the start of the period"), end

    def _figure(self, row: Row, name: str, source: Source) -> Any:
        if name == "counts":
            return self.reader.text(row, source)
        if not self.reader.text(row, source):
            return None
        return self.reader.number(row, source) if name in DECIMALS else self.reader.whole(row, source)

    def _report(self, found: Found, result: Result, report: Report) -> None:
        if result.errors:
            self._refuse(found, result.errors, report)
        elif result.outcome is Outcome.CREATED:
            report.created["measurements"] += 1
        elif result.outcome is Outcome.DUPLICATE:
            report.unchanged["measurements"] += 1

    def _refuse(self, found: Found, errors: Errors, report: Report) -> None:
        for field, error in errors.items():
            source = found.block.source(field)
            columns = found.block.columns(field) or field
            report.refuse(found.row.number, columns, self.reader.text(found.row, source), sentences(error))
