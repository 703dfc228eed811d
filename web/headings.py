"""Which row of a file names its columns, where titles, dates of printing or empty rows stand above it."""

from collections.abc import Callable, Sequence

# A heading stands among the first rows, or a person says where.
LOOKED_AT = 20
ENOUGH = 2

Lines = Sequence[Sequence[str]]


def likely_heading(lines: Lines, is_known: Callable[[str], bool]) -> int:
    """Return the number of the row that most likely names the columns; the first row is 1.

    That is the first of those in which the most cells are headings that are known. Where too few are known, it is the
    first row that fills more than half of the table and holds nothing but different words; failing that, row 1.
    """
    known = [sum(map(is_known, line)) if _may_name(line) else 0 for line in lines]
    if known and max(known) >= ENOUGH:
        return known.index(max(known)) + 1
    widest = max(map(_filled, lines), default=0)
    for number, line in enumerate(lines, start=1):
        # Row 1 may have numbers for names, as years are: it is the heading unless it is a title.
        if 2 * _filled(line) > widest and (number == 1 or _may_name(line)):
            return number
    return 1


def _filled(line: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in line)


def _may_name(line: Sequence[str]) -> bool:
    """Whether the cells are words, and no two are the same."""
    cells = [cell.strip() for cell in line if cell.strip()]
    return len(set(cells)) == len(cells) and all(any(mark.isalpha() for mark in cell) for cell in cells)
