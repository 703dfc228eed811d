"""Interviews whose file has a row per answer."""

import re
from pathlib import Path

import pytest

from interviews.imports import import_interviews
from interviews.models import Answer, Interview, Verbatim
from tests.factories.interviews import RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db
GUIDE = (Path(__file__).parents[2] / "docs" / "importing.md").read_text().split("### One row per answer")[1]
ROWS, MAPPING = re.findall(r"```(?:toml)?\n(.*?)```", GUIDE, re.DOTALL)[:2]


@pytest.fixture(autouse=True)
def catalogue():
    RoundFactory(name="Spring")
    product = ProductFactory(name="Digital press")
    for reference in ("R-22", "R-08"):
        RequirementFactory(reference=reference).products.add(product)


def bring_in(write, noon, rows: str):
    return import_interviews(
        path=write("rows.csv", rows), mapping_path=write("mapping.toml", MAPPING), dry_run=False, now=noon
    )


def test_the_rows_of_an_interview_become_one_with_its_words_once(write, noon):
    report = bring_in(write, noon, ROWS)

    assert (report.rows, report.errors) == (3, [])
    answers = Answer.objects.order_by("interview__external_id", "-requirement__reference")
    fields = ("interview__external_id", "requirement__reference", "importance_original", "perceived_rating")
    assert list(answers.values_list(*fields)) == [("7", "R-22", 3, 2), ("7", "R-08", 2, 4), ("8", "R-22", 2, 4)]
    assert list(Verbatim.objects.values_list("text", flat=True)) == ["We run at night."]
    assert bring_in(write, noon, ROWS).unchanged["interviews"] == 2


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("R-08", "R-09", "row 3, requirement, 'R-09': there is no requirement of this name"),
        ("2,4,We", "9,4,We", "row 3, importance, '9': "),
        ("8,2026", "8,2026-02-04,Pont,R-08,1,1,\n8,2025", "row 5, day, '2025-02-04': row 4 of the same interview says"),
        ("8,2026-02-04,Pont", "7,2026-02-03,Albers Druck", "row 2, answers, '': R-22 is answered twice for"),
    ],
    ids=["requirement", "scale", "otherwise", "answered twice"],
)
def test_an_error_names_the_row_of_the_answer_and_nothing_is_written(write, noon, old, new, error):
    report = bring_in(write, noon, ROWS.replace(old, new))

    assert str(report.errors[0]).startswith(error)
    assert Interview.objects.count() == 0


def test_rows_of_an_interview_that_stand_apart_are_refused(write, noon):
    header, first, second, other = ROWS.splitlines()

    report = bring_in(write, noon, f"{header}\n{first}\n{other}\n{second}\n")

    assert report.errors[0].row == 4
    assert Interview.objects.count() == 0
