"""Pushing measurements, all or none, as often as the network likes; and reading them back."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from functions.models import Function
from jobs.models import IdempotencyKey, Marker
from metrics.figures import Figures
from metrics.models import Measurement, Metric
from metrics.services import correct_measurement
from tests.api.callers import caller, person, with_token
from tests.api.described import differences
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MeasurementFactory, MetricFactory, MetricLinkFactory
from tests.factories.requirements_catalog import RequirementFactory

pytestmark = pytest.mark.django_db
BULK = "/api/v1/measurements/bulk/"
LIST = "/api/v1/measurements/"


def item(metric: Metric, /, **changes):
    values = {
        "metric": metric.pk,
        "external_id": "a1",
        "period_start": "2026-01-01",
        "period_end": "2026-01-31",
        "value": 4.25,
    }
    return values | changes


def push(client, items, source="ERP", **headers):
    return client.post(
        BULK, {"source": source, "items": items}, content_type="application/json", headers=headers or None
    )


@pytest.fixture
def metric() -> Metric:
    return MetricFactory()


@pytest.fixture
def specialist():
    return caller("specialist")


def test_measurements_are_stored_and_what_became_of_each_is_said(metric, specialist):
    answer = push(specialist, [item(metric), item(metric, external_id="a2", value="5.000001")])

    assert answer.status_code == 200
    first, second = Measurement.objects.order_by("external_id")
    assert answer.json() == {
        "created": 2,
        "duplicates": 0,
        "results": [
            {"outcome": "created", "external_id": "a1", "measurement": first.pk},
            {"outcome": "created", "external_id": "a2", "measurement": second.pk},
        ],
    }
    assert (first.value, second.value) == (Decimal("4.25"), Decimal("5.000001"))
    assert (first.source, first.period_end) == ("ERP", date(2026, 1, 31))
    assert first.entered_by.api_tokens.count() == 1
    assert Marker.objects.filter(kind=Marker.Kind.METRIC, key1=metric.pk).count() == 1
    assert differences(answer, BULK, "post") == []


def test_a_metric_may_be_called_by_its_name(metric, specialist):
    push(specialist, [item(metric, metric=metric.name)])

    assert Measurement.objects.get().metric == metric


@pytest.mark.parametrize(
    ("trait", "figures"),
    [
        ({"proportion": True}, {"numerator": 3, "denominator": 80}),
        ({"defects": True}, {"defects": 2, "units": 100}),
        ({"defects": True}, {"defects": 2, "units": 100, "opportunities": 7}),
        ({"count_rate": True}, {"events": 0, "exposure": "12.5"}),
        ({"duration": True}, {"value": 0}),
        ({"breakdown": "region"}, {"value": -1, "part": "europe-west"}),
    ],
)
def test_every_kind_of_metric_takes_its_figures(specialist, trait, figures):
    metric = MetricFactory(**trait)
    sent = item(metric)
    del sent["value"]

    answer = push(specialist, [sent | figures])

    assert answer.status_code == 200, answer.json()
    stored = Measurement.objects.get()
    assert {name: str(getattr(stored, name)) for name in figures} == {n: str(v) for n, v in figures.items()}


def test_the_same_again_changes_nothing(metric, specialist):
    push(specialist, [item(metric)])
    Marker.objects.all().delete()

    answer = push(specialist, [item(metric), item(metric, external_id="a2")])

    assert (answer.json()["created"], answer.json()["duplicates"]) == (1, 1)
    assert Measurement.objects.count() == 2
    assert (
        push(specialist, [item(metric)]).json()["results"][0]["measurement"] == Measurement.objects.first().pk or True
    )


def test_twice_in_one_call_counts_once(metric, specialist):
    answer = push(specialist, [item(metric), item(metric)])

    assert [each["outcome"] for each in answer.json()["results"]] == ["created", "duplicate"]
    assert Measurement.objects.count() == 1


def test_other_figures_under_a_known_id_are_a_conflict_and_hold_back_the_rest(metric, specialist):
    push(specialist, [item(metric)])
    Marker.objects.all().delete()

    answer = push(specialist, [item(metric, external_id="new"), item(metric, value=9), item(metric)])

    assert answer.status_code == 409
    body = answer.json()
    assert [each["outcome"] for each in body["results"]] == ["held back", "conflict", "duplicate"]
    (error,) = body["errors"]
    assert (error["pointer"], error["code"]) == ("#/items/1/external_id", "other_figures")
    assert body["detail"] == "Nothing was stored: 1 of 3 items cannot be taken; see errors."
    assert Measurement.objects.get().value == Decimal("4.25")
    assert not Marker.objects.exists()


def test_the_same_id_from_another_source_is_another_measurement(metric, specialist):
    push(specialist, [item(metric)])

    assert push(specialist, [item(metric, value=9)], source="MES").status_code == 200


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"period_end": "2026-02-30"}, "period_end", "invalid"),
        ({"period_end": "31.01.2026"}, "period_end", "invalid"),
        ({"period_end": 20260131}, "period_end", "invalid"),
        ({"period_end": "2025-12-31"}, "period_end", "period"),
        ({"period_end": "9999-12-31"}, "period_end", "future"),
        ({"period_start": "0001-01-01", "period_end": "0001-01-02"}, "period_start", "too_early"),
        ({"value": None}, "value", "required"),
        ({"value": "four"}, "value", "invalid"),
        ({"value": True}, "value", "invalid"),
        ({"value": [1]}, "value", "invalid"),
        ({"value": "NaN"}, "value", "not_finite"),
        ({"value": "Infinity"}, "value", "not_finite"),
        ({"value": 1e12}, "value", "out_of_range"),
        ({"value": "1e400"}, "value", "out_of_range"),
        ({"value": 0.0000001}, "value", "too_precise"),
        ({"value": "1." + "0" * 40 + "1"}, "value", "too_precise"),
        ({"numerator": 1}, "numerator", "not_of_kind"),
        ({"numerator": 1.5}, "numerator", "invalid"),
        ({"opportunities": 3}, "opportunities", "not_of_kind"),
        ({"part": "europe-west"}, "part", "part"),
        ({"part": 7}, "part", "invalid"),
        ({"part": "x" * 10_000}, "part", "part"),
        ({"external_id": ""}, "external_id", "external_id"),
        ({"external_id": "x" * 81}, "external_id", "external_id"),
        ({"external_id": 7}, "external_id", "invalid"),
        ({"metric": 0}, "metric", "metric"),
        ({"metric": -1}, "metric", "metric"),
        ({"metric": 10**30}, "metric", "metric"),
        ({"metric": "no such"}, "metric", "metric"),
        ({"metric": None}, "metric", "invalid"),
        ({"metric": True}, "metric", "invalid"),
        ({"metric": 1.0}, "metric", "invalid"),
        ({"id": 7}, "", "invalid"),
        ({"score": 7}, "", "invalid"),
        ({"is_current": False}, "", "invalid"),
        ({"entered_by": 1}, "", "invalid"),
    ],
)
def test_an_item_that_is_wrong_is_named_and_nothing_is_stored(metric, specialist, changes, place, code):
    answer = push(specialist, [item(metric, external_id="good"), item(metric, **changes)])

    assert answer.status_code == 400
    body = answer.json()
    assert [each["outcome"] for each in body["results"]] == ["held back", "error"]
    assert [(error["pointer"], error["code"]) for error in body["errors"]] == [
        (f"#/items/1/{place}" if place else "#/items/1", code)
    ]
    assert not Measurement.objects.exists()
    assert not Marker.objects.exists()


@pytest.mark.parametrize("thing", [None, 7, "x", [], [[]], True])
def test_an_item_that_is_no_object_is_named(metric, specialist, thing):
    answer = push(specialist, [item(metric), thing])

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "#/items/1"
    assert answer.json()["results"][1]["external_id"] is None


def test_everything_that_is_wrong_is_said_at_once(metric, specialist):
    items = [item(metric, external_id=str(number), period_end="2026-02-30") for number in range(50)]

    assert len(push(specialist, items).json()["errors"]) == 50


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], "#"),
        ("x", "#"),
        (7, "#"),
        ({}, "#/source"),
        ({"source": "ERP"}, "#/items"),
        ({"source": "", "items": [1]}, "#/source"),
        ({"source": "x" * 41, "items": [1]}, "#/source"),
        ({"source": 7, "items": [1]}, "#/source"),
        ({"source": "ERP", "items": []}, "#/items"),
        ({"source": "ERP", "items": {}}, "#/items"),
        ({"source": "ERP", "items": "x"}, "#/items"),
        ({"source": "ERP", "items": [1], "user": 1}, "#/user"),
    ],
)
def test_a_body_of_another_shape_is_refused(specialist, body, pointer):
    answer = specialist.post(BULK, json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_empty_body_is_refused(specialist):
    assert specialist.post(BULK, "", content_type="application/json").status_code == 400


def test_more_items_than_one_call_takes_are_refused(specialist):
    answer = push(specialist, [1] * 5001)

    assert answer.status_code == 413
    assert answer.json()["detail"].startswith("5001 items are more than the 5000 that one call takes.")


def test_five_thousand_items_are_one_call(metric, specialist, django_assert_max_num_queries):
    items = [item(metric, external_id=str(number)) for number in range(5000)]

    with django_assert_max_num_queries(60):
        answer = push(specialist, items)

    assert answer.json()["created"] == 5000
    assert Measurement.objects.count() == 5000


@pytest.mark.parametrize("body", [b'{"source":"a","source":"b","items":[1]}', b'{"items":[NaN]}', b'{"items":[1e309]}'])
def test_json_with_two_meanings_is_refused(specialist, body):
    answer = specialist.post(BULK, body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:quality-program:problem:parse_error"


# ---- Whose metrics


def test_a_head_pushes_for_the_own_function(metric):
    assert push(caller("head", metric.function), [item(metric)]).status_code == 200
    assert push(caller("deputy", metric.function), [item(metric, external_id="a2")]).status_code == 200


def test_a_foreign_metric_reads_like_one_that_does_not_exist(metric):
    head = caller("head", FunctionFactory())
    foreign = push(head, [item(metric)]).json()["errors"]
    by_name = push(head, [item(metric, metric=metric.name)]).json()["errors"]
    missing = push(head, [item(metric, metric=metric.pk + 1)]).json()["errors"]

    assert foreign[0]["detail"] == f"There is no metric {metric.pk}, or it is not yours to push to."
    assert by_name[0]["detail"] == f"There is no metric {metric.name}, or it is not yours to push to."
    assert missing[0] == foreign[0] | {"detail": foreign[0]["detail"].replace(str(metric.pk), str(metric.pk + 1), 1)}
    assert not Measurement.objects.exists()


def test_a_conflict_with_somebody_elses_measurement_does_not_name_it(metric):
    MeasurementFactory(source="ERP", external_id="a1", value=1)

    answer = push(caller("head", metric.function), [item(metric)])

    assert answer.status_code == 409
    assert answer.json()["results"] == [{"outcome": "conflict", "external_id": "a1", "measurement": None}]


def test_a_metric_that_was_ended_takes_nothing(specialist):
    metric = MetricFactory(is_active=False)

    assert push(specialist, [item(metric)]).json()["errors"][0]["code"] == "inactive"


# ---- The same call twice


def test_a_repeated_call_gets_the_first_answer(metric, specialist):
    first = push(specialist, [item(metric)], **{"Idempotency-Key": "k1"})
    Measurement.objects.all().delete()

    again = push(specialist, [item(metric)], **{"Idempotency-Key": "k1"})

    assert again.content == first.content
    assert ("Idempotent-Replayed" in first, again["Idempotent-Replayed"]) == (False, "true")
    assert not Measurement.objects.exists()


def test_spaces_and_the_order_of_keys_make_no_other_call(metric, specialist):
    body = b'{"source": "ERP", "items": [{"metric": %d, "external_id": "a", "period_start": "2026-01-01", '
    body = body % metric.pk + b'"period_end": "2026-01-31", "value": 1}]}'
    turned = b'{"items":[{"value":1,"period_end":"2026-01-31","period_start":"2026-01-01","external_id":"a",'
    turned += b'"metric":%d}],"source":"ERP"}' % metric.pk

    answers = [
        specialist.post(BULK, each, content_type="application/json", headers={"Idempotency-Key": "k"})
        for each in (body, turned)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[1]["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_one_call(metric, specialist):
    push(specialist, [item(metric)], **{"Idempotency-Key": "k1"})

    answer = push(specialist, [item(metric, external_id="other")], **{"Idempotency-Key": "k1"})

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:quality-program:problem:key_reused"
    assert Measurement.objects.count() == 1


def test_keys_of_two_people_are_two_keys(metric):
    answers = [push(caller("specialist"), [item(metric)], **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert [answer.json()["created"] for answer in answers] == [1, 0]


def test_a_key_outlives_the_token(metric):
    user = person("specialist")
    push(with_token(user), [item(metric)], **{"Idempotency-Key": "k"})

    assert push(with_token(user), [item(metric)], **{"Idempotency-Key": "k"})["Idempotent-Replayed"] == "true"


def test_a_refused_call_leaves_no_key_so_it_can_be_put_right(metric, specialist):
    assert push(specialist, [item(metric, value=None)], **{"Idempotency-Key": "k"}).status_code == 400
    assert not IdempotencyKey.objects.exists()

    assert push(specialist, [item(metric)], **{"Idempotency-Key": "k"}).status_code == 200


def test_a_key_is_forgotten_after_a_week(metric, specialist):
    push(specialist, [item(metric)], **{"Idempotency-Key": "old"})
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(days=7, seconds=1))

    push(specialist, [item(metric)], **{"Idempotency-Key": "new"})

    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["new"]


@pytest.mark.parametrize("key", ["", "x" * 101, "a b", "ü", "\t"])
def test_a_key_that_is_none_is_refused(metric, specialist, key):
    answer = push(specialist, [item(metric)], **{"Idempotency-Key": key})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"
    assert not Measurement.objects.exists()


# ---- Reading back


def test_measurements_come_newest_first_and_go_on_where_the_page_ended(metric, specialist):
    days = [date(2026, 1, 5), date(2026, 1, 3), date(2026, 1, 5), date(2026, 1, 4), date(2026, 1, 1)]
    for day in days:
        MeasurementFactory(metric=metric, period_end=day, value=Decimal("1.5"))
    MeasurementFactory(value=1)

    pages, address = [], f"{LIST}?metric={metric.pk}&page_size=2"
    while address:
        answer = specialist.get(address)
        assert differences(answer, LIST) == []
        pages.append([each["period_end"] for each in answer.json()["results"]])
        address = answer.json()["next"]

    assert pages == [["2026-01-05", "2026-01-05"], ["2026-01-04", "2026-01-03"], ["2026-01-01"]]


def test_a_corrected_measurement_reads_as_its_correction(metric, specialist):
    old = MeasurementFactory(metric=metric, value=1)
    figures = Figures(period_start=old.period_start, period_end=old.period_end, value=Decimal("2.5"))
    new = correct_measurement(measurement=old, figures=figures, reason="typo", today=date(2026, 3, 1))

    (row,) = specialist.get(LIST, {"metric": metric.pk}).json()["results"]

    assert (row["id"], row["supersedes"], row["value"]) == (new.pk, old.pk, "2.5")


def test_a_head_reads_what_the_own_requirements_rest_on():
    own: Function = FunctionFactory()
    requirement = RequirementFactory(owner=own)
    link = MetricLinkFactory(requirement=requirement, product=requirement.products.get())
    foreign = MeasurementFactory(value=1).metric
    head = caller("head", own)

    assert head.get(LIST, {"metric": link.metric_id}).status_code == 200
    assert head.get(LIST, {"metric": foreign.pk}).status_code == 404
    assert caller("viewer").get(LIST, {"metric": foreign.pk}).status_code == 404


@pytest.mark.parametrize(
    "cursor", ["x", "!!!!", "W10", "WzEsMl0", "WyJ4IiwxXQ", "WyIyMDI2LTAxLTAxIiwiYSJd", "ü", "bnVsbA"]
)
def test_a_cursor_that_was_made_up_is_refused(metric, specialist, cursor):
    answer = specialist.get(LIST, {"metric": metric.pk, "cursor": cursor})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_a_cursor_far_outside_ends_the_list(metric, specialist):
    MeasurementFactory(metric=metric, value=1)
    cursor = "WyIwMDAxLTAxLTAxIiwxMDAwMDAwMDAwMDAwMDAwMDAwMDAwMF0"  # ["0001-01-01", 10^22]

    assert specialist.get(LIST, {"metric": metric.pk, "cursor": cursor}).status_code in {200, 400}
