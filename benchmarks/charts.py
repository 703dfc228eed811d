"""Control charts of 10,000 points: limits and signals, and the drawing with its markup, thinned and not."""

import json
import random
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from time import process_time
from unittest.mock import patch

from django.template.loader import render_to_string

from benchmarks.timing import Samples, in_ms
from dashboard.drawing import control
from dashboard.drawing.control import Level, draw_control, draw_spreads
from scoring.charts import Chart
from scoring.felt import Direction
from scoring.rules import Rules
from scoring.shewhart import xmr_chart

POINTS, TURNS, SEED = 10_000, 30, 20261126
PERIODS = [str(number) for number in range(POINTS)]


def main() -> None:
    draw = random.Random(SEED)
    # A steady process that shifts near the end: signals one by one, then thousands in a row.
    steady = [draw.gauss(20, 3) for _ in range(POINTS)]
    shifted = [value + (2 if at > 0.9 * POINTS else 0) for at, value in enumerate(steady)]
    samples: Samples = defaultdict(list)
    counts = {}
    for name, values in (("steady", steady), ("shifted", shifted)):
        for _ in range(TURNS):
            chart = timed(samples, f"{name} limits and signals", partial(xmr_chart, [values], Rules.DEFAULT))
            assert isinstance(chart, Chart)
            pages = timed(samples, f"{name} thinned", partial(markup, chart))
            with patch.multiple(control, thinned=lambda points, *_: list(points), MOST_DOTS=10 * POINTS):
                whole = timed(samples, f"{name} not thinned", partial(markup, chart))
            counts[name] = {"signals": len(chart.signals), "bytes": size(pages), "bytes_whole": size(whole)}
    print(json.dumps({"points": POINTS, "samples": in_ms(samples), "counts": counts}))


def timed(samples: Samples, name: str, run: Callable[[], object]) -> object:
    """Run it and keep the processor's seconds: nothing here waits, and what else runs counts for nothing."""
    started = process_time()
    result = run()
    samples[name].append(process_time() - started)
    return result


def markup(chart: Chart) -> list[str]:
    """Return what a metric's page shows of a chart: wide, narrow, and the ranges beneath."""
    drawings = [
        draw_control(
            chart, periods=PERIODS, direction=Direction.LOWER, customers=Level("customers' 80 %", 8, "8 h"),
            target=Level("our target", 24, "24 h"), unit="hours", uid=f"chart-{wide}", description="", wide=wide,
        )
        for wide in (True, False)
    ]  # fmt: skip
    spreads = draw_spreads(chart, count=POINTS, right=drawings[0].right, uid="spreads")
    found = [render_to_string("components/figures/control.html", {"control": each}) for each in drawings]
    return [*found, render_to_string("components/figures/spreads.html", {"spreads": spreads})]


def size(pages: object) -> int:
    assert isinstance(pages, list)
    return sum(len(each) for each in pages)
