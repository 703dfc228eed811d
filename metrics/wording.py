"""Levels as people write them."""

from decimal import Decimal
from fractions import Fraction

PLACES = 4


def level_in_words(value: Fraction) -> str:
    """Write an exact level with at most four decimals, without zeros at the end."""
    number = round(Decimal(value.numerator) / Decimal(value.denominator), PLACES)
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short.replace("-", "\u2212")
