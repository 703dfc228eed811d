"""Letters and editions by REST: the same steps, the same rule that somebody else approves, 409 for who comes second."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from functions.models import Program
from improvements import loop
from improvements.loop_models import Telling
from improvements.publication_models import Publication
from tests.conftest import NOON
from tests.factories.requirements_catalog import RequirementFactory
from tests.improvements.test_actions_api import caller
from tests.improvements.test_loop import done, raiser
from tests.improvements.test_publications import effective

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
TELLINGS, EDITIONS = "/api/v1/tellings/", "/api/v1/publications/"


@pytest.fixture
def specialists() -> tuple[APIClient, APIClient]:
    Program.objects.create(name="ABC")
    return caller(role="specialist"), caller(role="specialist")


def sent(client: APIClient, address: str, **body: Any) -> Any:
    return client.post(address, body, format="json")


def changed(client: APIClient, address: str, **body: Any) -> Any:
    tag = client.get(address).headers["ETag"]
    return client.patch(address, body, format="json", HTTP_IF_MATCH=tag)


def test_letters_are_prepared_by_one_and_approved_by_another_once(specialists):
    first, second = specialists
    requirement = RequirementFactory(statement="Calls are answered")
    told, silent = raiser(requirement), raiser(requirement, is_opted_out=True)
    action = done(requirement)

    made = sent(first, TELLINGS, actions=[action.pk])
    address = f"{TELLINGS}{made.json()['id']}/"
    (part,) = made.json()["parts"]
    again = sent(second, TELLINGS, actions=[action.pk])
    words = changed(first, address, parts=[{"part": part["id"], "words": "One line for all"}])
    readers = first.get(f"{address}recipients/").json()
    own = sent(first, f"{address}approve/", shown=words.json()["shown"])
    stale = sent(second, f"{address}approve/", shown=made.json()["shown"])
    approved = sent(second, f"{address}approve/", shown=words.json()["shown"])
    twice = sent(second, f"{address}approve/", shown=words.json()["shown"])

    assert (made.status_code, part["action"], part["step"]) == (201, action.pk, "changed")
    assert (again.status_code, "prepared letters" in again.json()["detail"]) == (409, True)
    assert again.json()["errors"][0]["pointer"] == "#/actions"
    assert words.json()["parts"][0]["words"] == "One line for all"
    assert [each["contact"] for each in readers["going"]] == [told.pk]
    assert [(each["contact"], bool(each["why"])) for each in readers["left_out"]] == [(silent.pk, True)]
    assert (own.status_code, "another specialist approves" in own.json()["errors"][0]["detail"]) == (400, True)
    assert (stale.status_code, "Somebody changed the words" in stale.json()["detail"]) == (409, True)
    assert (approved.json()["state"], approved.json()["letters"], approved.json()["shown"]) == ("sent", 1, "")
    assert (twice.status_code, "Nothing was sent twice" in twice.json()["detail"]) == (409, True)
    assert Telling.objects.get().letters.count() == 1


def test_words_of_another_telling_and_half_a_part_are_refused_and_a_draft_is_put_away(specialists):
    client = specialists[0]
    made = sent(client, TELLINGS, actions=[done(RequirementFactory()).pk])
    address = f"{TELLINGS}{made.json()['id']}/"
    before = client.get(address).json()

    foreign = changed(client, address, parts=[{"part": 2_000, "words": "Lost"}])
    half = changed(client, address, parts=[{"part": before["parts"][0]["id"]}])
    after = client.get(address).json()
    gone = sent(client, f"{address}discard/")

    assert (foreign.status_code, foreign.json()["errors"][0]["pointer"]) == (400, "#/parts")
    assert (half.status_code, half.json()["errors"][0]["pointer"]) == (400, "#/parts/0/words")
    assert (after, gone.json()["state"]) == (before, "discarded")
    assert client.get(address).status_code == 404


def test_an_edition_is_published_by_another_once_and_withdrawn(specialists):
    first, second = specialists
    action = effective()

    made = sent(first, EDITIONS, actions=[action.pk])
    address, shown = f"{EDITIONS}{made.json()['id']}/", made.json()["shown"]
    item = made.json()["items"][0]
    waits = sent(second, EDITIONS, actions=[action.pk])
    named = changed(first, address, items=[{"item": item["id"], "said": "Company 0 waits", "did": "One line"}])
    own = sent(first, f"{address}publish/", shown=shown)
    published = sent(second, f"{address}publish/", shown=shown)
    twice = sent(second, f"{address}publish/", shown=shown)
    late = sent(first, f"{address}discard/")
    withdrawn = sent(first, f"{address}withdraw/")

    assert (made.status_code, item["people"], item["customers"]) == (201, 5, 3)
    assert (waits.status_code, "waits for approval already" in waits.json()["detail"]) == (409, True)
    assert (named.status_code, "without names" in named.json()["errors"][0]["detail"]) == (400, True)
    assert (own.status_code, published.json()["state"], withdrawn.json()["state"]) == (400, "public", "withdrawn")
    for answer in (twice, late):
        assert (answer.status_code, "Nothing was published twice" in answer.json()["detail"]) == (409, True)
    assert list(Publication.objects.values_list("state", flat=True)) == ["withdrawn"]


def test_lists_of_many_letters_and_editions_are_read_by_as_many_queries_as_few(specialists):
    def queries_of(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert specialists[0].get(address).json()["count"] == Telling.objects.count()
        return len(queries)

    def one_more() -> None:
        action = done(RequirementFactory())
        told = loop.prepare_telling(actions=[action], by=None, by_name="Ines", now=NOON)
        loop.discard_telling(telling=told)
        Telling.objects.update(state="sent", approved_at=NOON, approved_by_name="Otto")
        edition = Publication.objects.create(
            state="withdrawn", intro="News", prepared_by_name="Ines", prepared_at=NOON, approved_at=NOON,
            approved_by_name="Otto", withdrawn_at=NOON, withdrawn_by_name="Otto",
        )  # fmt: skip
        edition.items.create(action=action, said="Late", did="Early", done_on=NOON.date(), people=5, customers=3)

    one_more()
    queries_of(TELLINGS)  # what is asked once only
    counts = [queries_of(address) for address in (TELLINGS, EDITIONS)]
    one_more()

    assert [queries_of(address) for address in (TELLINGS, EDITIONS)] == counts


def test_an_action_that_is_not_effective_cannot_be_named_in_an_edition(specialists):
    answer = sent(specialists[0], EDITIONS, actions=[done(RequirementFactory()).pk])

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/actions/0")
    assert not Publication.objects.exists()
