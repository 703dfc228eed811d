"""The same call from several connections at the same moment is stored once."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from jobs.models import IdempotencyKey, Marker
from metrics import services as metrics_services
from metrics.models import Measurement
from tests.api.callers import caller
from tests.factories.functions import FunctionFactory
from tests.factories.metrics import MetricFactory
from tests.faults.sabotage import SABOTAGES

pytestmark = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.postgres]
BULK = "/api/v1/measurements/bulk/"
SENDERS = 6


@pytest.fixture(autouse=True)
def _on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("not run: needs PostgreSQL (DATABASE_URL)")


def sent_at_once(client: Client, bodies: list[dict[str, Any]], headers: dict[str, str]) -> list[Any]:
    barrier = Barrier(len(bodies))
    client.raise_request_exception = False

    def send(body: dict[str, Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return client.post(BULK, json.dumps(body), content_type="application/json", headers=headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


def changed_at_once(client: Client, address: str, bodies: list[dict[str, Any]], etag: str) -> list[Any]:
    barrier = Barrier(len(bodies))
    client.raise_request_exception = False

    def change(body: dict[str, Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            headers = {"If-Match": etag}
            return client.patch(address, json.dumps(body), content_type="application/json", headers=headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(change, bodies))


def test_of_two_changes_to_one_record_one_is_made_and_the_other_has_to_read_again() -> None:
    function = FunctionFactory(name="Press shop")
    client, address = caller("specialist"), f"/api/v1/functions/{function.pk}/"
    bodies = [{"purpose": f"Purpose {number}"} for number in range(SENDERS)]

    answers = changed_at_once(client, address, bodies, client.get(address)["ETag"])

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * (SENDERS - 1)
    (made,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert client.get(address).json() == made
    assert function.history.count() == 2


MOST_TURNS = 40


def body_of(metric: int, ids: list[str], value: int = 1) -> dict[str, Any]:
    day = "2026-01-31"
    rows = [
        {"metric": metric, "external_id": each, "period_start": day, "period_end": day, "value": value} for each in ids
    ]
    return {"source": "ERP", "items": rows}


def test_one_key_is_one_call() -> None:
    metric = MetricFactory().pk
    client = caller("specialist")

    answers = sent_at_once(client, [body_of(metric, ["a", "b"])] * SENDERS, {"Idempotency-Key": "k"})

    stored = [answer for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert len({answer.content for answer in stored}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in stored) == 1
    assert (Measurement.objects.count(), IdempotencyKey.objects.count()) == (2, 1)
    assert Marker.objects.filter(kind=Marker.Kind.METRIC).count() == 1


def test_the_same_ids_in_any_order_are_stored_once() -> None:
    metric = MetricFactory().pk
    ids = [str(number) for number in range(200)]

    answers = sent_at_once(caller("specialist"), [body_of(metric, ids[at:] + ids[:at]) for at in range(SENDERS)], {})

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["created"] for answer in answers) == 200
    assert Measurement.objects.count() == 200


def let_three_insert_together(monkeypatch: pytest.MonkeyPatch) -> None:
    insert, barrier = metrics_services.insert_new, Barrier(3)

    def insert_together(*rows: Any, **others: Any) -> Any:
        with suppress(BrokenBarrierError):
            barrier.wait(timeout=5)
        return insert(*rows, **others)

    monkeypatch.setattr(metrics_services, "insert_new", insert_together)


def answers_to_many_rows(turn: int) -> set[int]:
    """Return what three senders of the same 2,000 ids are told, ids of this turn alone."""
    body = body_of(MetricFactory().pk, [f"{turn} {number}" for number in range(2_000)])
    return {answer.status_code for answer in sent_at_once(caller("specialist"), [body] * 3, {})}


def test_senders_of_the_same_rows_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    let_three_insert_together(monkeypatch)

    assert answers_to_many_rows(0) == {200}


def test_twin_rows_as_they_come_wait_for_each_other_in_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    SABOTAGES["unsorted"](monkeypatch.setattr)
    let_three_insert_together(monkeypatch)

    # An insert may be through before the others reach its rows, so it may take some turns.
    assert any(503 in answers_to_many_rows(turn) for turn in range(MOST_TURNS))


def test_twin_a_key_that_is_not_kept_is_another_call_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client = caller("specialist")

    def made_by_two_calls(key: str) -> set[int]:
        body, headers = json.dumps({"name": key}), {"Idempotency-Key": key}
        asked = [client.post("/api/v1/customers/", body, "application/json", headers=headers) for _ in range(2)]
        return {answer.json()["id"] for answer in asked}

    assert len(made_by_two_calls("kept")) == 1
    SABOTAGES["no_key"](monkeypatch.setattr)
    assert len(made_by_two_calls("forgotten")) == 2


def test_of_two_figures_under_one_id_one_is_stored_and_the_other_a_conflict() -> None:
    metric = MetricFactory().pk

    answers = sent_at_once(caller("specialist"), [body_of(metric, ["a", f"own{at}"], value=at) for at in range(4)], {})

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert Measurement.objects.count() == 2
