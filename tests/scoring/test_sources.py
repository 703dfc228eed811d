"""Every formula names its page and section; every page names its oracles."""

import re
from pathlib import Path

import pytest

from scoring import circle, gaps

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "algorithms"
# A section is named up to the full stop that ends the reference.
SOURCE = re.compile(r"docs/algorithms/([a-z-]+\.md)(?:, ([A-Z][A-Za-z -]*))?")
COVERED = set((ROOT / "tests" / "scoring" / "covered.txt").read_text().split())


def sources() -> list[tuple[str, str]]:
    code = [path for room in ("scoring", "gap_scores", "metrics") for path in (ROOT / room).rglob("*.py")]
    return sorted({match for path in code for match in SOURCE.findall(path.read_text())})


@pytest.mark.parametrize(("page", "section"), sources())
def test_a_formula_names_a_page_and_section_that_exist(page: str, section: str) -> None:
    headings = re.findall(r"^#+ (.+)$", (PAGES / page).read_text(), flags=re.MULTILINE)

    assert not section or section in headings


def test_every_covered_oracle_is_named_on_a_page() -> None:
    named = set(re.findall(r"`([a-zA-Z0-9-]+)`", "".join(page.read_text() for page in PAGES.glob("*.md"))))

    assert COVERED - named == set()


def test_the_stored_method_ids_are_those_of_the_pages() -> None:

    assert f"`{gaps.METHOD}`" in (PAGES / "gap-score.md").read_text()
    assert f"`{circle.METHOD}`" in (PAGES / "weakest-link.md").read_text()
