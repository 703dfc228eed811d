"""Expected and perceived: how many got less, beside a mean that hides them; and NPS, CSAT, CES on the same answers."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from customers.models import Contact, Customer, ValueBand
from functions.models import Program
from gap_scores.services import drain_all
from interviews.models import Answer
from interviews.parts import Importance, Perception
from interviews.services import complete_interview, record_answer
from jobs.services import mark_circle
from requirements_catalog.models import RatingScale
from tests.api.callers import person, with_token
from tests.conftest import NOON
from tests.factories.customers import ContactFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def world(noon):
    """Eight customers: half got 3 points less, half 3 more; manuals were rated without what was expected."""
    Program.objects.create(name="A program")
    product, ten = ProductFactory(), RatingScaleFactory()
    recommend = RatingScaleFactory(name="Would recommend, 0 to 10", minimum=0, maximum=10, satisfied_from=9)
    easy = RatingScaleFactory(name="Was easy, 1 to 7", minimum=1, maximum=7, satisfied_from=None)
    repairs, manuals, spoken_of, ordering = (
        RequirementFactory(reference=f"E-{at}", products=[product]) for at in range(4)
    )
    for number in range(8):
        tilt = number % 2
        said = {
            repairs: Perception.rated(4 + 6 * tilt, ten, 7),
            manuals: Perception.rated(8, ten),
            spoken_of: Perception.rated(10 if number < 5 else 6, recommend),
            ordering: Perception.rated(4 + tilt, easy),
        }
        interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
        for requirement, perception in said.items():
            record_answer(
                interview=interview, requirement=requirement, product=product,
                importance=Importance.rated(8, ten), perception=perception,
            )  # fmt: skip
        complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    drain_all(as_of=NOON)
    return repairs, manuals, spoken_of, ordering


def text_of(view, client, **parameters):
    return " ".join(client.get(reverse(view), parameters).content.decode().split())


def answered(noun, role="specialist"):
    return with_token(person(role)).get(f"/api/v1/{noun}/").json()


def file_of(view):
    parts = signed_in("specialist").get(reverse(view), {"format": "csv"}).streaming_content
    return {row["reference"]: row for row in csv.DictReader(StringIO(b"".join(parts).decode("utf-8-sig")))}


def test_a_mean_of_nothing_hides_the_half_that_got_less(world):
    shown = text_of("view_expectations", signed_in("viewer"))

    assert "50 % (22 % to 78 %) of customers got less than they expected" in shown
    assert "hides those who got less" in shown


def test_a_gap_that_is_withheld_is_not_said_to_be_unasked(world):
    Answer.objects.filter(requirement=world[0]).exclude(contact=Contact.objects.order_by("pk")[0]).update(
        expected_rating=None
    )

    shown = text_of("view_expectations", signed_in("viewer"))

    assert "Too few customers said what they expected to show it" in shown
    assert "Nobody said" not in shown
    assert "rated without it" not in shown


def test_page_file_and_api_say_the_same_of_gaps(world):
    answer, rows = answered("expected-perceived"), file_of("view_expectations")

    found = {each["reference"]: each for each in answer["results"]}
    assert {key: each["kind"] for key, each in found.items()} == {
        "E-0": "SERVQUAL", "E-1": "SERVPERF", "E-2": "SERVPERF", "E-3": "SERVPERF"
    }  # fmt: skip
    assert (found["E-0"]["gap"]["value"], found["E-0"]["below"]["value"], found["E-0"]["below"]["n"]) == (0.0, 0.5, 8)
    assert (found["E-1"]["gap"], found["E-1"]["rating"]["value"]) == (None, 8.0)
    assert float(rows["E-0"]["below_hi"]) == found["E-0"]["below"]["hi"]
    assert (answer["unweighted"], answer["weighted"]) == (0.0, 0.0)
    assert [(each["gap"]["value"], each["below"]["value"]) for each in answer["attributes"]] == [(0.0, 0.5)]


def test_each_number_is_shown_where_its_question_was_asked(world):
    answer, rows = answered("loyalty"), file_of("view_loyalty")

    found = {each["reference"]: each for each in answer["results"]}
    assert {key: each["csat"] and each["csat"]["value"] for key, each in found.items()} == {
        "E-0": 0.5, "E-1": 1.0, "E-2": 0.625, "E-3": None
    }  # fmt: skip
    assert [key for key, each in found.items() if each["nps"]] == ["E-2"]
    assert (found["E-2"]["nps"]["value"], found["E-2"]["nps"]["promoters"]) == (25.0, 0.625)
    assert (found["E-3"]["ces"]["mean"]["value"], found["E-3"]["ces"]["easy"]["value"]) == (4.5, 0.5)
    assert float(rows["E-2"]["nps_lo"]) == found["E-2"]["nps"]["lo"]
    assert "Net promoter score 25 (" in text_of("view_loyalty", signed_in("viewer"))


def one_more(requirement, perception):
    interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
    record_answer(
        interview=interview, requirement=requirement, product=requirement.products.get(), perception=perception
    )
    complete_interview(interview=interview, now=NOON, today=TODAY)


def test_the_gap_of_one_person_is_not_shown_because_many_others_rated(world):
    one_more(world[1], Perception.rated(2, RatingScaleFactory(name="Another"), 9))

    specialist, viewer = (
        {each["reference"]: each for each in answered("expected-perceived", role)["results"]}
        for role in ("specialist", "viewer")
    )

    assert (specialist["E-1"]["gap"]["n"], specialist["E-1"]["gap"]["value"]) == (1, None)
    assert (specialist["E-1"]["below"]["value"], specialist["E-0"]["gap"]["value"]) == (None, 0.0)
    assert (viewer["E-1"]["gap"], viewer["E-1"]["below"], viewer["E-1"]["rating"]["n"]) == (None, None, 9)
    # The one gap beside it in their attribute would give it away.
    assert viewer["E-0"]["gap"] is None


def test_the_score_of_one_person_is_not_shown_because_many_others_rated_on_another_scale(world):
    one_more(world[1], Perception.rated(10, RatingScale.objects.get(name="Would recommend, 0 to 10")))

    specialist, viewer = (
        {each["reference"]: each for each in answered("loyalty", role)["results"]} for role in ("specialist", "viewer")
    )

    score = specialist["E-1"]["nps"]
    assert [score[key] for key in ("n", "value", "promoters", "passives", "detractors")] == [1, None, None, None, None]
    assert (viewer["E-1"]["nps"], viewer["E-1"]["csat"]["n"]) == (None, 9)
    assert "too few</span>" in text_of("view_loyalty", signed_in("viewer"))


def test_a_mean_over_attributes_gives_away_no_value_of_few(world):
    """One customer weighs as much as all others together four times: eight contacts, and hardly two voices."""
    customer = Customer.objects.order_by("pk")[0]
    customer.value_band = ValueBand.objects.create(name="Huge", weight=1000, position=9)
    customer.save()
    Customer.objects.exclude(pk=customer.pk).update(
        value_band=ValueBand.objects.create(name="Tiny", weight=10, position=10)
    )

    answer = answered("expected-perceived")

    assert answer["attributes"][0]["gap"]["value"] is answer["unweighted"] is answer["weighted"] is None
    assert {each["rating"]["value"] for each in answer["results"]} == {None}
    assert "Too few customers said what they expected to give a mean." in text_of(
        "view_expectations", signed_in("viewer")
    )


def test_what_is_missing_is_said_with_the_way_to_it(world):
    shown = text_of("view_loyalty", signed_in("specialist"), lifecycle="past")

    assert "Nobody rated a requirement yet" in shown
    assert "Open the guides" in shown


def test_both_views_keep_their_budget(world, django_assert_max_num_queries):
    client = signed_in("specialist")
    for view in ("view_expectations", "view_loyalty"):
        client.get(reverse(view))
        with django_assert_max_num_queries(36):
            client.get(reverse(view))
