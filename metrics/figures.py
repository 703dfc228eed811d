"""What a measurement must look like for its metric, as plain checks: used one by one and a million times alike."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGION_OF, REGIONS
from metrics.models import Breakdown, Kind, Metric
from web.fields import to_units

Errors = dict[str, ValidationError]

FIELDS_OF = {
    Kind.LEVEL: ("value",),
    Kind.DURATION: ("value",),
    Kind.PROPORTION: ("numerator", "denominator"),
    Kind.DEFECTS: ("defects", "units"),
    Kind.COUNT_RATE: ("events", "exposure"),
    Kind.YIELD: ("numerator", "denominator"),
    Kind.ORDINAL: ("counts",),
    Kind.DERIVED: (),
}
VALUES = ("value", "numerator", "denominator", "defects", "units", "events", "exposure", "counts")
DECIMALS = ("value", "exposure")
PARTS_OF = {
    Breakdown.COUNTRY: frozenset(REGION_OF),
    Breakdown.REGION: frozenset(key for key, _name in REGIONS),
    Breakdown.INDUSTRY: frozenset(key for key, _name in INDUSTRIES),
    Breakdown.SIZE: frozenset(SizeBand.values) - {""},
    Breakdown.LIFECYCLE: frozenset(Lifecycle.values),
}
# Room below 2^63, so that a sum over a window and units x opportunities stay inside 64 bits.
LARGEST_COUNT = 10**15
LONGEST_ID = 80
COUNT = re.compile(r"[0-9]{1,15}")
# How figures that belong together are parted in one cell.
PARTED = re.compile(r"\s*(?:/|\bof\b|;)\s*", re.IGNORECASE)
# Far enough from year 1 that the longest window can be counted back.
EARLIEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One observation of a metric; only the fields of the metric's kind are filled."""

    period_start: date
    period_end: date
    part: str = ""
    value: Decimal | None = None
    numerator: int | None = None
    denominator: int | None = None
    defects: int | None = None
    units: int | None = None
    opportunities: int | None = None
    events: int | None = None
    exposure: Decimal | None = None
    counts: str = ""


def counts_of(figures: Figures, metric: Metric) -> str:
    """Return how many fell on each step as it is stored, '0/0/1'; a word of the scale counts as one on that step."""
    text, words = " ".join(figures.counts.split()), [word.casefold() for word in metric.step_names]
    if text.casefold() in words:
        return "/".join("1" if word == text.casefold() else "0" for word in words)
    return "/".join(str(int(each)) if each.isascii() and each.isdecimal() else each for each in PARTED.split(text))


def opportunities_of(figures: Figures, metric: Metric) -> int | None:
    """Return the opportunities per unit: those stated, or else the metric's."""
    if metric.kind != Kind.DEFECTS:
        return figures.opportunities
    return figures.opportunities if figures.opportunities is not None else metric.opportunities_per_unit


def errors_in(figures: Figures, metric: Metric, today: date) -> Errors:
    """Return what is wrong with an observation, one sentence per field; empty if it can be stored."""
    if metric.kind == Kind.DERIVED:
        message = _("'%(name)s' is worked out from other metrics. Enter what those measure.")
        return {"metric": ValidationError(message, code="derived", params={"name": metric.name})}
    errors = errors_in_period(figures, today) | errors_in_part(figures, metric)
    errors |= errors_in_columns(figures, metric)
    return errors or errors_between_counts(figures, metric)


def errors_in_period(figures: Figures, today: date) -> Errors:
    if figures.period_start < EARLIEST:
        message = _("%(day)s lies before 1900. Check the year.")
        params = {"day": figures.period_start.isoformat()}
        return {"period_start": ValidationError(message, code="too_early", params=params)}
    if figures.period_end < figures.period_start:
        return {"period_end": ValidationError(_("The period cannot end before it starts."), code="period")}
    if figures.period_end > today:
        return {
            "period_end": ValidationError(
                _("%(day)s lies in the future. A measurement ends today or earlier."),
                code="future",
                params={"day": figures.period_end.isoformat()},
            )
        }
    return {}


def errors_in_part(figures: Figures, metric: Metric) -> Errors:
    if metric.is_chain:
        return errors_in_step(figures, metric)
    if not figures.part or figures.part in PARTS_OF.get(Breakdown(metric.breakdown), ()):
        return {}
    if not metric.breakdown:
        message = _("'%(part)s': this metric is not broken down, so leave the breakdown value empty.")
    else:
        message = _("'%(part)s' is not a value of the breakdown by %(breakdown)s.")
    params = {"part": figures.part, "breakdown": metric.get_breakdown_display()}
    return {"part": ValidationError(message, code="part", params=params)}


def errors_in_step(figures: Figures, metric: Metric) -> Errors:
    if figures.part in metric.step_names:
        return {}
    message = _("'%(part)s' is no step of this yield. There are: %(steps)s.")
    params = {"part": figures.part, "steps": ", ".join(metric.step_names)}
    return {"part": ValidationError(message, code="step", params=params)}


def errors_in_columns(figures: Figures, metric: Metric) -> Errors:
    wanted = FIELDS_OF[Kind(metric.kind)]
    errors: Errors = {}
    for name in VALUES:
        number = getattr(figures, name)
        if name not in wanted and number not in (None, ""):
            errors[name] = ValidationError(
                _("A metric of the kind '%(kind)s' has no such figure. Leave it empty."),
                code="not_of_kind",
                params={"kind": metric.get_kind_display()},
            )
        elif name in wanted:
            errors |= errors_in_number(name, number)
    if metric.kind != Kind.DEFECTS and figures.opportunities is not None:
        errors["opportunities"] = ValidationError(_("Only defects have opportunities."), code="not_of_kind")
    return errors


def errors_in_number(name: str, number: Decimal | int | str | None) -> Errors:
    if number in (None, ""):
        return {name: ValidationError(_("This figure is missing."), code="required")}
    if isinstance(number, str):
        return {}
    if name in DECIMALS:
        try:
            to_units(Decimal(number))
        except ValidationError as error:
            return {name: error}
    elif not 0 <= number <= LARGEST_COUNT:
        return {name: ValidationError(_("Enter a whole number from 0 to 10^15."), code="out_of_range")}
    return {}


def errors_between_counts(figures: Figures, metric: Metric) -> Errors:
    """Check the figures against each other; each is there and a number."""
    match metric.kind:
        case Kind.DURATION if figures.value is not None and figures.value < 0:
            return {"value": ValidationError(_("A duration cannot be negative."), code="negative")}
        case Kind.ORDINAL:
            return errors_in_counts(figures, metric)
        case Kind.PROPORTION | Kind.YIELD:
            return errors_in_share(figures.numerator or 0, figures.denominator or 0)
        case Kind.DEFECTS:
            return errors_in_defects(figures, opportunities_of(figures, metric) or 0)
        case Kind.COUNT_RATE if figures.exposure is not None and figures.exposure <= 0:
            return {"exposure": ValidationError(_("The exposure must be above 0."), code="zero")}
    return {}


def errors_in_counts(figures: Figures, metric: Metric) -> Errors:
    counts = counts_of(figures, metric).split("/")
    if len(counts) != len(metric.step_names) or not all(COUNT.fullmatch(each) for each in counts):
        message = _("Write how many fell on each step, %(steps)s: %(form)s. Or the word of one step.")
        params = {"steps": " / ".join(metric.step_names), "form": "/".join("3" for _each in metric.step_names)}
        return {"counts": ValidationError(message, code="counts", params=params)}
    if not any(map(int, counts)):
        return {"counts": ValidationError(_("At least one of the counts is above 0."), code="zero")}
    return {}


def errors_in_share(numerator: int, denominator: int) -> Errors:
    if denominator == 0:
        return {"denominator": ValidationError(_("The denominator must be above 0."), code="zero")}
    if numerator > denominator:
        return {
            "numerator": ValidationError(
                _("The numerator %(numerator)s is larger than the denominator %(denominator)s."),
                code="share",
                params={"numerator": numerator, "denominator": denominator},
            )
        }
    return {}


def errors_in_defects(figures: Figures, opportunities: int) -> Errors:
    units, defects = figures.units or 0, figures.defects or 0
    if units == 0:
        return {"units": ValidationError(_("Units must be above 0."), code="zero")}
    if not 0 < opportunities < 2**31 or units * opportunities > LARGEST_COUNT:
        return {"opportunities": ValidationError(_("Units x opportunities lie between 1 and 10^15."), code="range")}
    if defects > units * opportunities:
        return {
            "defects": ValidationError(
                _("%(defects)s defects are more than %(chances)s opportunities."),
                code="defects",
                params={"defects": defects, "chances": units * opportunities},
            )
        }
    return {}
