"""The parts of an answer: known values stored exactly, three nothings kept apart, impossible input refused by part."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from interviews.answering import NewAnswer
from interviews.models import Answer, Interview, Part
from interviews.parts import Importance, Perception, RequiredLevel
from interviews.services import record_answer, record_answers
from jobs.models import Marker
from tests.factories.interviews import InterviewFactory
from tests.factories.requirements_catalog import ProductFactory, RatingScaleFactory, RequirementFactory

pytestmark = pytest.mark.django_db

HUGE = Decimal("1E309")
NAN = Decimal("NaN")


def say(interview=None, requirement=None, **parts):
    interview = interview or InterviewFactory()
    requirement = requirement or RequirementFactory(scale={})
    return record_answer(interview=interview, requirement=requirement, product=requirement.products.get(), **parts)


def refused(**parts) -> dict[str, list[str]]:
    """Return the messages by part of an answer that must not be stored."""
    with pytest.raises(ValidationError) as refusal:
        say(**parts)
    assert Answer.objects.count() == 0
    return refusal.value.message_dict


def test_a_known_answer_keeps_value_scale_and_exact_importance():
    three = RatingScaleFactory(minimum=1, maximum=3, satisfied_from=None)
    ten = RatingScaleFactory()

    answer = say(
        importance=Importance.rated(2, three),
        level=RequiredLevel.known(Decimal("7.5")),
        perception=Perception.rated(6, ten, expected=8),
    )

    assert (answer.importance_num, answer.importance_den) == (20, 3)
    assert (answer.importance_original, answer.importance_scale) == (2, three)
    assert answer.required_level == Decimal("7.5")
    assert answer.scale_version == answer.requirement.current_scale
    assert (answer.perceived_rating, answer.expected_rating, answer.rating_scale) == (6, 8, ten)
    states = (answer.importance_state, answer.level_state, answer.perception_state)
    assert states == (Part.KNOWN, Part.KNOWN, Part.KNOWN)


def test_an_answer_keeps_customer_and_contact_of_its_interview():
    interview = InterviewFactory()

    answer = say(interview)

    assert (answer.customer, answer.contact) == (interview.customer, interview.contact)


@pytest.mark.parametrize(
    ("points", "items", "u"),
    [(20, 10, (10, 1)), (10, 10, (5, 1)), (0, 10, (0, 1)), (100, 10, (10, 1)), (Decimal("33.4"), 3, (501, 100))],
)
def test_points_become_importance_on_0_to_10(points, items, u):
    answer = say(importance=Importance.points(points, items))

    assert (answer.importance_num, answer.importance_den) == u
    assert answer.importance_original == Decimal(points)


def test_levels_in_another_unit_of_the_dimension_are_converted_exactly():
    answer = say(level=RequiredLevel.known(90, "minutes"), perception=Perception.at_level(1, "days"))

    assert (answer.required_level, answer.perceived_level) == (Decimal("1.5"), 24)


def test_minus_zero_is_zero():
    answer = say(level=RequiredLevel.known(Decimal("-0")))

    assert str(answer.required_level) == "0"


def test_a_part_left_out_was_not_asked():
    answer = say()

    states = (answer.importance_state, answer.level_state, answer.perception_state)
    assert states == (Part.NOT_ASKED, Part.NOT_ASKED, Part.NOT_ASKED)
    assert answer.scale_version is None


@pytest.mark.parametrize("nothing", [Part.DOES_NOT_KNOW, Part.NOT_APPLICABLE, Part.NOT_ASKED])
def test_the_three_nothings_are_kept_apart(nothing):
    answer = say(
        importance=Importance.nothing(nothing),
        level=RequiredLevel.nothing(nothing),
        perception=Perception.nothing(nothing),
    )

    assert {answer.importance_state, answer.level_state, answer.perception_state} == {nothing}
    assert (answer.importance_num, answer.required_level, answer.perceived_level) == (None, None, None)


def test_a_later_answer_of_the_same_interview_takes_the_place_of_the_first():
    interview, requirement = InterviewFactory(), RequirementFactory(scale={})
    say(interview, requirement, level=RequiredLevel.known(8))

    say(interview, requirement, level=RequiredLevel.nothing(Part.DOES_NOT_KNOW))

    (answer,) = Answer.objects.all()
    assert (answer.level_state, answer.required_level, answer.scale_version) == (Part.DOES_NOT_KNOW, None, None)


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (RequiredLevel.known(NAN), "Enter a finite number."),
        (RequiredLevel.known(Decimal("Infinity")), "Enter a finite number."),
        (RequiredLevel.known(HUGE), "Enter a number between -10^12 and 10^12."),
        (RequiredLevel.known(Decimal("0.0000001")), "Enter a number with at most 6 decimal places."),
        (RequiredLevel.known(10**11, "days"), "Enter a number between -10^12 and 10^12."),
        (RequiredLevel.known(1, "minutes"), "1 minutes cannot be stated exactly in hours. State it in hours."),
        (RequiredLevel.known(1, "percent"), "Cannot convert per cent (share) to hours (time)."),
        (RequiredLevel.known(1, "parsecs"), None),
        (RequiredLevel(Part.KNOWN), "The required level is stated as known but has no value."),
        (RequiredLevel(Part.DOES_NOT_KNOW, Decimal(3)), "A part that is not known has no value."),
    ],
)
def test_an_impossible_level_is_refused(level, message):
    errors = refused(level=level)

    assert list(errors) == ["level"]
    assert message is None or errors["level"] == [message]


@pytest.mark.parametrize(
    ("importance", "message"),
    [
        (Importance.points(NAN, 3), "Enter a finite number."),
        (Importance.points(101, 3), "101 points are outside 0 to 100."),
        (Importance.points(-1, 3), "-1 points are outside 0 to 100."),
        (
            Importance.points(50, 0),
            "State the scale on which importance was rated, or over how many items the points were spread.",
        ),
        (Importance(Part.KNOWN), "Importance is stated as known but has no value."),
        (Importance(Part.NOT_ASKED, Decimal(3)), "A part that is not known has no value."),
    ],
)
def test_an_impossible_importance_is_refused(importance, message):
    assert refused(importance=importance) == {"importance": [message]}


@pytest.mark.parametrize("rating", [0, 11, -1, Decimal("7.5"), HUGE])
def test_importance_beside_its_scale_is_refused(rating):
    scale = RatingScaleFactory(name="Ten")

    (message,) = refused(importance=Importance.rated(rating, scale))["importance"]

    assert "Ten" in message or message.startswith("Enter a number")


@pytest.mark.parametrize(
    ("perception", "message"),
    [
        (Perception.at_level(HUGE), "Enter a number between -10^12 and 10^12."),
        (Perception(Part.KNOWN), "The perception is stated as known but has no value."),
        (Perception(Part.KNOWN, rating=5), "State the scale on which this was rated."),
        (Perception(Part.NOT_APPLICABLE, is_fixed=True), "A part that is not known has no value."),
        (Perception(Part.NOT_ASKED, expected=5), "A part that is not known has no value."),
    ],
)
def test_an_impossible_perception_is_refused(perception, message):
    assert refused(perception=perception) == {"perception": [message]}


def test_an_expected_rating_outside_the_scale_is_refused():
    errors = refused(perception=Perception.rated(5, RatingScaleFactory(name="Ten"), expected=11))

    assert errors == {"perception": ["11 is not a point of the scale 'Ten': whole numbers from 1 to 10."]}


def test_a_level_for_a_requirement_without_scale_is_refused():
    errors = refused(requirement=RequirementFactory(), level=RequiredLevel.known(8))

    assert errors["level"][0].startswith("This requirement has no scale")


def test_every_part_at_fault_is_named():
    errors = refused(
        importance=Importance.points(101, 3), level=RequiredLevel.known(NAN), perception=Perception(Part.KNOWN)
    )

    assert list(errors) == ["importance", "level", "perception"]


def test_a_retired_requirement_takes_no_answers():
    errors = refused(requirement=RequirementFactory(reference="R-7", state="retired"))

    assert errors == {"requirement": ["R-7 was retired or merged, so it takes no new answers."]}


def test_a_merged_requirement_takes_no_answers():
    errors = refused(requirement=RequirementFactory(merged_into=RequirementFactory()))

    assert list(errors) == ["requirement"]


def test_a_product_that_is_not_the_requirements_is_refused():
    requirement, interview = RequirementFactory(), InterviewFactory()

    with pytest.raises(ValidationError) as refusal:
        record_answer(interview=interview, requirement=requirement, product=ProductFactory())

    assert list(refusal.value.message_dict) == ["product"]


def test_one_refused_answer_leaves_nothing_of_the_call():
    interview = InterviewFactory(state="planned")
    good, bad = RequirementFactory(scale={}), RequirementFactory()
    answers = [
        NewAnswer(requirement=good, product=good.products.get(), level=RequiredLevel.known(8)),
        NewAnswer(requirement=bad, product=bad.products.get(), level=RequiredLevel.known(8)),
    ]

    with pytest.raises(ValidationError):
        record_answers(interview=interview, answers=answers)

    interview.refresh_from_db()
    assert (Answer.objects.count(), interview.state) == (0, "planned")


def test_the_same_requirement_twice_in_one_call_is_refused():
    requirement = RequirementFactory(reference="R-7", scale={})
    answers = [
        NewAnswer(requirement=requirement, product=requirement.products.get(), level=RequiredLevel.known(level))
        for level in (8, 9)
    ]

    with pytest.raises(ValidationError, match="R-7 is answered twice"):
        record_answers(interview=InterviewFactory(), answers=answers)

    assert Answer.objects.count() == 0


def test_the_first_answer_takes_a_planned_interview_into_progress():
    interview = InterviewFactory(state="planned")

    say(interview)

    interview.refresh_from_db()
    assert interview.state == Interview.State.IN_PROGRESS


def test_answers_of_an_open_interview_leave_no_marker():
    say(level=RequiredLevel.known(8))

    assert Marker.objects.count() == 0


@pytest.mark.parametrize("state", ["declined", "cancelled"])
def test_an_interview_that_was_not_held_takes_no_answers(state):
    with pytest.raises(ValidationError, match=state):
        say(InterviewFactory(state=state))


def test_a_completed_interview_takes_no_answers():
    with pytest.raises(ValidationError, match="completed on 2026-03-02"):
        say(InterviewFactory(completed=True))


@pytest.mark.parametrize(
    "columns",
    [
        {"importance_num": 101, "importance_den": 10, "importance_original": 1, "importance_state": 0},
        {"importance_num": -1, "importance_den": 10, "importance_original": 1, "importance_state": 0},
        {"importance_num": 1, "importance_den": 0, "importance_original": 1, "importance_state": 0},
        {"importance_state": 0},
        {"level_state": 0},
        {"level_state": 3, "required_level": 5},
        {"level_state": 7},
        {"perception_state": 0},
        {"perception_state": 1, "is_fixed": True},
        {"perception_state": 0, "perceived_rating": 5},
        {"perception_state": 0, "perceived_level": 5},
    ],
)
def test_the_database_refuses_what_the_parts_refuse(columns):
    answer = say()

    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.filter(pk=answer.pk).update(**columns)
