"""Tables that people bring: CSV and XLSX, read row by row, never as a whole.

A cell is always text; a number or a date of a spreadsheet is written in the notation that the layout names, so
every reader below knows one way of parsing.
"""

import codecs
import csv
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from xml.etree.ElementTree import ParseError

import msgspec
import openpyxl
from defusedxml.common import DefusedXmlException
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from openpyxl.utils.exceptions import InvalidFileException

# A spreadsheet is a zip: what it unpacks to is checked before anything is unpacked.
MOST_ENTRIES = 200
LARGEST_UNPACKED = 50 * 1024 * 1024
LARGEST_RATIO = 100
DIGITS_OF_A_SPREADSHEET = 15
LAST_HEADING = 1_000
# Of a table that is read as a whole while somebody waits: a house, a guide.
MOST_ROWS, MOST_CELLS = 10_000, 500_000
UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
ZIP_MARK = b"PK\x03\x04"


class Layout(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How the file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    date_format: str = "%Y-%m-%d"
    sheet: str = ""
    heading_row: int = 1
    # Rows may leave out empty cells at their end, as those of a spreadsheet do.
    is_ragged: bool = False


class Row(NamedTuple):
    """One row under its number in the file (its first row is 1); `problem` says why it could not be read.

    `more`: the rows below that go on with what this one began.
    """

    number: int
    cells: dict[str, str]
    problem: str = ""
    more: tuple["Row", ...] = ()


class Table:
    """A file with a header. `rows` can be called again: each call reads the file anew."""

    def __init__(self, path: Path, layout: Layout) -> None:
        self.path, self.layout = path, layout
        check_layout(layout)
        header = next(islice(self._lines(), layout.heading_row - 1, None), None)
        if header is None:
            raise self._without_heading()
        self._names = [name.strip() for name in header]
        self.columns = tuple(name for name in self._names if name)
        self._check_header()

    def _without_heading(self) -> ValidationError:
        if self.layout.heading_row == 1:
            return error_in_file(self.path, _("it is empty; the first row must name the columns"))
        reason = _("it has no row %(number)s, which should name the columns")
        return error_in_file(self.path, reason, number=self.layout.heading_row)

    def _check_header(self) -> None:
        twice = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if twice:
            raise error_in_file(self.path, _("the header names a column twice: %(names)s"), names=", ".join(twice))
        if not self.columns:
            first = self.layout.heading_row == 1
            reason = _("the first row names no column") if first else _("row %(number)s names no column")
            raise error_in_file(self.path, reason, number=self.layout.heading_row)

    def rows(self) -> Iterator[Row]:
        """Yield the rows under the heading that hold anything."""
        names, width, heading_row = self._names, len(self._names), self.layout.heading_row
        for number, line in enumerate(islice(self._lines(), heading_row, None), start=heading_row + 1):
            if not any(line):
                continue
            if len(line) != width:
                # A spreadsheet leaves out empty cells at the end of a row; in a CSV a missing cell is a fault.
                if (self.is_spreadsheet or self.layout.is_ragged) and not any(line[width:]):
                    line = [*line[:width], *[""] * (width - len(line))]  # noqa: PLW2901
                else:
                    yield Row(number, {}, f"the row has {len(line)} cells, the header has {width}")
                    continue
            cells = {name: cell.strip() for name, cell in zip(names, line, strict=True) if name}
            if all(name == cell for name, cell in cells.items()):
                yield Row(number, {}, "the row names the columns once more: a file has one header. Take this row out")
                continue
            if any("\0" in cell for cell in line):
                yield Row(number, {}, "the row holds a NUL character, which is not text")
                continue
            yield Row(number, cells)

    def all_rows(self) -> list[Row]:
        """Return all rows at once; raises ValidationError for a table that is too large for that."""
        rows = list(islice(self.rows(), MOST_ROWS + 1))
        check_cells(len(rows), len(self.columns))
        return rows

    @property
    def is_spreadsheet(self) -> bool:
        return is_spreadsheet(self.path)

    def _lines(self) -> Iterator[Sequence[str]]:
        return lines_of(self.path, self.layout)


def check_cells(rows: int, columns: int) -> None:
    """Refuse what is more than a person keeps in one table; it would be read as a whole."""
    if rows > MOST_ROWS or rows * columns > MOST_CELLS:
        message = _("The file has more than %(rows)s rows or %(cells)s cells, empty ones too. Part it in two.")
        params = {"rows": f"{MOST_ROWS:,}", "cells": f"{MOST_CELLS:,}"}
        raise ValidationError(message, code="too_long", params=params)


def is_spreadsheet(path: Path) -> bool:
    return path.suffix.lower() == ".xlsx"


def lines_of(path: Path, layout: Layout) -> Iterator[Sequence[str]]:
    """Yield every line of a file, whatever it holds; the first one is row 1."""
    return spreadsheet_lines(path, layout) if is_spreadsheet(path) else csv_lines(path, layout)


def check_layout(layout: Layout) -> None:
    if layout.decimal not in {".", ","}:
        raise ValidationError(_("file.decimal: write '.' or ','."), code="decimal")
    if not 1 <= layout.heading_row <= LAST_HEADING:
        message = _("file.heading_row: write the number of a row, from 1 to %(last)s.")
        raise ValidationError(message, code="heading_row", params={"last": LAST_HEADING})
    if len(layout.delimiter) != 1 or layout.delimiter in '"\r\n':
        raise ValidationError(_("file.delimiter: write one character, such as ';' or a tab."), code="delimiter")
    try:
        codecs.lookup(layout.encoding)
    except LookupError:
        message = _("file.encoding: '%(name)s' is not known. Known are utf-8, cp1252, iso-8859-1, utf-16 and more.")
        raise ValidationError(message, code="encoding", params={"name": layout.encoding}) from None


def error_in_file(path: Path, reason: Any, **params: Any) -> ValidationError:
    return ValidationError("%(file)s: %(reason)s.", code="file", params={"file": path.name, "reason": reason % params})


# ---- CSV


def csv_lines(path: Path, layout: Layout) -> Iterator[Sequence[str]]:
    # utf-8-sig reads a file with and without a byte order mark.
    encoding = "utf-8-sig" if layout.encoding.lower() in {"utf-8", "utf8"} else layout.encoding
    try:
        with path.open(encoding=encoding, newline="") as handle:
            yield from csv.reader(handle, delimiter=layout.delimiter, strict=True)
    except OSError as error:
        raise error_in_file(path, _("it cannot be read (%(why)s)"), why=error.strerror) from None
    except UnicodeError:
        raise encoding_error(path, layout.encoding) from None
    except csv.Error as error:
        raise error_in_file(path, _("it is not a CSV file (%(why)s)"), why=error) from None


def encoding_error(path: Path, encoding: str) -> ValidationError:
    """Name the first line that is not in the encoding; the decoder itself only knows a block of lines."""
    with path.open("rb") as handle:
        for number, line in enumerate(handle, start=1):
            if number == 1 and line.startswith(UTF_16_MARKS):
                return error_in_file(path, _("it is written in utf-16. Name that in the mapping: file.encoding"))
            try:
                line.decode(encoding)
            except UnicodeError:
                break
    reason = _("line %(number)s is not %(encoding)s. Name the file's encoding in the mapping: file.encoding = 'cp1252'")
    return error_in_file(path, reason, number=number, encoding=encoding)


# ---- XLSX


def spreadsheet_lines(path: Path, layout: Layout, *, takes_formulas: bool = True) -> Iterator[Sequence[str]]:
    check_archive(path)
    # Opened here, because openpyxl leaves the file open where it gives up.
    with path.open("rb") as handle:
        book = open_book(path, handle, takes_formulas=takes_formulas)
        sheet = sheet_of(book, path, layout.sheet)
        # The size that a file states may be wrong, and openpyxl would fill it up with empty cells.
        sheet.reset_dimensions()
        try:
            for line in sheet.iter_rows(values_only=True) if takes_formulas else without_formulas(path, sheet):
                yield [text_of(cell, layout) for cell in line]
        except (DefusedXmlException, ParseError, zipfile.BadZipFile) as error:
            raise error_in_file(path, _("it is damaged (%(why)s)"), why=type(error).__name__) from None


def open_book(path: Path, handle: BinaryIO, *, takes_formulas: bool) -> Any:
    """Open a spreadsheet, with what its formulas came to, or with the formulas themselves."""
    try:
        return openpyxl.load_workbook(handle, read_only=True, data_only=takes_formulas, keep_links=False)
    except (InvalidFileException, ParseError, KeyError, ValueError, TypeError) as error:
        raise error_in_file(path, _("it is not an XLSX spreadsheet (%(why)s)"), why=type(error).__name__) from None


def check_archive(path: Path) -> None:
    """Refuse what would unpack to too much, before unpacking it."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except OSError as error:
        raise error_in_file(path, _("it cannot be read (%(why)s)"), why=error.strerror) from None
    except zipfile.BadZipFile:
        raise error_in_file(path, _("it is not an XLSX spreadsheet")) from None
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES:
        reason = _("it holds %(count)s parts, at most %(most)s are read. Save it as CSV")
        raise error_in_file(path, reason, count=len(entries), most=MOST_ENTRIES)
    if unpacked > LARGEST_UNPACKED:
        reason = _("it unpacks to more than %(most)s MiB. Save it as CSV, which has no limit")
        raise error_in_file(path, reason, most=LARGEST_UNPACKED // 1024**2)
    if unpacked > LARGEST_RATIO * max(packed, 1):
        reason = _("it unpacks to more than %(most)s times its size, which looks like an attack. Save it as CSV")
        raise error_in_file(path, reason, most=LARGEST_RATIO)


def without_formulas(path: Path, sheet: Any) -> Iterator[Sequence[Any]]:
    """Yield the values of a sheet that was opened with its formulas; refuse the first one: where an empty cell takes
    something away, a value that was never worked out would do so, too."""
    for line in sheet.iter_rows():
        if found := next((cell for cell in line if cell.data_type == "f"), None):
            reason = _("cell %(cell)s is a formula. Put the value itself there")
            raise error_in_file(path, reason, cell=found.coordinate)
        yield [cell.value for cell in line]


def sheet_of(book: Any, path: Path, name: str) -> Any:
    if not name:
        return book.worksheets[0]
    if name not in book.sheetnames:
        reason = _("it has no sheet '%(name)s'; it has %(names)s")
        raise error_in_file(path, reason, name=name, names=", ".join(book.sheetnames))
    return book[name]


def text_of(cell: Any, layout: Layout) -> str:
    """Write a spreadsheet's value as the layout says that a CSV writes it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.{DIGITS_OF_A_SPREADSHEET}g}".replace(".", layout.decimal)
    if isinstance(cell, datetime | date):
        return cell.strftime(layout.date_format)
    return str(cell)
