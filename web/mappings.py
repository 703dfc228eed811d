"""The TOML file that says what the columns of an import mean, and what is wrong with it."""

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import msgspec
from django.utils.translation import gettext_lazy as _

from web.tables import Layout, error_in_file

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


class Source(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Where a value comes from: a column, a template with {columns} in it, or one value for every row."""

    column: str = ""
    template: str = ""
    value: str = ""
    map: dict[str, str] = {}
    split: str = ""

    @property
    def columns(self) -> list[str]:
        return [self.column] if self.column else PLACEHOLDER.findall(self.template)

    @property
    def place(self) -> str:
        """What an error names: the columns, or the mapping if it states the value itself."""
        return ", ".join(self.columns) or ("mapping" if self.value else "")


From = Source | str  # a bare text names a column
NOWHERE = Source()


class Codes(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What a cell may hold in place of a value; an empty cell is blank."""

    blank: list[str] = []
    not_applicable: list[str] = []
    does_not_know: list[str] = []
    not_asked: list[str] = []


class Derived(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A column worked out from others: days from one date to another, a sum, or the date of the n-th row."""

    days_between: tuple[str, str] | None = None
    sum_of: tuple[str, ...] | None = None
    day_of_row_from: date | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return self.days_between or self.sum_of or ()


class Join(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A second, small file whose columns are added where the column `on` agrees."""

    file: str
    on: str
    optional: bool = False
    layout: Layout = Layout()


class ImportMapping(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What every mapping has; each kind of import adds its own sections."""

    file: Layout = Layout()
    codes: Codes = Codes()
    derived: dict[str, Derived] = {}
    join: list[Join] = []


M = TypeVar("M", bound=ImportMapping)


def source_of(stated: From) -> Source:
    return Source(column=stated) if isinstance(stated, str) and stated else stated or NOWHERE


def read_mapping(path: Path, kind: type[M]) -> M:
    """Read a mapping file; an unknown key is named with the nearest known one."""
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise error_in_file(path, _("it cannot be read (%(why)s)"), why=error.strerror) from None
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise error_in_file(path, _("it is not TOML (%(why)s)"), why=error) from None
    check_keys(path, stated, kind, "")
    try:
        return msgspec.convert(stated, kind, builtin_types=(date, datetime))
    except msgspec.ValidationError as error:
        raise error_in_file(path, "%(why)s", why=str(error).replace("$.", "")) from None


def check_keys(path: Path, stated: Any, kind: Any, place: str) -> None:
    """Walk the mapping beside its type."""
    if isinstance(stated, list):
        for number, each in enumerate(stated, start=1):
            check_keys(path, each, inner_type(kind), f"{place.rstrip('.')}[{number}].")
    elif isinstance(stated, dict) and is_struct(kind):
        known = {each.encode_name: each.type for each in msgspec.structs.fields(kind)}
        for key, value in stated.items():
            if key not in known:
                reason = _("there is no key '%(key)s'.%(hint)s Known keys: %(known)s")
                raise error_in_file(path, reason, key=place + key, hint=hint(key, known), known=", ".join(known))
            check_keys(path, value, struct_in(known[key]), f"{place}{key}.")
    elif isinstance(stated, dict) and get_origin(kind) is dict:
        for key, value in stated.items():
            check_keys(path, value, get_args(kind)[1], f"{place}{key}.")


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def struct_in(kind: Any) -> Any:
    """Return the struct of a union such as Source | str; any other type as it is."""
    is_union = get_origin(kind) in {Union, UnionType}
    return next((each for each in get_args(kind) if is_struct(each)), kind) if is_union else kind


def inner_type(kind: Any) -> Any:
    arguments = get_args(kind)
    return struct_in(arguments[0]) if arguments else kind


def hint(name: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known name, or nothing."""
    lowered = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f" Did you mean '{lowered[near[0]]}'?" if near else ""
