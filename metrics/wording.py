"""Levels as people write them."""

from decimal import Decimal
from fractions import Fraction


def level_in_words(value: Fraction) -> str:
    """Write an exact level with two decimals, four below 1, without zeros at the end."""
    number = round(Decimal(value.numerator) / Decimal(value.denominator), 2 if abs(value) >= 1 else 4)
    text = f"{number:f}"
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if short == "-0" else short.replace("-", "\u2212")
