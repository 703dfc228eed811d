"""Verifies every bit of the kept scores; prints seconds and differences as JSON."""

import json
from time import perf_counter

from django.utils import timezone

from gap_scores.rebuilding import verify


def main() -> None:
    started = perf_counter()
    differences = verify(now=timezone.now())
    print(json.dumps({"verify_s": perf_counter() - started, "differences": len(differences)}))
