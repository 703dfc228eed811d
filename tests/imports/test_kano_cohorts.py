"""A real Kano questionnaire, each cohort of which was asked in another published wording."""

from pathlib import Path

import pytest
from django.conf import settings

from interviews.imports import import_interviews
from interviews.opinions import Asked, kano_pairs
from requirements_catalog.models import Requirement
from scoring.kano import Pair, counts_of
from tests.factories.interviews import RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

STORAGE: Path = settings.BASE_DIR.parent / "shared" / "data" / "kano_storage_cohorts.csv"


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.skipif(not STORAGE.exists(), reason="not run: data absent")
def test_four_cohorts_that_were_asked_in_other_words_go_through_whole(write, noon):
    product = ProductFactory(name="Storage")
    RoundFactory(name="Cohorts")
    for number in range(1, 6):
        RequirementFactory(reference=f"F{number}", products=[product])
    mapping = """
[interview]
source = {value = "storage"}
external_id = "ID"
held_on = {value = "2026-01-15"}
round = {value = "Cohorts"}
product = {value = "Storage"}
[customer]
external_id = "ID"
name = {template = "Respondent {ID}"}
[contact]
external_id = "ID"
name = {template = "Respondent {ID}"}
""" + "".join(
        f'[[kano]]\nrequirement = "F{number}"\nmet = "F{number}_functional"\nunmet = "F{number}_dysfunctional"\n'
        for number in range(1, 6)
    )

    report = import_interviews(path=STORAGE, mapping_path=write("m.toml", mapping), dry_run=False, now=noon)

    assert (report.errors, report.created["Kano pairs"]) == ([], 5 * 363)
    rows, _heard = kano_pairs(Asked("current", None, noon.date()))
    secure = Requirement.objects.get(reference="F4").pk
    counts = counts_of(
        Pair(row.functional, row.dysfunctional, 1, row.times) for row in rows if row.requirement == secure
    )
    assert {category.value: int(count) for category, count in counts.items()} == {
        "M": 82, "O": 190, "A": 18, "I": 43, "R": 16, "Q": 14
    }  # fmt: skip
