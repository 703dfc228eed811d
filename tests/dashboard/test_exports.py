"""A long list as a file: written by a job from one snapshot, whole or not there, for its person and for a day."""

import csv
import io
import os
from datetime import timedelta
from pathlib import Path
from threading import Thread
from unittest.mock import patch

import openpyxl
import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client, TestCase

from accounts.models import AuditEntry, User
from customers.models import Customer
from dashboard import exports, tasks
from dashboard.known_lists import LISTS
from jobs import files
from jobs.models import Job
from jobs.running import run_job, tell_progress
from tests.conftest import NOON
from tests.factories.customers import CustomerFactory
from tests.factories.functions import MembershipFactory
from tests.factories.metrics import MetricFactory
from web.exports import MOST_AT_ONCE

pytestmark = pytest.mark.django_db
ASKED = "region=europe-west&sort=-name"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path: Path, monkeypatch) -> Path:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(tasks, "announce_job", lambda pk: None)
    monkeypatch.setitem(MOST_AT_ONCE, "csv", 2)
    monkeypatch.setitem(MOST_AT_ONCE, "xlsx", 2)
    monkeypatch.setattr(exports, "TOLD_EVERY", 2)
    return tmp_path / "exports"


@pytest.fixture
def person() -> User:
    return MembershipFactory(role="specialist").user


@pytest.fixture
def client(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def five() -> None:
    for name in ("Ahold", "=Bol", "Coolblue", "DSM", "Elsevier"):
        CustomerFactory(name=name, country="NL", region="europe-west", industry="G")
    CustomerFactory(name="Fiat", country="IT", region="europe-south")


def asked_for(client: Client, kind: str = "csv", address: str = f"/customers/?{ASKED}") -> Job:
    """Follow the list's link to the page that asks, and have the file made."""
    page = client.get(f"{address}&format={kind}")
    assert page.status_code == 302, page.content
    answer = client.post(page.url, {"format": kind})
    assert answer.status_code == 302, answer.content
    job = Job.objects.latest("pk")
    assert answer.url == f"/exports/{job.pk}/"
    return job


def made(client: Client, kind: str = "csv", address: str = f"/customers/?{ASKED}") -> Job:
    job = asked_for(client, kind, address)
    assert run_job(job_id=job.pk, now=NOON)
    job.refresh_from_db()
    return job


def lines_of(answer: HttpResponseBase) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"), newline="")))


def fetched(client: Client, job: Job) -> int:
    answer = client.get(f"/exports/{job.pk}/file/")
    answer.getvalue()  # the end of the file closes it
    return int(answer.status_code)


def test_the_file_of_a_long_list_is_what_the_list_shows(client: Client, five: None, folder: Path, monkeypatch) -> None:
    job = made(client)
    spread = made(client, "xlsx")
    monkeypatch.setitem(MOST_AT_ONCE, "csv", 5)
    at_once = lines_of(client.get(f"/customers/?{ASKED}&format=csv"))
    answer = client.get(f"/exports/{job.pk}/file/")

    assert answer["Content-Disposition"] == 'attachment; filename="customers.csv"'
    written = lines_of(answer)
    assert [line[0] for line in written] == ["name", "Elsevier", "DSM", "Coolblue", "Ahold", "'=Bol"]
    assert written == at_once
    sheet = openpyxl.load_workbook(io.BytesIO(client.get(f"/exports/{spread.pk}/file/").getvalue())).active
    assert [[str(cell or "") for cell in row] for row in sheet.values] == [
        [cell.removeprefix("'") for cell in line] for line in written
    ]
    assert (job.state, job.done, job.total, job.result) == ("done", 5, 5, {"rows": 5})
    assert [entry.details["rows"] for entry in AuditEntry.objects.filter(kind="list.exported")] == [5, 5, 5]
    assert sorted(len(path.name) for path in folder.iterdir()) == [48, 48]  # nothing but the two, by random names
    assert "The file is ready: 5 rows" in client.get(f"/exports/{job.pk}/").content.decode()


def test_a_file_is_fetched_by_its_person_who_may_still_see_the_list_for_a_day(
    client: Client, person: User, five: None, folder: Path, clock
) -> None:
    job, other = made(client), Client()
    other.force_login(MembershipFactory(role="administrator").user)
    assert (fetched(client, job), fetched(other, job), other.get(f"/exports/{job.pk}/").status_code) == (200, 404, 404)

    role = person.memberships.get()
    role.role = "viewer"
    role.save()
    assert fetched(client, job) == 404
    assert "You may not see all of it any longer" in client.get(f"/exports/{job.pk}/").content.decode()
    role.role = "specialist"
    role.save()

    clock(NOON + timedelta(hours=23, minutes=59))
    assert fetched(client, job) == 200
    clock(NOON + timedelta(hours=24))
    assert fetched(client, job) == 404

    (kept,) = folder.iterdir()
    (folder / "half.part").touch()
    for path in folder.iterdir():
        os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    assert (files.remove_old(now=NOON + timedelta(hours=23)), kept.exists()) == (0, True)
    assert (files.remove_old(now=NOON + timedelta(hours=24)), kept.exists()) == (2, False)


def test_whoever_lost_the_list_before_its_file_was_written_gets_none(
    client: Client, person: User, five: None, folder: Path
) -> None:
    job = asked_for(client)
    person.memberships.update(role="viewer")
    run_job(job_id=job.pk, now=NOON)

    job.refresh_from_db()
    assert (job.state, job.message) == ("failed", "You may not open this list any longer. Nothing was written.")
    assert not folder.exists()


def test_a_cancelled_broken_or_discarded_export_leaves_no_file(
    client: Client, five: None, folder: Path, monkeypatch
) -> None:
    def cancel_at_four(*, job: Job, done: int, total: int) -> None:
        told.append((done, len(list(folder.iterdir())) if folder.exists() else 0))
        if done == 4:
            client.post(f"/exports/{job.pk}/discard/")
        tell_progress(job=job, done=done, total=total)

    told: list[tuple[int, int]] = []
    job = asked_for(client)
    with patch("jobs.running.tell_progress", cancel_at_four):
        run_job(job_id=job.pk, now=NOON)
    job.refresh_from_db()
    assert (job.state, told, list(folder.iterdir())) == ("cancelled", [(0, 0), (0, 1), (2, 1), (4, 1)], [])

    broken = asked_for(client)
    with patch.object(exports, "write_rows", side_effect=OSError("the disk is full")):
        run_job(job_id=broken.pk, now=NOON)
    broken.refresh_from_db()
    assert (broken.state, list(folder.iterdir())) == ("failed", [])

    done = made(client)
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(f"/exports/{done.pk}/discard/")
    assert (list(folder.iterdir()), fetched(client, done)) == ([], 404)


def test_more_rows_than_a_sheet_has_are_offered_as_csv_only(client: Client, five: None, monkeypatch) -> None:
    for module in ("dashboard.exports", "dashboard.export_forms"):
        monkeypatch.setattr(f"{module}.MOST_ROWS_OF_XLSX", 4)
    page = client.get(f"/exports/new/?list=customers&query={ASKED.replace('&', '%26')}&format=xlsx")

    said = page.content.decode()
    assert "5 customers, as the list shows them" in said
    assert "A sheet of XLSX holds 4 rows, so these are written as CSV only." in said
    assert 'value="xlsx"' not in said


def test_the_metrics_have_the_same_columns_in_both_kinds_of_file(client: Client) -> None:
    MetricFactory(name="Days to invoice")
    header, row = lines_of(client.get("/metrics/?format=csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/metrics/?format=xlsx").getvalue())).active

    assert header == [
        "name", "function", "kind", "level", "lo", "hi", "unit", "n", "moves", "reaches", "target", "newest_on",
        "age_days", "cadence", "trust", "trust_why", "serves", "short_name", "definition", "direction",
        "percentile", "opportunities_per_unit", "steps", "counts_from", "formula", "breakdown", "window_months",
        "cadence_days", "grace_days", "note", "is_active", "links",
    ]  # fmt: skip
    assert [[str("" if cell is None else cell) for cell in line] for line in sheet.values] == [header, row]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_file_holds_one_moment_and_says_meanwhile_how_far_it_is(client: Client, five: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")
    job = asked_for(client)
    seen: list[tuple[int, int]] = []

    def meanwhile(row: Customer) -> str:
        """Another connection sees the progress, renames a customer that comes later, and adds one."""

        def change() -> None:
            seen.append(Job.objects.values_list("done", "total").get(pk=job.pk))
            Customer.objects.filter(name="Ahold").update(name="Ahold II")
            CustomerFactory(name="Aldi", country="NL", region="europe-west")
            connection.close()

        beside = Thread(target=change)
        beside.start()
        beside.join()
        return row.name

    columns = LISTS["customers"].plan.columns
    with patch.object(type(columns[0]), "read", lambda column, row: meanwhile(row) if column.key == "name" else ""):
        run_job(job_id=job.pk, now=NOON)

    lines = lines_of(client.get(f"/exports/{job.pk}/file/"))
    assert [line[0] for line in lines] == ["name", "Elsevier", "DSM", "Coolblue", "Ahold", "'=Bol"]
    assert seen == [(0, 5), (0, 5), (2, 5), (2, 5), (4, 5)]
