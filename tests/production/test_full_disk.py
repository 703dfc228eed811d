"""A full disk under PostgreSQL: writes are refused as a whole, reading goes on, and with room everything goes on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.small_disk import fill, is_possible, make_room
from tests.production.arrangement import Production
from tests.production.clients import BULK, item, sign_in
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not is_possible(), reason="this machine lets nobody mount a small disk"),
]


@contextlib.contextmanager
def measurements_on_small_disk(production: Production) -> Iterator[Path]:
    """Move the measurements to the small disk; yield it as this process reaches it."""
    production.query(f"CREATE TABLESPACE small LOCATION '{production.small_disk}'")
    try:
        production.query("ALTER TABLE metrics_measurement SET TABLESPACE small")
        yield Path(f"/proc/{production.postgres.pid}/root{production.small_disk}")
    finally:
        production.query("ALTER TABLE metrics_measurement SET TABLESPACE pg_default")
        production.query("DROP TABLESPACE small")


def test_a_full_disk_refuses_what_is_written_as_a_whole_and_goes_on_reading(production: Production) -> None:
    machine, browser = production.session(token=production.seeded["token"]), sign_in(production)
    metrics = production.seeded["metrics"]
    body = {"source": "full", "items": [item(metrics[at % 12], f"full-{at}", at) for at in range(3_000)]}
    stored = "SELECT count(*) FROM metrics_measurement WHERE source = 'full'"

    with measurements_on_small_disk(production) as disk:
        fill(disk)
        refused = machine.post(production.url + BULK, json=body, timeout=30)
        left = production.query(stored)
        read = [machine.get(f"{production.url}/api/v1/{noun}/", timeout=30) for noun in ("circle", "metrics")]
        read += [browser.get(f"{production.url}{page}", timeout=30) for page in ("/", "/metrics/", "/readyz")]
        make_room(disk)
        taken = machine.post(production.url + BULK, json=body, timeout=30)

    assert (refused.status_code, refused.headers["Retry-After"], refused.json()["status"]) == (503, "2", 503)
    assert left == [(0,)]
    assert [answer.status_code for answer in read] == [200] * 5
    assert (taken.status_code, production.query(stored)) == (200, [(3_000,)])
    assert wait_until(production.is_drained, 20)
    assert "bit for bit" in production.run("manage.py", "rebuild_scores", "--verify", check=False)
