"""What a source answered, as a table that the import of measurements reads: the same checks, all or none.

Beside what an import does, a source may say another figure than it said before: that becomes a revision. What a person
corrected stays while the source repeats what it said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from functions.selectors import program_day
from metrics.figures import FIELDS_OF, Figures
from metrics.imports import Found, Mapped, MeasurementColumns, MeasurementMapping, Measurements, block_of
from metrics.items import SAME_FIGURES, MeasurementRow, Outcome, Result, figures_of, other_figures_error
from metrics.models import Kind, Measurement
from metrics.pull_models import MeasurementSource
from metrics.services import correct_measurement
from web.fields import PLACES
from web.imports import MappedTable, Reader, Report, run_import
from web.mappings import Source, hint
from web.strict_json import StrictJsonError, strict_loads
from web.tables import Layout, Row

# What marks a revision as the source's own; it is stored, so it is never translated.
REASON = "The source says so now."
MOST_ROWS = 1_000_000
# Somebody waits for a try, and where the database has one writer all others wait with them.
MOST_TRIED = 1_000
# A source that says something else of all that it ever said is broken more often than right.
MOST_CHANGED = 10_000
SHOWN_COLUMNS = 60
FIRST_SHOWN = 12
# What was held back is told when it is recorded once more.
BECAME = {
    Outcome.CREATED: gettext_lazy("new"),
    Outcome.DUPLICATE: gettext_lazy("the same"),
    Outcome.CONFLICT: gettext_lazy("refused"),
    Outcome.ERROR: gettext_lazy("refused"),
    Outcome.HELD_BACK: "",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One record as a preview shows it."""

    row: int
    figures: Figures
    external_id: str
    became: str


class Read(NamedTuple):
    """What became of an answer, what it begins with, and whether a try left some of it unread."""

    report: Report
    first: list[Line]
    has_more: bool


class UnreadableError(Exception):
    """What came cannot be read as what the source is said to answer; the message says why, for people."""


class PullTable(Mapped, Protocol):
    reader: Reader

    def rows(self) -> Iterator[Row]: ...


def read_answer(*, source: MeasurementSource, path: Path, content_type: str, dry_run: bool, now: datetime) -> Read:
    """Store what a source answered, all or none, and return what became of it; a dry run reads its beginning only.

    Raises UnreadableError, and ValidationError for a field that it lacks.
    """
    check_is_no_page(path, content_type, source)
    mapping = mapping_of(source)
    table: PullTable
    if source.format == MeasurementSource.Format.JSON:
        table = JsonTable(path, source, mapping)
    else:
        table = MappedTable(path, mapping, path.parent, is_guarded=False)
    blocks = [block_of(table, 1, mapping.measurements[0])]
    stage = PulledMeasurements(blocks, table.reader, mapping.source, program_day(now))
    rows = table.rows()
    taken = islice(rows, MOST_TRIED) if dry_run else counted(rows)
    report = run_import(rows=taken, stage=stage, dry_run=dry_run, finish=stage.finish)
    return Read(report, stage.first, has_more=next(rows, None) is not None)


def counted(rows: Iterator[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise UnreadableError(_("It answers more than %(most)d rows. Ask it for less.") % {"most": MOST_ROWS})
        yield row


def mapping_of(source: MeasurementSource) -> MeasurementMapping:
    """Return where the figures of its metric stand in what it answers."""
    fields = FIELDS_OF[Kind(source.metric.kind)]
    figures = {name: column(place) for name, place in zip(fields, (source.value, source.size), strict=False)}
    is_month = source.period_is == MeasurementSource.Period.MONTH
    parts = [source.begins, source.period, source.part]
    made_up = Source(template=" ".join(f"{{{place}}}" for place in parts if place))
    columns = MeasurementColumns(
        metric=Source(value=source.metric.name),
        external_id=column(source.identity) if source.identity else made_up,
        period_start=column("" if is_month else source.begins),
        period_end=column("" if is_month else source.period),
        month=column(source.period if is_month else ""),
        part=column(source.part),
        **figures,
    )
    layout = Layout(delimiter=source.delimiter, decimal=source.decimal, date_format=source.date_form, is_ragged=True)
    return MeasurementMapping(file=layout, source=source.name, measurements=[columns])


def column(place: str) -> Source:
    return Source(column=place)


def check_is_no_page(path: Path, content_type: str, source: MeasurementSource) -> None:
    with path.open("rb") as file:
        begins = file.read(512).lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower()
    words = {"format": source.get_format_display()}
    if not begins:
        raise UnreadableError(_("It answers nothing at all."))
    if begins.startswith((b"<!doctype html", b"<html")) or content_type in {"text/html", "application/xhtml+xml"}:
        raise UnreadableError(_("It answers a web page (HTML), not %(format)s. Is a log-in in between?") % words)
    if begins.startswith(b"<"):
        raise UnreadableError(_("It answers XML, not %(format)s.") % words)


# ---- JSON as a table


class JsonTable:
    """The records of a JSON text; a column is a path such as 'period.end'. The first record is row 1."""

    def __init__(self, path: Path, source: MeasurementSource, mapping: MeasurementMapping) -> None:
        self.reader = Reader(mapping.file, mapping.codes)
        self._records = records_in(path.read_bytes(), source.records)
        self._columns: tuple[str, ...] = ()

    def require(self, sources: Mapping[str, Source]) -> None:
        """Refuse a mapping that names a place which no record has."""
        wanted = {place for source in sources.values() for place in source.columns}
        for place in sorted(wanted):
            if self._records and not any(found_at(record, place) is not None for record in self._records):
                known = [str(name) for name in self._records[0]] if isinstance(self._records[0], dict) else []
                words = {"name": place, "hint": hint(place, known), "known": ", ".join(known[:SHOWN_COLUMNS])}
                message = _("No record has the field '%(name)s'.%(hint)s The first one has: %(known)s.")
                raise ValidationError(message, code="field", params=words)
        self._columns = tuple(wanted)

    def rows(self) -> Iterator[Row]:
        for number, record in enumerate(self._records, start=1):
            if not isinstance(record, dict):
                yield Row(number, {}, _("it is no object"))
                continue
            cells = {place: found_at(record, place) for place in self._columns}
            if wrong := sorted(place for place, value in cells.items() if isinstance(value, dict | list | bool)):
                yield Row(number, {}, _("the field '%(name)s' holds no text and no number") % {"name": wrong[0]})
                continue
            yield Row(number, {place: self._written(value) for place, value in cells.items()})

    def _written(self, value: Any) -> str:
        if isinstance(value, Decimal):
            # A binary fraction has seventeen digits, of which nobody meant the last ones.
            number = format(round(value, 12), "f") if abs(value.adjusted()) < 15 else str(value)
            return number.replace(".", self.reader.layout.decimal)
        return "" if value is None else str(value).strip()


def found_at(record: Any, place: str) -> Any:
    for name in place.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    return record


def records_in(body: bytes, place: str) -> Sequence[Any]:
    try:
        found = strict_loads(body.removeprefix(b"\xef\xbb\xbf"))
    except StrictJsonError as error:
        raise UnreadableError(_("It does not answer JSON that can be read: %(why)s") % {"why": error}) from None
    records = found_at(found, place) if place else found
    if isinstance(records, list):
        return records
    if place:
        raise UnreadableError(_("There is no list of records at '%(place)s'.") % {"place": place})
    raise UnreadableError(_("It does not answer a list. Say in which field the list of records is."))


# ---- Storing


class PulledMeasurements(Measurements):
    """The import's own stage, but for a source that says something else than before."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._replaced: set[int] = set()
        self._revised: set[int] = set()
        self.first: list[Line] = []

    def _figure(self, row: Row, name: str, source: Source) -> Any:
        """Round to what is stored: whoever answers fractions of a computer cannot help their many digits."""
        number = super()._figure(row, name, source)
        return round(number, PLACES) if isinstance(number, Decimal) else number

    def _record(self, found: list[Found]) -> list[Result]:
        results = super()._record(found)
        if not found:
            return results
        turned = self._turned_back(found, results)
        return [
            self._corrected(each.item, result) if self._says_otherwise(result) or index in turned else result
            for index, (each, result) in enumerate(zip(found, results, strict=True))
        ]

    def _says_otherwise(self, result: Result) -> bool:
        return result.outcome is Outcome.CONFLICT and result.measurement_id is not None

    def _turned_back(self, found: list[Found], results: list[Result]) -> set[int]:
        """Return which repeat what the source said earlier, though it said something else since (1 query)."""
        repeated = [each.measurement_id or 0 for each in results if each.outcome is Outcome.DUPLICATE]
        own = Measurement.objects.filter(pk__in=repeated, reason=REASON, entered_by=None)
        current = {row.pk: tuple(getattr(row, name) for name in SAME_FIGURES) for row in own}
        return {
            index
            for index, (each, result) in enumerate(zip(found, results, strict=True))
            if result.measurement_id in current
            and figures_of(each.item, self.by_id[each.item.metric_id]) != current[result.measurement_id]
        }

    def _corrected(self, item: MeasurementRow, result: Result) -> Result:
        stored = Measurement.objects.get(pk=result.measurement_id or 0)
        if stored.pk in self._replaced or stored.metric_id != item.metric_id:
            # Twice in one answer, or of another metric: which of them is right, nobody knows.
            return Result(Outcome.CONFLICT, errors={"external_id": other_figures_error(item.external_id)})
        if len(self._replaced) >= MOST_CHANGED:
            message = gettext_lazy("It says something else of more than %(most)d measurements than before.")
            raise UnreadableError(str(message) % {"most": MOST_CHANGED})
        try:
            new = correct_measurement(measurement=stored, figures=item.figures, reason=REASON, today=self.today)
        except ValidationError as error:
            return Result(Outcome.ERROR, errors={"value": error})
        self._replaced.add(stored.pk)
        self._revised.add(new.pk)
        return Result(Outcome.DUPLICATE, new.pk)

    def _report(self, found: Found, result: Result, report: Report) -> None:
        became = BECAME[result.outcome]
        if result.measurement_id in self._revised:
            self._revised.remove(result.measurement_id)
            report.changed["measurements"] += 1
            became = gettext_lazy("changed")
        else:
            super()._report(found, result, report)
        if became and len(self.first) < FIRST_SHOWN:
            self.first.append(Line(found.row.number, found.item.figures, found.item.external_id, str(became)))
