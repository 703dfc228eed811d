"""Choices in words for many rows. Django's own get_x_display translates every choice for every row it is asked for."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.db.models import Model
from django.utils.translation import get_language


def in_words(name: str) -> Callable[[Any], str]:
    """Return a reader of what a row's choice is called: `Column("industry", ..., value=in_words("industry"))`."""

    def read(row: Any) -> str:
        model: type[Model] = type(row)
        value = getattr(row, name)
        # What is not known is an empty cell, whatever a form calls that choice.
        return label_of(model, name, str(value)) if value else ""

    return read


def label_of(model: type[Model], name: str, value: str) -> str:
    """Return the words; one that is no choice stays as it is, as Django has it."""
    return _label(model, name, value, get_language())


@lru_cache(maxsize=4_096)
def _label(model: type[Model], name: str, value: str, _language: str | None) -> str:
    field: Any = model._meta.get_field(name)  # noqa: SLF001
    words = {str(key): label for key, label in field.flatchoices}
    return str(words.get(value, value))
