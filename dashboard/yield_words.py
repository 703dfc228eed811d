"""What else the level of some kinds is called: sigma, yield per step, the median of a worded scale."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from math import inf, isinf

from dashboard.words import share_words
from metrics.measured import AnyRow, MeasuredPart, summed
from metrics.models import Kind, Metric
from scoring.levels import median_step
from scoring.sigma import MILLION, SHIFT, SigmaLevel, normalised_yield, sigma_level, total_dpu
from scoring.units import factor
from web.templatetags.show import fixed

SHIFTED = f"with the usual shift of {SHIFT} between long and short term"


def other_words(
    metric: Metric, part: MeasuredPart | None, rows: Iterable[AnyRow], customers: float | None
) -> list[tuple[str, str]]:
    """Return label and sentence of each. rows: at least those of the window; customers: their level, if known."""
    if part is None:
        return []
    if metric.kind == Kind.DEFECTS:
        return sigma_words(metric, part, customers)
    if metric.is_chain:
        return rolled_words(metric, part)
    if metric.kind == Kind.ORDINAL:
        return [("Median", median_words(metric, part, rows))]
    return []


def sigma_words(metric: Metric, part: MeasuredPart, customers: float | None) -> list[tuple[str, str]]:
    """Say the level as a sigma level, and the customers' beside it."""
    level = part.level.converted(metric.unit, "per_million")
    ends = [
        sigma_level(min(max(end, Fraction(0)), Fraction(MILLION))) for end in (level.hi, level.lo) if end is not None
    ]
    found = [("Sigma level", f"{_sigma(sigma_level(level.value), ends)}, {SHIFTED}")]
    if customers is not None:
        needed = sigma_level(min(max(customers * float(factor(metric.unit, "per_million")), 0.0), float(MILLION)))
        found.append(("Customers need", f"{_number(needed)} sigma with the same shift"))
    return found


def _sigma(sigma: SigmaLevel | None, ends: list[SigmaLevel | None]) -> str:
    worst, best = (_number(end) for end in ends)
    if sigma is not None and sigma.value == inf:
        return f"at least {worst}: no defect was found"
    return f"{_number(sigma)}, interval {worst} to {best}"


def _number(sigma: SigmaLevel | None) -> str:
    if sigma is None or isinf(sigma.value):
        return "no bound" if sigma is None or sigma.value > 0 else "below any"
    return fixed(sigma.value, 2)


def rolled_words(metric: Metric, part: MeasuredPart) -> list[tuple[str, str]]:
    rolled = part.level.converted(metric.unit, "share").value
    count = len(metric.step_names)
    found = [
        ("Normalised yield", f"{share_words(normalised_yield(rolled, count))} in each of {count} steps gives the same")
    ]
    if rolled:
        found.append(("Defects per unit", f"{fixed(total_dpu(rolled), 3)} over all steps, if they fall at random"))
    return found


def median_words(metric: Metric, part: MeasuredPart, rows: Iterable[AnyRow]) -> str:
    its = [row for row in rows if in_window(row.period_end, part)]
    counts = summed(metric.kind, its) if its else [0] * len(metric.step_names)
    median = median_step(counts)
    pairs = ", ".join(f"{name} {count}" for name, count in zip(metric.step_names, counts, strict=True))
    return pairs if median is None else f"{metric.step_names[median]} ({pairs}); it counts from {metric.counts_from}"


def in_window(day: date, part: MeasuredPart) -> bool:
    return part.window_from < day <= part.newest_on
