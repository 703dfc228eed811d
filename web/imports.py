"""What every import shares: reading cells as the mapping says, the report, and all-or-nothing.

The rows are written as they are read and everything is taken back at the end if a row was refused or the run is dry:
a dry run is the import itself, so what it announces is what happens.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.audit import record
from accounts.models import AuditKind, User
from web.exports import without_guard
from web.headings import LOOKED_AT
from web.mappings import PLACEHOLDER, Codes, Derived, ImportMapping, Join, Source, hint
from web.months import months_after
from web.parts import names_in
from web.tables import Layout, Row, Table, error_in_file, lines_of

BATCH = 500
ERRORS_KEPT = 1_000
LONGEST_SHOWN = 80
MOST_JOINED = 100_000
ROW_NUMBER = "#"
MOVED = "moved"
NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,5})?", re.ASCII)
T = TypeVar("T")


# ---- Cells


class CellError(Exception):
    """A cell that cannot be used: the column, what it holds, and why."""

    def __init__(self, column: str, value: str, reason: Any) -> None:
        super().__init__(reason)
        self.column, self.value, self.reason = column, value, str(reason)


@dataclass(frozen=True, slots=True)
class RowError:
    """What the user reads: where, what stands there, and why it is refused."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = self.value if len(self.value) <= LONGEST_SHOWN else self.value[:LONGEST_SHOWN] + "…"
        place = f"row {self.row}" if self.row else "mapping"
        return ", ".join(filter(None, [place, self.column, f"'{shown}'" if self.column else ""])) + f": {self.reason}"


@dataclass(frozen=True, slots=True)
class RowChange:
    """What a row changes in a record that is there: which one, what of it, from what to what."""

    row: int
    name: str
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RowNew:
    """What a row makes: which record, and what it says."""

    row: int
    name: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the cells of a row as the mapping says. Dates are moved by whole months if the caller asks for it."""

    layout: Layout
    codes: Codes
    months: int = 0
    unmoved: frozenset[str] = frozenset()

    def text(self, row: Row, source: Source) -> str:
        """Return the text of a source, '' if it is blank; raise CellError for a value that the map does not hold."""
        if source.column:
            text = row.cells[source.column]
        elif source.template:
            text = PLACEHOLDER.sub(lambda found: row.cells[found[1]], source.template)
        else:
            text = source.value
        if text in self.codes.blank and source.column:
            text = ""
        if not source.map or text in source.map:
            return source.map.get(text, text)
        known = ", ".join(f"'{each}'" for each in source.map)
        raise CellError(source.column, text, f"the mapping translates only {known}")

    def required(self, row: Row, source: Source, what: str) -> str:
        text = self.text(row, source)
        if not text:
            raise CellError(source.place, "", f"{what} is missing")
        return text

    def parts(self, row: Row, source: Source) -> list[str]:
        """Return the texts of a cell that holds several, parted by the source's `split` (default ';')."""
        text = self.text(row, source)
        return [part.strip() for part in text.split(source.split) if part.strip()] if source.split else names_in(text)

    def day(self, row: Row, source: Source, what: str = "the date") -> date:
        text = self.required(row, source, what)
        try:
            day = day_of(text, self.layout.date_format)
        except ValueError as error:
            raise CellError(source.place, text, error) from None
        return day if source.column in self.unmoved else months_after(day, self.months)

    def number(self, row: Row, source: Source, what: str = "the number") -> Decimal:
        text = self.required(row, source, what)
        return self.number_in(text, source.place)

    def number_in(self, text: str, column: str) -> Decimal:
        try:
            return number_of(text, self.layout.decimal)
        except ValueError as error:
            raise CellError(column, text, error) from None

    def whole(self, row: Row, source: Source, what: str = "the number") -> int:
        number = self.number(row, source, what)
        if number != number.to_integral_value():
            raise CellError(source.place, self.text(row, source), "it is not a whole number")
        return int(number)


def number_of(text: str, decimal: str) -> Decimal:
    """Return the number that a text states; never NaN, infinity or minus zero."""
    plain = text.replace(",", ".") if decimal == "," and "." not in text else text
    if decimal == "," and "." in text:
        raise ValueError("with a decimal comma a number has no point: write 1234,5")
    if decimal == "." and "," in text:
        raise ValueError("the decimal mark is a point: write 1234.5, or name decimal = ',' in the mapping")
    if not NUMBER.fullmatch(plain):
        raise ValueError("it is not a number")
    number = Decimal(plain)
    if number and not -20 < number.adjusted() < 20:
        raise ValueError("it is out of range: numbers lie between -10^12 and 10^12")
    return number + 0


# A file names the same days again and again, and reading one takes as long as the rest of a row.
@lru_cache(maxsize=4096)
def day_of(text: str, date_format: str) -> date:
    try:
        day = datetime.strptime(text, date_format).date()  # noqa: DTZ007  # a day has no time zone
    except ValueError:
        raise ValueError(f"it is no day of the calendar in the form {date_format}") from None
    if day.year < 1900:
        raise ValueError("it lies before 1900")
    return day


# ---- The table as the mapping sees it


class Joined(NamedTuple):
    join: Join
    rows: dict[str, dict[str, str]]
    names: tuple[str, ...]


class MappedTable:
    """The rows of a file with joined and derived columns added.

    `is_guarded`: it comes from a CSV, in which our own exports put an apostrophe before what looks like a formula.
    """

    def __init__(
        self, path: Path, mapping: ImportMapping, base: Path, months: int = 0, *, is_guarded: bool = True
    ) -> None:
        self.table, self.mapping, self.reader = (
            Table(path, mapping.file),
            mapping,
            Reader(mapping.file, mapping.codes, months, frozenset(mapping.derived)),
        )
        self.is_guarded = is_guarded and not self.table.is_spreadsheet
        self._joined = [self._read_join(join, base) for join in mapping.join]
        added = [name for joined in self._joined for name in joined.names]
        self.columns = (*self.table.columns, *added, *mapping.derived, ROW_NUMBER)
        self._check_derived(path)

    def _read_join(self, join: Join, base: Path) -> Joined:
        path = base / join.file
        other = Table(path, join.layout)
        self._require(path, [join.on], other.columns)
        self._require(self.table.path, [join.on], self.table.columns)
        names = tuple(name for name in other.columns if name != join.on)
        if twice := sorted(set(names) & set(self.table.columns)):
            raise error_in_file(path, _("it has columns of the first file: %(names)s"), names=", ".join(twice))
        rows: dict[str, dict[str, str]] = {}
        for row in other.rows():
            if row.problem or row.cells[join.on] in rows or len(rows) == MOST_JOINED:
                reason = row.problem or f"the {join.on} '{row.cells[join.on]}' comes twice, or the file is too long"
                raise error_in_file(path, _("row %(number)s: %(why)s"), number=row.number, why=reason)
            rows[row.cells[join.on]] = {name: row.cells[name] for name in names}
        return Joined(join, rows, names)

    def _check_derived(self, path: Path) -> None:
        for name, derived in self.mapping.derived.items():
            if sum(each is not None for each in (derived.days_between, derived.sum_of, derived.day_of_row_from)) != 1:
                reason = _("derived.%(name)s: state one of days_between, sum_of and day_of_row_from")
                raise error_in_file(path, reason, name=name)
            self._require(path, derived.columns, self.columns)

    def require(self, sources: Mapping[str, Source]) -> None:
        """Refuse a mapping that names a column which the file does not have."""
        for place, source in sources.items():
            self._require(self.table.path, source.columns, self.columns, place)

    def _require(self, path: Path, wanted: Iterable[str], columns: Iterable[str], place: str = "") -> None:
        known = list(columns)
        for name in wanted:
            if name not in known:
                reason = _("there is no column '%(name)s'%(place)s.%(hint)s Columns: %(known)s")
                shown = ", ".join(known[:60])
                way_out = self._other_delimiter(known) or self._other_heading(path, name) or hint(name, known)
                where = f" (named by {place})" if place else ""
                raise error_in_file(path, reason, name=name, place=where, hint=way_out, known=shown)

    def _other_delimiter(self, known: list[str]) -> str:
        found = next((mark for mark in ";\t|," if mark in known[0]), None)
        return f" Is '{found}' the delimiter? Name it in the mapping: file.delimiter." if found else ""

    def _other_heading(self, path: Path, name: str) -> str:
        """Return a sentence on the row that has the name, where a title may stand above the headings."""
        lines = islice(lines_of(path, self.mapping.file), LOOKED_AT) if path == self.table.path else ()
        found = next((number for number, line in enumerate(lines, start=1) if name in map(str.strip, line)), 0)
        return (
            f" Row {found} has it: if that row names the columns, say so: file.heading_row = {found}." if found else ""
        )

    def rows(self) -> Iterator[Row]:
        for count, row in enumerate(self.table.rows(), start=1):
            if row.problem:
                yield row
                continue
            row.cells[ROW_NUMBER] = str(count)
            yield self._with_added(row, count)

    def rows_as_written(self) -> Iterator[Row]:
        """Yield the rows without the apostrophes that guard cells against being taken for a formula."""
        for row in self.rows():
            if not self.is_guarded:
                yield row
                continue
            yield row._replace(cells={name: without_guard(cell) for name, cell in row.cells.items()})

    def _with_added(self, row: Row, count: int) -> Row:
        for joined in self._joined:
            key = row.cells[joined.join.on]
            if key not in joined.rows and not joined.join.optional:
                return row._replace(problem=f"{joined.join.file} has no row whose {joined.join.on} is '{key}'")
            row.cells.update(joined.rows.get(key) or dict.fromkeys(joined.names, ""))
        try:
            for name, derived in self.mapping.derived.items():
                row.cells[name] = self._derive(row, derived, count)
        except CellError as error:
            return row._replace(problem=f"{error.column} '{error.value}': {error.reason}")
        return row

    def _derive(self, row: Row, derived: Derived, count: int) -> str:
        if derived.day_of_row_from:
            # The first day moves, not each one: months differ in length, the rows stay one day apart.
            first = months_after(derived.day_of_row_from, self.reader.months)
            return (first + timedelta(days=count - 1)).strftime(self.mapping.file.date_format)
        columns = [Source(column=name) for name in derived.columns]
        if not all(self.reader.text(row, column) for column in columns):
            return ""
        if derived.sum_of:
            total = sum(self.reader.number(row, column) for column in columns)
            return f"{total:f}".replace(".", self.mapping.file.decimal)
        start, end = columns
        unmoved = Reader(self.reader.layout, self.reader.codes)
        return str((unmoved.day(row, end) - unmoved.day(row, start)).days)


# ---- The run


@dataclass(slots=True)
class Report:
    """What an import did, or would do.

    `left_alone`: what is there and not in the file. `state`: the digest of what stood there before, where the kind of
    file has one.
    """

    rows: int = 0
    created: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    error_count: int = 0
    changes: list[RowChange] = field(default_factory=list)
    news: list[RowNew] = field(default_factory=list)
    removed: Counter[str] = field(default_factory=Counter)
    left_alone: Counter[str] = field(default_factory=Counter)
    state: str = ""
    # What may be there already, as rows of the page that asks about it, and how often what was decided of them.
    duplicates: list[Any] = field(default_factory=list)
    decided: Counter[str] = field(default_factory=Counter)

    def refuse(self, row: int, column: str, value: str, reason: Any) -> None:
        """Note an error; the first thousand are kept, all are counted."""
        self.error_count += 1
        if len(self.errors) < ERRORS_KEPT:
            self.errors.append(RowError(row, column, value, str(reason)))

    def create(self, noun: str, new: RowNew) -> None:
        """Note that a record is made; which one, for the first thousand."""
        self.created[noun] += 1
        if len(self.news) < ERRORS_KEPT:
            self.news.append(new)

    def change(self, noun: str, changes: Iterable[RowChange]) -> None:
        """Note that a record changes; what of it, for the first thousand."""
        self.changed[noun] += 1
        self._keep(changes)

    def remove(self, noun: str, change: RowChange) -> None:
        """Note that something is taken away."""
        self.removed[noun] += 1
        self._keep([change])

    def _keep(self, changes: Iterable[RowChange]) -> None:
        self.changes += islice(changes, max(ERRORS_KEPT - len(self.changes), 0))


Stage = Callable[[list[Row], Report], None]


def run_import(
    *, rows: Iterable[Row], stage: Stage, dry_run: bool, finish: Callable[[], None] | None = None,
    progress: Callable[[Report], None] | None = None, last: Callable[[Report], None] | None = None,
) -> Report:  # fmt: skip
    """Stage the rows in batches inside one transaction; one refused row, or a dry run, takes everything back.

    `last`: what can only be done, or refused, when all rows are read.
    """
    report = Report()
    with transaction.atomic():
        for batch in batches(rows, BATCH):
            report.rows += sum(1 + len(row.more) for row in batch)
            for row in batch:
                if row.problem:
                    report.refuse(row.number, "", "", row.problem)
            stage([row for row in batch if not row.problem], report)
            if progress:
                progress(report)
        if last:
            last(report)
        if report.error_count or dry_run:
            transaction.set_rollback(True)
        elif finish:
            finish()
    return report


def check_has_not_moved(state: str, as_checked: str) -> None:
    """Refuse to do what was shown where something else stands there by now than when it was shown."""
    if as_checked and state != as_checked:
        message = _(
            "What is there was changed since the check, so the file would do something else than was shown. "
            "Nothing was written: check it again."
        )
        raise ValidationError(message, code=MOVED)


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def sentences(error: ValidationError) -> str:
    return " ".join(error.messages)


def has_code(error: ValidationError, code: str) -> bool:
    return getattr(error, "code", None) == code


def note_import(
    *, name: str, created: Mapping[str, int], changed: Mapping[str, int] | None = None, person: User | None = None
) -> None:
    """Record that a file was brought in, by its name, and how many of each noun came of it."""
    new = [f"{number:,} {noun}" for noun, number in sorted(created.items()) if number]
    others = [f"{number:,} {noun} changed" for noun, number in sorted((changed or {}).items()) if number]
    sentence = f"The file '{name}' was brought in: {', '.join(new + others) or 'nothing new'}."
    details = {"created": created} | ({"changed": changed} if changed else {})
    record(kind=AuditKind.FILE_IMPORTED, sentence=sentence, details=details, person=person)
