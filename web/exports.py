"""The rows of a list as a file: CSV as a stream, XLSX as a whole.

Two promises hold in both. No spreadsheet takes a cell for a formula, whatever customers wrote into it; and no text is
cut: what a cell of a spreadsheet cannot hold stands on a sheet of its own, and the cell says so.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from accounts.audit import record
from accounts.models import AuditKind

FORMATS = ("csv", "xlsx")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# What a request writes itself: measured at about 7,000 rows a second as CSV and 1,600 as XLSX on a busy machine of two
# cores (customers, seven columns), these keep a web process for three seconds. More is a job's work.
MOST_AT_ONCE = {"csv": 20_000, "xlsx": 5_000}
# A sheet has 1,048,576 rows, and the first one names the columns.
MOST_ROWS_OF_XLSX = 1_048_575
# What spreadsheets begin a formula with, their full-width twins, and what some of them strip before they look.
FORMULA = re.compile(r"[\s\x00-\x1f]*[=+\-@|%＝＋－＠]|[\t\r\n]")
QUOTE = '"'
PARTS_CELLS = re.compile(r'[,;"\t\r\n]')
PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*", re.ASCII)
# Excel holds 32,767 UTF-16 units in a cell; openpyxl cuts there without a word. No character takes more than two units.
MOST_UNITS, PART = 32_767, 16_000
# Spreadsheets keep 15 significant digits.
DIGITS_KEPT = 15


class Readable(Protocol):
    """What an export needs of a column: its key, which heads it, and its value in a row."""

    @property
    def key(self) -> str: ...

    def read(self, row: Any) -> Any: ...


Columns = Sequence[Readable]


def file_response(*, name: str, kind: str, columns: Columns, rows: Iterable[Any], count: int) -> HttpResponseBase:
    """Return all rows as a file to save, in the order in which they come; the audit trail says who took it along."""
    note_export(name, kind, columns, count)
    if kind == "xlsx":
        book = spreadsheet(name, columns, rows)
        return FileResponse(book, as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX_TYPE)
    # The lines are written after the request has left its time zone, so it is named here.
    lines = csv_lines(columns, rows, zone=timezone.get_current_timezone())
    response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def document_response(name: str, document: dict[str, Any], *, count: int) -> HttpResponse:
    """Return a document as a file to save; the audit trail says who took it along."""
    note_export(name, "json", [], count)
    response = HttpResponse(written(document), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response["Cache-Control"] = "private, no-store"
    return response


def written(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"


def write_rows(file: BinaryIO, *, name: str, kind: str, columns: Columns, rows: Iterable[Any]) -> None:
    """Write all rows to a file, in the current time zone."""
    if kind == "xlsx":
        write_spreadsheet(file, name, columns, rows)
        return
    file.writelines(line.encode() for line in csv_lines(columns, rows, zone=timezone.get_current_timezone()))


def note_export(name: str, kind: str, columns: Columns, count: int, reason: str = "") -> None:
    details = {"format": kind, "rows": count, "columns": [column.key for column in columns]}
    details |= {"reason": reason} if reason else {}
    sentence = f"The list of {name} was taken along as {kind.upper()}: {count:,} rows."
    record(kind=AuditKind.LIST_EXPORTED, sentence=sentence, object_id=name, details=details)


def several(rows: Iterable[Any]) -> Iterable[Any]:
    return rows.iterator(chunk_size=500) if isinstance(rows, QuerySet) else rows


# ---- CSV


def csv_lines(columns: Columns, rows: Iterable[Any], *, zone: tzinfo) -> Iterator[str]:
    """Yield a CSV line by line, moments in a time zone; its mark lets spreadsheets take it for UTF-8."""
    yield "\ufeff" + csv_line([column.key for column in columns])
    for row in several(rows):
        yield csv_line([in_zone(column.read(row), zone) for column in columns])


def csv_line(values: Iterable[Any]) -> str:
    return ",".join(quoted(csv_text(value)) for value in values) + "\r\n"


def in_zone(value: Any, zone: tzinfo) -> Any:
    """Return a moment in a time zone, anything else as it is: '2026-03-16T13:00:00+01:00' says both."""
    return value.astimezone(zone) if isinstance(value, datetime) and timezone.is_aware(value) else value


def csv_text(value: Any) -> str:
    if value is None or is_number(value):
        return "" if value is None else str(value)
    return harmless(value.isoformat() if hasattr(value, "isoformat") else str(value))


def quoted(text: str) -> str:
    """Quote what a comma would part, and what a semicolon or a tab parts where spreadsheets expect those."""
    return f'"{text.replace(QUOTE, QUOTE * 2)}"' if PARTS_CELLS.search(text) else text


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def harmless(text: str) -> str:
    """Return the text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{text}" if is_guarded(text) else text


def is_guarded(text: str) -> bool:
    """Whether a text gets an apostrophe; one that looks as if it had one gets another, so that it can be taken off."""
    bare = text.lstrip("'")
    return bool(FORMULA.match(bare)) and not PLAIN_NUMBER.fullmatch(bare)


def without_guard(text: str) -> str:
    """Return what `harmless` was given."""
    return text[1:] if text.startswith("'") and is_guarded(text[1:]) else text


# ---- XLSX


def spreadsheet(name: str, columns: Columns, rows: Iterable[Any]) -> BinaryIO:
    """Return an open file with the workbook, at its beginning; closing it removes it."""
    file = TemporaryFile()  # noqa: SIM115  # the response closes it
    write_spreadsheet(file, name, columns, rows)
    file.seek(0)
    return file


def write_spreadsheet(file: BinaryIO, name: str, columns: Columns, rows: Iterable[Any]) -> None:
    workbook = _Workbook(name)
    workbook.write([column.key for column in columns], [column.key for column in columns])
    for row in several(rows):
        workbook.write([column.key for column in columns], [column.read(row) for column in columns])
    workbook.save(file)


class _Workbook:
    """A workbook written row by row; texts too long for a cell go to a second sheet."""

    def __init__(self, name: str) -> None:
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet(name[:31])
        self._long: Any = None
        self._rows = 0

    def write(self, keys: Sequence[str], values: Sequence[Any]) -> None:
        self._rows += 1
        self._sheet.append([self._cell(key, value) for key, value in zip(keys, values, strict=True)])

    def save(self, file: BinaryIO) -> None:
        self._book.save(file)

    def _cell(self, key: str, value: Any) -> Any:
        if value is None or isinstance(value, bool) or fits_a_number(value):
            return value
        if isinstance(value, date) and not isinstance(value, datetime):
            cell = WriteOnlyCell(self._sheet, value)
            cell.number_format = "yyyy-mm-dd"
            return cell
        value = in_zone(value, timezone.get_current_timezone())
        text = value.isoformat() if hasattr(value, "isoformat") else str(value)
        if len(text.encode("utf-16-le", "replace")) // 2 > MOST_UNITS:
            text = self._put_aside(key, text)
        return text_cell(self._sheet, text)

    def _put_aside(self, key: str, text: str) -> str:
        """Write a long text in parts to a sheet of its own and return what stands in its place."""
        if self._long is None:
            self._long = self._book.create_sheet(_("Long texts"))
            self._long.append([_("row"), _("column"), _("part"), _("text")])
        for part, start in enumerate(range(0, len(text), PART), start=1):
            piece = text[start : start + PART]
            self._long.append([self._rows, text_cell(self._long, key), part, text_cell(self._long, piece)])
        words = _("(%(count)s characters, too long for a cell: see the sheet '%(sheet)s', row %(row)d)")
        return words % {"count": f"{len(text):,}", "sheet": self._long.title, "row": self._rows}


def fits_a_number(value: Any) -> bool:
    """Return whether a spreadsheet keeps every digit of a number; what it would round is written as text."""
    if not is_number(value):
        return False
    number = Decimal(str(value))
    return number.is_finite() and (isinstance(value, float) or len(number.normalize().as_tuple().digits) <= DIGITS_KEPT)


def text_cell(sheet: Any, text: str) -> Any:
    """Return a cell that is text by its type: '=1+1' stays what somebody wrote."""
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    cell.data_type = "s"
    return cell
