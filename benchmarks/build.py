"""Works the scores out from the loaded evidence, alone and with a second process; prints seconds and memory as JSON."""

import json
import resource
import subprocess
import sys
from time import perf_counter

from django.utils import timezone

from gap_scores.rebuilding import rebuild, rebuild_piece


def build() -> dict[str, float]:
    alone = seconds_of_a_rebuild()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rebuild_s": alone, "rebuild_by_two_s": seconds_of_a_rebuild(helpers=1), "peak_mb": peak}


def seconds_of_a_rebuild(*, helpers: int = 0) -> float:
    """Starting the helpers counts: a worker of Celery's would be there already."""
    processes: list[subprocess.Popen[bytes]] = []

    def call() -> None:
        command = [sys.executable, "-m", "benchmarks.stage", "build", "help"]
        processes.extend(subprocess.Popen(command) for _ in range(helpers))

    started = perf_counter()
    rebuild(now=timezone.now(), call_others=call)
    seconds = perf_counter() - started
    for each in processes:
        if each.wait():
            sys.exit("A helper of the rebuild failed (above).")
    return seconds


def help_others() -> None:
    size = 1
    while size := rebuild_piece(size):
        pass


def main(part: str = "whole") -> None:
    if part == "help":
        help_others()
    else:
        print(json.dumps(build()))
