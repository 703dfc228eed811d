"""How services change a stored record: only what differs, checked as a whole before anything is written."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model


def apply_changes(record: Model, changes: Mapping[str, Any], *, allowed: Iterable[str]) -> set[str]:
    """Set the fields whose value differs and return their names; another field is the caller's fault."""
    if unknown := sorted(set(changes) - set(allowed)):
        raise TypeError(f"{type(record).__name__} cannot change {', '.join(unknown)} here.")
    changed = {name for name, value in changes.items() if getattr(record, name) != value}
    for name in changed:
        setattr(record, name, changes[name])
    return changed
