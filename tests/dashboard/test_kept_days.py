"""Kept days on the pages: kept on demand by a job, chosen from a list, and read as they were kept."""

import csv
from datetime import date, timedelta

import pytest
from django.urls import reverse

from gap_scores.models import Snapshot
from gap_scores.snapshots import keep_snapshot
from jobs.models import Job
from jobs.running import run_job, tell_progress
from tests.api.callers import with_token
from tests.conftest import NOON
from tests.dashboard.program import TODAY, felt_answer, hear, recompute, small_program, somebody
from tests.dashboard.test_pages import signed_in, text_of
from tests.factories.customers import ContactFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon"), pytest.mark.once]


def test_a_kept_day_reads_the_same_on_pages_in_files_and_in_the_api():
    program = small_program()
    keep_snapshot(as_of=TODAY, title="today", now=NOON)
    was, query = "25.0 of the 25.0 points of overall gap are its own", f"?as_of={TODAY}"
    for _ in range(8):
        hear(ContactFactory(customer=program.customers[0]), [
            felt_answer(program.parts, program.product, program.scale, felt=False)])  # fmt: skip
    recompute()
    client, viewer = signed_in("specialist"), signed_in("viewer")
    scores = with_token(somebody("specialist")).get(f"/api/v1/requirement-scores/{query}").json()

    for each in (client, viewer):
        now, then = text_of(each, "/"), text_of(each, f"/{query}")
        assert was not in now
        assert was in then
        assert "This is 16 Mar 2026 as it was kept; names and words are today's. Show today or another day." in then
    # The links of the page stay with the day, and so do the pages and the file behind them.
    assert f'href="/requirements/{program.repairs.pk}/{query}"' in client.get(f"/{query}").content.decode()
    assert "own gap 38 (" in text_of(client, f"/functions/{program.support.pk}/{query}").lower()
    assert "as it was kept" in text_of(client, f"/requirements/{program.repairs.pk}/{query}")
    file = b"".join(client.get(f"/requirements/{query}&format=csv")).decode("utf-8-sig")
    points = {row["reference"]: float(row["points"]) for row in csv.DictReader(file.splitlines())}
    assert points == {each["reference"]: pytest.approx(each["points"]) for each in scores["results"]}
    assert sum(points.values()) == pytest.approx(25)
    # What is not kept is said, and the way out.
    assert "No scores of that day are kept: choose a kept day" in text_of(client, "/?as_of=2026-03-01")
    past = text_of(client, f"/?as_of={TODAY}&lifecycle=past")
    assert "Of past days the answers of current customers on all products are kept: show those." in past


def test_a_day_is_kept_by_a_job_that_can_be_left_and_come_back_to():
    small_program()
    client, form = signed_in("specialist"), {"as_of": str(TODAY), "title": "Before the fair"}
    assert "No day is kept yet" in text_of(client, "/kept/")
    early, late = ({"as_of": str(TODAY + timedelta(days=days))} for days in (-1, 1))
    assert "Nobody was heard before 2026-03-16" in client.post("/kept/new/", early).content.decode()
    assert "2026-03-17 is to come" in client.post("/kept/new/", late).content.decode()

    answer = client.post("/kept/new/", form)
    job = Job.objects.get()
    page = reverse("settings_job", args=[job.pk])
    assert (answer.url, client.post("/kept/new/", form).url) == (page, page)
    assert "It waits for a worker" in text_of(client, page)
    Job.objects.update(state="running")
    tell_progress(job=job, done=1, total=3)
    assert "1 of 3 done" in text_of(client, page)
    assert "Scores of 2026-03-16 are being worked out: 1 of 3 requirements." in text_of(client, "/kept/")
    Job.objects.update(state="waiting")
    run_job(job_id=job.pk, now=NOON)

    kept = Snapshot.objects.get()
    assert (kept.as_of, kept.title, round(kept.overall, 9)) == (TODAY, "Before the fair", 25)
    assert f'href="/?as_of={date(2026, 3, 16)}"' in client.get(page).content.decode()
    assert "16 Mar 2026 Before the fair on demand 25" in text_of(client, "/kept/")
    # Another one is stopped, and leaves nothing.
    other = Job.objects.get(pk=client.post("/kept/new/", {"as_of": str(TODAY)}).url.split("/")[-2])
    client.post(reverse("settings_job_cancel", args=[other.pk]))
    assert "Cancelled: nothing was stored" in text_of(client, reverse("settings_job", args=[other.pk]))
    assert (Snapshot.objects.count(), signed_in("viewer").get("/kept/new/").status_code) == (1, 404)
    # For a review the same day is kept again, and by a job of its own.
    for_review = client.post("/kept/new/", {**form, "is_review": "on"}).url
    assert (
        for_review == client.post("/kept/new/", {**form, "is_review": "on"}).url != client.post("/kept/new/", form).url
    )
    run_job(job_id=int(for_review.split("/")[-2]), now=NOON)
    assert Snapshot.objects.latest("pk").reason == Snapshot.Reason.REVIEW
