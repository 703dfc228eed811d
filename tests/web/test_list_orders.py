"""A long list reads its first page from an index of its order, whichever way it is sorted; nothing is sorted for it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict

from customers.contact_views import CONTACTS, contacts
from customers.models import Contact, Customer
from customers.selectors import register
from customers.views import CUSTOMERS
from functions.selectors import scope_for
from interviews.models import Interview
from interviews.selectors import interviews_for
from interviews.views import INTERVIEWS
from metrics.measurement_views import MEASUREMENTS, measurement_rows
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import MembershipFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.metrics import MeasurementFactory
from web.lists import ListAsked, ListPlan

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
STORED = 4_000
DAY = date(2026, 3, 16)
ORDERS = (
    ("customers", "last_heard_on", "customer_last_heard_id"),
    ("customers", "-region", "customer_region_id"),
    ("contacts", "customer", "customer_name_id"),
    ("contacts", "-customer", "customer_name_id"),
    ("contacts", "-lifecycle", "customer_lifecycle_id"),
    ("contacts", "position", "contact_position_id"),
    ("contacts", "-email", "contact_email_id"),
    ("contacts", "-language", "contact_language_id"),
    ("contacts", "consent_on", "contact_consent_id"),
    ("contacts", "-may_be_asked", "contact_may_be_asked_id"),
    ("interviews", "-contact", "contact_name_id"),
    ("interviews", "customer", "customer_name_id"),
    ("measurements", "-period_end", "measurement_by_day"),
    ("all revisions", "-period_end", "measurement_by_day"),
    ("measurements", "source", "measurement_current_in_source"),
    ("measurements", "-part", "measurement_current_of_part"),
    ("measurements", "-metric", "metrics_metric_name"),
)


def many(first: Any, change: Any) -> None:
    """Store many rows like the first: in a small table the planner takes whatever it likes."""
    model: Any = type(first)
    # A key of its own is each row's own.
    fields = [
        each for each in model._meta.concrete_fields if not each.generated and not (each.unique and each.has_default())
    ]
    plain = {field.attname: getattr(first, field.attname) for field in fields}
    model.objects.bulk_create(model(**plain | {"id": None} | change(at)) for at in range(STORED))
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {model._meta.db_table}")


@pytest.fixture
def rows() -> dict[str, Any]:
    day = lambda at: DAY - timedelta(days=at % 500)  # noqa: E731
    many(
        CustomerFactory(), lambda at: {"name": f"Customer {at}", "last_heard_on": day(at), "region": f"region {at % 9}"}
    )
    customers = list(Customer.objects.values_list("pk", flat=True))
    many(
        ContactFactory(customer_id=customers[0]),
        lambda at: {
            "name": f"Contact {at}", "customer_id": customers[at], "position": f"position {at}",
            "email": f"a{at}@example.org", "language": f"l{at % 40}", "consent_on": day(at),
            "is_opted_out": at % 7 == 0,
        },
    )  # fmt: skip
    people = list(Contact.objects.values_list("pk", "customer_id"))
    first = InterviewFactory(contact_id=people[0][0], customer_id=people[0][1])
    many(first, lambda at: {"contact_id": people[at][0], "customer_id": people[at][1], "held_on": day(at)})
    many(
        MeasurementFactory(value=1),
        lambda at: {"period_start": day(at), "period_end": day(at), "source": f"s {at}", "part": f"p {at}"},
    )
    access = scope_for(MembershipFactory(role="specialist").user)
    empty, every = ListAsked(MEASUREMENTS, QueryDict()), ListAsked(MEASUREMENTS, QueryDict("revision=all"))
    return {
        "customers": (CUSTOMERS, register()),
        "contacts": (CONTACTS, contacts()),
        "interviews": (INTERVIEWS, interviews_for(access)),
        "measurements": (MEASUREMENTS, measurement_rows(empty, access)),
        "all revisions": (MEASUREMENTS, measurement_rows(every, access)),
    }


def test_each_order_is_read_from_its_index(rows: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        # Some thousand rows are sorted about as fast: what counts is whether an index has the order.
        cursor.execute("SET LOCAL enable_sort = off")
    read = {}
    for name, sort, index in ORDERS:
        plan, found = rows[name]
        ordered = ListAsked(plan, QueryDict(f"sort={sort}")).ordered(found)
        said = ordered.values_list("pk", flat=True)[:25].explain()
        read[name, sort] = index if index in said else said

    assert read == {(name, sort): index for name, sort, index in ORDERS}


@pytest.mark.parametrize(
    ("plan", "rows"), [(CUSTOMERS, register()), (CONTACTS, contacts()), (INTERVIEWS, Interview.objects.all())]
)
def test_a_search_makes_no_row_upper_case(plan: ListPlan, rows: QuerySet[Any]) -> None:
    """What is searched is stored in upper case: to make it so for each row took two thirds of a search."""
    sql = str(ListAsked(plan, QueryDict("q=anna")).narrowed(rows).query)

    assert sql.count("UPPER(") == sql.count("UPPER(anna)") > 0
