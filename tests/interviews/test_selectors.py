"""Whom the words reach, what a desk asks, and what other pages are told of interviews."""

from datetime import date

import pytest

from functions.selectors import Access
from interviews.models import Answer, Coding, Part
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.selectors import (
    Span,
    answers_of_interview,
    contacts_matching,
    interview_for,
    interviews_for,
    last_heard_by_requirement,
    questions_of,
    scales,
    spans_of,
    words_on_requirement,
)
from interviews.services import record_answer
from requirements_catalog.models import Attribute
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.functions import FunctionFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

SPECIALIST = Access(user_id=1, roles=frozenset({"specialist"}))
NOTHING = Importance.nothing(Part.DOES_NOT_KNOW)


def head_of(function, *, names=False) -> Access:
    return Access(user_id=1, roles=frozenset({"head"}), functions=frozenset({function.pk}), may_see_names=names)


def coded(requirement, *, start=None, end=None, **attributes):
    verbatim = VerbatimFactory(**attributes)
    Coding.objects.create(verbatim=verbatim, requirement=requirement, coder_name="Ines", start=start, end=end)
    return verbatim


def several_speak(requirement, *, contacts: int, customers: int) -> None:
    speaking = [CustomerFactory() for _ in range(customers)]
    for number in range(contacts):
        contact = ContactFactory(customer=speaking[number % customers])
        coded(requirement, interview=InterviewFactory(contact=contact, completed=True))


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


# ---- Words


def test_words_say_segment_day_and_coder_and_to_a_specialist_who_spoke():
    requirement = RequirementFactory()
    customer = CustomerFactory(name="Mertens", region="europe-west")
    interview = InterviewFactory(contact=ContactFactory(name="Sabine", customer=customer), completed=True)
    verbatim = coded(requirement, interview=interview, text="Back before six.", start=5, end=15)

    found = words_on_requirement(requirement.pk, limit=5, access=SPECIALIST)

    (words,) = found.rows
    assert (found.count, found.contacts, found.customers, found.too_few) == (1, 1, 1, False)
    assert words.spans == (Span("Back ", False), Span("before six", True), Span(".", False))
    assert (words.text, words.verbatim_id) == ("Back before six.", verbatim.pk)
    assert (words.held_on, words.segment.region, words.coders) == (date(2026, 3, 2), "europe-west", ("Ines",))
    assert (words.customer, words.contact) == ("Mertens", "Sabine")


def test_words_on_a_merged_requirement_are_words_on_the_one_it_went_into():
    requirement = RequirementFactory()
    coded(RequirementFactory(merged_into=requirement), interview=InterviewFactory(completed=True))
    coded(RequirementFactory(), interview=InterviewFactory(completed=True))

    assert words_on_requirement(requirement.pk, limit=5, access=SPECIALIST).count == 1


def test_words_of_an_open_interview_wait():
    requirement = RequirementFactory()
    coded(requirement)

    assert words_on_requirement(requirement.pk, limit=5, access=SPECIALIST).count == 0


def test_the_newest_words_come_first_and_all_are_counted():
    requirement = RequirementFactory()
    for day in (1, 3, 2):
        interview = InterviewFactory(completed=True, held_on=date(2026, 3, day))
        coded(requirement, interview=interview)

    found = words_on_requirement(requirement.pk, limit=2, access=SPECIALIST)

    assert ([words.held_on.day for words in found.rows], found.count) == ([3, 2], 3)


def test_words_coded_twice_come_once():
    requirement = RequirementFactory()
    verbatim = coded(requirement, interview=InterviewFactory(completed=True), start=0, end=2)
    Coding.objects.create(verbatim=verbatim, requirement=requirement, coder_name="Ada", start=1, end=4)

    (words,) = words_on_requirement(requirement.pk, limit=5, access=SPECIALIST).rows

    assert (words.coders, words.spans[0]) == (("Ines", "Ada"), Span("We r", True))


def test_a_head_reads_words_on_the_own_requirements_without_names():
    function = FunctionFactory()
    requirement = RequirementFactory(owner=function)
    several_speak(requirement, contacts=5, customers=3)

    found = words_on_requirement(requirement.pk, limit=9, access=head_of(function))
    named = words_on_requirement(requirement.pk, limit=9, access=head_of(function, names=True))
    foreign = words_on_requirement(requirement.pk, limit=9, access=head_of(FunctionFactory()))

    assert (len(found.rows), {(words.customer, words.contact, words.customer_id) for words in found.rows}) == (
        5, {(None, None, None)},
    )  # fmt: skip
    assert None not in {words.contact for words in named.rows}
    assert (foreign.rows, foreign.count) == ((), 0)


@pytest.mark.parametrize(("contacts", "customers"), [(4, 4), (5, 2)])
def test_a_head_reads_no_words_of_too_few(contacts, customers):
    function = FunctionFactory()
    requirement = RequirementFactory(owner=function)
    several_speak(requirement, contacts=contacts, customers=customers)

    found = words_on_requirement(requirement.pk, limit=9, access=head_of(function))

    assert (found.rows, found.too_few) == ((), True)


def test_words_take_as_many_queries_for_many_as_for_few(django_assert_num_queries):
    requirement = RequirementFactory()
    several_speak(requirement, contacts=6, customers=3)

    with django_assert_num_queries(3):
        words_on_requirement(requirement.pk, limit=9, access=SPECIALIST)


@pytest.mark.parametrize(
    ("passages", "marked"),
    [
        ([], "abcdef"),
        ([(None, None)], "abcdef"),
        ([(0, 2)], "[ab]cdef"),
        ([(2, 4)], "ab[cd]ef"),
        ([(4, 9)], "abcd[ef]"),
        ([(0, 6)], "[abcdef]"),
        ([(3, 5), (0, 2)], "[ab]c[de]f"),
        ([(0, 3), (2, 5)], "[abcde]f"),
        ([(0, 5), (1, 2)], "[abcde]f"),
    ],
)
def test_passages_cut_the_words(passages, marked):
    spans = spans_of("abcdef", passages)

    assert "".join(f"[{span.text}]" if span.is_marked else span.text for span in spans) == marked


# ---- When a requirement was last heard of


def test_a_requirement_was_last_heard_when_something_known_was_said():
    requirement = RequirementFactory(scale={})
    merged = RequirementFactory()
    for day, asked, parts in [
        (1, requirement, {"level": RequiredLevel.known(8)}),
        (5, requirement, {"importance": NOTHING}),
        (3, merged, {"perception": Perception.fixed(is_fixed=True)}),
        (20, requirement, {"level": RequiredLevel.known(8)}),
    ]:
        interview = InterviewFactory(held_on=date(2026, 3, day))
        record_answer(interview=interview, requirement=asked, product=asked.products.get(), **parts)
        interview.refresh_from_db()
        interview.state, interview.completed_at = "completed", "2026-03-20T10:00Z"
        interview.save()
    open_one = RequirementFactory()
    record_answer(interview=InterviewFactory(), requirement=open_one, product=open_one.products.get())
    merged.merged_into = requirement
    merged.save()

    assert last_heard_by_requirement(as_of=date(2026, 3, 16)) == {requirement.pk: date(2026, 3, 3)}
    assert Answer.objects.count() == 5
