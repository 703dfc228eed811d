"""Who was involved when: interviews of rounds with a stage, entries by hand, and the stages in which nobody was."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from interviews import involvement
from interviews.involvement import note_involvement, stage_lines
from interviews.involvement_models import Involvement
from interviews.parts import Perception
from interviews.services import record_answer
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.interviews import InterviewFactory, RoundFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory, RequirementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
BY = {"noted_by": None, "noted_by_name": "Ines", "today": NOON.date()}


def counted() -> dict[tuple[str, str], tuple[int, int, int, date | None]]:
    return {
        (line.product.name, line.stage.value): (line.customers, line.interviews, line.entries, line.last_on)
        for line in stage_lines()
        if not line.is_empty
    }


def test_a_customer_counts_once_in_each_stage_of_each_product(django_assert_num_queries):
    press, ink = ProductFactory(name="Press"), ProductFactory(name="Ink")
    ProductFactory(name="Ended", is_active=False)
    asked = RoundFactory(stage="delivery", products=[press])
    open_round = RoundFactory(stage="maintenance")
    root = CustomerFactory(name="Bakery")
    contact, of_merged = ContactFactory(customer=root), ContactFactory(customer=CustomerFactory(merged_into=root))
    requirement = RequirementFactory(products=[press, ink])
    for day, who in ((date(2026, 1, 5), contact), (date(2026, 2, 6), of_merged)):
        InterviewFactory(contact=who, round=asked, held_on=day, completed=True)
    # One interview about two answers counts once for its product; without products of its round, what it answered.
    named = InterviewFactory(contact=ContactFactory(), round=open_round)
    for one in (requirement, RequirementFactory(products=[ink])):
        record_answer(interview=named, requirement=one, product=ink, perception=Perception.fixed(True))
    type(named).objects.filter(pk=named.pk).update(state="completed", completed_at=NOON)
    # Not held, of no stage, of our own house: none of them was involved.
    InterviewFactory(round=asked, state="planned")
    InterviewFactory(round=RoundFactory(products=[press]), completed=True)
    note_involvement(
        customer=root, product=press, stage="delivery", involved_on=date(2026, 3, 1), how="Acceptance", **BY
    )
    note_involvement(
        customer=root, product=press, stage="development", involved_on=date(2025, 3, 1), how="Design review", **BY
    )

    with django_assert_num_queries(3):
        found = counted()
    assert found == {
        ("Press", "delivery"): (1, 2, 1, date(2026, 3, 1)),
        ("Press", "development"): (1, 0, 1, date(2025, 3, 1)),
        ("Ink", "maintenance"): (1, 1, 0, date(2026, 3, 2)),
    }
    assert len(stage_lines()) == 6


@pytest.mark.once
def test_a_stage_with_nobody_is_said_loudly_with_the_round_that_fills_it(django_assert_max_num_queries):
    press, client = ProductFactory(name="Press"), signed_in("specialist")
    asked = RoundFactory(stage="delivery", products=[press])
    InterviewFactory(round=asked, completed=True)
    InterviewFactory(round=RoundFactory(), completed=True)

    with django_assert_max_num_queries(20):
        page = " ".join(client.get(reverse("involvement_list")).content.decode().split())
    assert "Nobody was involved in development of Press and maintenance of Press" in page
    fix = f"{reverse('round_create')}?products={press.pk}&amp;stage=maintenance"
    assert fix in page
    form = client.get(fix.replace("&amp;", "&")).context["form"]
    assert (form["stage"].value(), form["products"].value()) == ("maintenance", str(press.pk))
    held = client.get(f"{reverse('interview_list')}?state=completed&product={press.pk}&stage=delivery")
    assert held.context["list"].count == 1
    answered = client.post(
        reverse("round_create"), {"name": "After delivery", "products": [press.pk], "stage": "maintenance"}
    )
    assert answered.status_code == 302
    assert press.rounds.get(stage="maintenance").name == "After delivery"


@pytest.mark.once
def test_an_entry_is_noted_changed_taken_along_and_taken_back():
    press, client = ProductFactory(name="Press"), signed_in("specialist")
    contact = ContactFactory(customer=CustomerFactory(name="Bakery"))
    sent = {
        "customer": "bakery", "product": press.pk, "stage": "development", "involved_on": "2026-02-01",
        "how": "Design review",
    }  # fmt: skip

    assert client.post(reverse("involvement_create"), sent | {"customer": "Nobody"}).status_code == 422
    assert client.post(reverse("involvement_create"), sent | {"involved_on": "2026-03-17"}).status_code == 422
    assert client.post(reverse("involvement_create"), sent).status_code == 302
    again = client.post(reverse("involvement_create"), sent)
    assert "This is noted already" in again.content.decode()
    entry = Involvement.objects.get()
    page = reverse("involvement_update", args=[entry.pk])
    assert "Design review" in client.get(page).content.decode()
    assert client.post(page, sent | {"contact": contact.pk, "stage": "delivery"}).status_code == 302
    entry.refresh_from_db()
    assert (entry.contact, entry.stage, entry.how) == (contact, "delivery", "Design review")
    rows = b"".join(client.get(reverse("involvement_list") + "?format=csv&stage=delivery").streaming_content).decode()
    assert rows.splitlines()[1].startswith(f"Bakery,{contact.name},Press,delivery,2026-02-01,Design review")
    with pytest.raises(ValidationError, match="belongs to another customer"):
        note_involvement(
            customer=CustomerFactory(), product=press, stage="delivery", involved_on=date(2026, 2, 1), how="Visit",
            contact=contact, **BY,
        )  # fmt: skip
    assert client.post(reverse("involvement_remove", args=[entry.pk])).status_code == 302
    assert Involvement.objects.count() == 0


@pytest.mark.once
def test_of_many_interviews_the_count_is_kept_until_somebody_notes_an_entry(
    monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(involvement, "COUNTED_AT_ONCE", 0)
    press = ProductFactory(name="Press")
    asked = RoundFactory(stage="delivery", products=[press])
    InterviewFactory(round=asked, completed=True)
    assert counted()["Press", "delivery"][:2] == (1, 1)
    InterviewFactory(round=asked, completed=True)
    assert counted()["Press", "delivery"][:2] == (1, 1)

    with django_capture_on_commit_callbacks(execute=True):
        note_involvement(
            customer=CustomerFactory(), product=press, stage="delivery", involved_on=date(2026, 3, 1), how="Visit", **BY
        )
    assert counted()["Press", "delivery"][:3] == (3, 2, 1)
