"""How numbers, dates and icons are written on every page: `{% load show %}`."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from web.choices import in_words

register = template.Library()

NO_BREAK = "\u00a0"
MINUS = "\u2212"
Number = int | float | Decimal
MINUTE, HOUR, DAY = 60, 3600, 86_400
# The largest unit of which there are at least two, as people say it: 90 minutes, but 2 hours.
STEPS = ((2 * DAY, DAY, "d"), (2 * HOUR, HOUR, "h"), (2 * MINUTE, MINUTE, "min"), (0, 1, "s"))


@register.filter
def fixed(value: Number | None, places: int = 0) -> str:
    """Write a number with exactly so many decimals; nothing stays nothing."""
    if value is None or value == "":
        return ""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-int(places)), rounding=ROUND_HALF_EVEN)
    return f"{rounded + 0:f}".replace("-", MINUS) if rounded else f"{abs(rounded):f}"


@register.filter
def percent(share: Number | None, places: int = 0) -> str:
    """Write a share of 0..1 as per cent."""
    return "" if share is None else f"{fixed(Decimal(str(share)) * 100, places)}{NO_BREAK}%"


@register.filter
def plain(value: Decimal | None) -> str:
    """Write an exact number as short as it is: 8.50 as 8.5, 1E+3 as 1000."""
    if value is None:
        return ""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """Write a date for people, with the ISO date for machines and in the title."""
    if value is None:
        return ""
    on = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', on.isoformat(), spoken_day(on))


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """Write date and time in the program's time zone, with the ISO form in the title."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    iso = local.isoformat(timespec="minutes")
    return format_html(
        '<time datetime="{0}" title="{0}">{1}, {2}</time>', iso, spoken_day(local.date()), f"{local:%H:%M}"
    )


def listed(names: Sequence[str]) -> str:
    """Return 'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def day_words(on: date) -> str:
    return date_format(on, "j M Y")


def spoken_day(on: date) -> str:
    return day_words(on).replace(" ", NO_BREAK)


@register.filter
def duration(value: timedelta | Number | None) -> str:
    """Write a time span (a timedelta or seconds) in the unit people say: '4 d', '3 h', '12 min'."""
    if value is None:
        return ""
    seconds = max(0, round(value.total_seconds() if isinstance(value, timedelta) else float(value)))
    size, name = next((size, name) for least, size, name in STEPS if seconds >= least)
    return f"{seconds // size}{NO_BREAK}{name}"


@register.filter
def days(count: int | None) -> str:
    """Write an age in whole days: '4 d'; never heard of is said as 'never'."""
    return "never" if count is None else f"{count}{NO_BREAK}d"


@register.filter
def ago(value: datetime | None, now: datetime) -> SafeString | str:
    """Write how long ago something was, with its moment in the title."""
    if value is None:
        return "never"
    local = timezone.localtime(value)
    iso = local.isoformat(timespec="minutes")
    said = "just now" if (now - value) < timedelta(seconds=2) else f"{duration(now - value)} ago"
    return format_html('<time datetime="{0}" title="{0}">{1}</time>', iso, said)


CHANGE_OF_MANY = re.compile(r"\bchange-(?P<pk>\d+)(?P<nothing>-nothing)?\b")


@register.filter
def bulk_change(message: Any) -> dict[str, Any] | None:
    """Return which change of many rows a message is about, and whether there is something to undo."""
    found = CHANGE_OF_MANY.search(message.extra_tags or "")
    return {"pk": int(found["pk"]), "may_undo": not found["nothing"]} if found else None


@register.inclusion_tag("components/icon.html")
def icon(name: str) -> dict[str, str]:
    return {"name": name}


@register.filter
def choice(row: Any, name: str) -> str:
    """Write a row's choice in words; `get_x_display` translates every choice anew for each row of a list."""
    return in_words(name)(row)


@register.filter
def options(choices: Iterable[tuple[str, str]], chosen: str = "") -> SafeString:
    """Return the <option> of each (value, words); a template takes many times as long over hundreds of them."""
    rows = ((value, " selected" if value == chosen else "", words) for value, words in choices)
    return format_html_join("", '<option value="{}"{}>{}</option>', rows)
