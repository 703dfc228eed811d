"""Who sees which interview, who is found, and what a desk asks."""

import pytest

from functions.selectors import Access
from interviews.models import Part
from interviews.parts import Importance, Perception
from interviews.selectors import (
    answers_of_interview,
    contacts_matching,
    interview_for,
    interviews_for,
    questions_of,
    scales,
)
from interviews.services import record_answer
from requirements_catalog.models import Attribute
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

SPECIALIST = Access(user_id=1, roles=frozenset({"specialist"}))
NOTHING = Importance.nothing(Part.DOES_NOT_KNOW)


# ---- Who may see an interview


def test_a_specialist_sees_every_interview_others_those_they_recorded():
    me = UserFactory()
    mine, other = InterviewFactory(interviewer=me), InterviewFactory(interviewer=UserFactory())
    InterviewFactory()
    viewer = Access(user_id=me.pk, roles=frozenset({"viewer"}))

    assert interviews_for(SPECIALIST).count() == 3
    assert list(interviews_for(viewer)) == [mine]
    assert (interview_for(viewer, mine.pk), interview_for(viewer, other.pk)) == (mine, None)


def test_interviews_without_interviewer_are_not_those_of_nobody():
    InterviewFactory()

    assert list(interviews_for(Access(roles=frozenset({"viewer"})))) == []


def test_who_does_not_want_to_be_asked_is_not_found():
    customer = CustomerFactory(name="Druckhaus Mertens")
    contact = ContactFactory(name="Sabine Krüger", customer=customer)
    ContactFactory(name="Opted Out", customer=customer, is_opted_out=True)
    ContactFactory(name="Left", customer=customer, is_active=False)
    ContactFactory(name="Merged", customer=CustomerFactory(name="Mertens", merged_into=customer))

    assert contacts_matching("mertens") == [contact]
    assert contacts_matching("sabine mertens") == [contact]
    assert contacts_matching("sabine elsewhere") == []


# ---- The desk


def test_a_desk_asks_the_active_requirements_of_the_rounds_products_by_attribute():
    press, service = ProductFactory(name="Press"), ProductFactory(name="Service")
    first, second = Attribute.objects.order_by("position")[:2]
    RequirementFactory(reference="X-1", attribute=second, products=[press])
    RequirementFactory(reference="X-2", attribute=first, products=[press, service])
    RequirementFactory(products=[service])
    RequirementFactory(products=[press], state="retired")
    RequirementFactory(products=[press], state="draft")
    RequirementFactory(products=[press], merged_into=RequirementFactory(products=[]))

    questions = questions_of(InterviewFactory(round=RoundFactory(products=[press])))

    assert [(each.requirement.reference, each.product) for each in questions] == [("X-2", press), ("X-1", press)]


def test_the_standing_round_asks_about_the_customers_products():
    press, service = ProductFactory(), ProductFactory()
    requirement = RequirementFactory(products=[press])
    other = RequirementFactory(products=[service])
    interview = InterviewFactory()

    everything = questions_of(interview)
    interview.customer.product_uses.create(product=press)
    own = questions_of(interview)

    assert {each.requirement for each in everything} == {requirement, other}
    assert [each.requirement for each in own] == [requirement]


def test_a_question_is_open_partly_answered_or_answered():
    interview = InterviewFactory()
    with_scale, without = RequirementFactory(reference="R-1", scale={}), RequirementFactory(reference="R-2")
    RequirementFactory(reference="R-3")
    perception = Perception.nothing(Part.NOT_APPLICABLE)
    for requirement in (with_scale, without):
        record_answer(
            interview=interview,
            requirement=requirement,
            product=requirement.products.get(),
            importance=NOTHING,
            perception=perception,
        )

    assert [each.progress for each in questions_of(interview)] == ["partly", "answered", "open"]


def test_a_desk_takes_as_many_queries_for_many_questions_as_for_few(django_assert_num_queries):
    interview = InterviewFactory()
    for _ in range(6):
        RequirementFactory(scale={})

    with django_assert_num_queries(4):
        questions = questions_of(interview)
        assert [each.requirement.current_scale.unit for each in questions] == ["hours"] * 6
        assert all(each.requirement.attribute.name for each in questions)


def test_the_desk_asks_importance_and_ratings_on_1_to_10():
    importance, rating = scales()

    assert (importance.minimum, importance.maximum, importance.satisfied_from) == (1, 10, None)
    assert (rating.minimum, rating.maximum, rating.satisfied_from) == (1, 10, 7)


def test_answers_come_by_reference():
    interview = InterviewFactory()
    for reference in ("R-9", "R-1"):
        requirement = RequirementFactory(reference=reference)
        record_answer(interview=interview, requirement=requirement, product=requirement.products.get())

    assert [answer.requirement.reference for answer in answers_of_interview(interview)] == ["R-1", "R-9"]
