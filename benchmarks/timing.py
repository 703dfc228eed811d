"""Seconds, gathered side by side: what is compared is measured in turns, so a busy moment hits all alike."""

from collections import defaultdict
from collections.abc import Callable
from time import perf_counter

Samples = defaultdict[str, list[float]]


def timed(samples: Samples, name: str, run: Callable[[], object]) -> object:
    started = perf_counter()
    result = run()
    samples[name].append(perf_counter() - started)
    return result


def quantile(values: list[float], q: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def in_ms(samples: Samples) -> dict[str, dict[str, float]]:
    """Return n, median and 99th percentile in milliseconds of each name."""
    return {
        name: {"n": len(values), "p50": 1000 * quantile(values, 0.5), "p99": 1000 * quantile(values, 0.99)}
        for name, values in samples.items()
    }
