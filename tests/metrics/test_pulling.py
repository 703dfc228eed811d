"""Measurements that are fetched: stored all or none, twice the same changes nothing, and whatever is wrong is said."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from jobs.models import Marker
from metrics import pull_services, tasks
from metrics.figures import Figures
from metrics.models import Measurement
from metrics.pull_models import MeasurementSource, PullRun
from metrics.pull_selectors import CLAIMED_FOR, failing_sources
from metrics.pull_times import next_time
from metrics.services import correct_measurement
from tests.api.callers import caller
from tests.api.described import differences
from tests.conftest import NOON
from tests.factories.metrics import MeasurementSourceFactory, MetricFactory
from tests.factories.people import signed_in
from tests.web.https_server import Source, https_source

pytestmark = pytest.mark.django_db
V1 = "/api/v1/measurement-sources/"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def _served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    with https_source(tmp_path_factory.mktemp("source")) as source:
        yield source


@pytest.fixture
def server(_served: Source, settings: Any, noon: datetime) -> Source:
    settings.PULL_ALLOWED_NETWORKS = [ip_network("127.0.0.1")]
    settings.PULL_CA_FILE = str(_served.certificate)
    _served.asked.clear()
    return _served


@pytest.fixture
def source(server: Source) -> MeasurementSource:
    return MeasurementSourceFactory(name="ERP", address=server.says("/levels", "[]"), next_at=NOON, is_paused=False)


def says(server: Source, *values: float | str | None) -> None:
    """Let the source answer a value a day, from 1 March on."""
    records = [{"day": f"2026-03-{number:02}", "value": value} for number, value in enumerate(values, start=1)]
    server.says("/levels", json.dumps(records))


def pulled(source: MeasurementSource, now: datetime = NOON) -> PullRun:
    MeasurementSource.objects.filter(pk=source.pk).update(next_at=now)
    run = pull_services.pull(source_id=source.pk, now=now)
    assert run is not None
    run.refresh_from_db()
    return run


def counts(run: PullRun) -> tuple[str, int, int, int, int]:
    return run.state, run.created, run.changed, run.same, run.refused


def stored() -> list[Decimal | None]:
    return list(Measurement.objects.filter(is_current=True).order_by("period_end").values_list("value", flat=True))


# ---- What becomes of an answer


def test_what_a_source_answers_is_stored_once_however_often_it_is_asked(
    server: Source, source: MeasurementSource
) -> None:
    says(server, 1.5, "2")

    assert [counts(pulled(source)) for _ in range(2)] == [("done", 2, 0, 0, 0), ("done", 0, 0, 2, 0)]
    assert stored() == [Decimal("1.5"), Decimal(2)]
    assert list(Measurement.objects.values_list("source", "external_id")) == [
        ("ERP", "2026-03-02"), ("ERP", "2026-03-01"),
    ]  # fmt: skip
    marked = Marker.objects.filter(kind=Marker.Kind.METRIC, key1=source.metric_id)
    assert set(marked.values_list("key2", flat=True)) == {date(2026, 3, day).toordinal() for day in (1, 2)}
    assert marked.count() == 2


def test_what_the_source_says_otherwise_becomes_a_revision_and_may_turn_back(
    server: Source, source: MeasurementSource
) -> None:
    for value, expected in ((1, (1, 0, 0)), (4, (0, 1, 0)), (4, (0, 0, 1)), (1, (0, 1, 0)), (1, (0, 0, 1))):
        says(server, value)
        assert counts(pulled(source)) == ("done", *expected, 0)

    assert Measurement.objects.count() == 3
    assert Measurement.objects.get(is_current=True).reason == "The source says so now."


def test_what_a_person_corrected_stays_while_the_source_repeats_itself(
    server: Source, source: MeasurementSource
) -> None:
    says(server, 1)
    pulled(source)
    first = Measurement.objects.get()
    figures = Figures(period_start=first.period_start, period_end=first.period_end, value=Decimal(9))
    correct_measurement(measurement=first, figures=figures, reason="Misread", today=NOON.date())

    assert counts(pulled(source)) == ("done", 0, 0, 1, 0)
    assert stored() == [Decimal(9)]


def test_rows_that_cannot_be_taken_are_named_and_hold_all_back(server: Source, source: MeasurementSource) -> None:
    says(server, 1, "many", None, 4, True)
    run = pulled(source)

    assert (counts(run), run.message) == (
        ("failed", 0, 0, 0, 2), "Nothing was stored: 2 of 5 rows cannot be taken.",
    )  # fmt: skip
    assert sorted(error["row"] for error in run.errors) == [2, 5]
    assert "row 2, value, 'many': it is not a number" in [error["detail"] for error in run.errors]
    assert stored() == []


def test_csv_is_read_with_its_own_marks_and_shares_have_a_size(server: Source) -> None:
    text = "Monat;Land;zu spät;von\n01.01.2026;DE;3;40\n01.02.2026;FR;5;50\n"
    source = MeasurementSourceFactory(
        metric=MetricFactory(proportion=True, breakdown="country"), format="csv", delimiter=";", date_form="%d.%m.%Y",
        period="Monat", period_is="month", value="zu spät", size="von", part="Land",
        address=server.says("/csv", text, "text/csv"),
    )  # fmt: skip

    assert counts(pulled(source)) == ("done", 2, 0, 0, 0)
    row = Measurement.objects.get(part="DE")
    assert (row.period_start, row.period_end, row.numerator, row.denominator, row.external_id) == (
        date(2026, 1, 1), date(2026, 1, 31), 3, 40, "01.01.2026 DE",
    )  # fmt: skip


def test_records_lie_where_the_source_says_and_long_fractions_are_rounded(server: Source) -> None:
    records = [{"id": 7, "span": {"from": "2026-03-01", "to": "2026-03-07"}, "level": 0.1 + 0.2}]
    source = MeasurementSourceFactory(
        records="data.items", period="span.to", begins="span.from", value="level", identity="id",
        address=server.says("/deep", json.dumps({"data": {"items": records}})),
    )  # fmt: skip
    pulled(source)

    row = Measurement.objects.get()
    assert (row.value, row.period_start, row.period_end, row.external_id) == (
        Decimal("0.3"), date(2026, 3, 1), date(2026, 3, 7), "7",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("<!DOCTYPE html><title>Log in</title>", "text/html", "It answers a web page (HTML), not JSON."),
        ("  <html>", "application/json", "It answers a web page (HTML), not JSON."),
        ("Please log in", "text/html", "It answers a web page (HTML), not JSON."),
        ("<?xml version='1.0'?><a/>", "application/xml", "It answers XML, not JSON."),
        ("", "application/json", "It answers nothing at all."),
        ("[]", "application/json", "It answers no record."),
        ("[{]", "application/json", "It does not answer JSON that can be read: "),
        ('{"error": "none"}', "application/json", "It does not answer a list. Say in which field"),
        ('[{"date": "2026-03-01", "values": 1}]', "application/json", "No record has the field 'day'."),
        ('[{"day": "2026-03-01", "values": 1}]', "application/json", "Did you mean 'values'? The first one has: day"),
    ],
)
def test_what_is_no_answer_is_said_in_a_sentence(
    server: Source, source: MeasurementSource, body: str, kind: str, said: str
) -> None:
    server.says("/levels", body, kind)
    run = pulled(source)

    assert run.state == "failed"
    assert said in run.message
    assert stored() == []


def test_a_source_that_says_something_else_of_very_much_is_not_believed(
    server: Source, source: MeasurementSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("metrics.pulling.MOST_CHANGED", 1)
    says(server, 1, 2)
    pulled(source)
    says(server, 3, 4)

    assert "something else of more than 1 measurements" in pulled(source).message
    assert stored() == [Decimal(1), Decimal(2)]


def test_a_record_that_is_there_twice_with_other_figures_is_refused(server: Source, source: MeasurementSource) -> None:
    records = [{"day": "2026-03-01", "value": value} for value in (1, 2)]
    server.says("/levels", json.dumps(records))
    assert counts(pulled(source))[0] == "failed"
    says(server, 3)
    pulled(source)
    server.says("/levels", json.dumps(records))

    assert counts(pulled(source)) == ("failed", 0, 0, 0, 1)
    assert stored() == [Decimal(3)]


def test_a_yield_over_steps_names_its_step_and_a_worded_scale_its_counts(server: Source) -> None:
    records = [
        {"day": "2026-03-01", "step": "paint", "good": 90, "of": 100, "answers": "3/5/2"},
        {"day": "2026-03-01", "step": "pack", "good": 95, "of": 100, "answers": "Partly"},
    ]
    address = server.says("/levels", json.dumps(records))
    chain = MetricFactory(kind="yield", unit="percent", direction="higher", steps="paint, pack")
    scale = MetricFactory(kind="ordinal", unit="percent", direction="higher", steps="none, partly, fully")
    places = {"address": address, "format": "json", "period": "day"}
    create: Callable[..., MeasurementSource] = pull_services.create_source
    steps = create(metric=chain, name="MES", value="good", size="of", part="step", **places)
    worded = create(metric=scale, name="Survey", value="answers", identity="step", **places)

    assert [counts(pulled(each)) for each in (steps, worded)] == [("done", 2, 0, 0, 0)] * 2
    assert list(chain.measurements.order_by("numerator").values_list("part", "numerator")) == [
        ("paint", 90), ("pack", 95),
    ]  # fmt: skip
    assert set(scale.measurements.values_list("counts", flat=True)) == {"3/5/2", "0/1/0"}
    with pytest.raises(ValidationError) as caught:
        create(metric=chain, name="ERP", value="good", size="of", **places)
    assert caught.value.message_dict == {"part": ["Say where the step stands: this yield is measured by its steps."]}


def test_what_is_worked_out_from_other_metrics_is_not_fetched(noon: datetime) -> None:
    derived = MetricFactory(kind="derived", unit="percent", formula="late / all")
    client = signed_in("specialist")
    typed = {"name": "ERP", "address": "https://example.org/", "format": "json", "period": "day", "value": "value",
             "delimiter": ",", "decimal": ".", "date_form": "%Y-%m-%d", "period_is": "day", "every": "hour",
             "weekday": "0", "hour": "5", "minute": "10"}  # fmt: skip
    address = reverse("source_create", args=[derived.pk])

    assert "It is worked out from other metrics. Fetch what those measure." in (
        client.post(address, typed).content.decode()
    )
    assert address not in client.get(reverse("metric_detail", args=[derived.pk])).content.decode()


# ---- When it is asked


def test_a_failure_that_may_pass_is_tried_again_sooner_and_told_when_it_goes_on(
    server: Source, source: MeasurementSource
) -> None:
    server.says("/levels", "no", status=503)
    waits = []
    for _ in range(4):
        pulled(source)
        source.refresh_from_db()
        assert source.next_at is not None
        waits.append((source.next_at - NOON) // MINUTE)

    # Afterwards it waits for five o'clock of the next day.
    assert waits == [5, 15, 45, 17 * 60]
    assert list(failing_sources()) == [source]
    assert source.failing_since == NOON
    text = signed_in("specialist").get(reverse("metric_detail", args=[source.metric_id])).content.decode()
    assert "has given nothing 4 times in a row" in text
    says(server, 1)
    pulled(source)
    assert not failing_sources().exists()


def test_what_no_other_try_would_help_waits_for_its_schedule(server: Source, source: MeasurementSource) -> None:
    server.says("/levels", "no", status=404)
    pulled(source)
    source.refresh_from_db()

    assert source.next_at == datetime(2026, 3, 17, 5, tzinfo=UTC)


def test_nobody_asks_a_source_that_is_being_asked_and_a_dead_worker_is_told(source: MeasurementSource) -> None:
    begun = pull_services.claim(source.pk, now=NOON)
    assert begun is not None

    assert pull_services.claim(source.pk, now=NOON + CLAIMED_FOR) is None
    with pytest.raises(ValidationError, match="asked at the moment"):
        pull_services.ask_now(source=source, now=NOON + MINUTE)
    assert pull_services.claim(source.pk, now=NOON + CLAIMED_FOR + MINUTE) is not None
    begun.refresh_from_db()
    assert (begun.state, begun.message) == ("failed", "Its worker died in the middle of it. Nothing was stored.")


def test_the_sweep_asks_what_is_due_and_nothing_else(
    server: Source, source: MeasurementSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    MeasurementSourceFactory(address=server.url("/levels"))
    MeasurementSourceFactory(address=server.url("/levels"), is_paused=False, next_at=NOON + MINUTE)
    says(server, 1)
    monkeypatch.setattr(tasks.pull, "apply_async", lambda arguments, **_: tasks.pull(*arguments))
    tasks.pull_due()

    assert [path for path, _headers in server.asked] == ["/levels"]
    assert source.runs.get().created == 1


def test_a_defect_leaves_no_source_that_nobody_asks_any_more(
    source: MeasurementSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(pull_services, "read_answer", breaks)

    assert "a defect of ours" in pulled(source).message
    source.refresh_from_db()
    assert source.claimed_at is None


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("every", "now", "expected"),
    [
        # 2:30 is left out on 29 March and there twice on 25 October.
        ("day", "2026-03-28T01:30Z", "2026-03-29T01:30Z"),
        ("day", "2026-03-29T01:30Z", "2026-03-30T00:30Z"),
        ("day", "2026-10-25T00:29Z", "2026-10-25T00:30Z"),
        ("day", "2026-10-25T00:30Z", "2026-10-26T01:30Z"),
        ("hour", "2026-03-29T00:30Z", "2026-03-29T01:30Z"),
        ("hour", "2026-03-16T12:29Z", "2026-03-16T12:30Z"),
        ("week", "2026-03-16T12:00Z", "2026-03-18T01:30Z"),
        ("week", "2026-03-18T01:30Z", "2026-03-25T01:30Z"),
    ],
)
def test_its_hour_is_one_of_the_programs_clock(every: str, now: str, expected: str) -> None:
    source = MeasurementSource(every=every, weekday=2, hour=2, minute=30)

    found = next_time(source, now=datetime.fromisoformat(now), zone=BERLIN)

    assert found == datetime.fromisoformat(expected)


# ---- Naming it


def test_a_secret_is_kept_encrypted_sent_and_never_told(server: Source, source: MeasurementSource) -> None:
    client = caller("specialist")
    etag = client.get(f"{V1}{source.pk}/")["ETag"]
    body = {"header": "Authorization", "secret": "Bearer 12345"}
    changed = client.patch(f"{V1}{source.pk}/", body, content_type="application/json", headers={"If-Match": etag})

    assert changed.json()["has_secret"] is True
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM metrics_measurementsource")
        assert "12345" not in cursor.fetchone()[0]
    says(server, 1)
    pulled(source)
    assert server.asked[0][1]["Authorization"] == "Bearer 12345"
    pages = [
        signed_in("specialist").get(reverse(name, args=[source.pk])) for name in ("source_detail", "source_update")
    ]
    assert "12345" not in "".join(page.content.decode() for page in pages) + changed.content.decode()


def test_a_secret_goes_to_no_other_host_than_the_one_that_it_was_given_for(source: MeasurementSource) -> None:
    change: Callable[..., MeasurementSource] = pull_services.change_source
    change(source=source, changes={"header": "X-Key"}, secret="s3cret", now=NOON)

    with pytest.raises(ValidationError, match="Enter the secret again"):
        change(source=source, changes={"address": "https://elsewhere.example/"}, now=NOON)
    change(source=source, changes={"address": "https://elsewhere.example/", "header": ""}, now=NOON)
    source.refresh_from_db()
    assert source.secret == ""


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"address": "http://example.org/"}, "address"), ({"address": "https://a:b@example.org/"}, "address"),
        ({"size": "of"}, "size"), ({"part": "country"}, "part"), ({"value": "{x}"}, "value"),
        ({"secret": "x"}, "header"), ({"secret": "a\nb", "header": "X-Key"}, "secret"), ({"header": "Host"}, "header"),
        ({"header": "X Key"}, "header"), ({"hour": 24}, "hour"), ({"period": ""}, "period"), ({"name": ""}, "name"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_or_read_is_refused_where_it_was_typed(fields: dict[str, Any], where: str) -> None:
    given = {
        "name": "ERP", "address": "https://example.org/", "format": "json", "period": "day", "value": "value",
    }  # fmt: skip
    with pytest.raises(ValidationError) as caught:
        pull_services.create_source(metric=MetricFactory(), **given | fields)

    assert set(caught.value.error_dict) == {where}


# ---- Its pages and addresses


def test_a_specialist_names_a_source_tries_it_and_lets_it_run(server: Source) -> None:
    metric, client = MetricFactory(), signed_in("specialist")
    says(server, 2.5, "x")
    typed = {
        "name": "ERP", "address": server.url("/levels"), "format": "json", "period": "day", "value": "value",
        "delimiter": ",", "decimal": ".", "date_form": "%Y-%m-%d", "period_is": "day", "every": "hour",
        "weekday": "0", "hour": "5", "minute": "10",
    }  # fmt: skip

    made = client.post(reverse("source_create", args=[metric.pk]), typed)
    source = MeasurementSource.objects.get()
    tried = client.post(reverse("source_try", args=[source.pk])).content.decode()
    client.post(reverse("source_resume", args=[source.pk]))
    source.refresh_from_db()

    assert made["Location"] == reverse("source_detail", args=[source.pk])
    assert "1 of 2 rows would be refused, so nothing would be stored" in " ".join(tried.split())
    assert "row 2, value, &#x27;x&#x27;: it is not a number" in tried
    assert not Measurement.objects.exists()
    assert not PullRun.objects.exists()
    assert source.next_at == NOON + 10 * MINUTE
    client.post(reverse("source_pause", args=[source.pk]))
    client.post(reverse("source_delete", args=[source.pk]))
    assert not MeasurementSource.objects.exists()


def test_a_try_reads_a_beginning_and_says_so(server: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest would hold the request, and SQLite's one writer, for as long as a whole import takes."""
    source = MeasurementSourceFactory(address=server.url("/levels"))
    monkeypatch.setattr("metrics.pulling.MOST_TRIED", 2)
    says(server, 1, 2)
    whole = pull_services.try_source(source=source, now=NOON)
    says(server, 1, 2, "x")
    tried = pull_services.try_source(source=source, now=NOON)
    page = signed_in("specialist").post(reverse("source_try", args=[source.pk])).content.decode()
    answer = caller("specialist").post(f"{V1}{source.pk}/try/", content_type="application/json")

    assert whole.report is not None
    assert tried.report is not None
    assert (whole.report.rows, whole.has_more, tried.report.rows, tried.has_more) == (2, False, 2, True)
    assert "It answers more than 2 records. Only the first 2 were read and checked" in " ".join(page.split())
    assert (answer.json()["rows"], answer.json()["has_more"]) == (2, True)
    assert counts(pulled(source))[0] == "failed"


def test_the_api_names_tries_runs_and_tells_of_its_runs(server: Source) -> None:
    metric, client = MetricFactory(), caller("specialist")
    says(server, 2.5)
    body = {
        "metric": metric.pk, "name": "ERP", "address": server.url("/levels"), "format": "json", "period": "day",
        "value": "value",
    }  # fmt: skip
    made = client.post(V1, body, content_type="application/json")
    one = f"{V1}{made.json()['id']}/"

    assert differences(made, V1, "post") == []
    tried = client.post(f"{one}try/", content_type="application/json")
    assert differences(tried, f"{V1}{{id}}/try/", "post") == []
    assert (tried.json()["problem"], tried.json()["created"], Measurement.objects.count()) == ("", 1, 0)
    assert client.post(f"{one}run/", content_type="application/json").status_code == 200
    run = pull_services.pull(source_id=made.json()["id"], now=NOON)
    listed = client.get(f"{one}runs/")
    assert differences(listed, f"{V1}{{id}}/runs/") == []
    assert [(row["id"], row["created"]) for row in listed.json()["results"]] == [(run and run.pk, 1)]
    # It was paused and asked all the same, once.
    assert client.get(one).json()["next_at"] is None


def test_a_source_that_fails_again_and_again_is_a_finding(source: MeasurementSource) -> None:
    MeasurementSource.objects.filter(pk=source.pk).update(failures=3, failing_since=NOON - timedelta(days=2))

    (finding,) = [
        each for each in signed_in("specialist").get("/findings/").context["list"].page if each.kind == "pull"
    ]

    assert (finding.about, finding.since) == (source.metric.name, date(2026, 3, 14))
    assert finding.url == reverse("source_detail", args=[source.pk])
