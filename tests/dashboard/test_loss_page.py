"""Lost beside current beside prospective, and whose neglect cost what."""

from datetime import date

import pytest

from dashboard.loss_page import loss_page
from functions.models import Program
from gap_scores.services import drain_all
from interviews.losses import assess_loss
from interviews.parts import Importance, Perception
from interviews.services import complete_interview, record_answer
from jobs.services import mark_circle, mark_register
from requirements_catalog.services import merge_requirements
from scoring.losses import Sign
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture
def world(noon):
    Program.objects.create(name="A program", currency="CHF")
    product, scale = ProductFactory(), RatingScaleFactory()
    support, sales = FunctionFactory(name="Support"), FunctionFactory(name="Sales")
    night = RequirementFactory(reference="S-1", owner=support, products=[product])
    price = RequirementFactory(reference="S-2", owner=sales, products=[product])
    heard = [("past", False, 40), ("current", True, 40), ("prospective", True, 40), ("prospective", False, 1)]
    for lifecycle, is_fixed, count in heard:
        for _ in range(count):
            contact = ContactFactory(customer__lifecycle=lifecycle)
            interview = InterviewFactory(contact=contact, held_on=TODAY)
            record_answer(
                interview=interview, requirement=night, product=product, importance=Importance.rated(8, scale),
                perception=Perception.fixed(is_fixed),
            )  # fmt: skip
            complete_interview(interview=interview, now=NOON, today=TODAY)
    mark_circle()
    mark_register()
    drain_all(as_of=NOON)
    return night, price


def lost(value: int | None, *requirements: object, day: int) -> None:
    assess_loss(
        customer=CustomerFactory(lifecycle="past"), assessor=None, assessor_name="Ines", today=TODAY,
        lost_on=date(2026, 1, day), value_lost=value, reason_ours="Late.", theirs=requirements, ours=requirements[:1],
    )  # fmt: skip


def test_who_left_missed_what_those_who_stayed_do_not_complain_of_and_it_cost_its_function(world):
    night, price = world
    lost(1001, night, price, day=1)
    lost(500, night, day=2)
    lost(70, day=3)
    lost(None, price, day=4)

    page = loss_page(program=Program.objects.get())

    killer, other = page.lines
    assert (killer.row.reference, killer.signs, killer.losses, killer.value) == ("S-1", (Sign.SURE, Sign.NONE), 2, 1001)
    assert [side.customers for side in killer.sides] == [40, 40, 41]
    assert (other.row.reference, other.losses, [side.gap for side in other.sides]) == ("S-2", 2, [None, None, None])
    assert page.by_function == [("Support", 1001), ("Sales", 500), ("", 70)]
    assert (page.value, page.without_value) == (1571, 1)
    assert page.answer == "One silent killer, no entry barriers"


def test_the_page_shows_the_rules_and_the_sum_and_only_to_specialists(world):
    night, _price = world
    lost(1500, night, day=1)

    shown = " ".join(signed_in("specialist").get("/losses/compared/").content.decode().split())

    assert "silent killer" in shown
    assert "1,500 CHF" in shown
    assert "their gap is under 25" in shown
    assert signed_in("viewer").get("/losses/compared/").status_code == 404


def test_a_merged_requirement_counts_as_the_one_it_was_merged_into(world):
    night, price = world
    lost(900, night, price, day=1)
    merge_requirements(requirement=price, into=night)

    page = loss_page(program=Program.objects.get())

    assert [(line.row.reference, line.losses, line.value) for line in page.lines] == [("S-1", 1, 900)]


def test_with_nobody_heard_and_nothing_lost_the_page_says_what_to_do(noon):
    Program.objects.create(name="A program")
    drain_all(as_of=NOON)

    shown = signed_in("specialist").get("/losses/compared/").content.decode()

    assert "Nobody but current customers was heard, and no loss is assessed" in shown
    assert "No loss has a value yet" in shown
