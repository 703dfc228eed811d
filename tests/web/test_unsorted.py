"""Which columns of lists do not sort, and why: the table of docs/architecture.md has them all."""

import re
from pathlib import Path

from dashboard.known_lists import LISTS
from interviews.guide_views import GUIDES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
ROW = re.compile(r"^\| (\w+) \| ([\w, ]+) \| (.{10,}) \|$", re.MULTILINE)


def test_every_column_sorts_but_those_of_the_table():
    section = PAGE.read_text().partition("## Columns that do not sort")[2].partition("\n## ")[0]
    table = {name: columns.split(", ") for name, columns, _why in ROW.findall(section)}
    plans = [*(known.plan for known in LISTS.values()), GUIDES]
    unsorted = {plan.name: [column.key for column in plan.columns if not column.sortable] for plan in plans}

    assert table == {name: columns for name, columns in unsorted.items() if columns}
