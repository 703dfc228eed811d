# ruff: noqa: E501  # sentences are compared whole
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from jobs.models import Marker
from metrics.imports import import_measurements
from metrics.models import Measurement
from tests.factories.metrics import MetricFactory

pytestmark = pytest.mark.django_db

LATE = """
source = "billing"
[[measurements]]
metric = {value = "Invoices late"}
external_id = {template = "{month}/{country}"}
month = "month"
part = "country"
numerator = "late"
denominator = "all"
[file]
date_format = "%Y-%m"
"""
HOURS = """
source = "desk"
[[measurements]]
metric = "what"
external_id = "id"
period_end = "day"
value = "hours"
"""


@pytest.fixture
def late(noon):
    return MetricFactory(proportion=True, name="Invoices late", breakdown="country")


@pytest.fixture
def hours(noon):
    return MetricFactory(duration=True, name="Time to resolve")


@pytest.fixture
def run(write, noon):
    """Import text as a file and return the report."""

    def run_text(text, mapping, *, dry_run=False, name="rows.csv", **others):
        path, mapping_path = write(name, text), write("mapping.toml", mapping)
        return import_measurements(path=path, mapping_path=mapping_path, dry_run=dry_run, now=noon, **others)

    return run_text


def said(report):
    return [str(error) for error in report.errors]


def test_a_month_of_counts_becomes_a_measurement_of_that_month(run, late):
    report = run("month,country,late,all\n2026-02,DE,7,120\n2026-02,NL,0,40\n", LATE)

    assert (report.rows, dict(report.created), report.errors) == (2, {"measurements": 2}, [])
    stored = Measurement.objects.order_by("id").values_list(
        "metric", "period_start", "period_end", "part", "numerator", "denominator", "source", "external_id"
    )
    assert list(stored) == [
        (late.pk, date(2026, 2, 1), date(2026, 2, 28), "DE", 7, 120, "billing", "2026-02/DE"),
        (late.pk, date(2026, 2, 1), date(2026, 2, 28), "NL", 0, 40, "billing", "2026-02/NL"),
    ]
    assert list(Marker.objects.values_list("kind", "key1")) == [(Marker.Kind.METRIC, late.pk)]


def test_a_second_run_changes_nothing(run, late):
    text = "month,country,late,all\n2026-02,DE,7,120\n"
    run(text, LATE)
    Marker.objects.all().delete()

    report = run(text, LATE)

    assert (dict(report.created), dict(report.unchanged), report.errors) == ({}, {"measurements": 1}, [])
    assert Measurement.objects.count() == 1
    assert not Marker.objects.exists()


def test_the_same_id_with_other_figures_is_an_error_that_names_the_row(run, late):
    run("month,country,late,all\n2026-02,DE,7,120\n", LATE)

    report = run("month,country,late,all\n2026-01,DE,5,110\n2026-02,DE,8,120\n", LATE)

    assert said(report) == [
        (
            "row 3, month, country, '2026-02/DE': The id '2026-02/DE' came before with other figures. "
            "Correct that measurement, or give this one its own id."
        )
    ]
    assert Measurement.objects.count() == 1


def test_the_same_id_twice_in_one_file_is_found_across_batches(run, hours):
    lines = [f"Time to resolve,{number},2026-02-03,4" for number in range(600)]
    report = run("\n".join(["what,id,day,hours", *lines, "Time to resolve,0,2026-02-03,5"]), HOURS)

    assert [(error.row, error.column, error.value) for error in report.errors] == [(602, "id", "0")]
    assert report.created["measurements"] == 600
    assert not Measurement.objects.exists()


def test_a_dry_run_counts_and_writes_nothing(run, late):
    report = run("month,country,late,all\n2026-02,DE,7,120\n", LATE, dry_run=True)

    assert (dict(report.created), report.errors) == ({"measurements": 1}, [])
    assert not Measurement.objects.exists()
    assert not Marker.objects.exists()


def test_one_wrong_row_and_nothing_is_written(run, late):
    report = run("month,country,late,all\n2026-02,DE,7,120\n2026-02,NL,7,0\n", LATE)

    assert said(report) == ["row 3, all, '0': The denominator must be above 0."]
    assert not Measurement.objects.exists()
    assert not Marker.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-02,DE,8,7", "row 2, late, '8': The numerator 8 is larger than the denominator 7."),
        ("2026-02,DE,7,0", "row 2, all, '0': The denominator must be above 0."),
        ("2026-02,DE,,7", "row 2, late, '': This figure is missing."),
        ("2026-02,DE,2.5,7", "row 2, late, '2.5': it is not a whole number"),
        ("2026-02,DE,-1,7", "row 2, late, '-1': Enter a whole number from 0 to 10^15."),
        ("2026-02,DE,NaN,7", "row 2, late, 'NaN': it is not a number"),
        ("2026-02,DE,1e309,7", "row 2, late, '1e309': it is out of range: numbers lie between -10^12 and 10^12"),
        ("2026-02,DE,inf,7", "row 2, late, 'inf': it is not a number"),
        ("2026-02,DE,１,7", "row 2, late, '１': it is not a number"),
        ("2026-02,XX,1,7", "row 2, country, 'XX': 'XX' is not a value of the breakdown by country."),
        ("2026-13,DE,1,7", "row 2, month, '2026-13': it is no day of the calendar in the form %Y-%m"),
        ("2026-03,DE,1,7", "row 2, month, '2026-03': 2026-03-31 lies in the future. A measurement ends today or earlier."),
        (",DE,1,7", "row 2, month, '': the month is missing"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_named_with_its_row_column_value_and_reason(run, late, row, reason):
    report = run(f"month,country,late,all\n{row}\n", LATE)
    assert said(report) == [reason]
    assert not Measurement.objects.exists()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Time to resolve,1,2026-02-30,4", "row 2, day, '2026-02-30': it is no day of the calendar in the form %Y-%m-%d"),
        ("Time to resolve,1,2026-03-17,4", ("row 2, day, '2026-03-17': 2026-03-17 lies in the future. "
         "A measurement ends today or earlier.")),
        ("Time to resolve,1,0026-03-01,4", "row 2, day, '0026-03-01': it lies before 1900"),
        ("Time to resolve,1,2026-02-03,-4", "row 2, hours, '-4': A duration cannot be negative."),
        ('Time to resolve,1,2026-02-03,"4,5"', ("row 2, hours, '4,5': the decimal mark is a point: write 1234.5, or name decimal = ',' "
         "in the mapping")),
        ("Time to resolve,1,2026-02-03,0.0000001", ("row 2, hours, '0.0000001': "
         "Enter a number with at most 6 decimal places.")),
        ("Time to resolve,,2026-02-03,4", "row 2, id, '': the external id is missing"),
        ("Time to resolv,1,2026-02-03,4", ("row 2, what, 'Time to resolv': there is no such metric. "
         "Did you mean 'Time to resolve'?")),
    ],
)  # fmt: skip
def test_a_bad_duration_is_named_with_its_row_column_value_and_reason(run, hours, row, reason):
    assert said(run(f"what,id,day,hours\n{row}\n", HOURS)) == [reason]


def test_every_error_of_a_file_is_found_in_one_run(run, hours):
    report = run("what,id,day,hours\nTime to resolve,1,x,4\nTime to resolve,2,2026-02-03,y\nTime to resolve,3\n", HOURS)
    assert [(error.row, error.column) for error in report.errors] == [(4, ""), (2, "day"), (3, "hours")]


def test_minus_zero_is_zero(run, hours):
    run("what,id,day,hours\nTime to resolve,1,2026-02-03,-0\nTime to resolve,2,2026-02-03,-0.0\n", HOURS)
    assert [str(value) for value in Measurement.objects.values_list("value", flat=True)] == ["0", "0"]


def test_decimal_comma_and_another_date_form_are_read_where_the_mapping_says_so(run, hours):
    mapping = HOURS + '[file]\ndelimiter = ";"\ndecimal = ","\ndate_format = "%d.%m.%Y"\n'
    run("what;id;day;hours\nTime to resolve;1;03.02.2026;4,25\n", mapping)
    assert Measurement.objects.values_list("value", "period_end").get() == (Decimal("4.25"), date(2026, 2, 3))
    assert said(run("what;id;day;hours\nTime to resolve;2;03.02.2026;4.25\n", mapping)) == [
        "row 2, hours, '4.25': with a decimal comma a number has no point: write 1234,5"
    ]


def test_a_row_without_figures_is_left_out_and_counted(run, hours):
    report = run(
        "what,id,day,hours\nTime to resolve,1,2026-02-03,\nTime to resolve,2,2026-02-03,n/a\n",
        HOURS + '[codes]\nblank = ["n/a"]\n',
    )
    assert (dict(report.created), dict(report.left_out)) == ({}, {"measurements without figures": 2})


def test_days_between_two_dates_is_a_column_like_any_other(run, noon):
    MetricFactory(duration=True, name="Days late", unit="days")
    mapping = """
        source = "warehouse"
        [derived.days]
        days_between = ["promised", "delivered"]
        [[measurements]]
        metric = {value = "Days late"}
        external_id = {template = "line-{line}"}
        period_end = "delivered"
        value = "days"
    """
    report = run("line,promised,delivered\n1,2026-02-01,2026-02-03\n2,2026-02-01,2026-02-01\n3,2026-02-01,\n", mapping)
    assert list(Measurement.objects.order_by("id").values_list("external_id", "value")) == [
        ("line-1", 2),
        ("line-2", 0),
    ]
    assert report.left_out["measurements without figures"] == 1


def test_a_sum_of_columns_is_a_column_like_any_other(run, noon):
    MetricFactory(defects=True, name="Insertion failures", opportunities_per_unit=1)
    mapping = """
        source = "line 4"
        [derived.all]
        sum_of = ["failed", "good"]
        [[measurements]]
        metric = {value = "Insertion failures"}
        external_id = "part"
        period_end = {value = "2026-02-03"}
        defects = "failed"
        units = "all"
    """
    report = run("part,failed,good\nC1,61,108058\nC2,x,3\n", mapping)
    assert said(report) == ["row 3: failed 'x': it is not a number"]
    run("part,failed,good\nC1,61,108058\n", mapping)
    assert Measurement.objects.values_list("defects", "units").get() == (61, 108119)


def test_rows_without_a_date_are_counted_from_a_day(run, noon):
    MetricFactory(proportion=True, name="Defective circuits")
    mapping = """
        source = "line 4"
        [derived.day]
        day_of_row_from = 2026-01-30
        [[measurements]]
        metric = {value = "Defective circuits"}
        external_id = {template = "day {#}"}
        period_end = "day"
        numerator = "defective"
        denominator = {value = "100"}
    """
    run("defective\n6\n8\n8\n", mapping)
    stored = list(Measurement.objects.order_by("id").values_list("external_id", "period_end", "numerator"))
    assert stored == [
        ("day 1", date(2026, 1, 30), 6),
        ("day 2", date(2026, 1, 31), 8),
        ("day 3", date(2026, 2, 1), 8),
    ]
    Measurement.objects.all().delete()
    run("defective\n6\n8\n8\n", mapping, months=-2)
    assert list(Measurement.objects.order_by("id").values_list("period_end", flat=True)) == [
        date(2025, 11, 30),
        date(2025, 12, 1),
        date(2025, 12, 2),
    ]


def test_dates_move_by_whole_months_and_a_months_end_stays_one(run, late):
    run("month,country,late,all\n2025-01,DE,7,120\n", LATE, months=13)
    assert Measurement.objects.values_list("period_start", "period_end").get() == (date(2026, 2, 1), date(2026, 2, 28))


def test_a_spreadsheet_is_read_like_a_csv(write, write_sheet, hours, noon):
    path = write_sheet([["what", "id", "day", "hours"], ["Time to resolve", 1, date(2026, 2, 3), 4.25]])
    import_measurements(path=path, mapping_path=write("m.toml", HOURS), dry_run=False, now=noon)
    assert Measurement.objects.values_list("value", "period_end").get() == (Decimal("4.25"), date(2026, 2, 3))


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ("source = ", "mapping.toml: it is not TOML"),
        (HOURS + "[fil]\n", "mapping.toml: there is no key 'fil'. Did you mean 'file'? Known keys: file, codes,"),
        (HOURS.replace("value", "valeu"), "there is no key 'measurements[1].valeu'. Did you mean 'value'?"),
        (HOURS.replace('"hours"', '{colum = "hours"}'), "there is no key 'measurements[1].value.colum'. Did you mean 'column'?"),
        (HOURS.replace('"hours"', '"Hour"'), ("rows.csv: there is no column 'Hour' (named by measurements[1].value). "
         "Did you mean 'hours'? Columns: what, id, day, hours, #.")),
        (HOURS.replace('"day"', '{template = "{dya}"}'), "there is no column 'dya'"),
        (HOURS.replace('source = "desk"', ""), "mapping.toml: Object missing required field `source`."),
        (HOURS.replace('"hours"', "3"), "mapping.toml: Expected `str | object`, got `int` - at `measurements[0].value`."),
        (HOURS.replace('value = "hours"', ""), "measurements[1]: state where the figures are"),
        (HOURS.replace('period_end = "day"', ""), "measurements[1]: state either month or period_end."),
        (HOURS + '[derived.x]\ndays_between = ["day", "dayy"]', "there is no column 'dayy'. Did you mean 'day'?"),
        (HOURS + "[derived.x]\n", "derived.x: state one of days_between, sum_of and day_of_row_from."),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_before_any_row_is_read(run, hours, mapping, reason):
    with pytest.raises(ValidationError) as caught:
        run("what,id,day,hours\nTime to resolve,1,2026-02-03,4\n", mapping)
    assert reason in " ".join(caught.value.messages)


def test_the_wrong_delimiter_is_suspected_when_a_column_is_missing(run, hours):
    with pytest.raises(ValidationError, match="Is ';' the delimiter"):
        run("what;id;day;hours\nTime to resolve;1;2026-02-03;4\n", HOURS)


def test_the_command_prints_counts_and_ends_in_error_when_a_row_is_refused(write, late):
    path, mapping, out = (
        write("rows.csv", "month,country,late,all\n2026-02,DE,7,120\n"),
        write("m.toml", LATE),
        StringIO(),
    )

    call_command("import_measurements", path, mapping=mapping, dry_run=True, stdout=out)
    assert out.getvalue() == "1 measurements would be created\n1 rows read. Dry run: nothing was written.\n"
    call_command("import_measurements", path, mapping=mapping, stdout=StringIO())
    assert Measurement.objects.count() == 1

    path.write_text("month,country,late,all\n2026-01,DE,1,10\n2026-02,NL,7,0\n")
    out = StringIO()
    with pytest.raises(CommandError, match=r"1 errors in 2 rows: nothing was written\.") as caught:
        call_command("import_measurements", path, mapping=mapping, stdout=out)
    assert caught.value.returncode == 1
    assert out.getvalue() == "row 3, all, '0': The denominator must be above 0.\n1 measurements would be created\n"
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_measurements", path.with_name("none.csv"), mapping=mapping)
