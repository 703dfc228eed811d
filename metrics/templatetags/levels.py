"""`{% load levels %}`: measured levels, which are exact fractions, on a page."""

from fractions import Fraction

from django import template

from metrics.wording import level_in_words

register = template.Library()


@register.filter
def level(value: Fraction | None) -> str:
    return "" if value is None else level_in_words(value)
