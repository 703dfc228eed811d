"""Objectives by page: written down, corrected, taken away after a question; specialists only."""

import pytest
from django.urls import reverse

from customers.models import Contact
from interviews.models import Objective
from tests.factories.interviews import InterviewFactory
from tests.factories.people import signed_in
from tests.factories.requirements_catalog import ProductFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def test_an_objective_is_written_down_corrected_and_taken_away():
    specialist, interview = signed_in("specialist"), InterviewFactory()
    press, ended = ProductFactory(name="Press"), ProductFactory(name="Old press", is_active=False)
    desk = reverse("interview_detail", args=[interview.pk])
    assert "What they want to achieve, 0" in specialist.get(desk).content.decode()

    page = reverse("objective_create", args=[interview.pk])
    sent = {"product": press.pk, "statement": " Two shifts without a stop ", "outcome": ""}
    refused = specialist.post(page, sent | {"product": ended.pk, "statement": ""})
    assert (refused.status_code, sorted(refused.context["form"].errors)) == (422, ["product", "statement"])
    assert specialist.post(page, sent)["Location"] == f"{desk}#objectives"
    objective = Objective.objects.get()
    assert (objective.interview, objective.product, objective.statement) == (
        interview, press, "Two shifts without a stop",
    )  # fmt: skip
    shown = specialist.get(desk).content.decode()
    assert "Two shifts without a stop" in shown
    assert reverse("objective_update", args=[objective.pk]) in shown

    press.is_active = False
    press.save()
    changed = reverse("objective_update", args=[objective.pk])
    assert specialist.post(changed, sent | {"outcome": "No overtime"}).status_code == 302
    objective.refresh_from_db()
    assert (objective.outcome, objective.product) == ("No overtime", press)

    remove = reverse("objective_remove", args=[objective.pk])
    assert "Two shifts without a stop" in specialist.get(remove).content.decode()
    assert Objective.objects.count() == 1
    assert specialist.post(remove)["Location"] == f"{desk}#objectives"
    assert Objective.objects.count() == 0


def test_nothing_is_written_down_about_somebody_who_was_erased():
    specialist, interview = signed_in("specialist"), InterviewFactory()
    Contact.objects.filter(pk=interview.contact.pk).update(
        erased_on="2026-01-01", email="", position="", is_opted_out=True, is_active=False
    )

    answer = specialist.post(
        reverse("objective_create", args=[interview.pk]), {"product": ProductFactory().pk, "statement": "More"}
    )

    assert (answer.status_code, Objective.objects.count()) == (422, 0)
