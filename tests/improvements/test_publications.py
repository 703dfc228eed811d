"""'You said, we did': only what is effective and of enough people, compared, approved by somebody else, withdrawn."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from functions.models import Program
from improvements import publications
from improvements.action_models import Action
from improvements.publication_models import Publication
from tests.conftest import NOON
from tests.factories.actions import ActionFactory
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory
from tests.improvements.test_loop import DONE_ON, says_of

pytestmark = pytest.mark.django_db
ADDRESS = "/you-said-we-did/"


@pytest.fixture
def specialists(noon):
    Program.objects.create(name="ABC")
    return tuple(signed_in("specialist", user=User.objects.create_user(name)) for name in ("ines", "otto"))


def effective(customers: int = 3, people: int = 5, **others: Any) -> Action:
    requirement = RequirementFactory(statement="Calls are answered")
    companies = [CustomerFactory(name=f"Company {number}") for number in range(customers)]
    for number in range(people):
        says_of(ContactFactory(customer=companies[number % customers]), requirement)
    said = {"stage": "effective", "done_on": DONE_ON, "done_words": "One line for all", "title": "Line"} | others
    return ActionFactory(about=[requirement], **said)


def prepared(*actions: Action) -> Publication:
    return publications.prepare_publication(actions=actions, by=None, by_name="Ines", now=NOON)


def published(publication: Publication, shown: str = "") -> Publication:
    shown = shown or publications.shown_by(publication)
    return publications.publish(publication=publication, shown=shown, by=None, by_name="Otto", now=NOON)


def test_an_edition_is_approved_by_another_read_by_everybody_compared_and_withdrawn(specialists):
    first, second = specialists
    action, everybody = effective(), Client()
    made = first.post(reverse("publication_create"), {"actions": [action.pk]})
    edition = Publication.objects.get()
    shown = {"shown": publications.shown_by(edition)}
    approve = reverse("publication_approve", args=[edition.pk])

    own = first.post(approve, shown)
    before = everybody.get(ADDRESS)
    answers = [second.post(approve, shown) for _time in range(2)]
    read = everybody.get(ADDRESS)

    assert made.url == reverse("publication_detail", args=[edition.pk])
    assert (own.status_code, "another specialist approves" in own.content.decode()) == (422, True)
    assert (before.status_code, [each.status_code for each in answers], read.status_code) == (404, [302, 422], 200)
    assert "Nothing was published twice" in answers[1].content.decode()
    assert ("One line for all" in read.content.decode(), "Company 1" in read.content.decode()) == (True, False)

    other = prepared(action)
    item = other.items.get()
    publications.change_publication(
        publication=other,
        intro="News",
        words={item.pk: ("Nobody answers", "One line")},
        by=None,
        by_name="Ines",
        now=NOON,
    )
    assert [change.kind for change in publications.changes_to(other)] == ["changed"]
    page = second.get(reverse("publication_detail", args=[other.pk])).content.decode()
    assert ("One line for all" in page, "Nobody answers" in page) == (True, True)
    published(Publication.objects.get(pk=other.pk))
    assert dict(Publication.objects.values_list("pk", "state")) == {edition.pk: "replaced", other.pk: "public"}
    assert first.post(reverse("publication_withdraw", args=[other.pk])).status_code == 302
    assert everybody.get(ADDRESS).status_code == 404
    assert first.get(reverse("publication_list")).status_code == 200


@pytest.mark.parametrize(("customers", "people"), [(3, 4), (2, 5)])
def test_what_few_raised_is_not_published(specialists, customers, people):
    with pytest.raises(ValidationError, match="fewer than 5 people of 3 customers"):
        prepared(effective(customers, people))

    assert not Publication.objects.exists()


def test_what_is_not_true_any_more_or_names_somebody_is_not_published(specialists):
    action = effective()
    edition = prepared(action)
    item = edition.items.get()
    with pytest.raises(ValidationError, match="name 'Company 0'"):
        publications.change_publication(
            publication=edition, intro="News", words={item.pk: ("company 0 waits", "One line")}, by=None, now=NOON
        )
    with pytest.raises(ValidationError, match="waits for approval already"):
        prepared(action)
    with pytest.raises(ValidationError, match="changed since this page was opened"):
        published(edition, shown="other")
    Action.objects.update(stage="reopened")
    with pytest.raises(ValidationError, match="Only what is effective"):
        published(edition)

    assert list(Publication.objects.values_list("state", flat=True)) == ["draft"]
