"""Measures the pages of the House of Quality: 40 x 60, and the first part of a house of 600 requirements."""

import json
import random
import sys
from collections import defaultdict

from django.test import Client
from django.utils import timezone

from accounts.models import User
from benchmarks.doors import Call, full_doors, person, right
from benchmarks.load import copy, numbered, restart_ids
from benchmarks.timing import Samples, in_ms, timed
from benchmarks.world import REQUIREMENTS, SEED
from functions.models import Function
from gap_scores.services import drain_all
from jobs.services import mark_circle
from metrics.models import Metric
from requirements_catalog.models import Requirement

ROWS, COLUMNS = 40, 60
STRENGTHS = (9, 3, 1)
SERVING = 5  # functions, and further metrics, of each requirement
PRODUCT = 1
PAGES = {"functions": "/house/", "metrics": f"/house/metrics/?product={PRODUCT}"}
SETTLING, CALLS = 5, 40
GOAL = f"{ROWS} x {COLUMNS}"


def main() -> None:
    chance, samples = random.Random(SEED), defaultdict(list)
    write_links(chance)
    with full_doors() as call:
        headers = person()["page"]
        measure(samples, call, headers, f"{REQUIREMENTS} requirements")
        narrow()
        measure(samples, call, headers, GOAL)
        change(samples)
    print(json.dumps({"samples": in_ms(samples)}))


def write_links(chance: random.Random) -> None:
    """Let functions and metrics of the first sixty serve each requirement, and each metric pull on a few near it."""
    near = range(1, COLUMNS + 1)
    copy(
        "requirements_catalog_responsibility",
        "id requirement_id function_id strength",
        numbered(
            (r, f, chance.choice(STRENGTHS)) for r in range(1, REQUIREMENTS + 1) for f in chance.sample(near, SERVING)
        ),
    )
    links = [
        (m, r, PRODUCT, chance.choice(STRENGTHS), "supports")
        for r in range(1, REQUIREMENTS + 1)
        for m in chance.sample(near, SERVING)
        if m != r
    ]
    first = REQUIREMENTS * 3 + 1  # behind those that measure the levels
    copy(
        "metrics_metriclink",
        "id metric_id requirement_id product_id strength role",
        ((first + at, *link) for at, link in enumerate(links)),
    )
    copy(
        "metrics_metricrelation",
        "id one_id other_id strength note",
        numbered(
            (m, m + step, chance.choice((9, 3, -3, -9)), "") for m in range(1, REQUIREMENTS - 4) for step in (1, 3)
        ),
    )
    restart_ids()


def narrow() -> None:
    """Leave 40 requirements, 60 functions and 60 metrics."""
    Requirement.objects.filter(pk__gt=ROWS).update(state="retired")
    Function.objects.filter(pk__gt=COLUMNS).update(is_active=False)
    Metric.objects.filter(pk__gt=COLUMNS).update(is_active=False)
    mark_circle()
    drain_all(as_of=timezone.now())


def measure(samples: Samples, call: Call, headers: dict[str, str], size: str) -> None:
    for turn in range(SETTLING + CALLS):
        into: Samples = samples if turn >= SETTLING else defaultdict(list)
        for name, path in PAGES.items():
            _, _, body = timed(into, f"{name}, {size}", lambda path=path: right(call(path, **headers)))  # type: ignore[misc]
            if not turn:
                print(f"{name}, {size}: {len(body):,} bytes", file=sys.stderr, flush=True)


def change(samples: Samples) -> None:
    """Time a key that sets one cell, with the sums that it answers."""
    client = Client(headers={"HX-Request": "true", "Host": "localhost"})
    client.force_login(User.objects.get(username="benchmark"))
    for turn in range(SETTLING + CALLS):
        into: Samples = samples if turn >= SETTLING else defaultdict(list)
        for name, address in (("functions", "/house/1/3/"), ("metrics", f"/house/metrics/1/3/?product={PRODUCT}")):
            sent = {"to": str(STRENGTHS[turn % 3])}
            answer = timed(into, f"{name}, a key", lambda address=address, sent=sent: client.post(address, sent))
            if answer.status_code != 200:  # type: ignore[attr-defined]
                sys.exit(f"The key was answered {answer.status_code}")  # type: ignore[attr-defined]
