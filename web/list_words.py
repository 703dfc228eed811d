"""How a list says what a filter asks for."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _


def in_words(made: Any, value: Any) -> str:
    """Return the value of a filter as a person would say it."""
    if isinstance(value, slice):
        ends = ((_("from %s"), value.start), (_("to %s"), value.stop))
        return " ".join(words % in_words(made, end) for words, end in ends if end is not None)
    if isinstance(value, date):
        # A range of days reaches from the first moment of one to the last moment of another.
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, list | tuple | QuerySet):
        return _(" or ").join(in_words(made, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    labels = {str(key): str(label) for key, label in flat_choices(made)}
    return labels.get(str(value), str(value))


def flat_choices(made: Any) -> Iterator[tuple[Any, Any]]:
    """Return the choices of a field; a queryset's are left alone, because reading them all is a query for one label."""
    if hasattr(made, "queryset"):
        return
    for key, label in getattr(made, "choices", ()):
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label


def lies_in(ends: slice | None, value: Any) -> bool:
    """Return whether a value lies in a range; what has no value lies in none."""
    if ends is None:
        return True
    return (
        value is not None and (ends.start is None or value >= ends.start) and (ends.stop is None or value <= ends.stop)
    )


def is_turned_round(value: Any) -> bool:
    """Return whether a range ends before it begins: nothing could lie in it."""
    return isinstance(value, slice) and value.start is not None and value.stop is not None and value.start > value.stop
