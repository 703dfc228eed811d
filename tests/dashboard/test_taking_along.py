"""Many rows about people are taken along only by somebody who shows again who it is, and for a reason."""

import time

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from dashboard import tasks
from functions.models import Membership
from jobs.models import Job
from jobs.running import run_job
from tests.conftest import NOON
from tests.factories.customers import CustomerFactory
from tests.factories.people import shown_again, signed_in
from tests.factories.requirements_catalog import ProductFactory

pytestmark = pytest.mark.django_db
PASSWORD = "long enough for anybody 9"


@pytest.fixture(autouse=True)
def _files(settings, tmp_path, monkeypatch) -> None:
    settings.DATA_DIR, settings.EXPORT_REASON_FROM = tmp_path, 3
    monkeypatch.setattr(tasks, "announce_job", lambda pk: None)


def specialist() -> Client:
    person = User.objects.create_user("ines", password=PASSWORD)
    Membership.objects.create(user=person, role="specialist")
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_many_rows_about_people_ask_for_the_password_and_a_reason_which_are_recorded():
    client = specialist()
    for _ in range(3):
        CustomerFactory()

    page = client.get("/customers/?format=csv").url
    asked = client.get(page)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    wrong = client.post(asked.url, {"password": "not hers at all"})
    assert (wrong.status_code, client.get(page).status_code) == (200, 302)
    assert client.post(asked.url, {"password": PASSWORD}).url == page

    assert "What do you need it for?" in client.get(page).content.decode()
    for reason in ("", "abcd"):
        assert client.post(page, {"format": "csv", "reason": reason}).status_code == 422
    assert client.post(page, {"format": "csv", "reason": "the yearly letter"}).status_code == 302
    job = Job.objects.get()
    assert run_job(job_id=job.pk, now=NOON)
    file = client.get(f"/exports/{job.pk}/file/")
    assert b"".join(file.streaming_content).count(b"\r\n") == 4

    entries = list(AuditEntry.objects.order_by("number").values_list("kind", "actor"))
    assert entries[-2:] == [("session.confirmed", "ines"), ("list.exported", "ines")]
    details = AuditEntry.objects.latest("number").details
    assert (details["rows"], details["reason"]) == (3, "the yearly letter")


def test_a_form_that_waited_too_long_makes_no_file():
    client = specialist()
    for _ in range(3):
        CustomerFactory()
    page = shown_again(client).get("/customers/?format=csv").url

    asked = shown_again(client, at=time.time() - 301).post(page, {"format": "csv", "reason": "the yearly letter"})

    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert client.post(asked.url, {"password": PASSWORD}).url == page
    assert not Job.objects.exists()


def test_few_rows_and_rows_about_things_are_taken_along_as_they_are():
    client = specialist()
    for _ in range(2):
        CustomerFactory()
    for _ in range(4):
        ProductFactory()

    assert client.get("/customers/?format=csv").status_code == 200
    assert client.get("/products/?format=csv").status_code == 200


def test_the_whole_program_leaves_only_for_a_reason():
    client = signed_in("administrator")
    address = reverse("program_export")
    assert client.post(address, {"reason": "moving house"}).url.startswith(reverse("account_reauthenticate"))

    assert shown_again(client).post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "moving house"}).status_code == 302
    assert Job.objects.get().about["reason"] == "moving house"
