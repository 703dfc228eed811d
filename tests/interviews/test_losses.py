"""Losses by page and by service: kept with their reasons, coded on the catalogue, changed, taken back, listed."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from interviews import losses
from interviews.loss_models import LossAssessment
from tests.conftest import NOON
from tests.factories.customers import ContactFactory, CustomerFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
TODAY = NOON.date()
PAGE = {
    "lost_on": "2026-02-01", "value_lost": "12000", "competitor": "Nobody & Sons", "could_have_known": "yes",
    "signs": "fewer orders", "reason_theirs": "Too slow at night.", "reason_ours": "Three late repairs.",
}  # fmt: skip


@pytest.fixture
def specialist(noon):
    return signed_in("specialist", user=User.objects.create_user("ines"))


def coded(loss: LossAssessment) -> list[tuple[str, str]]:
    return sorted(loss.reasons.values_list("requirement__reference", "source"))


def test_a_loss_is_assessed_changed_and_taken_back(specialist):
    customer = CustomerFactory(name="Bakery", lifecycle="past")
    contact = ContactFactory(customer=customer)
    slow, dear = RequirementFactory(reference="S-1"), RequirementFactory(reference="S-2")
    sent = PAGE | {"customer": "bakery", "theirs": [slow.pk], "ours": [slow.pk, dear.pk]}

    assert specialist.post(reverse("loss_create"), sent).status_code == 302
    loss = LossAssessment.objects.get()
    assert (loss.customer, loss.value_lost, loss.assessed_by_name, loss.assessed_on) == (customer, 12000, "ines", TODAY)
    assert coded(loss) == [("S-1", "ours"), ("S-1", "theirs"), ("S-2", "ours")]

    page = reverse("loss_update", args=[loss.pk])
    assert "Three late repairs." in specialist.get(page).content.decode()
    changed = PAGE | {"value_lost": "", "theirs": [dear.pk], "contact": contact.pk}
    assert specialist.post(page, changed).status_code == 302
    loss.refresh_from_db()
    assert (loss.value_lost, loss.contact, coded(loss)) == (None, contact, [("S-2", "theirs")])

    shown = specialist.get(reverse("customer_detail", args=[customer.pk])).content.decode()
    assert "Lost on" in shown
    assert "They say: Too slow at night." in shown
    assert specialist.post(reverse("loss_remove", args=[loss.pk])).status_code == 302
    assert LossAssessment.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lost_on": "2026-03-17"}, "lies in the future"),
        ({"customer": "Nobody here"}, "No customer of this name"),
        ({"value_lost": "-1"}, "greater than or equal to 0"),
        ({"reason_theirs": "", "reason_ours": ""}, "Say why: in their words"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(specialist, change, said):
    CustomerFactory(name="Bakery")

    answer = specialist.post(reverse("loss_create"), PAGE | {"customer": "Bakery"} | change)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert LossAssessment.objects.count() == 0


def test_one_loss_a_day_told_by_somebody_of_the_customer(noon):
    customer, other = CustomerFactory(), ContactFactory()
    said = {"assessor": None, "assessor_name": "Ines", "today": TODAY, "reason_ours": "Late."}
    losses.assess_loss(customer=customer, lost_on=date(2026, 2, 1), **said)

    with pytest.raises(ValidationError, match="assessed already"):
        losses.assess_loss(customer=customer, lost_on=date(2026, 2, 1), **said)
    with pytest.raises(ValidationError, match="belongs to another customer"):
        losses.assess_loss(customer=customer, lost_on=date(2026, 2, 2), contact=other, **said)


def test_the_list_narrows_counts_the_value_and_is_taken_along(specialist, django_assert_max_num_queries):
    assert "Assess the first loss" in specialist.get(reverse("loss_list")).content.decode()
    said = {"assessor": None, "assessor_name": "Ines", "today": TODAY, "reason_ours": "Late."}
    slow = RequirementFactory(reference="S-1")
    for number, name in enumerate(("Bakery", "Printer", "Smith"), start=1):
        losses.assess_loss(
            customer=CustomerFactory(name=name), lost_on=date(2026, 1, number), value_lost=number * 1000,
            ours=[slow] if number > 1 else [], could_have_known="no" if number > 2 else "yes", **said,
        )  # fmt: skip

    with django_assert_max_num_queries(20):
        page = " ".join(specialist.get(reverse("loss_list")).content.decode().split())
    assert "3 losses, worth 6,000" in page
    narrowed = specialist.get(reverse("loss_list") + "?requirement=s-1&could_have_known=yes").content.decode()
    assert "1 loss, worth 2,000" in " ".join(narrowed.split())
    rows = b"".join(specialist.get(reverse("loss_list") + "?format=csv&q=smi").streaming_content).decode()
    assert "Smith" in rows
    assert "S-1" in rows
    assert "Bakery" not in rows
