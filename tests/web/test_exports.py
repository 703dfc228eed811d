"""What a list hands out as a file: no formula, nothing cut, numbers as numbers."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.utils import timezone

from web.exports import file_response, spreadsheet
from web.lists import Column

# A file that is taken along leaves an entry in the audit trail.
pytestmark = pytest.mark.django_db
COLUMNS = (Column("=key", "Key"), Column("value", "Value"))
LONG = "ü😀" * 20_000


def rows_of(values):
    return [{"=key": number, "value": value} for number, value in enumerate(values)]


def csv_of(*values):
    rows = rows_of(values)
    response = file_response(name="list", kind="csv", columns=COLUMNS, rows=rows, count=len(rows))
    return list(csv.reader(io.StringIO(response.getvalue().decode("utf-8-sig"), newline="")))


def book_of(*values):
    with spreadsheet("list", COLUMNS, rows_of(values)) as file:
        return openpyxl.load_workbook(io.BytesIO(file.read()))


FORMULAS = (
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", "\u00a0=1", "\u3000=1", "＝1+1", "＋1", "－1",
    "＠x", "|cmd", "-", '=HYPERLINK("x")',
)  # fmt: skip


def test_a_csv_has_no_cell_that_a_spreadsheet_would_calculate():
    header, *lines = csv_of(*FORMULAS)

    assert header == ["'=key", "value"]
    assert [value for _key, value in lines] == [f"'{text}" for text in FORMULAS]


def test_a_moment_is_written_in_the_programs_time_zone_with_its_offset():
    moment = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)
    rows = rows_of([moment])

    with timezone.override(ZoneInfo("Asia/Kolkata")):
        response = file_response(name="list", kind="csv", columns=COLUMNS, rows=rows, count=1)
        with spreadsheet("list", COLUMNS, rows) as file:
            sheet = openpyxl.load_workbook(io.BytesIO(file.read())).worksheets[0]

    assert response.getvalue().decode().endswith("0,2026-03-17T05:00:00+05:30\r\n")  # after the request has ended
    assert sheet["B2"].value == "2026-03-17T05:00:00+05:30"


def test_a_csv_leaves_numbers_and_harmless_texts_as_they_are():
    given = (-5, Decimal("-2.50"), "-5", "+49", "a=b", "", None, date(2026, 3, 1), True)

    assert [value for _key, value in csv_of(*given)[1:]] == [
        "-5", "-2.50", "-5", "+49", "a=b", "", "", "2026-03-01", "True",
    ]  # fmt: skip


def test_a_csv_quotes_texts_so_that_a_semicolon_parts_no_cell():
    response = file_response(name="list", kind="csv", columns=COLUMNS, rows=rows_of(["a;=1+1"]), count=1)

    assert response.getvalue().decode("utf-8-sig") == '\'=key,value\r\n0,"a;=1+1"\r\n'


def test_a_spreadsheet_holds_formulas_as_text_and_numbers_as_numbers():
    sheet = book_of(*FORMULAS[:4], -5, Decimal("2.5"), date(2026, 3, 1), Decimal("1234567890123456.5"), "a\x01b").active

    cells = [row[1] for row in sheet.iter_rows(min_row=2)]
    assert [(cell.value, cell.data_type) for cell in cells[:6]] == [
        ("=1+1", "s"), ("+1+1", "s"), ("-1+1", "s"), ("@SUM(A1)", "s"), (-5, "n"), (2.5, "n"),
    ]  # fmt: skip
    assert cells[6].value.date() == date(2026, 3, 1)
    assert [cell.value for cell in cells[7:]] == ["1234567890123456.5", "a\ufffdb"]
    assert (sheet["A1"].value, sheet["A1"].data_type) == ("=key", "s")


def test_a_text_too_long_for_a_cell_stands_whole_on_a_second_sheet():
    book = book_of("short", LONG)

    assert book["list"]["B3"].value == "(40,000 characters, too long for a cell: see the sheet 'Long texts', row 3)"
    parts = list(book["Long texts"].iter_rows(min_row=2, values_only=True))
    assert {(row, column) for row, column, _part, _text in parts} == {(3, "value")}
    assert "".join(text for _row, _column, _part, text in sorted(parts, key=lambda part: part[2])) == LONG
