"""What single cells of a file mean that is about customers: a country, a size."""

from django_countries import countries

from customers.models import SizeBand
from customers.places import REGION_OF
from web.imports import CellError
from web.mappings import Source, hint

SIZES = ((10, SizeBand.MICRO), (50, SizeBand.SMALL), (250, SizeBand.MEDIUM))


def country_of(text: str, source: Source) -> str:
    """Return the code of a country that is stated as its ISO 3166 code or its English name."""
    if not text:
        return ""
    code = text.upper() if text.upper() in REGION_OF else countries.by_name(text)
    if code in REGION_OF:
        return code
    near = hint(text, [str(name) for _code, name in countries])
    reason = f"it is no country of ISO 3166.{near} Write its two letters, or translate it by customer.country.map"
    raise CellError(source.place, text, reason)


def size_of(text: str, source: Source) -> str:
    """Return the size band of a number of employees, or the band itself, also in its words."""
    words = {str(label): band for band, label in SizeBand.choices}
    if not text or text in SizeBand.values or text in words:
        return words.get(text, text)
    if text.isdecimal() and int(text) > 0:
        return next((band for limit, band in SIZES if int(text) < limit), SizeBand.LARGE)
    known = ", ".join(filter(None, SizeBand.values))
    raise CellError(source.place, text, f"it is no size: write a number of employees, or one of {known}")
