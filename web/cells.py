"""What a cell of a file may state: a choice, a name of the program, yes or no, several names with what each weighs."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from web.imports import CellError, number_of
from web.mappings import hint
from web.parts import names_in, parts_of, unquoted
from web.templatetags.show import plain

# Nouns with the records that a cell may name, by what they are called.
Known = Mapping[str, Mapping[str, Any]]


class Cell(NamedTuple):
    """A cell with something in it, the column that an error names, and how the file writes decimals."""

    text: str
    column: str
    decimal: str = "."


Read = Callable[[Cell, Known], Any]


def named(kind: Mapping[str, Any], text: str, column: str, noun: str) -> Any:
    """Return the record of this name, or say which name comes nearest."""
    if text in kind:
        return kind[text]
    raise CellError(column, text, f"there is no {noun} of this name.{hint(text, kind)}")


def choice_of(text: str, column: str, choices: Iterable[tuple[str, Any]], noun: str) -> str:
    """Return the key of a choice that is stated as its key or in its words, whatever the case of the letters."""
    pairs = list(choices)
    keys = {str(words).lower(): key for key, words in pairs} | {key.lower(): key for key, _words in pairs}
    if not text or text.lower() in keys:
        return keys.get(text.lower(), "")
    known = ", ".join(f"'{key}'" for key, _words in pairs)
    raise CellError(column, text, f"it is no {noun}.{hint(text, keys)} Known: {known}")


# ---- Readers: from a cell to a value


def a_text(cell: Cell, _known: Known) -> str:
    return cell.text


def a_whole_number(cell: Cell, known: Known) -> int:
    number = a_number(cell, known)
    if number != number.to_integral_value():
        raise CellError(cell.column, cell.text, "it is not a whole number")
    return int(number)


def a_number(cell: Cell, _known: Known) -> Decimal:
    try:
        return number_of(cell.text, cell.decimal)
    except ValueError as error:
        raise CellError(cell.column, cell.text, error) from None


def yes_or_no(cell: Cell, _known: Known) -> bool:
    words = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if cell.text.lower() not in words:
        raise CellError(cell.column, cell.text, "write yes or no")
    return words[cell.text.lower()]


def one_of(choices: Iterable[tuple[str, Any]], noun: str) -> Read:
    listed = list(choices)
    return lambda cell, _known: choice_of(cell.text, cell.column, listed, noun)


def record(noun: str) -> Read:
    return lambda cell, known: known_record(cell, known, noun, cell.text)


def records(noun: str) -> Read:
    """Read several names: together they are all there are."""

    def read(cell: Cell, known: Known) -> frozenset[Any]:
        return frozenset(known_record(cell, known, noun, name) for name in names_in(cell.text))

    return read


def weighed(noun: str, weight: Callable[[str, Cell], Any]) -> Read:
    """Read 'Sales = 9; Order desk = 3': together they are all there are."""

    def read(cell: Cell, known: Known) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for part in parts_of(cell.text):
            name, stated = name_and_weight(part, known[noun])
            key = known_record(cell, known, noun, name)
            if key in found:
                raise CellError(cell.column, part, "it stands twice in this cell")
            found[key] = weight(stated, cell)
        return found

    return read


def name_and_weight(part: str, known: Mapping[str, Any]) -> tuple[str, str]:
    name, behind = unquoted(part)
    if behind:
        return name, behind.lstrip("= ")
    if name in known or "=" not in name:
        return name, ""
    name, _mark, stated = name.rpartition("=")
    return name.strip(), stated.strip()


def known_record(cell: Cell, known: Known, noun: str, name: str) -> Any:
    try:
        return named(known[noun], name, cell.column, noun)
    except CellError as error:
        way_out = _("Add it first, by its own file or on its page, or correct the name.")
        raise CellError(cell.column, name, f"{error.reason} {way_out}") from None


# ---- Writers: from a value to what its reader reads


def in_plain_words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if isinstance(value, Decimal) else str(value)


def words_of(choices: Iterable[tuple[str, Any]]) -> Callable[[Any], str]:
    words = dict(choices)
    return lambda value: str(words.get(value, value)) if value else ""
