"""A long file takes no more memory than a short one. Python's own allocations are counted, not the database's."""

import gc
import tracemalloc

import pytest

from interviews.imports import import_interviews
from metrics.imports import import_measurements
from tests.factories.interviews import RoundFactory
from tests.factories.metrics import MetricFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory
from web import imports

pytestmark = [pytest.mark.django_db, pytest.mark.once]

MEASUREMENTS = """
source = "desk"
[[measurements]]
metric = {value = "Time to resolve"}
external_id = "id"
period_end = {value = "2026-02-03"}
value = "hours"
"""
INTERVIEWS = """
[interview]
source = {value = "survey"}
external_id = "id"
held_on = {value = "2026-02-03"}
round = {value = "Spring"}
product = {value = "Press"}
[customer]
external_id = {template = "c{id}"}
name = {template = "Customer {id}"}
[contact]
external_id = "id"
name = {template = "Person {id}"}
[[answers]]
requirement = "R-1"
required = {column = "hours"}
"""


def peak_of(importer, write, rows, mapping, now):
    text = "id,hours\n" + "".join(f"{rows}-{number},{number % 97}\n" for number in range(rows))
    path, mapping_path = write(f"{rows}.csv", text), write("m.toml", mapping)
    del text
    gc.freeze()  # What stood before is not looked through after each batch.
    tracemalloc.start()
    # Collected after each batch, so that what is counted is what is kept.
    report = importer(
        path=path, mapping_path=mapping_path, dry_run=False, now=now, progress=lambda _report: gc.collect()
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gc.unfreeze()
    assert (report.rows, report.errors) == (rows, [])
    return peak


@pytest.fixture(params=[(import_measurements, MEASUREMENTS, 100), (import_interviews, INTERVIEWS, 50)])
def kind(request, monkeypatch):
    """Importer and mapping; batches are small, so that few rows make many of them."""
    importer, mapping, batch = request.param
    monkeypatch.setattr(imports, "BATCH", batch)
    return importer, mapping, 4 * batch


@pytest.mark.timeout(300)
def test_ten_times_the_rows_take_less_than_a_fifth_more_memory(kind, write, noon):
    importer, mapping, rows = kind
    MetricFactory(duration=True, name="Time to resolve")
    RoundFactory(name="Spring")
    RequirementFactory(reference="R-1", products=[ProductFactory(name="Press")], scale={})
    peak_of(importer, write, 10, mapping, noon)  # what is loaded once is loaded now

    short = peak_of(importer, write, rows, mapping, noon)
    long = peak_of(importer, write, 10 * rows, mapping, noon)

    assert long < 1.2 * short
