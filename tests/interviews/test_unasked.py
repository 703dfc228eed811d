"""What a customer says unasked: found or made contact, one standing round, stored once however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from customers.models import Contact, Customer
from interviews.models import Interview, Round, Verbatim
from interviews.unasked import Unasked, record_unasked
from tests.factories.accounts import UserFactory
from tests.factories.customers import ContactFactory, CustomerFactory

TODAY = date(2026, 3, 16)


def said(**values) -> Unasked:
    plain = {"contact_name": "Sabine", "text": "Back by six.", "held_on": TODAY, "mode": "phone"}
    made = {
        "customer": values.get("customer") or CustomerFactory(),
        "interviewer": values.get("interviewer") or UserFactory(),
    }
    return Unasked(**plain | values | made)


@pytest.mark.django_db
def test_it_becomes_an_open_interview_of_the_standing_round():
    words = said()

    interview = record_unasked(said=words, today=TODAY)

    assert (interview.state, interview.round.is_standing, interview.interviewer) == (
        "in_progress", True, words.interviewer,
    )  # fmt: skip
    assert (interview.contact.name, interview.customer) == ("Sabine", words.customer)
    assert Verbatim.objects.get().text == "Back by six."


@pytest.mark.django_db
def test_a_contact_who_is_still_there_goes_before_one_who_left():
    customer = CustomerFactory()
    ContactFactory(name="Sabine", customer=customer, is_active=False)
    there = ContactFactory(name="SABINE", customer=customer)

    assert record_unasked(said=said(customer=customer), today=TODAY).contact == there


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"contact_name": " "}, "contact"),
        ({"contact_name": "x" * 161}, "contact"),
        ({"held_on": date(2026, 3, 17)}, "held_on"),
        ({"mode": "pigeon"}, "mode"),
        ({"text": " "}, "text"),
    ],
)
def test_what_is_refused_leaves_nothing(values, field):
    with pytest.raises(ValidationError) as refusal:
        record_unasked(said=said(**values), today=TODAY)

    assert list(refusal.value.message_dict) == [field]
    assert [model.objects.count() for model in (Interview, Contact, Round, Verbatim)] == [0, 0, 0, 0]


@pytest.mark.django_db
def test_the_same_entry_again_is_the_same_interview():
    words = said(entry="0" * 32)

    assert record_unasked(said=words, today=TODAY) == record_unasked(said=words, today=TODAY)
    assert [model.objects.count() for model in (Interview, Contact, Verbatim)] == [1, 1, 1]


@pytest.mark.postgres
@pytest.mark.skipif(connection.vendor != "postgresql", reason="not run: needs PostgreSQL")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_the_same_entry_sent_several_times_at_once_is_one_interview():
    words, together = said(entry="0" * 32), Barrier(4)

    def send(_number: int) -> int:
        together.wait()
        try:
            return record_unasked(said=words, today=TODAY).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        interviews = set(senders.map(send, range(4)))

    assert len(interviews) == 1
    assert [model.objects.count() for model in (Customer, Contact, Round, Interview, Verbatim)] == [1, 1, 1, 1, 1]
