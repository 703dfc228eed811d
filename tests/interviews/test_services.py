"""Rounds, interviews and words: who may be asked, when answers begin to count, and what a refusal leaves untouched."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from customers.models import Stratum
from interviews import services
from interviews.coding import code_verbatim, remove_coding
from interviews.models import Answer, Coding, Interview, Objective, Round, Verbatim
from interviews.objectives import record_objective
from jobs.models import Marker
from requirements_catalog.models import Attribute
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory, VerbatimFactory
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 16)
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


def markers() -> list[tuple[int, int, int]]:
    return sorted(Marker.objects.values_list("kind", "key1", "key2"))


def answered(*requirements, **attributes) -> Interview:
    """Return an interview with one empty answer on each requirement."""
    interview = InterviewFactory(**attributes)
    for requirement in requirements:
        Answer.objects.create(
            interview=interview,
            customer=interview.customer,
            contact=interview.contact,
            requirement=requirement,
            product=requirement.products.get(),
        )
    return interview


# ---- Rounds


def test_a_round_keeps_its_products():
    product = ProductFactory()

    wave = services.create_round(name="Spring", products=[product], starts_on=TODAY, ends_on=TODAY)

    assert list(wave.products.all()) == [product]


def test_a_round_that_runs_backwards_is_refused():
    with pytest.raises(ValidationError, match="cannot end before it starts"):
        services.create_round(name="Spring", starts_on=TODAY, ends_on=date(2026, 3, 15), guide_version=None)

    assert Round.objects.count() == 0


def test_there_is_one_standing_round():
    RoundFactory(is_standing=True)

    with pytest.raises(ValidationError):
        services.create_round(name="Any time", is_standing=True)


def test_two_rounds_do_not_share_a_name():
    RoundFactory(name="Spring")

    with pytest.raises(ValidationError) as refusal:
        services.create_round(name="Spring")

    assert list(refusal.value.message_dict) == ["name"]


def test_a_refused_change_of_a_round_leaves_its_products():
    product = ProductFactory()
    wave = RoundFactory(name="Spring", products=[product])

    with pytest.raises(ValidationError):
        services.update_round(
            round=wave,
            name="Spring",
            products=[],
            starts_on=TODAY,
            ends_on=date(2026, 3, 15),
            guide_version=None,
            stage="",
        )

    wave.refresh_from_db()
    assert (wave.starts_on, list(wave.products.all())) == (None, [product])


# ---- Interviews


def test_a_planned_interview_keeps_the_segment_of_the_day():
    customer = CustomerFactory(industry="C", region="europe-west", size_band="250+", country="DE")
    contact = ContactFactory(customer=customer)

    interview = services.plan_interview(contact=contact, round=RoundFactory(), held_on=TODAY)
    customer.lifecycle = "past"
    customer.save()

    stored = Interview.objects.get(pk=interview.pk)
    stratum = stored.stratum
    assert (stratum.lifecycle, stratum.industry, stratum.region, stratum.size_band) == (
        "current", "C", "europe-west", "250+",
    )  # fmt: skip
    assert (stored.customer, stored.country, stored.state) == (customer, "DE", "planned")


@pytest.mark.parametrize("reason", [{"is_opted_out": True}, {"is_active": False}])
def test_who_does_not_want_to_be_asked_is_not_planned(reason):
    contact = ContactFactory(**reason)

    with pytest.raises(ValidationError) as refusal:
        services.plan_interview(contact=contact, round=RoundFactory(), held_on=TODAY)

    assert list(refusal.value.message_dict) == ["contact"]
    assert (Interview.objects.count(), Stratum.objects.count()) == (0, 0)


def test_what_an_opted_out_contact_said_unasked_may_be_recorded():
    contact = ContactFactory(is_opted_out=True)

    interview = services.plan_interview(contact=contact, round=RoundFactory(), held_on=TODAY, state="in_progress")

    assert interview.state == "in_progress"


@pytest.mark.parametrize("state", ["completed", "declined", "nonsense", ""])
def test_a_new_interview_is_open(state):
    with pytest.raises(ValidationError) as refusal:
        services.plan_interview(contact=ContactFactory(), round=RoundFactory(), held_on=TODAY, state=state)

    assert list(refusal.value.message_dict) == ["state"]


def test_an_unknown_mode_is_refused_by_name():
    with pytest.raises(ValidationError) as refusal:
        services.plan_interview(contact=ContactFactory(), round=RoundFactory(), held_on=TODAY, mode="pigeon")

    assert list(refusal.value.message_dict) == ["mode"]


def test_another_day_brings_the_lifecycle_of_that_day():
    customer = CustomerFactory(industry="C")
    customer.lifecycle_periods.create(lifecycle="prospective", since_on=date(2026, 1, 1))
    customer.lifecycle_periods.create(lifecycle="current", since_on=date(2026, 3, 1))
    contact = ContactFactory(customer=customer)

    planned = services.plan_interview(contact=contact, round=RoundFactory(), held_on=date(2026, 2, 1))
    customer.industry = "J"
    customer.save()
    moved = change(planned, held_on=TODAY)

    assert (planned.stratum.lifecycle, planned.stratum.industry) == ("prospective", "C")
    assert (moved.stratum.lifecycle, moved.stratum.industry) == ("current", "C")


def test_an_external_id_comes_once_per_source():
    InterviewFactory(source="survey", external_id="7")
    contact, wave = ContactFactory(), RoundFactory()

    with pytest.raises(ValidationError) as refusal:
        services.plan_interview(contact=contact, round=wave, held_on=TODAY, source="survey", external_id="7")
    other = services.plan_interview(contact=contact, round=wave, held_on=TODAY, source="visits", external_id="7")

    assert list(refusal.value.message_dict) == ["external_id"]
    assert Interview.objects.filter(external_id="7").count() == 2
    assert other.source == "visits"


def test_completing_marks_each_unit_once():
    requirement, other = RequirementFactory(), RequirementFactory()
    interview = answered(requirement, other)

    services.complete_interview(interview=interview, now=NOON, today=TODAY)

    interview.refresh_from_db()
    customer = interview.customer_id
    assert (interview.state, interview.completed_at) == ("completed", NOON)
    assert markers() == [(1, customer, requirement.pk), (1, customer, other.pk)]


def test_completing_marks_the_requirement_and_the_customer_that_others_were_merged_into():
    kept, kept_customer = RequirementFactory(), CustomerFactory()
    merged = RequirementFactory(merged_into=kept)
    contact = ContactFactory(customer=CustomerFactory(merged_into=kept_customer))

    services.complete_interview(interview=answered(merged, contact=contact), now=NOON, today=TODAY)

    assert markers() == [(1, kept_customer.pk, kept.pk)]


def test_completing_twice_changes_nothing():
    interview = answered(RequirementFactory(), completed=True)

    services.complete_interview(interview=interview, now=NOON, today=TODAY)

    interview.refresh_from_db()
    assert interview.completed_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert markers() == []


def test_an_interview_of_tomorrow_cannot_be_completed():
    interview = answered(RequirementFactory(), held_on=date(2026, 3, 17))

    with pytest.raises(ValidationError) as refusal:
        services.complete_interview(interview=interview, now=NOON, today=TODAY)

    interview.refresh_from_db()
    assert refusal.value.message_dict == {
        "held_on": ["2026-03-17 lies in the future. A completed interview was held today or earlier."]
    }
    assert (interview.state, interview.completed_at, markers()) == ("in_progress", None, [])


@pytest.mark.parametrize("state", ["declined", "cancelled"])
def test_what_was_not_held_is_not_completed(state):
    with pytest.raises(ValidationError, match="Move it back to 'in progress'"):
        services.complete_interview(interview=InterviewFactory(state=state), now=NOON, today=TODAY)


def test_reopening_takes_the_answers_out_of_the_scores():
    requirement = RequirementFactory()
    interview = answered(requirement, completed=True)

    services.reopen_interview(interview=interview)

    interview.refresh_from_db()
    assert (interview.state, interview.completed_at) == ("in_progress", None)
    assert markers() == [(1, interview.customer_id, requirement.pk)]


def test_reopening_an_open_interview_changes_nothing():
    services.reopen_interview(interview=answered(RequirementFactory(), state="invited"))

    assert (Interview.objects.get().state, markers()) == ("invited", [])


def change(interview, **values):
    values = {"held_on": TODAY, "mode": "phone", "interviewer": None, "round": interview.round} | values
    return services.change_interview(interview=interview, today=TODAY, **values)


def test_another_day_of_a_completed_interview_marks_its_units():
    requirement = RequirementFactory()
    interview = answered(requirement, completed=True)

    changed = change(interview, held_on=date(2026, 3, 1))

    assert (changed.held_on, changed.mode) == (date(2026, 3, 1), "phone")
    assert markers() == [(1, interview.customer_id, requirement.pk)]


def test_another_day_of_an_open_interview_marks_nothing():
    change(answered(RequirementFactory()), held_on=date(2026, 4, 1))

    assert markers() == []


def test_a_completed_interview_does_not_move_into_the_future():
    interview = answered(RequirementFactory(), completed=True)

    with pytest.raises(ValidationError):
        change(interview, held_on=date(2026, 3, 17))

    assert (Interview.objects.get().held_on, markers()) == (date(2026, 3, 2), [])


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1899, 12, 31)])
def test_a_day_before_1900_is_a_slip_of_the_pen(day):
    with pytest.raises(ValidationError) as refusal:
        change(InterviewFactory(), held_on=day)

    assert list(refusal.value.message_dict) == ["held_on"]


def test_a_completed_interview_changes_its_state_only_by_reopening():
    with pytest.raises(ValidationError, match="Reopen it first"):
        services.change_interview_state(interview=InterviewFactory(completed=True), state="cancelled")


@pytest.mark.parametrize("state", ["completed", "nonsense"])
def test_completion_is_not_a_change_of_state(state):
    with pytest.raises(ValidationError) as refusal:
        services.change_interview_state(interview=InterviewFactory(), state=state)

    assert list(refusal.value.message_dict) == ["state"]


def test_who_opted_out_is_not_invited():
    interview = InterviewFactory(contact=ContactFactory(is_opted_out=True))

    with pytest.raises(ValidationError):
        services.change_interview_state(interview=interview, state="invited")
    services.change_interview_state(interview=interview, state="declined")

    assert Interview.objects.get().state == "declined"


# ---- Words


def test_words_keep_their_order():
    interview = InterviewFactory()

    services.record_verbatim(interview=interview, text="  First. ")
    services.record_verbatim(interview=interview, text="Second.", language="de")

    rows = interview.verbatims.values_list("position", "text", "language")
    assert list(rows) == [(0, "First.", ""), (1, "Second.", "de")]


@pytest.mark.parametrize("text", ["", "   ", "x" * 20_001, "a\0b"])
def test_impossible_words_are_refused(text):
    with pytest.raises(ValidationError) as refusal:
        services.record_verbatim(interview=InterviewFactory(), text=text)

    assert list(refusal.value.message_dict) == ["text"]
    assert Verbatim.objects.count() == 0


def test_an_interview_that_was_cancelled_has_no_words():
    with pytest.raises(ValidationError, match="cancelled"):
        services.record_verbatim(interview=InterviewFactory(state="cancelled"), text="No.")


def test_a_coding_names_passage_and_coder():
    verbatim, requirement, coder = VerbatimFactory(text="Back before six."), RequirementFactory(), UserFactory()

    coding = code_verbatim(verbatim=verbatim, requirement=requirement, coder=coder, coder_name="Ines", start=0, end=16)

    assert (coding.start, coding.end, coding.coder, coding.coder_name) == (0, 16, coder, "Ines")


def test_the_same_coding_twice_is_one():
    verbatim, requirement = VerbatimFactory(), RequirementFactory()

    first = code_verbatim(verbatim=verbatim, requirement=requirement, coder_name="Ines")
    second = code_verbatim(verbatim=verbatim, requirement=requirement, coder_name="Ines")

    assert (first, Coding.objects.count()) == (second, 1)


@pytest.mark.parametrize(
    "passage", [{"start": 0, "end": 17}, {"start": 5, "end": 5}, {"start": 5}, {"end": 5}, {"start": -1, "end": 5}]
)
def test_a_passage_lies_inside_the_words(passage):
    verbatim = VerbatimFactory(text="Back before six.")

    with pytest.raises(ValidationError):
        code_verbatim(verbatim=verbatim, requirement=RequirementFactory(), coder_name="Ines", **passage)

    assert Coding.objects.count() == 0


def test_a_coding_is_about_a_requirement_or_an_attribute():
    verbatim, attribute = VerbatimFactory(), Attribute.objects.all()[0]

    with pytest.raises(ValidationError):
        code_verbatim(verbatim=verbatim, coder_name="Ines")
    with pytest.raises(ValidationError):
        code_verbatim(verbatim=verbatim, coder_name="Ines", requirement=RequirementFactory(), attribute=attribute)
    code_verbatim(verbatim=verbatim, coder_name="Ines", attribute=attribute)

    assert Coding.objects.get().attribute == attribute


def test_a_coder_has_a_name():
    with pytest.raises(ValidationError) as refusal:
        code_verbatim(verbatim=VerbatimFactory(), requirement=RequirementFactory(), coder_name="")

    assert list(refusal.value.message_dict) == ["coder_name"]


def test_taking_a_coding_back_leaves_the_words():
    coding = code_verbatim(verbatim=VerbatimFactory(), requirement=RequirementFactory(), coder_name="Ines")

    remove_coding(coding=coding)

    assert (Coding.objects.count(), Verbatim.objects.count()) == (0, 1)


def test_an_objective_has_a_statement():
    interview, product = InterviewFactory(), ProductFactory()

    with pytest.raises(ValidationError) as refusal:
        record_objective(interview=interview, product=product, statement=" ")
    record_objective(interview=interview, product=product, statement="Print medicine leaflets")

    assert list(refusal.value.message_dict) == ["statement"]
    assert Objective.objects.get().statement == "Print medicine leaflets"


# ---- What the database refuses


@pytest.mark.parametrize("columns", [{"state": "completed"}, {"state": "completed", "completed_at": None}])
def test_the_database_wants_a_time_with_a_completion(columns):
    interview = InterviewFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        Interview.objects.filter(pk=interview.pk).update(**columns)


def test_the_database_keeps_one_standing_round():
    RoundFactory(is_standing=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        RoundFactory(is_standing=True)


@pytest.mark.parametrize("columns", [{"start": 5, "end": 5}, {"start": 5, "end": None}, {"coder_name": ""}])
def test_the_database_refuses_impossible_codings(columns):
    coding = code_verbatim(
        verbatim=VerbatimFactory(), requirement=RequirementFactory(), coder_name="Ines", start=0, end=4
    )

    with pytest.raises(IntegrityError), transaction.atomic():
        Coding.objects.filter(pk=coding.pk).update(**columns)
