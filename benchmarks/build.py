"""Works the scores out from the loaded evidence; prints seconds and memory as JSON."""

import json
import resource
from time import perf_counter

from django.utils import timezone

from gap_scores.rebuilding import rebuild


def build() -> dict[str, float]:
    started = perf_counter()
    rebuild(now=timezone.now())
    return {
        "rebuild_s": perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    print(json.dumps(build()))
