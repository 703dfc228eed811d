"""What a file names by the thousand is looked up by an index, or each batch reads the whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import pytest
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from customers.registering import customers_by_id
from interviews.recording import stored_interviews
from metrics.storing import revisions_by_id
from tests.factories.customers import CustomerFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.metrics import MeasurementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
IDS = [f"id {number}" for number in range(20)]  # few of many, as thousands are of millions
STORED = 5_000


@dataclass
class Row:
    external_id: str
    source: str = "file"


def fill(create: Callable[[], Model]) -> None:
    """Store many rows with ids and let the planner know of them: in a small table it takes whatever it likes."""
    first = create()
    model: Any = type(first)
    fields = {field.attname: getattr(first, field.attname) for field in model._meta.concrete_fields}
    model.objects.bulk_create(
        model(**fields | {"id": None, "external_id": f"stored {number}"}) for number in range(STORED)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {model._meta.db_table}")


@pytest.mark.parametrize(
    ("index", "create", "look_up"),
    [
        ("customer_external_id_once", CustomerFactory.create, lambda: customers_by_id(IDS)),
        (
            "interview_external_id_once",
            InterviewFactory.create,
            lambda: stored_interviews(cast(Any, [Row(each) for each in IDS])),
        ),
        (
            "measurement_external_id_once",
            partial(MeasurementFactory.create, value=1),
            lambda: revisions_by_id(source="file", external_ids=IDS),
        ),
    ],
)
def test_many_ids_are_looked_up_by_their_index(
    index: str, create: Callable[[], Model], look_up: Callable[[], Any]
) -> None:
    fill(create)
    with CaptureQueriesContext(connection) as captured:
        look_up()
    (query,) = [each["sql"] for each in captured.captured_queries]

    with connection.cursor() as cursor:
        # Some thousand rows are still read faster as a whole: what counts is which index is used once there are more.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert index in plan
