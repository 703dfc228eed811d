"""A spreadsheet is read in a process of its own, which may not take longer than somebody waits for an answer."""

import re
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import ValidationError

from web import unpacking

pytestmark = pytest.mark.once
ROWS = 60_000


@pytest.fixture(scope="module")
def long_sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "long.xlsx"
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(ROWS):
        sheet.append([number])
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_SECONDS", 1), ("LONGEST_WAIT", 0.2)], ids=["too much work", "too long a wait"]
)
def test_a_spreadsheet_that_takes_too_long_is_refused_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch, long_sheet: Path, tmp_path: Path, limit: str, value: float
) -> None:
    monkeypatch.setattr(unpacking, limit, value)

    with pytest.raises(ValidationError) as refusal:
        unpacking.unpack_spreadsheet(source=long_sheet, target=tmp_path / "rows.csv")

    assert refusal.value.messages[0].startswith("long.xlsx: it takes more than ")
    assert refusal.value.messages[0].endswith("Save it as CSV.")


def test_the_web_server_waits_longer_than_a_spreadsheet_may_take() -> None:
    said = re.search(r"^timeout = (\d+)$", Path("deploy/gunicorn.conf.py").read_text(), flags=re.MULTILINE)

    assert said
    assert unpacking.MOST_SECONDS < unpacking.LONGEST_WAIT < int(said[1])
