"""What a file names by the thousand is looked up by an index, or each batch reads the whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.registering import customers_by_id
from interviews.recording import stored_interviews
from metrics.storing import revisions_by_id

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
IDS = [f"id {number}" for number in range(500)]


@dataclass
class Row:
    external_id: str
    source: str = "file"


@pytest.mark.parametrize(
    ("index", "look_up"),
    [
        ("customer_external_id_once", lambda: customers_by_id(IDS)),
        ("interview_external_id_once", lambda: stored_interviews(cast(Any, [Row(each) for each in IDS]))),
        ("measurement_external_id_once", lambda: revisions_by_id(source="file", external_ids=IDS)),
    ],
)
def test_many_ids_are_looked_up_by_their_index(index: str, look_up: Callable[[], Any]) -> None:
    with CaptureQueriesContext(connection) as captured:
        look_up()
    (query,) = [each["sql"] for each in captured.captured_queries]

    with connection.cursor() as cursor:
        # A table without rows is read faster as a whole: what counts is whether the index can be used at all.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert index in plan
