"""Loading the example: into an empty program only, and with the same scores whatever the day."""

import runpy
from datetime import UTC, date, datetime
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db.models import Max

from customers.models import Customer
from dashboard.example import FOLDER, load_example
from dashboard.services import remove_example
from functions.models import Function, Program
from gap_scores.services import drain_all
from interviews.models import Interview
from metrics.models import Measurement
from tests.example.held import headline, overall, scores
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db

EARLY_MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATE_MARCH = datetime(2026, 3, 30, 12, tzinfo=UTC)
JULY = datetime(2028, 7, 15, 12, tzinfo=UTC)


@pytest.mark.once
@pytest.mark.timeout(600)
def test_scores_are_the_same_bits_on_any_day_of_a_month_and_the_same_in_any_year(clock):
    clock(EARLY_MARCH)
    load_example(now=EARLY_MARCH)
    drain_all(as_of=EARLY_MARCH)
    early, early_headline = scores(), (headline(places=3), overall(places=3))
    assert newest_dates() == (date(2026, 2, 28), date(2026, 2, 28))
    remove_example()

    clock(LATE_MARCH)
    load_example(now=LATE_MARCH)
    drain_all(as_of=LATE_MARCH)
    assert len(early) > 200
    assert scores() == early
    remove_example()

    clock(JULY)
    load_example(now=JULY)
    drain_all(as_of=JULY)
    assert newest_dates() == (date(2028, 6, 28), date(2028, 6, 30))
    assert (headline(places=3), overall(places=3)) == early_headline


def newest_dates() -> tuple[date | None, date | None]:
    return (
        Interview.objects.filter(state="completed").aggregate(newest=Max("held_on"))["newest"],
        Measurement.objects.aggregate(newest=Max("period_end"))["newest"],
    )


def test_a_program_with_data_is_refused_and_left_alone(noon):
    CustomerFactory()
    with pytest.raises(ValidationError, match="needs an empty program"):
        load_example(now=noon)
    assert (Customer.objects.count(), Program.objects.count(), Function.objects.count()) == (1, 0, 0)


def test_the_command_says_what_it_did(noon):
    out = StringIO()
    call_command("load_example", stdout=out)
    call_command("load_example", stdout=out)
    assert out.getvalue() == "Loaded: ABC quality program.\nThe example is loaded already.\n"
    Program.objects.update(is_example=False)
    with pytest.raises(CommandError, match="needs an empty program"):
        call_command("load_example")


def test_the_tables_by_hand_are_what_the_script_writes(tmp_path):
    runpy.run_path(str(FOLDER / "make_by_hand.py"))["write"](tmp_path)
    for name in ("respondents.csv", "words.csv", "kano.csv", "loyalty.csv", "measurements.csv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / "by_hand" / name).read_bytes()
