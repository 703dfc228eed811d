"""Documents: what a file of a catalogue holds, as JSON. They are read into the same cells as a spreadsheet's, so that
whatever comes in either form is checked and refused by the same code and in the same words.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from web.imports import Reader
from web.mappings import Codes, Source, hint
from web.parts import joined, names_in, parts_of, quoted, unquoted
from web.strict_json import StrictJsonError, strict_loads
from web.tables import Layout, Row
from web.templatetags.show import plain

FORMAT = 1
MOST_MIB = 5
Json = dict[str, Any]


class Shape(Enum):
    """How a document has what a cell holds: one text, a list of names, or names with what each weighs."""

    TEXT = "text"
    NAMES = "names"
    WEIGHTS = "weights"

    def of_cell(self, text: str) -> Any:
        if self is Shape.NAMES:
            return sorted(names_in(text))
        if self is Shape.WEIGHTS:
            return dict(sorted(map(weight_in, parts_of(text))))
        return text or None


def weight_in(part: str) -> tuple[str, str | None]:
    """Return a name and what it weighs; '"A = B" = 3' and 'Sales = 3' are both read."""
    name, behind = unquoted(part)
    if not behind and not part.startswith('"') and "=" in part:
        name, _mark, behind = part.rpartition("=")
    return name.strip(), behind.strip().removeprefix("=").strip() or None


# ---- Reading


def read_document(content: bytes, *, kinds: Iterable[str]) -> Json:
    """Return a document of one of these kinds; raises ValidationError for what is none, cut off, or of another form."""
    if len(content) > MOST_MIB * 1024**2:
        message = _("The file is larger than %(most)d MiB, which is more than a document of this kind holds.")
        raise ValidationError(message, code="size", params={"most": MOST_MIB})
    try:
        document = strict_loads(content)
    except StrictJsonError as error:
        message = _("This is no JSON, or the file is cut off. %(why)s")
        raise ValidationError(message, code="no_json", params={"why": str(error)}) from error
    check_kind(document, kinds)
    return document


def check_kind(document: Any, kinds: Iterable[str]) -> None:
    offer = list(kinds)
    if not isinstance(document, dict):
        raise ValidationError(_("The file has to be one JSON object."), code="no_object")
    if document.get("kind") not in offer:
        message = _("kind: this has to be %(offer)s. Another kind of file is brought in as what it is.")
        params = {"offer": _(" or ").join(f"'{each}'" for each in offer)}
        raise ValidationError(message, code="kind", params=params)
    if document.get("format") != FORMAT or isinstance(document.get("format"), bool):
        message = _("format: this has to be %(format)d, the only form that is read here.")
        raise ValidationError(message, code="format", params={"format": FORMAT})


def members(document: Json, known: Iterable[str]) -> None:
    """Refuse a member that means nothing here."""
    names = list(known)
    for name in document:
        if name not in names:
            message = _("%(name)s: there is no such field.%(hint)s There are: %(known)s.")
            params = {"name": name[:40], "hint": hint(name, names), "known": ", ".join(names)}
            raise ValidationError(message, code="unknown", params=params)


def list_in(document: Json, name: str) -> list[Any]:
    found = document.get(name)
    if not isinstance(found, list):
        message = _("%(name)s: this has to be a list.")
        raise ValidationError(message, code="list", params={"name": name})
    return found


def cell_of(value: Any) -> str:
    """Return a value as a cell of a file has it; raises ValueError for what no cell holds."""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return plain(value) if isinstance(value, Decimal) else str(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return joined(map(quoted, value))
    if isinstance(value, dict) and not any(isinstance(each, dict | list) for each in value.values()):
        return joined(
            f"{quoted(name)}{' = ' if each is not None else ''}{cell_of(each)}" for name, each in value.items()
        )
    raise ValueError(_("this has to be a text, a number, a list of names, or names with a number each"))


class DocumentTable:
    """The entries of a document, as rows under their place in its list; the first one is 1."""

    def __init__(self, entries: list[Any], known: Iterable[str]) -> None:
        self.entries, self.known = entries, tuple(known)
        self.reader = Reader(Layout(), Codes())

    def require(self, _sources: Mapping[str, Source]) -> None:
        """Every entry may leave out what it says nothing of."""

    def rows_as_written(self) -> Iterator[Row]:
        for number, entry in enumerate(self.entries, start=1):
            yield self._row(number, entry)

    def _row(self, number: int, entry: Any) -> Row:
        if not isinstance(entry, dict):
            return Row(number, {}, _("it has to be an object"))
        if unknown := next((name for name in entry if name not in self.known), None):
            return Row(number, {}, f"{unknown[:40]}: there is no such field.{hint(unknown, self.known)}")
        cells = dict.fromkeys(self.known, "")
        for name, value in entry.items():
            try:
                cells[name] = cell_of(value)
            except ValueError as error:
                return Row(number, {}, f"{name}: {error}")
        return Row(number, cells)


def digest_of(state: Any) -> str:
    return hashlib.sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()
