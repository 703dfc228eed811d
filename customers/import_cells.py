"""What single cells of a file mean that is about customers: a country, a size, a person's consent."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django_countries import countries

from customers.models import Contact, SizeBand
from customers.places import REGION_OF
from web.imports import CellError, Reader
from web.mappings import Source, hint
from web.tables import Row

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


def consent_of(row: Row, sources: Mapping[str, Source], reader: Reader, today: date) -> dict[str, Any]:
    """Return when a person agreed to be asked, and how; a consent has a day, and the day has come."""
    on, how = sources["consent_on"], sources["consent_source"]
    source = reader.text(row, how)
    if not reader.text(row, on):
        # What the mapping states for every row is about those who agreed.
        if source and how.columns:
            raise CellError(on.place or how.place, "", _("a consent needs the day on which it was given"))
        return {"consent_on": None, "consent_source": ""}
    day = reader.day(row, on)
    if day > today:
        raise CellError(on.place, reader.text(row, on), _("it lies in the future"))
    return {"consent_on": day, "consent_source": source}


def newer_consent(contact: Contact, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row says of a consent beyond what is known; no file takes one back, or an opt-out."""
    day, before = cells["consent_on"], contact.consent_on
    if day is None or contact.is_opted_out or (before and before > day):
        return {}
    said = {"consent_on": day, "consent_source": cells["consent_source"] or contact.consent_source}
    if before == day and contact.consent_source:
        return {}
    return {name: value for name, value in said.items() if value != getattr(contact, name)}
