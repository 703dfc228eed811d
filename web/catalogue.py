"""Files of a catalogue: a row per requirement, function or metric, which is known by its name or reference.

One description of the columns serves both ways: it reads the cells of a file, and writes those of the list's file, so
that what was taken along comes back as it is. A row whose record is new makes it, a known one is changed where the
row says something else; an empty cell says nothing. What may name a row further down waits until all are read.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from web.cells import Cell, Known, Read, a_text, in_plain_words
from web.documents import DocumentTable, Shape, digest_of
from web.imports import (
    CellError,
    MappedTable,
    Report,
    RowChange,
    RowNew,
    check_has_not_moved,
    run_import,
    sentences,
)
from web.lists import Column
from web.mappings import NOWHERE, From, ImportMapping, Source, source_of
from web.tables import MOST_ROWS, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """One column: how it is headed, how a cell is read, what a record has there, and how that is written.

    `is_needed`: a new record cannot do without it. `waits`: it may name what another row makes or gives free.
    `goes_with_a_change`: it says something of the change, not of the record. `shape`: how a document has it.
    """

    key: str
    label: Any
    heads: tuple[str, ...] = ()
    read: Read = a_text
    write: Callable[[Any], str] = in_plain_words
    of: Callable[[Any], Any] | None = None
    is_needed: bool = False
    waits: bool = False
    goes_with_a_change: bool = False
    shape: Shape = Shape.TEXT

    def value(self, record: Any) -> Any:
        if self.goes_with_a_change:
            return None
        return self.of(record) if self.of else getattr(record, self.key)

    def shown(self, record: Any) -> str:
        return self.write(self.value(record))


@dataclass(frozen=True)
class CatalogueFile:
    """What a file of one noun may hold. `records`: with all that its columns read of them.

    `create` makes a record of the values that do not wait, `change` brings one to the values that differ; both are of
    the services, and raise ValidationError by the keys of the columns. `known`: what cells may name, by noun.
    `alternatives`: columns that say the same from two ends, so that a file has one of them.
    """

    noun: str
    key: str
    columns: tuple[FileColumn, ...]
    records: Callable[[], QuerySet[Any]]
    known: Callable[[], Known]
    create: Callable[[Mapping[str, Any]], Any]
    change: Callable[[Any, Mapping[str, Any]], object]
    alternatives: tuple[str, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, FileColumn]:
        return {column.key: column for column in self.columns}


class CatalogueMapping(ImportMapping, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which column of the file is which of the description's."""

    columns: dict[str, From]

    def sources(self) -> dict[str, Source]:
        return {key: source_of(stated) for key, stated in self.columns.items()}


# ---- Bringing in


def import_catalogue(
    file: CatalogueFile, *, table: MappedTable | DocumentTable, mapping: CatalogueMapping, dry_run: bool,
    as_checked: str = "", progress: Callable[[Report], None] | None = None, **_clock: Any,
) -> Report:  # fmt: skip
    """Bring the rows of a table in, all or none; raises ValidationError if file or mapping cannot be used, or if
    something else stands there than what `as_checked` is the digest of."""
    table.require(mapping.sources())
    with transaction.atomic():
        state = state_of(file, is_held=not dry_run)
        check_has_not_moved(state, as_checked)
        rows = CatalogueRows(file, mapping, table)
        lines = table.rows_as_written()
        report = run_import(rows=lines, stage=rows, last=rows.settle, dry_run=dry_run, progress=progress)
    report.state = state
    return report


def state_of(file: CatalogueFile, *, is_held: bool) -> str:
    """Return the digest of all records of a noun; `is_held`: nobody else changes them before this transaction ends.

    A check holds nothing: what it found is compared again when the file is brought in. What only names the records, as
    measurements and answers do, comes in meanwhile: their keys stay.
    """
    records = file.records().order_by("pk")
    if is_held:
        records = records.select_for_update(of=("self",), no_key=True)
    return digest_of([[each.pk, *(column.shown(each) for column in file.columns)] for each in records])


@dataclass(slots=True)
class Entry:
    """A row on its way: its record, what changed in it so far, and what still waits."""

    row: Row
    name: str
    record: Any
    is_new: bool
    changes: list[RowChange] = field(default_factory=list)
    waiting: dict[str, Any] = field(default_factory=dict)


class CatalogueRows:
    """Stages batches of rows: read, make or change. `settle` ends them: what waited, and the report."""

    def __init__(self, file: CatalogueFile, mapping: CatalogueMapping, table: MappedTable | DocumentTable) -> None:
        self.file, self.reader, self.sources = file, table.reader, mapping.sources()
        self.known = file.known()
        self.first: dict[str, int] = {}
        self.entries: list[Entry] = []

    def __call__(self, rows: list[Row], report: Report) -> None:
        if report.rows > MOST_ROWS:
            message = _("A file of a catalogue has at most %(most)s rows. Part it in two.")
            raise ValidationError(message, code="too_long", params={"most": f"{MOST_ROWS:,}"})
        named = [(row, self._text(row, self.file.key)) for row in rows]
        wanted = {f"{self.file.key}__in": [name for _row, name in named]}
        records = {getattr(each, self.file.key): each for each in self.file.records().filter(**wanted)}
        for row, name in named:
            if self._is_first(row, name, report):
                self._stage(row, name, records.get(name), report)

    def _is_first(self, row: Row, name: str, report: Report) -> bool:
        if not name:
            self._refuse(row, {self.file.key: _("it is missing: by it the row is known")}, report)
        elif self.first.setdefault(name, row.number) != row.number:
            self._refuse(row, {self.file.key: f"row {self.first[name]} is the same"}, report)
        return bool(name) and self.first[name] == row.number

    def _stage(self, row: Row, name: str, record: Any, report: Report) -> None:
        stated = [each for each in self.file.columns if each.key in self.sources and self._text(row, each.key)]
        values = self._read(row, [each for each in stated if not each.waits], report)
        if values is None:
            return
        entry = Entry(row, name, record, is_new=record is None)
        entry.waiting = {each.key: None for each in stated if each.waits}
        if record is None:
            if self._has_what_is_needed(row, values, report):
                self._attempt(entry, lambda: self._create(entry, values), report)
        else:
            self._attempt(entry, lambda: self._change(entry, values), report)
        if entry.record is not None:
            self.entries.append(entry)

    def _has_what_is_needed(self, row: Row, values: Mapping[str, Any], report: Report) -> bool:
        missing = [each.key for each in self.file.columns if each.is_needed and each.key not in values]
        self._refuse(row, dict.fromkeys(missing, _("it is missing, and a new one needs it")), report)
        return not missing

    def _create(self, entry: Entry, values: Mapping[str, Any]) -> None:
        entry.record = self.file.create(values)

    def _change(self, entry: Entry, values: Mapping[str, Any]) -> None:
        columns = [self.file.by_key[key] for key in values]
        beside = [each for each in columns if each.goes_with_a_change]
        differing = [
            each
            for each in columns
            if not each.goes_with_a_change and not is_same(each.value(entry.record), values[each.key])
        ]
        if differing:
            seen = [self._seen(entry, each, values[each.key]) for each in differing]
            self.file.change(entry.record, {each.key: values[each.key] for each in [*differing, *beside]})
            entry.changes += seen

    def _seen(self, entry: Entry, column: FileColumn, value: Any) -> RowChange:
        before, after = column.shown(entry.record), column.write(value)
        # Behind the colon of a label stands how it is written.
        what = str(column.label).partition(":")[0]
        return RowChange(entry.row.number, entry.name, what, before, after)

    # -- the end of the file

    def settle(self, report: Report) -> None:
        """Bring in what waited. What is refused is tried again after the others, which may give free what it needs."""
        self.known = self.file.known()
        left = [entry for entry in self.entries if entry.waiting and self._read_waiting(entry, report)]
        while left:
            refused = [entry for entry in left if not self._attempt(entry, self._waiting_change(entry))]
            if len(refused) == len(left):
                for entry in refused:
                    self._attempt(entry, self._waiting_change(entry), report)
                break
            left = refused
        for entry in self.entries:
            self._tell(entry, report)
        if left_alone := self.file.records().exclude(**{f"{self.file.key}__in": list(self.first)}).count():
            report.left_alone[self.file.noun] = left_alone

    def _read_waiting(self, entry: Entry, report: Report) -> bool:
        values = self._read(entry.row, [self.file.by_key[key] for key in entry.waiting], report)
        entry.waiting = values or {}
        return values is not None

    def _waiting_change(self, entry: Entry) -> Callable[[], None]:
        return lambda: self._change(entry, entry.waiting)

    def _tell(self, entry: Entry, report: Report) -> None:
        if entry.is_new:
            report.create(self.file.noun, RowNew(entry.row.number, entry.name, self._words(entry)))
        elif entry.changes:
            report.change(self.file.noun, entry.changes)
        else:
            report.unchanged[self.file.noun] += 1

    def _words(self, entry: Entry) -> str:
        """Return what a new record says, where that is not its name."""
        needed = next((each for each in self.file.columns if each.is_needed and each.key != self.file.key), None)
        return needed.shown(entry.record) if needed else ""

    # -- cells and errors

    def _text(self, row: Row, key: str) -> str:
        return self.reader.text(row, self.sources[key])

    def _read(self, row: Row, columns: Iterable[FileColumn], report: Report) -> dict[str, Any] | None:
        """Read everything that can be read, so that one run names every fault of the row."""
        values: dict[str, Any] = {}
        faults: list[CellError] = []
        for column in columns:
            cell = Cell(self._text(row, column.key), self.sources[column.key].place, self.reader.layout.decimal)
            try:
                values[column.key] = column.read(cell, self.known)
            except CellError as error:
                faults.append(error)
        for fault in faults:
            report.refuse(row.number, fault.column, fault.value, fault.reason)
        return None if faults else values

    def _attempt(self, entry: Entry, act: Callable[[], None], report: Report | None = None) -> bool:
        """Do it whole or not at all; without a report a refusal is not told."""
        try:
            with transaction.atomic():
                act()
        except ValidationError as error:
            if report:
                # What waits is about its own column, whatever the service calls the fields of a link.
                at = next(iter(entry.waiting)) if entry in self.entries else self.file.key
                self._refuse(entry.row, self._reasons(error, at), report)
            return False
        return True

    def _reasons(self, error: ValidationError, at: str) -> dict[str, str]:
        """Return the sentences of an error by column; what is about none of them stands `at` one."""
        reasons: dict[str, str] = {}
        by_field = error.error_dict if hasattr(error, "error_dict") else {at: error}
        for name, found in by_field.items():
            key = name if name in self.file.by_key else at
            reasons[key] = " ".join(filter(None, [reasons.get(key), sentences(ValidationError(found))]))
        return reasons

    def _refuse(self, row: Row, reasons: Mapping[str, Any], report: Report) -> None:
        for key, reason in reasons.items():
            source = self.sources.get(key, NOWHERE)
            value = self._text(row, key) if key in self.sources else ""
            report.refuse(row.number, source.place or key, value, reason)


def is_same(there: Any, stated: Any) -> bool:
    """Whether two values say the same: the ends of lines are what the way through a spreadsheet left of them."""
    if isinstance(there, str) and isinstance(stated, str):
        return there.split() == stated.split() if "\n" in there or "\r" in there else there.strip() == stated
    return bool(there == stated)


# ---- Taking along


def file_columns(file: CatalogueFile, leave_out: Iterable[str] = ()) -> tuple[Column, ...]:
    """Return the columns of a list's file whose rows have what was `said` of their record."""
    asides = {column.key for column in file.columns if column.goes_with_a_change}
    return tuple(
        Column(column.key, column.label, value=said_of(column.key), sortable=False)
        for column in file.columns
        if column.key not in {*leave_out, *asides, *file.alternatives[1:]}
    )


def said_of(key: str) -> Callable[[Any], str]:
    return lambda row: row.said.get(key, "")


def entries_of(file: CatalogueFile) -> list[dict[str, Any]]:
    """Return all records as a document has them."""
    columns = [each for each in file.columns if not each.goes_with_a_change and each.key not in file.alternatives[1:]]
    records = file.records().order_by(file.key)
    return [{each.key: each.shape.of_cell(each.shown(record)) for each in columns} for record in records]


def all_said(file: CatalogueFile) -> dict[int, dict[str, str]]:
    """Return the cells of each record by its id."""
    return {each.pk: {column.key: column.shown(each) for column in file.columns} for each in file.records()}
