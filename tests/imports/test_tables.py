import zipfile
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from web.tables import Layout, Table


def cells(path, **layout):
    return [row.cells for row in Table(path, Layout(**layout)).rows()]


def reason(path, **layout):
    with pytest.raises(ValidationError) as caught:
        cells(path, **layout)
    return " ".join(caught.value.messages)


def test_a_byte_order_mark_is_not_part_of_the_first_column(write):
    assert cells(write("a.csv", b"\xef\xbb\xbfid,name\r\n1,Z\xc3\xbcrich\r\n")) == [{"id": "1", "name": "Zürich"}]
    assert cells(write("b.csv", "id,name\n1,Zürich\n")) == [{"id": "1", "name": "Zürich"}]


def test_another_encoding_is_read_where_the_mapping_names_it(write):
    path = write("a.csv", "id;name\n1;Zürich\n".encode("cp1252"))
    assert cells(path, encoding="cp1252", delimiter=";") == [{"id": "1", "name": "Zürich"}]
    assert reason(path, delimiter=";") == (
        "a.csv: line 2 is not utf-8. Name the file's encoding in the mapping: file.encoding = 'cp1252'."
    )


def test_utf_16_is_recognised_by_its_mark(write):
    path = write("a.csv", "id,name\n1,Zürich\n".encode("utf-16"))
    assert reason(path) == "a.csv: it is written in utf-16. Name that in the mapping: file.encoding."
    assert cells(path, encoding="utf-16") == [{"id": "1", "name": "Zürich"}]


def test_a_layout_that_cannot_be_is_refused(write):
    path = write("a.csv", "id\n1\n")
    assert reason(path, encoding="klingon").startswith("file.encoding: 'klingon' is not known.")
    assert reason(path, decimal=";") == "file.decimal: write '.' or ','."
    assert reason(path, delimiter="::") == "file.delimiter: write one character, such as ';' or a tab."


def test_a_ragged_row_is_a_problem_of_that_row_alone(write):
    rows = list(Table(write("a.csv", "a,b,c\n1,2,3\n1,2\n1,2,3,4\n\n4,5,6\n"), Layout()).rows())
    assert [(row.number, row.cells, row.problem) for row in rows] == [
        (2, {"a": "1", "b": "2", "c": "3"}, ""),
        (3, {}, "the row has 2 cells, the header has 3"),
        (4, {}, "the row has 4 cells, the header has 3"),
        (6, {"a": "4", "b": "5", "c": "6"}, ""),
    ]


def test_a_nul_character_is_a_problem_of_its_row(write):
    rows = list(Table(write("a.csv", "a,b\n1,x\0y\n"), Layout()).rows())
    assert [row.problem for row in rows] == ["the row holds a NUL character, which is not text"]


def test_a_header_must_name_each_column_once(write):
    assert reason(write("a.csv", "id,name,id\n1,2,3\n")) == "a.csv: the header names a column twice: id."
    assert reason(write("b.csv", "")) == "b.csv: it is empty; the first row must name the columns."
    assert reason(write("c.csv", ",,\n1,2,3\n")) == "c.csv: the first row names no column."


def test_rows_above_the_heading_are_passed_and_the_others_keep_their_numbers(write):
    path = write("a.csv", "Customer list 2026\n\nid,name\n1,Bol\nid,name\n2,Ott,\n")
    table = Table(path, Layout(heading_row=3))
    assert table.columns == ("id", "name")
    assert [(row.number, row.cells, row.problem) for row in table.rows()] == [
        (4, {"id": "1", "name": "Bol"}, ""),
        (5, {}, "the row names the columns once more: a file has one header. Take this row out"),
        (6, {}, "the row has 3 cells, the header has 2"),
    ]
    assert [row.number for row in Table(path, Layout(heading_row=3, is_ragged=True)).rows() if not row.problem] == [
        4,
        6,
    ]
    assert reason(path, heading_row=2) == "a.csv: row 2 names no column."
    assert reason(path, heading_row=7) == "a.csv: it has no row 7, which should name the columns."
    assert reason(path, heading_row=0) == "file.heading_row: write the number of a row, from 1 to 1000."


def test_an_unclosed_quote_is_an_error_and_does_not_swallow_the_file(write):
    assert "it is not a CSV file" in reason(write("a.csv", 'id,name\n1,"open\n2,x\n'))


def test_a_missing_file_is_an_error(tmp_path):
    assert reason(tmp_path / "none.csv") == "none.csv: it cannot be read (No such file or directory)."
    assert reason(tmp_path / "none.xlsx") == "none.xlsx: it cannot be read (No such file or directory)."


def test_a_spreadsheet_reads_as_text_in_the_notation_of_the_layout(write_sheet):
    path = write_sheet([
        ["id", "share", "on", "at", "yes", "text"],
        [7, 0.1 + 0.2, date(2026, 2, 28), datetime(2026, 2, 28, 9, 30), True, " Zürich "],  # noqa: DTZ001  # a cell has no time zone
        [8, 12.0, None, None, None, None],
    ])  # fmt: skip
    assert cells(path, decimal=",", date_format="%d.%m.%Y") == [
        {"id": "7", "share": "0,3", "on": "28.02.2026", "at": "28.02.2026", "yes": "TRUE", "text": "Zürich"},
        {"id": "8", "share": "12", "on": "", "at": "", "yes": "", "text": ""},
    ]


def test_a_sheet_is_chosen_by_name(write_sheet):
    path = write_sheet([["id"], [1]])
    assert cells(path, sheet="Sheet") == [{"id": "1"}]
    assert reason(path, sheet="Answers") == "rows.xlsx: it has no sheet 'Answers'; it has Sheet."


def test_a_file_that_is_no_spreadsheet_is_refused(write):
    assert reason(write("a.xlsx", "id,name\n")) == "a.xlsx: it is not an XLSX spreadsheet."


def test_an_archive_of_something_else_is_refused(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert reason(path).startswith("a.xlsx: it is not an XLSX spreadsheet (")


@pytest.mark.parametrize(
    ("entries", "size", "compression", "expected"),
    [
        (201, 1, zipfile.ZIP_STORED, "it holds 201 parts, at most 200 are read. Save it as CSV."),
        (11, 5 * 1024**2, zipfile.ZIP_DEFLATED, "it unpacks to more than 50 MiB."),
        (1, 1024**2, zipfile.ZIP_DEFLATED, "it unpacks to more than 100 times its size"),
    ],
)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path, entries, size, compression, expected):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", compression) as archive:
        for number in range(entries):
            archive.writestr(f"{number}.xml", b"0" * size)
    assert expected in reason(path)


def test_an_entity_bomb_inside_a_spreadsheet_is_refused(tmp_path, write_sheet):
    good, bad = write_sheet([["id"], ["x"]], "good.xlsx"), tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name)
            if name.startswith("xl/worksheets/"):
                text = b'<!DOCTYPE x [<!ENTITY a "b">]>' + text
            target.writestr(name, text)
    assert cells(good) == [{"id": "x"}]
    assert reason(bad) == "bad.xlsx: it is not an XLSX spreadsheet (ValueError)."
