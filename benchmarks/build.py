"""Works the scores out from the loaded evidence; prints seconds and memory as JSON."""

import json
import resource
from time import perf_counter

from django.utils import timezone

from benchmarks.world import REQUIREMENTS
from gap_scores.rebuilding import rebuild
from gap_scores.services import drain_all
from jobs.services import mark_circle, mark_metric, mark_register


def build() -> dict[str, float]:
    mark_register()
    mark_circle()
    for metric in range(1, REQUIREMENTS + 1):
        mark_metric(metric_id=metric)
    started = perf_counter()
    drain_all(as_of=timezone.now())
    levels_done = perf_counter()
    rebuild(now=timezone.now())
    return {
        "levels_s": levels_done - started,
        "rebuild_s": perf_counter() - levels_done,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    print(json.dumps(build()))
