"""A form that is sent twice, by an impatient finger or after a lost answer, is stored once."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django import forms

KEY = re.compile(r"[0-9a-f]{32}")


def new_key() -> str:
    return uuid4().hex


def key_in(sent: Mapping[str, str], name: str = "entry") -> str:
    """Return the key that a form was shown with; what is none was not made by us and counts as no key."""
    text = sent.get(name, "")
    return text if KEY.fullmatch(text) else ""


class EntryField(forms.CharField):
    """A hidden key that a form gets when it is shown; stored as the external id, it tells a repeat from a new entry."""

    def __init__(self, **options: Any) -> None:
        plain: dict[str, Any] = {"required": False, "widget": forms.HiddenInput, "initial": new_key}
        super().__init__(**plain | options)

    def clean(self, value: Any) -> str:
        """Return the key; what is none was not made by us and counts as no key."""
        text = super().clean(value)
        return text if KEY.fullmatch(text) else ""
