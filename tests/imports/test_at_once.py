"""Who waits for a check or an import of a catalogue or a house: on PostgreSQL, where rows are locked one by one."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.file_documents import bring_in, catalogue_document, read_as
from dashboard.house_documents import house_document
from dashboard.house_reading import METRICS, RESPONSIBILITIES
from requirements_catalog.models import Product
from tests.factories.metrics import MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
REQUIREMENTS, OF_METRICS = "requirements_catalog_requirement", "metrics_metric"


def locks_of(kind: str, document: dict[str, Any], *, dry_run: bool) -> list[tuple[str, str, str]]:
    """Return what bringing a document in locks, in its order: the table, how, and in which order its rows."""
    with CaptureQueriesContext(
        connection,
    ) as asked:
        bring_in(read_as(kind, document), dry_run=dry_run)
    found = [each["sql"] for each in asked if re.search("FOR (NO KEY )?UPDATE", each["sql"])]
    return [
        (
            re.search(r'FROM "(\w+)"', sql)[1],
            re.search("FOR (?:NO KEY )?UPDATE", sql)[0],
            re.search(r"ORDER BY [^ ]*?(\d+|\w+)\"? ASC", sql)[1],
        )
        for sql in found
    ]  # fmt: skip


@pytest.fixture
def press() -> Product:
    requirement = RequirementFactory(reference="R-1")
    product: Product = requirement.products.get()
    MetricLinkFactory(metric=MetricFactory(name="Days late"), requirement=requirement, product=product)
    return product


def test_a_check_holds_nothing_that_it_does_not_try_to_change(press):
    documents = [(kind, catalogue_document(kind)) for kind in ("requirements", "functions", "metrics")]
    documents += [("house", house_document(RESPONSIBILITIES)), ("house", house_document(METRICS, product=press))]

    assert [locks_of(kind, document, dry_run=True) for kind, document in documents] == [[]] * 5


def test_imports_hold_metrics_before_requirements_by_their_keys_and_let_measurements_name_them(press):
    way = ("FOR NO KEY UPDATE", "id")

    assert locks_of("house", house_document(METRICS, product=press), dry_run=False) == [
        (OF_METRICS, *way), (REQUIREMENTS, *way),
    ]  # fmt: skip
    assert locks_of("house", house_document(RESPONSIBILITIES), dry_run=False) == [(REQUIREMENTS, *way)]
    assert locks_of("metrics", catalogue_document("metrics"), dry_run=False) == [(OF_METRICS, *way)]
