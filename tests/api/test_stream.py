"""Streams of measurements: received with flat memory, read by a job, stored all or none."""

import json
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Job, JobInput, Marker
from jobs.running import run_job, take_up_again, waiting_jobs
from metrics import streaming
from metrics.models import Measurement, StagedMeasurement
from tests.api.callers import caller, person, with_token
from tests.api.described import differences
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MetricFactory

pytestmark = pytest.mark.django_db
STREAM = "/api/v1/measurements/stream/?source=MES"
NDJSON, CSV = "application/x-ndjson", "text/csv"


@pytest.fixture
def metric() -> Any:
    return MetricFactory(name="Repair time")


def lines(metric: Any, count: int, **others: Any) -> bytes:
    first = date(2020, 1, 1)
    rows = [
        {"metric": metric.pk, "external_id": f"r{number}", "period_start": day, "period_end": day, "value": number}
        for number in range(count)
        if (day := (first + timedelta(days=number % 1000)).isoformat())
    ]
    return b"\n".join(json.dumps(row | others).encode() for row in rows)


def send(client: Client, body: bytes, kind: str = NDJSON, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    # Named here too: the client leaves it out where there is no body.
    return client.generic("POST", STREAM, body, content_type=kind, headers=named, CONTENT_TYPE=kind)


def finished(client: Client, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 202, answer.content
    run_job(job_id=answer.json()["id"], now=timezone.now())
    found: dict[str, Any] = client.get(answer["Location"]).json()
    return found


def test_a_stream_is_answered_at_once_and_stored_by_its_job(metric):
    client, body = caller("specialist"), lines(metric, 4_500)

    answer = send(client, body, Idempotency_Key="night")
    again = send(client, body, Idempotency_Key="night")
    other = send(client, body[:100], Idempotency_Key="night")

    assert differences(answer, "/api/v1/measurements/stream/", "post") == []
    assert (answer.json()["state"], answer.json()["total"]) == ("waiting", len(body))
    assert (again.json(), again["Idempotent-Replayed"], other.status_code) == (answer.json(), "true", 422)
    assert Job.objects.count() == 1
    assert not Measurement.objects.exists()
    Marker.objects.all().delete()

    job = finished(client, answer)

    assert (job["state"], job["result"]) == ("done", {"rows": 4_500, "created": 4_500, "duplicates": 0})
    assert job["done"] == job["total"]
    assert Measurement.objects.filter(source="MES", is_current=True).count() == 4_500
    assert Marker.objects.count() == 1
    assert not JobInput.objects.exists()
    assert not StagedMeasurement.objects.exists()
    repeated = finished(client, send(client, body + b"\n" + lines(metric, 1)))
    assert repeated["result"] == {"rows": 4_501, "created": 0, "duplicates": 4_501}
    assert run_job(job_id=job["id"], now=timezone.now()) is False


def test_one_wrong_row_stores_nothing_and_every_one_is_named(metric):
    client = caller("specialist")
    good = lines(metric, 3)
    wrong = [
        b'{"metric": "Repair tyme", "external_id": "a", "period_start": "2026-01-01", "period_end": "2026-01-01"}',
        b'{"metric": 1, "metric": 2}',
        b"[1]",
        good.splitlines()[0].replace(b'"value": 0', b'"value": 7'),
        good.splitlines()[0].replace(b"2020", b"2100").replace(b"r0", b"x"),
        b"\xff",
    ]

    job = finished(client, send(client, good + b"\n\n" + b"\n".join(wrong)))
    errors = client.get(f"/api/v1/jobs/{job['id']}/errors/")

    assert (job["state"], job["message"]) == ("failed", "Nothing was stored: 6 of 9 rows cannot be taken.")
    assert differences(errors, "/api/v1/jobs/{id}/errors/") == []
    found = {(each["row"], each["field"], each["code"]) for each in errors.json()["results"]}
    assert found == {
        (5, "metric", "metric"), (6, "", "json"), (7, "", "invalid"), (8, "external_id", "other_figures"),
        (9, "period_end", "future"), (9, "period_start", "future"), (10, "", "json"),
    } - {(9, "period_start", "future")}  # fmt: skip
    assert not Measurement.objects.exists()
    assert not StagedMeasurement.objects.exists()


def test_csv_is_read_by_its_header(metric):
    client = caller("specialist")
    table = (
        "\ufeffmetric,external_id,period_start,period_end,part,value\r\n"
        f"{metric.pk},a,2026-01-01,2026-01-31,,4.25\r\n"
        'Repair time,"b ""2""",2026-02-01,2026-02-28,,5\r\n'
    )

    done = finished(client, send(client, table.encode(), CSV))
    badly = finished(client, send(client, table.replace("4.25", "four").replace(",,5", ",,,5").encode(), CSV))
    unknown = finished(client, send(client, table.replace("part", "parts").encode(), CSV))
    latin = finished(client, send(client, table.replace("four", "vi\u00e9r").encode("utf-16"), CSV))

    assert done["result"]["created"] == 2
    values = Measurement.objects.order_by("external_id").values_list("external_id", "value")
    assert [(each, str(value)) for each, value in values] == [("a", "4.25"), ('b "2"', "5")]
    errors = client.get(f"/api/v1/jobs/{badly['id']}/errors/").json()["results"]
    assert [(each["row"], each["field"]) for each in errors] == [(2, "value"), (3, "")]
    assert unknown["message"].startswith("The header names a column that there is not: 'parts'.")
    assert latin["state"] == "failed"


def test_a_job_is_cancelled_while_it_waits_and_while_it_runs(metric, monkeypatch):
    client, body = caller("specialist"), lines(metric, 4_100)
    waiting = send(client, body).json()["id"]
    running = send(client, body).json()["id"]

    cancelled = client.post(f"/api/v1/jobs/{waiting}/cancel/", content_type="application/json")
    assert run_job(job_id=waiting, now=timezone.now()) is False
    seen = []

    def stop_at_the_second_batch(*, job: Job, done: int, total: int) -> None:
        tell_progress(job=job, done=done, total=total)
        seen.append(client.get(f"/api/v1/jobs/{running}/").json())
        client.post(f"/api/v1/jobs/{running}/cancel/", content_type="application/json")

    tell_progress = streaming.tell_progress
    monkeypatch.setattr(streaming, "tell_progress", stop_at_the_second_batch)
    run_job(job_id=running, now=timezone.now())

    assert (cancelled.json()["state"], len(seen)) == ("cancelled", 1)
    assert 0 < seen[0]["done"] < seen[0]["total"] == len(body)
    stopped = client.get(f"/api/v1/jobs/{running}/").json()
    assert (stopped["state"], stopped["message"]) == ("cancelled", "Cancelled. Nothing was stored.")
    assert not Measurement.objects.exists()
    assert not StagedMeasurement.objects.exists()
    over = client.post(f"/api/v1/jobs/{running}/cancel/", content_type="application/json")
    assert over.json()["errors"][0]["code"] == "over"


def test_an_acknowledged_job_outlives_its_worker(metric):
    client = caller("specialist")
    job = send(client, lines(metric, 3)).json()["id"]
    now = timezone.now()
    Job.objects.filter(pk=job).update(state="running", alive_at=now - timedelta(minutes=6))

    assert waiting_jobs(now=now) == [job]
    Job.objects.filter(pk=job).update(state="running", alive_at=now)
    assert waiting_jobs(now=now) == []
    take_up_again(now=now)
    assert waiting_jobs(now=now) == [job]
    run_job(job_id=job, now=now)
    assert Measurement.objects.count() == 3


def test_a_chunked_body_is_taken_here_and_nowhere_else(metric):
    client, body = caller("specialist"), lines(metric, 3)
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": "", "wsgi.input": BytesIO(body)}
    chunked["CONTENT_TYPE"] = NDJSON

    taken = client.generic("POST", STREAM, **chunked, **{"wsgi.input_terminated": True})
    endless = client.generic("POST", STREAM, **chunked)
    elsewhere = client.generic("POST", "/api/v1/measurements/bulk/", **chunked, **{"wsgi.input_terminated": True})

    assert finished(client, taken)["result"]["created"] == 3
    assert (endless.status_code, elsewhere.status_code) == (411, 411)


@pytest.mark.parametrize(
    ("kind", "body", "status"), [("application/json", b"{}", 415), (NDJSON, b"", 400), ("", b"x", 415)]
)
def test_what_is_no_stream_is_refused_and_leaves_no_job(metric, kind, body, status):
    assert send(caller("specialist"), body, kind).status_code == status
    assert not Job.objects.exists()


def test_a_body_that_is_cut_off_leaves_no_job(metric):
    cut = {"wsgi.input": BytesIO(b"{}"), "CONTENT_LENGTH": "100", "CONTENT_TYPE": NDJSON}
    answer = caller("specialist").generic("POST", STREAM, **cut)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:quality-program:problem:cut_off")
    assert not Job.objects.exists()
    assert not JobInput.objects.exists()


def test_a_head_streams_to_the_own_metrics_only_and_sees_own_jobs_only():
    own, other = FunctionFactory(), FunctionFactory()
    client = with_token(person("head", own))
    mine, foreign = MetricFactory(function=own), MetricFactory(function=other)

    done = finished(client, send(client, lines(mine, 2)))
    refused = finished(client, send(client, lines(foreign, 2)))

    assert (done["state"], refused["state"]) == ("done", "failed")
    assert client.get("/api/v1/jobs/").json()["count"] == 2
    stranger = with_token(person("head", FunctionFactory()))
    assert stranger.get(f"/api/v1/jobs/{done['id']}/").status_code == 404
    assert stranger.get("/api/v1/jobs/").json()["count"] == 0
