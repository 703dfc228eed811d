"""Giving an open interview to a colleague."""

import pytest
from django.test import Client
from django.urls import reverse

from interviews.models import Interview
from tests.factories.interviews import InterviewFactory
from tests.factories.people import person_of, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def handed_over_in(client: Client) -> str:
    """Return what the list of interviews says was handed over to its reader."""
    page = " ".join(client.get(reverse("interview_list")).text.split())
    return page.partition("Handed over to you:")[2][:300]


def test_a_colleague_finds_what_was_handed_over_with_the_note():
    client, colleague = signed_in("specialist"), signed_in("administrator")
    interview = InterviewFactory(state="in_progress", interviewer=person_of(client))
    address = reverse("interview_hand_over", args=[interview.pk])
    assert str(person_of(client)) not in client.get(address).context["form"].as_p()

    answer = client.post(address, {"to": person_of(colleague).pk, "note": "Call on Monday."}, follow=True)

    interview.refresh_from_db()
    assert interview.interviewer == person_of(colleague)
    assert f"{person_of(colleague)} has it now." in answer.text
    assert handed_over_in(client) == ""
    assert f"{interview.contact}</a> by {person_of(client)}" in handed_over_in(colleague)
    assert "Call on Monday." in colleague.get(reverse("interview_detail", args=[interview.pk])).text

    Interview.objects.update(state="cancelled")
    assert handed_over_in(colleague) == ""
    refused = client.post(address, {"to": person_of(colleague).pk}, follow=True)
    assert "there is nothing to hand over" in refused.text


def test_only_who_holds_interviews_is_offered():
    client, viewer = signed_in("specialist"), signed_in("viewer")
    interview = InterviewFactory(state="planned")

    refused = client.post(reverse("interview_hand_over", args=[interview.pk]), {"to": person_of(viewer).pk})

    assert (refused.status_code, Interview.objects.get().interviewer) == (422, None)
