"""When a customer was last heard is kept beside it: whatever changes the evidence, it says what the interviews say."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from customers.hearing import kept_and_true, set_right
from customers.models import Contact, Customer
from customers.services import merge_customers, undo_merge
from gap_scores.rebuilding import verify_hearing
from interviews.models import Interview
from interviews.recording import CompletedInterview, record_completed_interviews
from interviews.services import change_interview, complete_interview, reopen_interview
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory

TODAY = date(2026, 3, 16)
NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
OPERATIONS = 80
WAITING = """
    SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
        SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""


def move(interview: Interview, held_on: date) -> None:
    change_interview(
        interview=interview, held_on=held_on, mode="phone", interviewer=None, round=interview.round, today=TODAY
    )


def complete(interview: Interview) -> None:
    complete_interview(interview=interview, now=NOW, today=TODAY)


def said(contact: Contact, held_on: date, external_id: str) -> CompletedInterview:
    return CompletedInterview(
        contact=contact, round=RoundFactory(), held_on=held_on, mode="phone", source="file", external_id=external_id
    )


def last_heard(customer: Customer) -> date | None:
    return Customer.objects.values_list("last_heard_on", flat=True).get(pk=customer.pk)


@pytest.mark.django_db
def test_the_day_is_that_of_the_newest_completed_interview_and_goes_with_it():
    root, member = CustomerFactory(), CustomerFactory()
    own = InterviewFactory(contact=ContactFactory(customer=root), held_on=date(2026, 1, 5))
    theirs = InterviewFactory(contact=ContactFactory(customer=member), held_on=date(2026, 2, 7))
    assert (last_heard(root), last_heard(member)) == (None, None)

    complete(own)
    complete(theirs)
    assert (last_heard(root), last_heard(member)) == (date(2026, 1, 5), date(2026, 2, 7))

    merge_customers(customer=member, into=root)
    assert (last_heard(root), last_heard(member)) == (date(2026, 2, 7), date(2026, 2, 7))

    move(theirs, date(2026, 2, 9))
    assert last_heard(root) == date(2026, 2, 9)

    reopen_interview(interview=theirs)
    assert (last_heard(root), last_heard(member)) == (date(2026, 1, 5), None)

    record_completed_interviews(rows=[said(theirs.contact, date(2026, 3, 1), "1")], now=NOW, today=TODAY)
    assert (last_heard(root), last_heard(member)) == (date(2026, 3, 1), date(2026, 3, 1))

    undo_merge(customer=member)
    assert (last_heard(root), last_heard(member)) == (date(2026, 1, 5), date(2026, 3, 1))


@pytest.mark.django_db
def test_an_interview_that_somebody_moved_since_it_was_read_is_followed():
    interview = InterviewFactory(held_on=date(2026, 1, 5), completed=True)
    move(Interview.objects.get(pk=interview.pk), date(2026, 2, 7))

    move(interview, date(2026, 1, 5))

    assert last_heard(interview.customer) == date(2026, 1, 5)


@pytest.mark.django_db
def test_whatever_happens_in_whatever_order_the_day_is_what_the_interviews_say():
    chance = random.Random(20260316)
    contacts = [ContactFactory(customer=customer) for customer in CustomerFactory.create_batch(5)]
    seen = set()
    for number in range(OPERATIONS):
        step = chance.choice(("record", "record", "plan", "complete", "complete", "reopen", "move", "merge", "undo"))
        day = TODAY - timedelta(days=chance.randint(0, 400))
        contact = chance.choice(contacts)
        interview = any_interview(chance)
        one, other = (Customer.objects.get(pk=each.customer_id) for each in chance.sample(contacts, 2))
        try:
            if step == "record":
                record_completed_interviews(rows=[said(contact, day, str(number))], now=NOW, today=TODAY)
            elif step == "plan":
                InterviewFactory(contact=contact, held_on=day)
            elif step == "merge":
                merge_customers(customer=one, into=other)
            elif step == "undo":
                undo_merge(customer=one)
            elif interview:
                {
                    "complete": complete,
                    "reopen": lambda each: reopen_interview(interview=each),
                    "move": lambda each, day=day: move(each, day),
                }[step](interview)
        except ValidationError:
            continue
        seen.add(step)
        kept, true = kept_and_true()
        assert kept == true, (number, step)

    assert seen == {"record", "plan", "complete", "reopen", "move", "merge", "undo"}
    assert Customer.objects.filter(merged_into__isnull=False).exists()


def any_interview(chance: random.Random) -> Interview | None:
    ids = list(Interview.objects.order_by("pk").values_list("pk", flat=True))
    return Interview.objects.get(pk=chance.choice(ids)) if ids else None


@pytest.mark.django_db
def test_what_is_kept_wrong_is_found_and_set_right():
    interview = InterviewFactory(held_on=date(2026, 1, 5), completed=True)
    silent = CustomerFactory()
    Customer.objects.filter(pk=interview.customer_id).update(last_heard_on=None)
    Customer.objects.filter(pk=silent.pk).update(last_heard_on=TODAY)

    assert kept_and_true() == ({silent.pk: TODAY}, {interview.customer_id: date(2026, 1, 5)})
    assert {str(each) for each in verify_hearing()} == {
        f"last heard, customer {silent.pk}: kept 2026-03-16, worked out None",
        f"last heard, customer {interview.customer_id}: kept None, worked out 2026-01-05",
    }
    assert set_right() == 2
    assert kept_and_true() == ({interview.customer_id: date(2026, 1, 5)},) * 2
    assert set_right() == 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_interviews_completed_at_once_the_newer_is_kept():
    newer = InterviewFactory(held_on=date(2026, 3, 9))
    older = InterviewFactory(contact=newer.contact, held_on=date(2026, 3, 5))

    def complete_the_older() -> None:
        try:
            complete(older)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            complete(newer)
            second = other.submit(complete_the_older)
            wait_until_somebody_waits()
        second.result()

    assert last_heard(newer.customer) == date(2026, 3, 9)


def wait_until_somebody_waits() -> None:
    """Look at locks, which are seen as they are; who does what is read once in a transaction."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("The second did not wait for the first.")
