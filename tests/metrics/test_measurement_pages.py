"""Pages of measurements begin behind a row: they hold every row once, in order, and keep their place."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client

from functions.selectors import Access, scope_for
from metrics.measurement_pages import Measurements
from metrics.measurement_views import MEASUREMENTS
from metrics.models import Measurement
from tests.factories.functions import FunctionFactory, MembershipFactory
from tests.factories.metrics import MetricFactory
from web.lists import ListAsked
from web.seeking import Sought, about, counted_to, show_from

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 5)
ORDERS = ("-period_end", "period_end", "metric", "-metric", "function", "-function", "source", "-part", "created_at")
ASKED = (
    "", "function={own}", "kind=proportion", "q=late", "source=s+1", "part=b", "revision=all", "revision=corrected",
    "kind=level&period_end_after=2026-01-06", "external_id=e+7",
)  # fmt: skip


@pytest.fixture
def own() -> int:
    """Return the function of two of five metrics that 40 measurements are of, one in ten of them corrected."""
    mine = FunctionFactory(name="B").pk
    functions = [mine, FunctionFactory(name="A").pk, mine, FunctionFactory(name="C").pk, FunctionFactory(name="D").pk]
    metrics = [
        MetricFactory(name=f"{name} share", function_id=function, proportion=name == "bad").pk
        for name, function in zip(("late", "bad", "early", "lately", "idle"), functions, strict=True)
    ]
    rows = [
        Measurement(
            metric_id=metrics[at % 4], kind="proportion" if at % 4 == 1 else "level",
            period_start=FIRST + timedelta(days=at % 3), period_end=FIRST + timedelta(days=at % 3),
            source=f"s {at % 2}", part="ab"[at % 5 == 0], external_id=f"e {at}", is_current=at % 10 != 9,
            **({"numerator": 1, "denominator": 2} if at % 4 == 1 else {"value": at}),
        )
        for at in range(40)
    ]  # fmt: skip
    Measurement.objects.bulk_create(rows)
    return mine


def access_of(role: str, **fields: object) -> Access:
    return scope_for(MembershipFactory(role=role, **fields).user)


def page(access: Access, query: str) -> Sought:
    asked = ListAsked(MEASUREMENTS, QueryDict(query))
    its = Measurements(asked, access)
    return show_from(asked, its.rows, of=its.visible, visible=its.visible, find=its.find, along=its.along)


def walked(access: Access, address: str, way: str) -> list[list[int]]:
    """Return the ids of page after page."""
    pages = []
    while address and len(pages) < 50:
        shown = page(access, address.removeprefix("?"))
        pages.append([row.pk for row in shown.page])
        address = getattr(shown, way)
    return pages


@pytest.mark.parametrize("role", ["specialist", "head"])
def test_every_row_is_on_one_page_in_the_order_of_the_list_there_and_back(own: int, role: str) -> None:
    access = access_of(role, **({"function_id": own} if role == "head" else {}))
    wanted = [(sort, narrowed) for sort in ORDERS for narrowed in ("", "function={own}")]
    for sort, narrowed in (*wanted, *(("-period_end", each) for each in ASKED), *(("metric", each) for each in ASKED)):
        query = f"page_size=9&sort={sort}&{narrowed.format(own=own)}"
        asked = ListAsked(MEASUREMENTS, QueryDict(query))
        expected = [row.pk for row in asked.ordered(Measurements(asked, access).rows)]

        there = walked(access, query, "next_url")
        back = walked(access, f"{query}&before=end", "previous_url")

        assert [pk for pks in there for pk in pks] == expected, query
        assert len(expected) < 9 or {len(pks) for pks in (*there[:-1], *back)} <= {9}, query
        assert {pk for pks in back for pk in pks} == set(expected), query
        assert back[0] == expected[-9:], query


def test_a_page_says_where_it_is_and_keeps_its_place_while_rows_are_added(own: int) -> None:
    access = access_of("specialist")
    second = page(access, page(access, "page_size=10").next_url[1:])
    rows = [row.pk for row in second.page]
    newest = Measurement.objects.get(pk=rows[0])
    newest.pk, newest.external_id, newest.period_end = None, "later", FIRST + timedelta(days=30)
    newest.save()

    first = page(access, "page_size=10").page.rows
    again = page(access, second.asked.saved_query + f"&after={first[-1].pk}")

    assert second.where == "11 to 20 of 36"
    assert again.where == "11 to 20 of 37"
    assert rows[0] == [row.pk for row in again.page][1]
    assert page(access, f"page_size=10&before={first[3].pk}").where == "1 to 10 of 37"
    assert page(access, "page_size=10&before=end").where == "28 to 37 of 37"
    assert page(access, "source=nobody").rows.count() == 0


def test_a_place_that_a_person_does_not_see_is_left_out(own: int) -> None:
    access = access_of("head", function_id=own)
    foreign = Measurement.objects.exclude(metric__function=own).first()

    for place, why in (
        (f"after={foreign.pk}", "'after' was left out: there is no such row."),
        (f"before={2**62}", "'before' was left out: there is no such row."),
        ("after=x", "'after' was left out: it must be a whole number"),
        ("page=2", "'page' was left out: the pages of this list have no numbers"),
    ):
        shown = page(access, place)
        assert [problem.startswith(why) for problem in shown.problems] == [True], shown.problems
        assert shown.where == f"1 to {len(shown.page)} of {shown.count}"


def test_the_page_has_ways_to_the_next_and_the_last_rows_and_a_file_of_all(own: int) -> None:
    client = Client()
    client.force_login(MembershipFactory(role="specialist").user)

    text = client.get("/measurements/?q=share").content.decode()
    last = client.get("/measurements/?q=share&before=end").content.decode()

    assert "1 to 25 of 36" in text
    assert 'rel="next"' in text
    assert 'rel="prev"' not in text
    assert "12 to 36 of 36" in last
    assert 'rel="next"' not in last
    assert len(client.get("/measurements/?q=share&format=csv").getvalue().splitlines()) == 1 + 36


@pytest.mark.parametrize(
    ("n", "words"),
    [(7, "about 7"), (498_123, "about 500,000"), (1_234_567, "about 1.2 million"), (99_993_000, "about 100 million")],
)
def test_many_rows_are_said_in_two_figures(n: int, words: str) -> None:
    assert about(n) == words


@pytest.mark.postgres
def test_more_than_are_counted_are_estimated(own: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE metrics_measurement")
    rows = Measurement.objects.all()

    assert counted_to(rows, ["pk"], most=40).words == "40"
    assert counted_to(rows, ["pk"], most=39).words == "about 40"
