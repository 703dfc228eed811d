"""`{% load levels %}`: measured levels, which are exact fractions, on a page."""

from fractions import Fraction

from django import template

from metrics.health_words import flaw_words, reasons
from metrics.models import Measurement
from metrics.wording import changed_ends, figures_in_words, level_in_words

register = template.Library()
register.filter(changed_ends)
register.filter(reasons)
register.filter(flaw_words)


@register.filter
def level(value: Fraction | None) -> str:
    return "" if value is None else level_in_words(value)


@register.filter
def figures(row: Measurement) -> str:
    return figures_in_words(row)
