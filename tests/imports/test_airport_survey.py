"""A survey of 2,831 passengers and what they wrote go through the importers whole."""

import csv
import gzip
import io
import shutil
from collections import Counter
from pathlib import Path

import pytest
from django.db.models import Count

from interviews.imports import import_interviews
from interviews.models import Answer, Interview, Part, Verbatim
from tests.conftest import NOON
from tests.factories.interviews import RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

HERE = Path(__file__).parent / "sfo"
# A file of 38,062 answers takes many seconds, and what differs between databases is tested with small ones.
pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("noon")]
ASKED = {
    f"SFO-{number:02d}": f"Q7{name}"
    for number, name in enumerate(
        ("ART", "FOOD", "STORE", "SIGN", "WALKWAYS", "SCREENS", "INFODOWN", "INFOUP", "WIFI", "ROADS", "PARK",
         "AIRTRAIN", "LTPARKING", "RENTAL"),
        start=1,
    )
}  # fmt: skip


def unpacked(name: str, folder: Path) -> Path:
    path = folder / f"sfo_2017_{name}.csv"
    path.write_bytes(gzip.decompress((HERE / f"{path.name}.gz").read_bytes()))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_the_airport_survey_and_its_comments_are_stored_as_they_are_written(tmp_path):
    product = ProductFactory(name="Airport")
    for reference in ASKED:
        RequirementFactory(reference=reference, products=[product])
    RoundFactory(name="Passengers 2017", products=[product])
    survey, comments = unpacked("survey", tmp_path), unpacked("comments_coded", tmp_path)
    for mapping in ("survey.toml", "comments.toml"):
        shutil.copy(HERE / mapping, tmp_path)

    asked = import_interviews(path=survey, mapping_path=tmp_path / "survey.toml", dry_run=False, now=NOON)
    said = import_interviews(path=comments, mapping_path=tmp_path / "comments.toml", dry_run=False, now=NOON)

    assert (asked.errors, said.errors) == ([], [])
    rows, written = rows_of(survey), rows_of(comments)
    assert len(rows) == 2_831 == Interview.objects.filter(source="SFO 2017").count()
    stored = Answer.objects.values_list("requirement__reference", "perception_state", "perceived_rating")
    found = {(reference, state, rating): n for reference, state, rating, n in stored.annotate(n=Count("pk"))}
    assert found == Counter(
        (reference, Part.NOT_APPLICABLE, None) if row[column] == "6" else (reference, Part.KNOWN, int(row[column]))
        for reference, column in ASKED.items()
        for row in rows
        if row[column] not in {"", "0", "Blank"}
    )
    texts = Counter(Verbatim.objects.values_list("text", flat=True))
    assert texts == Counter(row["Comment"].strip() for row in written if row["Comment"].strip())
    assert sum(texts.values()) == 3_415
