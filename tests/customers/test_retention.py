"""People of past customers are erased when the program's rule says so, and nobody before."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from customers.models import Contact
from customers.retention import due
from customers.services import change_lifecycle, merge_customers
from customers.tasks import forget_old
from functions.models import Program
from interviews.models import Verbatim
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, VerbatimFactory
from tests.factories.people import signed_in

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path


def past(name: str, since_on: date, **contact: object) -> Contact:
    customer = CustomerFactory(name=name)
    change_lifecycle(customer=customer, lifecycle="past", since_on=since_on, today=TODAY)
    return ContactFactory(customer=customer, name=f"One of {name}", **contact)


def people(rows) -> set[str]:
    return {contact.name for contact in rows}


def test_due_is_who_is_past_and_silent_for_so_long_to_the_day(noon):
    past("On the day", date(2024, 3, 16))
    past("A day later", date(2024, 3, 17))
    past("Agreed again", date(2020, 1, 1), consent_on=date(2025, 1, 1))
    heard = past("Heard since", date(2020, 1, 1))
    InterviewFactory(contact=heard, completed=True, held_on=date(2024, 3, 17))
    back = past("Back again", date(2020, 1, 1))
    change_lifecycle(customer=back.customer, lifecycle="current", since_on=date(2021, 1, 1), today=TODAY)
    part = past("Part of one that stayed", date(2020, 1, 1))
    merge_customers(customer=part.customer, into=CustomerFactory(name="Stayed"))
    ContactFactory(customer=CustomerFactory(name="Always past", lifecycle="past"), name="One of always past")

    assert people(due(after_months=24, today=TODAY)) == {"One of On the day", "One of always past"}


def test_a_dry_run_and_the_page_say_who_it_would_be_and_the_night_leaves_nobody_older(noon, capsys):
    old, young = past("Old Bakery", date(2022, 1, 1)), past("Young Bakery", date(2026, 1, 1))
    for text in ("Too late.", "Always too late."):
        VerbatimFactory(interview=InterviewFactory(contact=old, completed=True, held_on=date(2021, 5, 1)), text=text)
    Program.objects.create(name="A program")
    forget_old()
    with pytest.raises(CommandError, match="no such rule"):
        call_command("forget_old")
    with pytest.raises(CommandError, match="only tries out"):
        call_command("forget_old", months=24)
    call_command("forget_old", dry_run=True, months=24)
    said = capsys.readouterr().out
    assert "Old Bakery (past since 2022-01-01): 1 people, 2 verbatims" in said
    assert "1 people would be erased after 24 months. Nothing was changed." in said
    assert Contact.objects.filter(erased_on=None).count() == 2

    Program.objects.update(forget_after_months=24)
    page = " ".join(signed_in("administrator").get("/settings/data/").content.decode().split())
    assert "erased after 24 months" in page
    assert 'Old Bakery<span class="meta">1 person, 2 verbatims' in page
    assert "Young Bakery" not in page
    forget_old()

    assert due(after_months=24, today=TODAY).count() == 0
    assert list(Contact.objects.filter(erased_on=None)) == [young]
    assert Verbatim.objects.count() == 0
