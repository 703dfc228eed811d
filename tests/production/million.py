"""A million measurements in one call to the whole deployment, while others push and read: by hand, some minutes.

    nice -n 10 python -m tests.production.million benchmarks/results/stream.json [ROWS]

It stands until every row is stored and folded, compares each with what was sent and every score with the evidence, and
keeps what it took; `python -m benchmarks.report` puts that into docs/benchmarks.md.
"""

import contextlib
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import psycopg2
import requests

from benchmarks.machine import this_machine
from tests.production.arrangement import Part, Production, running
from tests.production.clients import Client
from tests.production.ledger import Reader
from tests.waiting import wait_until

METRICS, MEASURED = 600, 590
DAYS = 1_500
SECONDS = 3_600.0
NEWEST = date(2026, 11, 20)


def row(metrics: list[int], number: int) -> dict[str, Any]:
    day = (NEWEST - timedelta(days=number // len(metrics) % DAYS)).isoformat()
    return {
        "metric": metrics[number % len(metrics)], "external_id": f"row-{number}", "period_start": day,
        "period_end": day, "value": number * 7919 % 200 + 1,
    }  # fmt: skip


def lines(metrics: list[int], rows: int) -> Iterator[bytes]:
    for first in range(0, rows, 1_000):
        some = (row(metrics, number) for number in range(first, min(first + 1_000, rows)))
        yield b"".join(json.dumps(each).encode() + b"\n" for each in some)


class TimedClient(Client):
    """A client that keeps how long each answer took."""

    def __init__(self, production: Production, name: str) -> None:
        super().__init__(production, name)
        self.seconds: list[float] = []

    def _call(self, session: requests.Session, method: str, path: str, **options: Any) -> bool:
        started = time.monotonic()
        try:
            return super()._call(session, method, path, **options)
        finally:
            self.seconds.append(time.monotonic() - started)


class Memory(threading.Thread):
    """Looks twice a second how much memory each process has had at most."""

    KINDS: ClassVar = ("web", "worker")

    def __init__(self, production: Production) -> None:
        super().__init__(name="memory", daemon=True)
        self._production, self.stopping = production, threading.Event()
        self.peak_mib = dict.fromkeys(self.KINDS, 0.0)

    def run(self) -> None:
        while not self.stopping.wait(0.5):
            for kind, parts in (("web", self._production.webs), ("worker", self._production.workers)):
                self.peak_mib[kind] = max([self.peak_mib[kind], *(peak for part in parts for peak in peaks(part))])


def peaks(part: Part) -> Iterator[float]:
    for pid in [part.pid, *part.children()]:
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            yield from (int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def stream(production: Production, rows: int) -> dict[str, float]:
    """Send the rows in one call; return how long it took until they were received, stored and folded."""
    machine = production.session(token=production.seeded["token"])
    started = time.monotonic()
    answer = machine.post(
        f"{production.url}/api/v1/measurements/stream/?source=million", timeout=SECONDS,
        data=lines(production.seeded["metrics"], rows), headers={"Content-Type": "application/x-ndjson"},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    took = {"received": time.monotonic() - started}
    # As a path: nginx is not at the usual port here, which the answer's own address does not know.
    job, address = answer.json(), f"{production.url}/api/v1/jobs/{answer.json()['id']}/"

    def is_over() -> bool:
        with contextlib.suppress(requests.RequestException):
            job.update(machine.get(address, timeout=60).json())
        return job.get("state") in {"done", "failed", "cancelled"}

    assert wait_until(is_over, SECONDS, pause=1)
    took["stored"] = time.monotonic() - started
    assert (job["state"], job["result"]["created"]) == ("done", rows), job
    say(took)
    assert wait_until(lambda: not waits_since_before(production), SECONDS, pause=0.2)
    took["folded"] = time.monotonic() - started
    return took


def waits_since_before(production: Production) -> bool:
    """Whether evidence of the stream still waits: others push meanwhile, so something always does."""
    return bool(production.query("SELECT 1 FROM jobs_marker WHERE enqueued_at < now() - interval '2 seconds' LIMIT 1"))


def wrong_rows(production: Production, rows: int) -> list[str]:
    """Compare each row that is stored with what was sent."""
    metrics, wrong, seen = production.seeded["metrics"], [], bytearray(rows)
    with (
        contextlib.closing(psycopg2.connect(production.postgres.url)) as connection,
        connection.cursor("all") as cursor,
    ):
        cursor.execute("SELECT external_id, metric_id, period_end::text, value FROM metrics_measurement "
                       "WHERE source = 'million'")  # fmt: skip
        for external_id, metric, day, value in cursor:
            number = int(external_id.partition("-")[2])
            sent = row(metrics, number)
            seen[number] += 1
            # Figures are stored in millionths.
            if (sent["metric"], sent["period_end"], sent["value"] * 1_000_000) != (metric, day, value):
                wrong.append(f"{external_id}: {metric} {day} {value}")
    return wrong + [f"row-{number} is there {seen[number]} times" for number in range(rows) if seen[number] != 1]


def say(what: Any) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def measure(rows: int) -> dict[str, Any]:
    with running(metrics=METRICS, measured=MEASURED) as production:
        assert wait_until(production.is_drained, 120)
        clients = [TimedClient(production, f"meanwhile{at}") for at in range(2)]
        reader, memory = Reader(production, "million-read", seed=1), Memory(production)
        others: list[Any] = [*clients, reader, memory]
        for each in others:
            each.start()
        try:
            took = stream(production, rows)
        finally:
            for each in others:
                each.stopping.set()
            for each in others:
                each.join(60)
        assert wait_until(production.is_drained, 120)
        started = time.monotonic()
        said = production.run("manage.py", "rebuild_scores", "--verify", check=False)
        took["verified"] = time.monotonic() - started
        seconds = sorted(each for client in clients for each in client.seconds)
        failed = [each for client in clients for each in client.failed] + reader.unexpected
        return {
            "rows": rows, "metrics": METRICS, "seconds": took, "peak_mib": memory.peak_mib,
            "wrong": wrong_rows(production, rows)[:20] + ([] if "bit for bit" in said else [said]),
            "others": {
                "answers": sum(client.answered for client in clients) + sum(reader.answers.values()),
                "failed": failed[:20], "failures": len(failed), "pages": Counter(reader.answers),
                "p50": seconds[len(seconds) // 2], "p99": seconds[len(seconds) * 99 // 100], "most": seconds[-1],
            },
            "machine": this_machine(production.postgres.url),
        }  # fmt: skip


if __name__ == "__main__":
    result = measure(int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
    Path(sys.argv[1]).write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    say(json.dumps(result, indent=1))
    sys.exit(1 if result["wrong"] or result["others"]["failures"] else 0)
