"""Importance and performance: the crosshair is named, near points are undecided, few people set no line."""

import csv
from io import StringIO

import pytest
from django.urls import reverse

from functions.models import Program
from gap_scores.services import drain_all
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
    """Six customers: repairs matter and are bad, parking matters little and is good, the hotline lies between."""
    Program.objects.create(name="A program")
    product, scale = ProductFactory(), RatingScaleFactory()
    repairs, parking, hotline, rare = (RequirementFactory(reference=f"I-{at}", products=[product]) for at in range(4))
    for number in range(6):
        tilt = number % 2
        said = {repairs: (10 - tilt, 2 + tilt), parking: (2 + tilt, 9 + tilt), hotline: (1 + 9 * tilt, 1 + 9 * tilt)}
        if number < 2:
            said[rare] = (10, 10)
        interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
        for requirement, (importance, rating) in said.items():
            record_answer(
                interview=interview, requirement=requirement, product=product,
                importance=Importance.rated(importance, scale), perception=Perception.rated(rating, scale),
            )  # fmt: skip
        complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    drain_all(as_of=NOON)
    return repairs, parking, hotline, rare


def text_of(client, **parameters):
    return " ".join(client.get(reverse("view_importance"), parameters).content.decode().split())


def quadrants(**parameters):
    answer = with_token(person("specialist")).get("/api/v1/importance-performance/", parameters).json()
    lines = (round(answer["line_importance"], 4), round(answer["line_performance"], 4))
    return lines, [each["quadrant"] for each in answer["results"]]


def test_each_crosshair_is_named_and_few_people_set_no_line(world):
    far = ["concentrate here", "possible overkill", "undecided", "too few to judge"]

    # Means of 9.5, 2.5, 5.5 and of 2.5, 9.5, 5.5, without the two who speak of the fourth.
    assert quadrants() == ((5.8333, 5.8333), far)
    assert quadrants(crosshair="scale") == ((5.5, 5.5), far)
    assert quadrants(crosshair="target") == ((5.8333, 7.0), far)
    assert quadrants(crosshair="target", line_importance="1", line_performance="10")[0] == (1.0, 10.0)
    assert "middle of the scales: importance 5.5, performance 5.5 of 10" in text_of(
        signed_in("viewer"), crosshair="scale"
    )


def named(**parameters):
    answer = with_token(person("specialist")).get("/api/v1/importance-performance/", parameters).json()
    return answer["crosshair"], text_of(signed_in("specialist"), **parameters)


def test_the_lines_are_named_by_where_they_do_stand(world):
    typed = {"crosshair": "target", "line_importance": "1", "line_performance": "10"}
    crosshair, shown = named(**typed)
    assert (crosshair, "stand at what was typed: importance 1.0, performance 10.0" in shown) == ("typed", True)
    assert named(crosshair="target")[0] == "target"

    RatingScale.objects.update(satisfied_from=None)
    crosshair, shown = named(crosshair="target")

    assert crosshair == "data"
    assert "stand at the mean of these requirements" in shown
    assert "None of these scales says from where it counts as satisfied." in shown


def test_without_two_requirements_of_enough_customers_there_are_no_lines(noon):
    Program.objects.create(name="A program")
    asked, scale = RequirementFactory(), RatingScaleFactory()
    for number in range(6):
        interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
        record_answer(
            interview=interview, requirement=asked, product=asked.products.get(),
            importance=Importance.rated(9 - number % 2, scale), perception=Perception.rated(3, scale),
        )  # fmt: skip
        complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    drain_all(as_of=NOON)

    crosshair, shown = named()

    assert crosshair == ""
    assert "Fewer than two requirements were rated by enough customers, so there are no lines" in shown
    assert "The lines stand at" not in shown


def test_what_to_concentrate_on_is_said_first(world):
    assert "Concentrate on one requirement: I-0" in text_of(signed_in("specialist"))


def test_page_file_and_api_say_the_same(world):
    browser = signed_in("specialist")
    file = b"".join(browser.get(reverse("view_importance"), {"format": "csv"}).streaming_content).decode("utf-8-sig")
    rows = {row["reference"]: row for row in csv.DictReader(StringIO(file))}
    answer = with_token(person("specialist")).get("/api/v1/importance-performance/").json()

    assert len(rows) == len(answer["results"]) == 4
    # Two customers speak of the fourth: of so few only the interval is told.
    assert [each["importance"]["value"] for each in answer["results"]] == [9.5, 2.5, 5.5, None]
    for each in answer["results"]:
        row = rows[each["reference"]]
        assert row["importance"] == ("" if each["importance"]["value"] is None else str(each["importance"]["value"]))
        assert row["difference"] == ("" if each["difference"] is None else str(each["difference"]))
        assert float(row["performance_lo"]) == each["performance"]["lo"]
        assert row["verdict"] == each["quadrant"]


def test_few_customers_are_one_line_to_those_who_are_no_specialists(world):
    shown = text_of(signed_in("viewer"))

    assert "2 more with too few customers to show" in shown
    assert f'id="r-{world[3].pk}"' not in shown


def test_a_rating_of_one_person_is_not_shown_because_many_others_said_how_important_it_is(world):
    asked, scale = RequirementFactory(reference="I-4", products=[ProductFactory()]), RatingScaleFactory(name="Another")
    for number in range(6):
        interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
        perception = {"perception": Perception.rated(3, scale)} if number == 0 else {}
        record_answer(
            interview=interview, requirement=asked, product=asked.products.get(),
            importance=Importance.rated(9, scale), **perception,
        )  # fmt: skip
        complete_interview(interview=interview, now=NOON, today=TODAY)

    shown = [
        {
            each["reference"]
            for each in with_token(person(role)).get("/api/v1/importance-performance/").json()["results"]
        }
        for role in ("viewer", "specialist")
    ]

    assert shown == [{"I-0", "I-1", "I-2"}, {"I-0", "I-1", "I-2", "I-3", "I-4"}]
    assert f'id="r-{asked.pk}"' not in text_of(signed_in("viewer"))


def test_an_answer_changes_the_view_although_no_score_moves(world):
    """A rating of 3 instead of 2 is as little satisfied, so the gap stays; the mean does not."""
    before = quadrants()
    interview = InterviewFactory(contact=ContactFactory(), held_on=TODAY)
    record_answer(
        interview=interview, requirement=world[0], product=world[0].products.get(),
        importance=Importance.rated(1, RatingScaleFactory(name="Another")),
        perception=Perception.rated(3, RatingScaleFactory(name="A third")),
    )  # fmt: skip
    complete_interview(interview=interview, now=NOON, today=TODAY)

    assert quadrants() != before


def test_an_empty_view_says_what_would_fill_it(noon):
    Program.objects.create(name="A program")

    assert "Open the guides" in text_of(signed_in("specialist"))


def test_the_view_costs_no_more_queries_than_its_budget(world, django_assert_max_num_queries):
    client = signed_in("specialist")
    client.get(reverse("view_importance"))

    with django_assert_max_num_queries(34):
        client.get(reverse("view_importance"))
