"""The Kano view: what it says, to whom, and the same in the file and the API."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from functions.models import Program
from gap_scores.services import drain_all
from interviews.parts import Importance, Perception
from interviews.services import complete_interview, record_answer
from jobs.services import mark_circle
from tests.api.callers import person, with_token
from tests.conftest import NOON
from tests.factories.customers import ContactFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
TAKEN, DELIGHTS, THE_SAME = (2, 5), (1, 3), (3, 3)


@pytest.fixture
def world(noon):
    """Repairs are taken for granted and not felt by anybody; only two customers speak of the web site."""
    Program.objects.create(name="A program")
    product, scale = ProductFactory(), RatingScaleFactory()
    repairs = RequirementFactory(reference="K-1", products=[product])
    status = RequirementFactory(reference="K-2", products=[product])
    web = RequirementFactory(reference="K-3", products=[product])
    for number in range(12):
        said = {repairs: TAKEN if number else THE_SAME, status: DELIGHTS if number % 2 else TAKEN}
        if number < 2:
            said[web] = DELIGHTS
        interview = InterviewFactory(contact=ContactFactory(customer__region="europe-west"), held_on=TODAY)
        record_answer(
            interview=interview, requirement=repairs, product=product, importance=Importance.rated(8, scale),
            perception=Perception.fixed(False),
        )  # fmt: skip
        for requirement, (functional, dysfunctional) in said.items():
            interview.kano_answers.create(
                requirement=requirement, product=product, functional=functional, dysfunctional=dysfunctional
            )
        complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    drain_all(as_of=NOON)
    return repairs, status, web


def text_of(client, **parameters):
    return " ".join(client.get(reverse("view_kano"), parameters).content.decode().split())


def test_what_is_taken_for_granted_and_unmet_is_said_first(world):
    shown = text_of(signed_in("specialist"))

    assert "One requirement is must-be and unmet: K-1" in shown
    assert "mixed: must-be or attractive, 0 apart, 4.0 needed" in shown


def test_few_customers_are_one_line_to_those_who_are_no_specialists(world):
    specialist, viewer = text_of(signed_in("specialist")), text_of(signed_in("viewer"))

    assert f'id="r-{world[2].pk}"' in specialist
    assert f'id="r-{world[2].pk}"' not in viewer
    # One alone would be known from the others, so a second one goes with it.
    assert "2 more with too few customers to show" in viewer


def test_page_file_and_api_say_the_same(world):
    browser = signed_in("specialist")
    file = b"".join(browser.get(reverse("view_kano"), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    rows = {row["reference"]: row for row in csv.DictReader(StringIO(file))}
    answer = with_token(person("specialist")).get("/api/v1/kano/").json()

    assert [(each["reference"], each["category"], each["is_mixed"], each["n"]) for each in answer["results"]] == [
        ("K-1", "M", False, 12.0), ("K-2", "M", True, 12.0), ("K-3", "A", False, 2.0)
    ]  # fmt: skip
    for each in answer["results"]:
        row = rows[each["reference"]]
        assert (float(row["better"]), float(row["worse_lo"])) == (each["better"]["value"], each["worse"]["lo"])
        assert float(row["bound"]) == each["bound"]
    assert f"{answer['results'][0]['better']['value']:.2f}" == "0.00"
    assert answer["as_of"] == "2026-03-16"


def test_a_split_names_the_segments(world):
    shown = text_of(signed_in("specialist"), by="region")

    assert "By region" in shown
    assert "Western Europe" in shown


def test_what_is_hidden_of_a_split_is_not_the_whole_minus_what_is_shown(world):
    """Two segments of one contact each: the whole minus the rest would tell of the two, so the next goes with them."""
    repairs = world[0]
    for region in ["europe-south"] * 6 + ["europe-north", "europe-east"]:
        interview = InterviewFactory(contact=ContactFactory(customer__region=region), held_on=TODAY)
        interview.kano_answers.create(
            requirement=repairs, product=repairs.products.get(), functional=TAKEN[0], dysfunctional=TAKEN[1]
        )
        complete_interview(interview=interview, now=NOON, today=TODAY)

    page = signed_in("viewer").get(reverse("view_kano"), {"by": "region"}).context["page"]
    split = next(each for each in page.segments if each.subject.pk == repairs.pk)

    assert ([line.n for line in split.lines], split.hidden) == ([12.0], 3)


def test_an_empty_view_says_what_would_fill_it(noon):
    Program.objects.create(name="A program")

    assert "Open the guides" in text_of(signed_in("specialist"))
    assert "Open the guides" not in text_of(signed_in("viewer"))


def test_the_view_costs_no_more_queries_than_its_budget(world, django_assert_max_num_queries):
    client = signed_in("specialist")
    client.get(reverse("view_kano"))

    with django_assert_max_num_queries(32):
        client.get(reverse("view_kano"), {"by": "region"})
