"""The same call from several connections at the same moment is stored once."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from jobs.models import IdempotencyKey, Marker
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


# Before its second row a sender waits until the other has inserted its first, too, or waits for this one's, or is done.
MEET = """
CREATE FUNCTION meet() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE tries integer := 0;
BEGIN
  IF coalesce(current_setting('test.first_row', true), '') = pg_current_xact_id()::text THEN
    PERFORM pg_advisory_xact_lock_shared(815099);
    WHILE tries < 2000 AND NOT EXISTS (SELECT FROM metrics_measurement WHERE external_id = NEW.external_id)
      AND NOT EXISTS (
      SELECT FROM pg_locks l JOIN pg_locks r USING (pid)
      WHERE r.relation = TG_RELID AND r.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND pid <> pg_backend_pid()
        AND (l.locktype = 'advisory' AND l.objid = 815099 OR l.locktype = 'transactionid' AND NOT l.granted)
    ) LOOP
      PERFORM pg_sleep(0.01);
      tries := tries + 1;
    END LOOP;
  END IF;
  PERFORM set_config('test.first_row', pg_current_xact_id()::text, true);
  RETURN NEW;
END $$;
CREATE TRIGGER meet BEFORE INSERT ON metrics_measurement FOR EACH ROW EXECUTE FUNCTION meet();
"""


def answers_to_two_who_meet() -> set[int]:
    """Return what two senders of the same two ids are told who are at their first row at the same time."""
    body, client = body_of(MetricFactory().pk, ["a", "b"]), caller("specialist")
    with connection.cursor() as cursor:
        cursor.execute(MEET)
        try:
            return {answer.status_code for answer in sent_at_once(client, [body] * 2, {})}
        finally:
            cursor.execute("DROP FUNCTION meet CASCADE")


def test_senders_of_the_same_rows_wait_for_each_other() -> None:
    assert answers_to_two_who_meet() == {200}


def test_twin_rows_as_they_come_wait_for_each_other_in_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    SABOTAGES["unsorted"](monkeypatch.setattr)

    assert answers_to_two_who_meet() == {200, 503}


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
