"""Several texts in one cell: parted by ';', in quotes where a text holds one of the marks itself."""

import re
from collections.abc import Iterable

QUOTE = '"'
MARKS = {";", "=", QUOTE}
PARTS = re.compile(r'(?:"(?:[^"]|"")*"|[^;])+')
QUOTED = re.compile(r'"((?:[^"]|"")*)"(.*)', re.DOTALL)


def parts_of(text: str) -> list[str]:
    """Return what ';' parts; not one in quotes."""
    return [part.strip() for part in PARTS.findall(text) if part.strip()]


def unquoted(part: str) -> tuple[str, str]:
    """Return a name without its quotes and what stands behind them; without quotes the whole is the name."""
    found = QUOTED.fullmatch(part)
    return (found[1].replace(QUOTE * 2, QUOTE), found[2].strip()) if found else (part, "")


def names_in(text: str) -> list[str]:
    """Return the names in a cell that holds nothing else."""
    return ["".join(unquoted(part)) for part in parts_of(text)]


def quoted(name: str) -> str:
    """Return a name in quotes if it holds one of the marks by which a cell is parted."""
    return f'"{name.replace(QUOTE, QUOTE * 2)}"' if MARKS & set(name) else name


def joined(parts: Iterable[str]) -> str:
    return "; ".join(sorted(parts))
