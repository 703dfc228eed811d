"""How sentences say numbers, levels and lists. Pages and their headings use the same words."""

from collections.abc import Iterable
from decimal import Decimal

from customers.models import Lifecycle, SizeBand
from customers.places import INDUSTRIES, REGIONS
from scoring.units import UNITS
from web.templatetags.show import NO_BREAK, fixed, plain

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
LONGEST_DECIMAL = 6


def count_word(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def counted(count: int, one: str, many: str = "") -> str:
    """Return 'one requirement', 'seven requirements'."""
    return f"{count_word(count)} {one if count == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """Return the text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def unit_word(code: str, currency: str = "") -> str:
    if code == "money":
        return currency
    return UNITS[code].short if code in UNITS else ""


def level_words(level: Decimal | float | None, code: str, currency: str = "") -> str:
    """Return a level with its unit: '8 h', '96.5 %'."""
    if level is None:
        return ""
    number = level_number(level)
    word = unit_word(code, currency)
    return f"{number}{NO_BREAK}{word}" if word else number


def range_words(levels: Iterable[Decimal | float], code: str, currency: str = "") -> str:
    """Return the low, the likely and the high level of one metric: '9 h / 8 h / 4 h'."""
    return " / ".join(level_words(each, code, currency) for each in levels)


def level_number(level: Decimal | float) -> str:
    exact = level if isinstance(level, Decimal) else Decimal(repr(level))
    rounded = exact if -(exact.as_tuple().exponent or 0) <= LONGEST_DECIMAL else exact.quantize(Decimal("0.000001"))  # type: ignore[operator]
    return plain(rounded).replace("-", "\u2212")


def short(value: float) -> float:
    """Return a measured number as it is said: three digits, whole from a thousand on."""
    return float(round(value)) if abs(value) >= 1000 else float(f"{value:.3g}")


def of_all(part: int, whole: int) -> str:
    """Return 'two of nine', and '3 of 17' where one of the two has no word."""
    return f"{count_word(part)} of {count_word(whole)}" if whole < len(NUMBERS) else f"{part} of {whole}"


def part_words(value: str) -> str:
    """Return the value of a breakdown or segment in words."""
    names: dict[str, object] = {
        **dict(INDUSTRIES),
        **dict(REGIONS),
        **dict(SizeBand.choices),
        **dict(Lifecycle.choices),
    }
    return str(names.get(value, value)) if value else ""


def share_words(share: float | None, places: int = 0) -> str:
    return "" if share is None else f"{fixed(share * 100, places)}{NO_BREAK}%"
