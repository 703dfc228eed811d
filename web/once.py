"""A form that is sent twice, by an impatient finger or after a lost answer, is stored once."""

import re
from typing import Any
from uuid import uuid4

from django import forms

KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    return uuid4().hex


class EntryField(forms.CharField):
    """A hidden key that a form gets when it is shown; stored as the external id, it tells a repeat from a new entry."""

    def __init__(self, **options: Any) -> None:
        plain: dict[str, Any] = {"required": False, "widget": forms.HiddenInput, "initial": new_key}
        super().__init__(**plain | options)

    def clean(self, value: Any) -> str:
        """Return the key; what is none was not made by us and counts as no key."""
        text = super().clean(value)
        return text if KEY.fullmatch(text) else ""
