"""An import whose worker is killed at some row goes on when somebody else has it: each row is there once."""

import json

import pytest

from tests.production.arrangement import Production
from tests.production.clients import item
from tests.waiting import wait_until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(240)]
ROWS = 12_000


def test_a_stream_whose_worker_is_killed_at_some_row_is_stored_by_another_and_each_row_once(
    production: Production,
) -> None:
    metrics, machine = production.seeded["metrics"], production.session(token=production.seeded["token"])
    body = "\n".join(json.dumps(item(metrics[at % 12], f"row-{at}", at)) for at in range(ROWS))
    stored = "SELECT count(*), count(DISTINCT external_id) FROM metrics_measurement WHERE source = 'broken off'"
    taken = machine.post(
        f"{production.url}/api/v1/measurements/stream/?source=broken off", body, timeout=60,
        headers={"Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    job = taken.json()["id"]
    seen = "SELECT done > 0 AND done < total, state, attempts FROM jobs_job WHERE id = %s"

    assert wait_until(lambda: production.query(seen, job)[0][0], 60, pause=0.005)
    for worker in production.workers:
        worker.kill()
    assert production.query(seen, job) == [(True, "running", 1)]
    assert production.query(stored) == [(0, 0)]

    for worker in production.workers:
        worker.start()
    # It has been silent for as long as a worker that lives never is.
    production.query("UPDATE jobs_job SET alive_at = alive_at - interval '6 minutes' WHERE id = %s", job)

    def is_done() -> bool:
        production.send_task("jobs.tasks.sweep_jobs")
        return production.query(seen, job) == [(False, "done", 2)]

    assert wait_until(is_done, 60, pause=0.5)
    assert production.query(stored) == [(ROWS, ROWS)]
    assert wait_until(production.is_drained, 20)
