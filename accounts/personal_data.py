"""The register of personal data: which columns hold what of whom, and what each room does when a contact asks.

Every model is in it: with its personal columns, or with the reason why it has none (tests/architecture/
test_personal_data.py). Each room has a `privacy.py` that enters its models and says how to tell a contact what is kept
of them, and how to erase it. Contacts are a room above, so they are known here by their id.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Field, Model

ERASED: Final = "(erased)"
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """What one model holds. A model with no `nothing` names every column in which text can stand.

    `contact`: who a contact is and what the contact said; `user`: people who sign in; `other`: neither.
    """

    table: str
    contact: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    nothing: str = ""


@dataclass(frozen=True, slots=True)
class Erasing:
    """What is to go: the contact, and the strings by which copies of it are found (name, address, own words)."""

    contact_id: int
    mentions: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What would become of the data of a contact in one room, in sentences."""

    goes: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One room's part. `told`: everything about a contact; `mentions`: by what a copy of it is recognised."""

    name: str
    holdings: tuple[Holding, ...]
    told: Callable[[int], Mapping[str, Any]] = lambda _contact_id: {}
    told_by_mentions: Callable[[tuple[str, ...]], Mapping[str, Any]] = lambda _mentions: {}
    mentions: Callable[[int], Iterable[str]] = lambda _contact_id: ()
    outlook: Callable[[int], Outlook] = lambda _contact_id: Outlook()
    erase: Callable[[Erasing], None] = lambda _erasing: None


_rooms: dict[str, Room] = {}


def register_room(room: Room) -> None:
    """Enter a room; called once, by its `privacy.py`."""
    _rooms[room.name] = room


def rooms() -> tuple[Room, ...]:
    return tuple(_rooms.values())


def holdings() -> Iterator[Holding]:
    for room in rooms():
        yield from room.holdings


# ---- One contact


def everything_about(contact_id: int) -> dict[str, Any]:
    """Return everything that is kept of a contact, room by room, as JSON holds it."""
    mentions = mentions_of(contact_id)
    found: dict[str, Any] = {}
    for room in rooms():
        found |= room.told(contact_id)
        found |= {name: rows for name, rows in room.told_by_mentions(mentions).items() if rows}
    return found


def mentions_of(contact_id: int) -> tuple[str, ...]:
    """Return the strings by which copies are recognised; the longest first, so that none is left in parts."""
    found = {text for room in rooms() for text in room.mentions(contact_id) if text.strip()}
    return tuple(sorted(found, key=lambda text: (-len(text), text)))


def outlook_for(contact_id: int) -> Outlook:
    """Say what would go and what would stay if the contact were erased now."""
    parts = [room.outlook(contact_id) for room in rooms()]
    return Outlook(
        goes=tuple(sentence for part in parts for sentence in part.goes),
        stays=tuple(sentence for part in parts for sentence in part.stays),
    )


def erase_everywhere(erasing: Erasing) -> None:
    """Erase a contact in every room, in the caller's transaction: all of it, or nothing."""
    for room in rooms():
        room.erase(erasing)


# ---- What is told


def row_of(record: Model, *, leave_out: Iterable[str] = ()) -> Row:
    """Return the columns of a record by their names, with a reference told by id and by name."""
    left_out = set(leave_out)
    fields: list[Field[Any, Any]] = record._meta.concrete_fields  # type: ignore[assignment]  # noqa: SLF001
    return {field.name: told(record, field) for field in fields if field.name not in left_out and not field.generated}


def told(record: Model, field: "Field[Any, Any]") -> Any:
    value = getattr(record, field.attname)
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        words = str(getattr(record, field.name)) if field.is_relation and value is not None else None
        return value if words is None else {"id": value, "name": words}
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


# ---- Copies: a mention in what is kept for a while, and was never meant to be about the contact


def finds(mentions: Iterable[str]) -> "re.Pattern[str] | None":
    """Return what finds these strings where they stand as whole words, in any case; None where there are none."""
    alternatives = "|".join(re.escape(mention) for mention in mentions)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)", re.IGNORECASE) if alternatives else None


def mentioned(value: Any, found_by: "re.Pattern[str]") -> bool:
    """Say whether a text, or any text inside of lists and objects, has a mention."""
    if isinstance(value, str):
        return found_by.search(value) is not None
    if isinstance(value, Mapping):
        return any(mentioned(each, found_by) for each in (*value.keys(), *value.values()))
    return isinstance(value, list | tuple) and any(mentioned(each, found_by) for each in value)


def without(value: Any, found_by: "re.Pattern[str]") -> Any:
    """Return the value without the mentions. An object that has one loses its other texts, too: they are about it."""
    if isinstance(value, str):
        return found_by.sub(ERASED, value)
    if isinstance(value, Mapping):
        is_about = any(isinstance(each, str) and mentioned(each, found_by) for each in value.values())
        return {
            without(key, found_by): ERASED if is_about and isinstance(each, str) else without(each, found_by)
            for key, each in value.items()
        }
    return [without(each, found_by) for each in value] if isinstance(value, list | tuple) else value
