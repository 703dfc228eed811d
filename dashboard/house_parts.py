"""What the page of a house is put together from: filters, the part of it that is shown, its rows and its sums."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from dashboard.house import Column, Row


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter or a switch."""

    words: str
    value: str
    is_on: bool
    url: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Which of many rows or columns a page shows."""

    first: int
    last: int
    of: int
    before: str = ""
    after: str = ""

    @property
    def is_whole(self) -> bool:
        return self.first <= 1 and self.last == self.of


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is drawn. cells: its cells in HTML: thousands of them, too many for a template."""

    row: Row
    cells: SafeString
    is_unserved: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """A column's sums, and how much it does: requirements that it serves by strength, and those that are marked."""

    column: Column
    share: str
    rank: str
    marked: int
    strong: int
    medium: int
    weak: int
