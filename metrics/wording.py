"""Levels as people write them."""

from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext as _

from metrics.models import Kind, Measurement, Metric, MetricLink
from scoring.units import UNITS


def level_in_words(value: Fraction) -> str:
    """Write an exact level with two decimals, four below 1, without zeros at the end."""
    number = round(Decimal(value.numerator) / Decimal(value.denominator), 2 if abs(value) >= 1 else 4)
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short.replace("-", "\u2212")


def level_words_of(metric: Metric, level: Fraction | Decimal) -> str:
    return f"{level_in_words(Fraction(level))} {UNITS[metric.unit].short}".strip()


def figures_in_words(row: Measurement) -> str:
    """Return what was measured as people write it: a value, or how many of how many."""
    if row.kind == Kind.ORDINAL:
        return counts_in_words(row)
    parts = {
        Kind.PROPORTION: (row.numerator, row.denominator),
        Kind.YIELD: (row.numerator, row.denominator),
        Kind.DEFECTS: (row.defects, row.units),
        Kind.COUNT_RATE: (row.events, row.exposure),
    }.get(Kind(row.kind), (row.value,))
    return _(" of ").join(plain(part) for part in parts)


def counts_in_words(row: Measurement) -> str:
    """Return how many fell on each step: 'none 3, partly 5, fully 12'."""
    pairs = zip(row.metric.step_names, row.counts.split("/"), strict=False)
    return ", ".join(f"{name} {count}" for name, count in pairs)


def plain(number: Decimal | int | None) -> str:
    """Write a stored number without zeros at the end and without an exponent."""
    return f"{number.normalize():f}" if isinstance(number, Decimal) else str(number)


def changed_ends(link: MetricLink) -> str:
    """Say which end of a suspect link has changed since somebody looked at it."""
    ends = [
        word
        for word, now, then in (
            (_("the requirement"), link.requirement.version, link.requirement_version),
            (_("the metric"), link.metric.version, link.metric_version),
        )
        if now > then
    ]
    return _(" and ").join(ends)
