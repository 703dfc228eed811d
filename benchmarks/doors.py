"""Measures the goals P4 to P7 and P10: draining under writers, the API, the circle page, import and push."""

import csv
import io
import json
import random
import resource
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from accounts.models import Scope, User
from accounts.services import create_token
from benchmarks.edits import draw_interview, record_interview
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import HOUR, REQUIREMENTS, SEED, World
from functions.models import Membership
from functions.selectors import program_day
from gap_scores.rebuilding import verify
from gap_scores.services import drain_all
from jobs.services import mark_every_day
from metrics.imports import import_measurements
from metrics.models import Measurement

CALLS = 150
SETTLING = 10  # calls before anything counts
CHANGES = 25
IMPORTED = 50_000
IMPORTS = 2
PUSHED = 5_000
PUSHES = 9
WRITERS = 4
WRITING_SECONDS = 10
SCORES = "/api/v1/requirement-scores/?page_size=200"
COLUMNS = "metric_id, kind, period_start, period_end, part, value, source, external_id, is_current, reason, created_at"
MAPPING = """source = "benchmark file"
[[measurements]]
metric = "metric"
external_id = "id"
period_end = "end"
value = "hours"
"""


def main(answers: str) -> None:
    world = World(int(answers), program_day(timezone.now()))
    samples: Samples = defaultdict(list)
    folded = drained_under_writers(world)
    with full_doors() as call:
        headers = person()
        queries = pages(samples, call, headers["page"], world)
        scores(samples, call, headers["api"])
        pushes(samples, call, headers["api"])
    imports(samples, world.today)
    # What plain SQL wrote has no markers.
    mark_every_day(metric_ids=range(1, REQUIREMENTS + 1))
    drain_all(as_of=timezone.now())
    differences = len(verify(now=timezone.now()))
    print(
        json.dumps(
            {
                "samples": in_ms(samples),
                "differences": differences,
                "folded_per_s": folded,
                "circle_queries": queries,
                "import_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


# ---- The doors, called as a server calls them

Call = Callable[..., tuple[int, dict[str, str], bytes]]


def caller(app: WSGIHandler) -> Call:
    def call(path: str, *, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        setup_testing_defaults(environ)
        place, _, query = path.partition("?")
        environ |= {
            "HTTP_HOST": "localhost",
            "REMOTE_ADDR": "127.0.0.1",
            "PATH_INFO": place,
            "QUERY_STRING": query,
            **headers,
        }
        environ |= {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json"} if body else {}
        started: list[Any] = []
        answer = app(environ, lambda *args: started.extend(args[:2]))
        content = b"".join(answer)
        answer.close()
        return int(started[0][:3]), dict(started[1]), content

    return call


@contextmanager
def full_doors() -> Iterator[Call]:
    """Yield the program with all of its middleware, its static files collected; the rate of calls does not stop it."""
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["token"] = "1000000/min"
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, override_settings(STATIC_ROOT=folder):
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        yield caller(WSGIHandler())


def bare_door() -> Call:
    with override_settings(MIDDLEWARE=[], ROOT_URLCONF="benchmarks.bare"):
        return caller(WSGIHandler())


def person() -> dict[str, dict[str, str]]:
    """Return the headers of a specialist's page and of a call with the specialist's token."""
    user, _ = User.objects.get_or_create(username="benchmark", email="benchmark@localhost")
    Membership.objects.get_or_create(user=user, role=Membership.Role.SPECIALIST)
    _, secret = create_token(user=user, name="benchmark", scopes=Scope.values, now=timezone.now())
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {
        "page": {"HTTP_COOKIE": f"{cookie.key}={cookie.value}"},
        "api": {"HTTP_AUTHORIZATION": f"Bearer {secret}"},
    }


def right(answer: tuple[int, dict[str, str], bytes], status: int = 200) -> tuple[int, dict[str, str], bytes]:
    if answer[0] != status:
        sys.exit(f"Expected {status}; got {answer[0]}: {answer[2][:500].decode()}")
    return answer


# ---- P5, P6


def pages(samples: Samples, call: Call, headers: dict[str, str], world: World) -> int:
    """Time the circle page as it is mostly asked for, and after a change of scores; return its queries then."""
    kept: Samples = defaultdict(list)
    chance = random.Random(SEED)
    for turn in range(SETTLING + CALLS):
        timed(samples if turn >= SETTLING else kept, "circle page", lambda: right(call("/", **headers)))
    for _ in range(CHANGES):
        record_interview(draw_interview(chance, world.customers), world.today, marked=True)
        drain_all(as_of=timezone.now())
        timed(samples, "circle page, after a change", lambda: right(call("/", **headers)))
    record_interview(draw_interview(chance, world.customers), world.today, marked=True)
    drain_all(as_of=timezone.now())
    with CaptureQueriesContext(connection) as captured:
        right(call("/", **headers))
    return len([each for each in captured.captured_queries if each["sql"].startswith(("SELECT", "WITH", "UPDATE"))])


def scores(samples: Samples, call: Call, headers: dict[str, str]) -> None:
    """Time 200 rows through the API, its 304, and a bare view of the same rows, in turns."""
    bare, kept = bare_door(), defaultdict(list)
    _, given, content = right(call(SCORES, **headers))
    etag = given["ETag"]
    with override_settings(ROOT_URLCONF="benchmarks.bare"):
        rows = json.loads(right(bare("/bare/"))[2])["results"]
    if len(rows) != len(json.loads(content)["results"]):
        sys.exit("The bare view and the API list different numbers of rows.")
    for turn in range(SETTLING + CALLS):
        into: Samples = samples if turn >= SETTLING else kept
        with override_settings(ROOT_URLCONF="benchmarks.bare"):
            timed(into, "scores: bare view", lambda: right(bare("/bare/")))
        timed(into, "scores: API", lambda: right(call(SCORES, **headers)))
        timed(into, "scores: API, not modified", lambda: right(call(SCORES, HTTP_IF_NONE_MATCH=etag, **headers), 304))


# ---- P10


def pushes(samples: Samples, call: Call, headers: dict[str, str]) -> None:
    """Time a push of 5,000 measurements against the same rows by COPY to a temporary table and one INSERT."""
    for turn in range(PUSHES):
        for name, push in (("push: API", push_by_api), ("push: plain SQL", push_by_sql)):
            items = new_items(f"{name} {turn}", PUSHED)
            started = perf_counter()
            push(items, call, headers)
            samples[name].append(perf_counter() - started)
        drain_all(as_of=timezone.now())


def new_items(name: str, count: int) -> list[dict[str, Any]]:
    day = (date(2020, 1, 1) + timedelta(days=random.Random(name).randint(0, 300))).isoformat()
    return [
        {"metric": at % REQUIREMENTS + 1, "external_id": f"{name} {at}", "period_start": day, "period_end": day,
         "value": f"{at % 12 + 1}"}
        for at in range(count)
    ]  # fmt: skip


def push_by_api(items: list[dict[str, Any]], call: Call, headers: dict[str, str]) -> None:
    body = json.dumps({"source": "benchmark push", "items": items}).encode()
    _, _, answer = right(call("/api/v1/measurements/bulk/", body=body, **headers))
    if len(json.loads(answer)["results"]) != len(items):
        sys.exit("The push did not answer for each item.")


def push_by_sql(items: list[dict[str, Any]], *_: Any, table: str = "metrics_measurement") -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            f"CREATE TEMPORARY TABLE pushed ON COMMIT DROP AS SELECT {COLUMNS} FROM metrics_measurement LIMIT 0"
        )
        cursor.copy_expert(f"COPY pushed ({COLUMNS}) FROM STDIN", lines_of(items, "benchmark rows"))
        cursor.execute(
            f"INSERT INTO {table} ({COLUMNS}) SELECT {COLUMNS} FROM pushed ORDER BY external_id "
            "ON CONFLICT DO NOTHING RETURNING external_id, id"
        )
        stored = cursor.fetchall()
        cursor.execute("COMMIT")
    if len(stored) != len(items):
        sys.exit("Plain SQL did not store every row.")


def lines_of(items: list[dict[str, Any]], source: str) -> io.StringIO:
    now = timezone.now().isoformat()
    return io.StringIO(
        "".join(
            f"{each['metric']}\tlevel\t{each['period_start']}\t{each['period_end']}\t\t{int(each['value']) * HOUR}\t"
            f"{source}\t{each['external_id']}\tt\t\t{now}\n"
            for each in items
        )
    )


# ---- P7


def imports(samples: Samples, today: date) -> None:
    """Time the import of a CSV file against COPY of the clean rows, in turns."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        mapping = Path(folder) / "mapping.toml"
        mapping.write_text(MAPPING)
        for turn in range(IMPORTS):
            items = new_items(f"file {turn}", IMPORTED)
            path = Path(folder) / f"{turn}.csv"
            write_csv(path, items)
            timed(samples, "import: CSV", lambda path=path: import_file(path, mapping))
            lines = lines_of(items, "benchmark copy")
            timed(samples, "import: COPY of the clean rows", lambda lines=lines: copy_rows(lines))


def write_csv(path: Path, items: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["metric", "id", "end", "hours"])
        for each in items:
            writer.writerow([f"Metric {each['metric']}", each["external_id"], each["period_end"], each["value"]])


def import_file(path: Path, mapping: Path) -> None:
    report = import_measurements(path=path, mapping_path=mapping, dry_run=False, now=timezone.now())
    if report.error_count or sum(report.created.values()) != IMPORTED:
        sys.exit(f"The import refused rows: {report.errors[:3]}")


def copy_rows(lines: io.StringIO) -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {Measurement._meta.db_table} ({COLUMNS}) FROM STDIN", lines)  # noqa: SLF001


# ---- P4


def drained_under_writers(world: World) -> float:
    """Return how many interviews a second were folded while four processes wrote as fast as they could."""
    command = [sys.executable, "-m", "benchmarks.stage", "write", str(world.answers), str(WRITING_SECONDS)]
    writers = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for number in range(WRITERS)
    ]
    for each in writers:
        each.stdout.readline()  # type: ignore[union-attr]  # ready
    for each in writers:
        each.stdin.write(b"\n")  # type: ignore[union-attr]
        each.stdin.flush()  # type: ignore[union-attr]
    started = perf_counter()
    while any(each.poll() is None for each in writers):
        drain_all(as_of=timezone.now())
    drain_all(as_of=timezone.now())
    seconds = perf_counter() - started
    return sum(int(each.communicate()[0]) for each in writers) / seconds
