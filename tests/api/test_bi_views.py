"""What reports read by SQL is what the API tells somebody who is no specialist, and names nobody."""

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, ProgrammingError, connection, transaction

from gap_scores.bi_views import VIEWS, drop_views, make_views
from gap_scores.models import FunctionScore
from gap_scores.selectors import read_board
from gap_scores.showing import hidden_among
from tests.api.callers import caller
from tests.dashboard.program import SmallProgram, felt_answer, hear, recompute, requirement, small_program
from tests.factories.functions import FunctionFactory, SupplyLinkFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def program() -> SmallProgram:
    return small_program()


def rows_of(view: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {view}")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def told(path: str) -> Iterator[dict[str, Any]]:
    yield from caller("viewer").get(f"/api/v1/{path}").json()["results"]


def test_requirements_have_the_gaps_that_the_api_tells(program):
    expected = {row["id"]: row for row in told("requirement-scores/?page_size=200") if row["points"] is not None}

    found = {row["requirement"]: row for row in rows_of("bi_gaps_v1")}

    assert found.keys() == expected.keys() != set()
    for key, row in found.items():
        score = expected[key]["score"]
        assert [row[name] for name in ("gap", "lo", "hi", "n_eff")] == [
            score[name] for name in ("gap", "gap_lo", "gap_hi", "n_eff")
        ]
        assert math.isclose(row["points"], expected[key]["points"], rel_tol=1e-12)


def test_small_ones_are_hidden_as_on_the_pages_and_never_one_alone(program):
    rare = program.hear_rarely()
    board = read_board()

    shown = {row["requirement"] for row in rows_of("bi_gaps_v1")}

    # Of the function's other requirement the remaining sum would tell the small one.
    assert {rare.pk, program.parts.pk} == hidden_among(board.requirements)
    assert shown == {row.requirement_id for row in board.requirements} - {rare.pk, program.parts.pk}
    assert {row["requirement"] for row in rows_of("bi_levels_v1")} <= shown


def test_levels_and_functions_are_those_of_the_api(program):
    shown = {row["requirement"] for row in rows_of("bi_gaps_v1")}
    levels = {(row["requirement"], row["product"], row["part"]): row for row in rows_of("bi_levels_v1")}
    expected = {
        (row.requirement_id, level.product_id, level.part): level
        for row in read_board().requirements
        if row.requirement_id in shown
        for level in row.levels
    }
    functions = {row["function"]: row for row in rows_of("bi_functions_v1")}

    assert levels.keys() == expected.keys() != set()
    for key, level in expected.items():
        assert [number(levels[key][name]) for name in ("level", "lo", "hi")] == [
            number(each) for each in (level.value, level.lo, level.hi)
        ]
        assert levels[key]["n"] == level.n
    for each in caller("viewer").get("/api/v1/circle/").json()["functions"]:
        row = functions[each["id"]]
        assert [row[name] for name in ("own", "own_lo", "own_hi", "transmitted")] == [
            each[name] for name in ("own", "own_lo", "own_hi", "transmitted")
        ]


def test_a_function_of_too_few_customers_is_not_told_nor_where_its_gap_reaches(program):
    few = FunctionFactory(name="Rarely asked")
    SupplyLinkFactory(supplier=few, supplied=program.supplies, strength=Decimal(1))
    rare = requirement("Prices are fair", few, program.product)
    for customer in program.customers[:2]:
        hear(customer.contacts.get(), [felt_answer(rare, program.product, program.scale, felt=False)])
    recompute()
    numbers = ("own", "own_lo", "own_hi", "transmitted", "transmitted_lo", "transmitted_hi", "bottleneck")

    functions = {row["function"]: row for row in rows_of("bi_functions_v1")}

    assert FunctionScore.objects.get(pk=program.supplies.pk).bottleneck_id == few.pk
    assert [functions[few.pk][name] for name in numbers] == [None] * 7
    assert [functions[program.supplies.pk][name] for name in numbers[3:]] == [None] * 4
    assert functions[program.supplies.pk]["own"] == 0
    assert functions[program.support.pk]["bottleneck"] == program.support.pk


def test_measurements_of_every_kind_say_what_was_counted(program):
    chain = MetricFactory(kind="yield", unit="percent", direction="higher", steps="paint, pack")
    scale = MetricFactory(kind="ordinal", unit="percent", direction="higher", steps="none, partly, fully")
    MeasurementFactory(metric=chain, part="paint", numerator=90, denominator=100)
    MeasurementFactory(metric=scale, counts="3/5/2")

    found = {row["metric"]: row for row in rows_of("bi_measurements_v1")}

    names = ("kind", "part", "numerator", "denominator", "counts")
    assert [found[chain.pk][name] for name in names] == ["yield", "paint", 90, 100, ""]
    assert [found[scale.pk][name] for name in names] == ["ordinal", "", None, None, "3/5/2"]


def test_views_as_they_were_before_are_made_anew_without_a_migration(db):
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW bi_measurements_v1")
        # As it was before it had `counts`.
        earlier = VIEWS["bi_measurements_v1"].replace(", m.counts", "")
        cursor.execute(f"CREATE VIEW bi_measurements_v1 AS {earlier}")
        make_views(using="default")
        cursor.execute("SELECT counts FROM bi_measurements_v1")


def number(value: Any) -> float | None:
    return None if value is None else round(float(value), 9)


def test_measurements_are_those_of_the_api_in_the_metrics_unit(program):
    found = {row["measurement"]: row for row in rows_of("bi_measurements_v1")}
    metrics = {row["metric"] for row in found.values()}

    client = caller("specialist")
    expected = {
        row["id"]: row
        for metric in metrics
        for row in client.get(f"/api/v1/measurements/?metric={metric}&page_size=200").json()["results"]
    }
    assert found.keys() == expected.keys() != set()
    for key, row in found.items():
        told_value = expected[key]["value"]
        assert (row["value"] is None) == (told_value is None)
        if told_value is not None:
            assert Decimal(str(row["value"])) == Decimal(told_value)
        assert (row["part"], row["numerator"]) == (expected[key]["part"], expected[key]["numerator"])


def test_no_view_has_a_column_of_a_person_or_of_words(program):
    for name in VIEWS:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {name} LIMIT 0")
            columns = {column[0] for column in cursor.description}
        assert columns.isdisjoint({"entered_by", "entered_by_id", "external_id", "reason", "customer", "contact"})


def test_they_go_before_a_migration_and_are_there_again_after_it(db):
    drop_views(using="default", plan=[])
    assert rows_of("bi_gaps_v1") == []
    drop_views(using="default", plan=["a migration"])
    with pytest.raises(DatabaseError, match="bi_gaps_v1"), transaction.atomic():
        rows_of("bi_gaps_v1")
    make_views(using="default")
    make_views(using="default")

    assert rows_of("bi_gaps_v1") == []


@pytest.mark.postgres
def test_rights_outlive_a_migration_that_broke_off(db):
    """Whoever runs it again is another process, and finds no view that says who could read it."""
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")
    with connection.cursor() as cursor:
        for role in ("bi_reader_of_tests", "bi_gone_of_tests"):
            cursor.execute(f"CREATE ROLE {role}")
            cursor.execute(f"GRANT SELECT ON bi_gaps_v1 TO {role}")
        cursor.execute("CREATE SCHEMA bi_other_of_tests CREATE VIEW bi_levels_v1 AS SELECT 1 AS one")
        cursor.execute("GRANT SELECT ON bi_other_of_tests.bi_levels_v1 TO bi_reader_of_tests")
        drop_views(using="default", plan=["a migration that breaks off"])
        cursor.execute("DROP ROLE bi_gone_of_tests")
        drop_views(using="default", plan=["the same one again"])
        make_views(using="default")
        cursor.execute("SELECT to_regclass('bi_view_reader'), has_table_privilege(%s, 'bi_gaps_v1', 'SELECT'), "
                       "has_table_privilege(%s, 'bi_levels_v1', 'SELECT')", ["bi_reader_of_tests"] * 2)  # fmt: skip
        assert cursor.fetchone() == (None, True, False)


@pytest.mark.postgres
def test_a_role_that_may_read_the_views_still_may_after_a_migration_and_reads_nothing_else(program):
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE bi_reader_of_tests")
        cursor.execute(f"GRANT SELECT ON {', '.join(VIEWS)} TO bi_reader_of_tests")
        drop_views(using="default", plan=["a migration"])
        make_views(using="default")
        cursor.execute("SET LOCAL ROLE bi_reader_of_tests")
        assert all(rows_of(name) for name in VIEWS)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("SELECT * FROM customers_contact")
        cursor.execute("RESET ROLE")
        cursor.execute("DROP OWNED BY bi_reader_of_tests")
        cursor.execute("DROP ROLE bi_reader_of_tests")
