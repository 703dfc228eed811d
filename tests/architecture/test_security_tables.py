"""docs/security.md, docs/faults.md and docs/asvs.md name tests: each exists, and no row is left without an answer."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.production.chaos import FAULTS

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(test_\w+)`")
OTHERWISE = re.compile(r"\bissue \d|operator's duty|not applicable: \w")


@cache
def known_tests() -> frozenset[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        found |= {each.name for each in nodes if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")}
    return frozenset(found)


def rows(name: str) -> dict[str, str]:
    """Return the last cell of each row of a table by its first one."""
    lines = (ROOT / "docs" / name).read_text().splitlines()
    cells = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| V?\d", line)]
    assert len({row[0] for row in cells}) == len(cells), "A row is there twice."
    return {row[0]: row[-1] for row in cells}


@pytest.mark.parametrize("name", ["security.md", "faults.md", "asvs.md"])
def test_every_row_names_tests_that_exist_or_says_who_else_answers(name: str) -> None:
    table = rows(name)

    assert {row: set(NAMED.findall(said)) - known_tests() for row, said in table.items()} == {
        row: set() for row in table
    }
    assert [row for row, said in table.items() if not NAMED.search(said) and not OTHERWISE.search(said)] == []


def test_no_threat_is_missing() -> None:
    assert list(rows("security.md")) == [str(number) for number in range(1, 53)]


def test_no_fault_is_missing_and_none_is_made_that_the_table_does_not_name() -> None:
    table = rows("faults.md")
    made = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "faults.md").read_text())) - known_tests()

    assert list(table) == [str(number) for number in range(1, 43)]
    assert {kind.__name__ for kind in FAULTS} - made == set()
    assert {name for name in made if "_" in name} - {kind.__name__ for kind in FAULTS} == set()


# How many items of levels 1 and 2 each section of ASVS 5.0.0 has.
SECTIONS = {
    "V1.1": 2, "V1.2": 9, "V1.3": 11, "V1.4": 3, "V1.5": 2,
    "V2.1": 3, "V2.2": 3, "V2.3": 4, "V2.4": 1,
    "V3.2": 2, "V3.3": 4, "V3.4": 6, "V3.5": 5, "V3.7": 2,
    "V4.1": 3, "V4.2": 1, "V4.3": 2, "V4.4": 4,
    "V5.1": 1, "V5.2": 3, "V5.3": 2, "V5.4": 3,
    "V6.1": 3, "V6.2": 12, "V6.3": 4, "V6.4": 4, "V6.5": 5, "V6.6": 3, "V6.8": 4,
    "V7.1": 3, "V7.2": 4, "V7.3": 2, "V7.4": 5, "V7.5": 2, "V7.6": 2,
    "V8.1": 2, "V8.2": 3, "V8.3": 1, "V8.4": 1,
    "V9.1": 3, "V9.2": 4,
    "V10.1": 2, "V10.2": 2, "V10.3": 4, "V10.4": 11, "V10.5": 5, "V10.6": 2, "V10.7": 3,
    "V11.1": 2, "V11.2": 3, "V11.3": 3, "V11.4": 4, "V11.5": 1, "V11.6": 1,
    "V12.1": 3, "V12.2": 2, "V12.3": 4,
    "V13.1": 1, "V13.2": 5, "V13.3": 2, "V13.4": 5,
    "V14.1": 2, "V14.2": 4, "V14.3": 3,
    "V15.1": 3, "V15.2": 3, "V15.3": 7,
    "V16.1": 1, "V16.2": 5, "V16.3": 4, "V16.4": 3, "V16.5": 3,
    "V17.1": 1, "V17.2": 4, "V17.3": 2,
}  # fmt: skip


def test_no_item_of_the_standard_is_missing() -> None:
    ids = list(rows("asvs.md"))

    assert sum(SECTIONS.values()) == 253
    assert {name: sum(each.startswith(f"{name}.") for each in ids) for name in SECTIONS} == SECTIONS
    assert len(ids) == 253
