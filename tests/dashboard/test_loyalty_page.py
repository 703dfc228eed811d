"""NPS, CSAT and CES of products: what the view says, to whom, and the same in the API."""

import csv
import io

import pytest
from django.urls import reverse

from functions.models import Program
from gap_scores.services import drain_all
from interviews.guide_models import LoyaltyAnswer
from interviews.guided_services import put_loyalty
from interviews.services import complete_interview
from jobs.services import mark_circle
from tests.api.callers import person, with_token
from tests.conftest import NOON
from tests.factories.customers import ContactFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def world(noon):
    """Ten customers rate the press: seven would recommend it, two would not; two of them rate the ink."""
    Program.objects.create(name="A program")
    press, ink = ProductFactory(name="Press"), ProductFactory(name="Ink")
    for number, rating in enumerate((9, 9, 9, 10, 10, 10, 9, 7, 3, 0)):
        interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
        put_loyalty(interview, press, "nps", rating=rating)
        put_loyalty(interview, press, "csat", rating=5 if number < 8 else 2)
        if number < 2:
            put_loyalty(interview, ink, "ces", rating=7)
        complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    drain_all(as_of=NOON)
    return press, ink


def shown_to(role):
    return " ".join(signed_in(role).get(reverse("view_loyalty")).content.decode().split())


def page_for(role):
    return signed_in(role).get(reverse("view_loyalty")).context["page"]


def test_the_score_of_a_product_stands_first_with_its_interval_and_n(world):
    shown = shown_to("specialist")

    assert "Net promoter score 50 (" in shown
    assert "n 10" in shown
    assert "80 %" in shown or "80&nbsp;%" in shown or "80\u202f%" in shown
    assert "CES is a kind of question" not in shown


def test_a_viewer_sees_no_product_of_too_few_people_and_the_api_says_the_same(world):
    press, ink = world
    row = '<th scope="row" class="wrap">{}</th>'.format
    assert [row(name) in shown_to("viewer") for name in ("Press", "Ink")] == [True, False]
    assert row("Ink") in shown_to("specialist")

    viewer, specialist = (
        with_token(person(role)).get("/api/v1/loyalty/").json()["products"] for role in ("viewer", "specialist")
    )
    assert [each["product"] for each in viewer] == [press.pk]
    assert [each["product"] for each in specialist] == [ink.pk, press.pk]
    assert (viewer[0]["nps"]["value"], viewer[0]["nps"]["n"], viewer[0]["ces"]) == (50.0, 10, None)
    assert viewer[0]["csat"]["value"] == 0.8


@pytest.mark.parametrize("role", ["specialist", "viewer"])
def test_the_file_has_the_products_that_the_page_shows(world, role):
    file = signed_in(role).get(reverse("view_loyalty"), {"format": "csv"}).getvalue().decode("utf-8-sig")
    rows = {row["product_name"]: row for row in csv.DictReader(io.StringIO(file))}

    press = rows["Press"]
    assert (press["net"], press["nps_n"], press["csat_n"], press["effort_n"]) == ("50.0", "10", "10", "")
    assert float(press["satisfied"]) == 0.8
    assert ("Ink" in rows) is (role == "specialist")
    if role == "specialist":
        assert (rows["Ink"]["ease"], rows["Ink"]["effort_n"]) == ("", "2")  # of two effective customers the interval


def test_what_is_withheld_is_not_said_to_be_unasked(world):
    viewer, specialist = (page_for(role) for role in ("viewer", "specialist"))

    assert (viewer.missing, viewer.withheld) == ((), ("CES",))
    assert viewer.sub.endswith("CES: answered by too few people to show.")
    assert (specialist.missing, specialist.withheld) == ((), ())
    assert "They stand first in the file of this page" in shown_to("viewer")


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_new_answer_and_an_erased_one_count_at_once_though_no_score_moves(world):
    press, _ink = world
    assert "n 10" in shown_to("specialist")

    interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
    put_loyalty(interview, press, "nps", rating=9)
    complete_interview(interview=interview, now=NOON, today=TODAY)
    assert "n 11" in shown_to("specialist")
    LoyaltyAnswer.objects.filter(interview=interview).delete()
    assert "n 11" not in shown_to("specialist")
