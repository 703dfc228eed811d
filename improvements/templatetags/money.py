"""How money is written: `{% load money %}`."""

from decimal import Decimal

from django import template

from improvements.verdict_words import money_words

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount as short as it comes out even: '80k EUR'."""
    return "" if amount is None else money_words(amount, currency)
